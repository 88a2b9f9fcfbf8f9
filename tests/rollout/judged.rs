//! Whether a run over the fleet did to each workload what it had to: what is said, what the journal says, and what the
//! server has.

use std::collections::BTreeMap;

use kubectl_harden::rollout::HardenPlan;
use serde_json::{Value, json};

use crate::cases::{Ends, Place};
use crate::expected::{Objects, as_planned, harden, operations, own, planned};
use crate::fleet::{Fleet, One, disturbed};
use crate::night::{Night, printed, shown};
use crate::support::Ran;
use crate::support::cluster::done;

const MANAGER: &str = "kubectl-harden";

/// What the journal says was done to a workload, and every state that it was in.
#[derive(Debug, Default)]
struct Track {
    did: Vec<String>,
    states: Vec<String>,
}

/// The tracks of a journal, whose lines have to follow one another.
fn tracks(journal: &[Value]) -> BTreeMap<String, Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for (i, entry) in journal.iter().enumerate() {
        assert_eq!(entry["seq"], i + 1, "{entry}");
        let Some(workload) = entry["workload"].as_str() else {
            continue;
        };
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let track = tracks.entry(workload.to_owned()).or_default();
        match entry["event"].as_str() {
            Some("moved") => {
                let last = track.states.last().map_or("pending", String::as_str);
                assert_eq!(text("from"), last, "{entry}");
                track.states.push(text("to"));
            }
            Some("did") => track.did.push(text("what")),
            _ => {}
        }
    }
    tracks
}

/// Complaints, so that one run of the test shows all.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.0.push(what());
        }
    }

    fn end(self, during: &str) {
        assert!(self.0.is_empty(), "{during}:\n{}", self.0.join("\n"));
    }
}

/// What the plan says is what the profile demands, and nothing else.
pub fn check_plan(plan: &HardenPlan, fleet: &Fleet, (before, after): (&Objects, &Objects)) {
    let mut faults = Faults::default();
    let planned = planned(plan);
    for one in fleet
        .all
        .iter()
        .filter(|one| one.case.ends.state().is_some())
    {
        let original = &before[&one.shown];
        let mut wanted = original.clone();
        harden(&mut wanted);
        let as_planned = as_planned(original, planned[&one.shown]);
        if matches!(
            one.case.name,
            "paused" | "on-delete" | "scaled" | "ordered" | "idle"
        ) {
            let risks = &planned[&one.shown].risks;
            faults.check(!risks.is_empty(), || {
                format!("{}: no risk is seen", one.shown)
            });
        }
        faults.check(own(&as_planned) == own(&wanted), || {
            format!(
                "{}: the plan makes {} of it, not {}",
                one.shown,
                own(&as_planned),
                own(&wanted)
            )
        });
        if one.case.ends == Ends::Hardened && !matches!(one.case.name, "scaled" | "new-image") {
            let now = own(&after[&one.shown]);
            faults.check(now == own(&as_planned), || {
                format!("{} is not as planned: {now}", one.shown)
            });
        }
    }
    faults.end("the plan");
}

pub fn check_run(
    night: &Night,
    fleet: &Fleet,
    run: &str,
    ran: &Ran,
    (before, after): (&Objects, &Objects),
) {
    let mut faults = Faults::default();
    faults.check(ran.code == 3, || format!("exit code {}", ran.code));
    let journal = night.journal(run);
    let tracks = tracks(&journal);
    let status = night.status(run);
    faults.check(status["state"] == "ended", || {
        format!("the run is {}", status["state"])
    });
    faults.check(journal.last().expect("lines")["event"] == "ended", || {
        "no end".into()
    });
    let rows = status["workloads"].as_array().expect("rows").iter();
    let rows: BTreeMap<_, _> = rows.map(|row| (shown_of_row(row), row)).collect();
    let out = ran.out();
    for one in &fleet.all {
        let Some(state) = one.case.ends.state() else {
            let is_same = own(&before[&one.shown]) == own(&after[&one.shown]);
            faults.check(is_same, || format!("{} was changed", one.shown));
            faults.check(!rows.contains_key(&one.shown), || {
                format!("{} is in the run", one.shown)
            });
            continue;
        };
        let row = rows[&one.shown];
        faults.check(row["state"] == state, || {
            format!(
                "{} is {}, not {state}: {}",
                one.shown, row["state"], row["reason"]
            )
        });
        let line = printed(&out, &one.shown);
        faults.check(line.starts_with(state), || format!("{} {line}", one.shown));
        check_row(&mut faults, one, row);
        let nothing = Track::default();
        let track = tracks.get(&one.shown).unwrap_or(&nothing);
        check_track(&mut faults, one, track);
        match (one.case.ends, after.get(&one.shown)) {
            (Ends::Gone, now) => faults.check(now.is_none(), || format!("{} is there", one.shown)),
            (_, Some(now)) => check_object(&mut faults, fleet, one, &before[&one.shown], now),
            (_, None) => faults.check(false, || format!("{} is not there", one.shown)),
        }
    }
    let leases = done(&["get", "leases", "-A", "-o", "name"], "");
    faults.check(!leases.contains(MANAGER), || {
        format!("a Lease is left: {leases}")
    });
    faults.end("the run");
}

fn shown_of_row(row: &Value) -> String {
    let object = &row["object"];
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    let as_object = json!({"apiVersion": text("apiVersion"), "kind": text("kind"),
        "metadata": {"name": text("name"), "namespace": text("namespace")}});
    shown(&as_object)
}

fn check_row(faults: &mut Faults, one: &One, row: &Value) {
    let word = row["reason"]["word"].as_str().unwrap_or_default();
    let words: &[&str] = match one.case.name {
        "crash" | "ordered-crash" | "parallel-crash" | "agent-crash" | "strict-crash" => {
            &["CrashLoopBackOff", "Error"]
        }
        "config" => &["CreateContainerConfigError"],
        "never" => &["Timeout"],
        "image" => &["ImagePullBackOff", "ErrImagePull"],
        "full" => &["FailedCreate"],
        "retaken" => &["Overtaken"],
        "deleted" => &["Deleted"],
        // For a moment after each restart it runs.
        "broken" => &["CrashLoopBackOff", "Error", "Unavailable"],
        _ => match one.case.ends {
            Ends::Blocked(word) => &[word],
            _ => return,
        },
    };
    faults.check(words.contains(&word), || {
        format!("{}: {}", one.shown, row["reason"])
    });
    let takes_over = &row["takesOver"];
    let wanted = match one.case.name {
        "edited" => json!(["kubectl-edit"]),
        _ => json!([]),
    };
    faults.check(*takes_over == wanted, || {
        format!("{} takes over from {takes_over}", one.shown)
    });
    let has_evidence = row["evidence"]
        .as_array()
        .is_some_and(|files| !files.is_empty());
    let has_failed = one.case.ends == Ends::Restored;
    faults.check(has_evidence == has_failed, || {
        format!("{}: evidence {}", one.shown, row["evidence"])
    });
}

fn check_track(faults: &mut Faults, one: &One, track: &Track) {
    let count = |what: &str| track.did.iter().filter(|did| *did == what).count();
    let wanted = match one.case.ends {
        Ends::Restored => (1, 1),
        Ends::Hardened | Ends::Unwatched | Ends::Overtaken | Ends::Gone => (1, 0),
        _ => (0, 0),
    };
    faults.check((count("apply"), count("restore")) == wanted, || {
        format!("{}: {track:?}", one.shown)
    });
}

fn check_object(faults: &mut Faults, fleet: &Fleet, one: &One, before: &Value, now: &Value) {
    let (is, wanted) = (own(now), fleet.wanted(one, before));
    faults.check(is == wanted, || {
        format!("{} is {is}\n    and should be {wanted}", one.shown)
    });
    let is_same = before["metadata"]["uid"] == now["metadata"]["uid"];
    faults.check(is_same, || format!("{} is another object", one.shown));
    let ours = operations(now, MANAGER);
    let wanted: &[&str] = match (one.case.name, one.case.ends.is_changed()) {
        (_, false) => &[],
        ("custom", true) => &["Update"],
        (_, true) => &["Apply"],
    };
    faults.check(ours == wanted, || {
        format!(
            "{} is managed by us with {ours:?}, not {wanted:?}",
            one.shown
        )
    });
}

/// The same plan again: what is hardened stays as it is, what failed fails again, and nothing is applied twice.
pub fn check_again(night: &Night, fleet: &Fleet, ran: &Ran, (before, after): (&Objects, &Objects)) {
    let mut faults = Faults::default();
    faults.check(ran.code == 3, || {
        format!("exit code {}: {}", ran.code, ran.stderr)
    });
    let out = ran.out();
    let tracks = tracks(&night.journal(&night.last_run()));
    for one in &fleet.all {
        let (Some(was), Some(now)) = (before.get(&one.shown), after.get(&one.shown)) else {
            continue;
        };
        faults.check(own(was) == own(now), || format!("{} changed", one.shown));
        if one.case.ends.state().is_none() || one.case.ends == Ends::Restored {
            continue;
        }
        let generation = |object: &Value| object["metadata"]["generation"].clone();
        faults.check(generation(was) == generation(now), || {
            format!("{} was written", one.shown)
        });
        let did = tracks.get(&one.shown).map(|track| track.did.as_slice());
        faults.check(did.is_none_or(<[String]>::is_empty), || {
            format!("{}: {did:?}", one.shown)
        });
        let line = printed(&out, &one.shown);
        let wanted = match one.case.ends {
            Ends::Hardened | Ends::Unwatched => "hardened: ",
            Ends::Overtaken => "blocked: ",
            Ends::Gone => "gone: ",
            _ => one.case.ends.state().expect("a state"),
        };
        faults.check(line.starts_with(wanted), || format!("{} {line}", one.shown));
    }
    faults.end("the same plan again");
}

/// Everything that the run changed is as before; pods of the namespace that now demands more cannot come back.
pub fn check_undone(fleet: &Fleet, ran: &Ran, before: &Objects) {
    let mut faults = Faults::default();
    faults.check(ran.code == 3, || {
        format!("exit code {}: {}", ran.code, ran.stderr)
    });
    let (out, after) = (ran.out(), fleet.read());
    for one in &fleet.all {
        let Some(now) = after.get(&one.shown) else {
            faults.check(one.case.ends == Ends::Gone, || {
                format!("{} is gone", one.shown)
            });
            continue;
        };
        let mut wanted = before[&one.shown].clone();
        if one.case.ends == Ends::Overtaken {
            harden(&mut wanted);
        }
        disturbed(one, &mut wanted);
        let (is, wanted) = (own(now), own(&wanted));
        faults.check(is == wanted, || {
            format!("{} is {is}\n    and should be {wanted}", one.shown)
        });
        let was_changed = matches!(one.case.ends, Ends::Hardened | Ends::Unwatched);
        if was_changed {
            let state = match one.case.place {
                Place::Strict => "unrestored",
                _ => "restored",
            };
            let line = printed(&out, &one.shown);
            faults.check(line.starts_with(state), || format!("{} {line}", one.shown));
            let ours = operations(now, MANAGER);
            // A value that was there before is ours now, as is a list that is one value: the server says who wrote it last.
            let set_back = matches!(one.case.name, "edited" | "partly" | "custom");
            faults.check(set_back || ours.is_empty(), || {
                format!("{}: {ours:?}", one.shown)
            });
        }
    }
    faults.end("undo");
}
