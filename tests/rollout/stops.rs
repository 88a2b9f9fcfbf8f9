//! What stops a run, how it goes on, and who hears of it.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cases::{deployment, hardened};
use crate::expected::own;
use crate::small::{QUICK, Small, crashing, hardened_own, web};
use crate::support::Ran;

fn names(journal: &[Value]) -> Vec<(String, String, String)> {
    let moved = journal.iter().filter(|entry| entry["event"] == "moved");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    moved
        .map(|entry| {
            (
                text(&entry["workload"]),
                text(&entry["from"]),
                text(&entry["to"]),
            )
        })
        .collect()
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_canary_that_fails_stops_the_run_before_the_rest() {
    // Of those with equal risks the one with the fewest replicas is tried first.
    let others = ["b", "c", "d"].map(|name| deployment(name, 3, &[]));
    let first = deployment("a", 2, &[hardened("crash")]);
    let small = Small::new("canary", &[&[first][..], &others].concat());
    small.plan(&["deploy", "--canary=1"]);
    let plan: Value = serde_yaml::from_str(&small.night.read("plan.yaml")).expect("YAML");
    assert_eq!(
        (
            &plan["workloads"][0]["object"]["name"],
            &plan["workloads"][0]["canary"]
        ),
        (&json!("a"), &json!(true))
    );
    let before = ["b", "c", "d"].map(|name| small.get(&format!("deploy/{name}")));
    let ran = small.apply(&["-f", "plan.yaml", "--concurrency=4"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let out = ran.out();
    assert!(
        small
            .printed(&out, "deployment.apps/a")
            .starts_with("restored: "),
        "{out}"
    );
    for (name, before) in ["b", "c", "d"].iter().zip(&before) {
        assert_eq!(
            small.printed(&out, &format!("deployment.apps/{name}")),
            "pending"
        );
        let generation = |object: &Value| object["metadata"]["generation"].clone();
        assert_eq!(
            generation(&small.get(&format!("deploy/{name}"))),
            generation(before)
        );
    }
    let run = small.night.last_run();
    let said = format!(
        "stopped: the canary {}/deployment.apps/a failed\nhint: to go on: kubectl harden apply --resume {run}\n",
        small.ns.0
    );
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert_eq!(small.night.status(&run)["state"], "stopped");
    let ran = small.night.harden(&["apply", "--resume", "--yes"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(small.night.runs(), std::slice::from_ref(&run));
    for (name, before) in ["b", "c", "d"].iter().zip(&before) {
        assert_eq!(
            own(&small.get(&format!("deploy/{name}"))),
            hardened_own(before)
        );
    }
    let ran = small.night.harden(&["apply", "--resume"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("has ended: nothing is left to do"),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn so_many_failures_are_enough() {
    let small = Small::new("failures", &["a", "b", "c", "d"].map(crashing));
    let ran = small.apply(&["deploy", "--max-failures=2", "--concurrency=1"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let out = ran.out();
    let count = |state: &str| out.lines().filter(|line| line.contains(state)).count();
    assert_eq!((count(" restored: "), count(" pending")), (2, 2), "{out}");
    assert!(
        ran.stderr
            .contains("stopped: 2 failed: that is --max-failures"),
        "{}",
        ran.stderr
    );
    // The number is of the whole run: without another one it stops again at once, with one it goes on.
    let ran = small.night.harden(&["apply", "--resume", "--yes"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    let ran = small
        .night
        .harden(&["apply", "--resume", "--yes", "--max-failures=0"]);
    assert_eq!(
        (ran.code, ran.out().matches(" restored: ").count()),
        (3, 4),
        "{ran:?}"
    );
}

/// `--window` from so many hours after now for three hours, on the clock of UTC.
fn window(hours: i64) -> String {
    let clock = |hours: i64| {
        let at = Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        let time = TimeZone::UTC.to_datetime(at).time();
        format!("{:02}:{:02}", time.hour(), time.minute())
    };
    format!("--window={}-{}", clock(hours), clock(hours + 3))
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn nothing_starts_out_of_the_window() {
    let small = Small::new("window", &[web("web")]);
    let before = small.get("deploy/web");
    for args in [
        [window(6), "--timezone=UTC".into()],
        [window(-1), "--timezone=Etc/GMT-8".into()],
    ] {
        let args = [
            &args[0][..],
            &args[1],
            "apply",
            "deploy/web",
            "-n",
            &small.ns.0,
            "--yes",
        ];
        let known = small.night.runs().len();
        let all = [&args[2..], &args[..2], &QUICK].concat();
        let run = small.night.start(&all);
        crate::support::cluster::until("the run has begun", || small.night.runs().len() > known);
        std::thread::sleep(Duration::from_secs(2));
        let id = run.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .expect("kill")
                .success()
        );
        let ran = Ran::from(run.wait_with_output().expect("ends"));
        assert_eq!(ran.code, 4, "{ran:?}");
        assert_eq!(small.printed(&ran.out(), "deployment.apps/web"), "pending");
        assert!(
            ran.stderr.contains("waiting for the window: it opens at "),
            "{}",
            ran.stderr
        );
        let now = small.get("deploy/web");
        assert_eq!(
            now["metadata"]["generation"],
            before["metadata"]["generation"]
        );
    }
    let ran = small.apply(&["deploy/web", &window(-1), "--timezone=UTC"]);
    assert_eq!(
        (ran.code, small.printed(&ran.out(), "deployment.apps/web")),
        (0, "hardened"),
        "{ran:?}"
    );
    let ran = small.apply(&["deploy/web", "--window=01:00-01:01", "--timezone=UTC"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("nothing can ever start in that window"),
        "{}",
        ran.stderr
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_command_hears_of_every_transition_and_the_reports_agree() {
    let small = Small::new("notify", &[web("web"), crashing("api")]);
    let heard = small.night.path("heard");
    let command = format!("cat >> {}", heard.display());
    let ran = small.apply(&["deploy", "--notify-cmd", &command]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let run = small.night.last_run();
    let moved = names(&small.night.journal(&run));
    let heard = small.night.read("heard");
    let heard: Vec<Value> = serde_json::Deserializer::from_str(&heard)
        .into_iter()
        .map(|one| one.expect("JSON"))
        .collect();
    assert_eq!(heard.len(), moved.len(), "{heard:?}");
    for (object, (workload, from, to)) in heard.iter().zip(&moved) {
        let text = |key: &str| {
            object[key]
                .as_str()
                .unwrap_or_else(|| panic!("{key} in {object}"))
                .to_owned()
        };
        assert_eq!(
            &format!("{}/{}", text("namespace"), text("object")),
            workload
        );
        assert_eq!((&text("previous"), &text("state")), (from, to));
        assert_eq!(text("run"), run);
    }
    reports_agree(&small, &run);
}

fn reports_agree(small: &Small, run: &str) {
    let args = [
        "report",
        run,
        "--report",
        "json=r.json",
        "--report",
        "markdown=r.md",
        "--report",
        "html=r.html",
    ];
    let ran = small.night.harden(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let status = small.night.status(run);
    let report: Value = serde_json::from_str(&small.night.read("r.json")).expect("JSON");
    let rows = status["workloads"].as_array().expect("rows");
    let subjects = report["subjects"].as_array().expect("subjects");
    assert_eq!(subjects.len(), rows.len());
    let (markdown, html) = (small.night.read("r.md"), small.night.read("r.html"));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows {
        let name = row["object"]["name"].as_str().expect("a name");
        let object = format!("deployment.apps/{name}");
        let state = row["state"].as_str().expect("a state");
        *counts.entry(state.to_owned()).or_default() += 1;
        let subject = subjects
            .iter()
            .find(|subject| subject.to_string().contains(&object))
            .expect("a subject");
        let rollout = &subject["rollout"];
        assert_eq!(rollout["state"], state, "{subject}");
        let live = if state == "hardened" {
            "asPlanned"
        } else {
            "asBefore"
        };
        assert_eq!(rollout["live"]["result"], live, "{subject}");
        assert_eq!(rollout["changedSince"], false, "{subject}");
        let steps = |of: &Value| -> Vec<Value> {
            let steps = of["transitions"].as_array().expect("steps").iter();
            steps.map(|step| step["state"].clone()).collect()
        };
        assert_eq!(steps(rollout), steps(row), "{subject}");
        assert_eq!(rollout["evidence"], row["evidence"]);
        for (format, text) in [("markdown", &markdown), ("html", &html)] {
            assert!(
                text.contains(&object) && text.contains(state) && text.contains(run),
                "{format}: {object} {state}"
            );
        }
    }
    let states = report["rollout"]["states"]
        .as_array()
        .expect("states")
        .iter();
    let states: BTreeMap<_, _> = states
        .map(|one| {
            (
                one["state"].as_str().expect("a state").to_owned(),
                one["count"].as_u64().expect("a count"),
            )
        })
        .collect();
    assert_eq!(states, counts);
    for row in rows {
        for file in row["evidence"].as_array().expect("files") {
            let path = format!(
                "kubectl-harden/runs/{run}/{}",
                file.as_str().expect("a path")
            );
            assert!(!small.night.read(&path).is_empty(), "{path}");
        }
    }
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_trial_job_decides_for_a_cron_job() {
    let small = Small::new("trial", &[]);
    let cron = |name: &str, outcome: &str| {
        let mut cron = crate::cases::cron_job(name);
        let template = &mut cron["spec"]["jobTemplate"]["spec"]["template"];
        template["metadata"]["annotations"] = json!({"harden.test/outcome-when-hardened": outcome});
        cron
    };
    small.create(&[cron("fine", "succeeded"), cron("bad", "crash")]);
    let before = ["fine", "bad"].map(|name| small.get(&format!("cronjob/{name}")));
    let ran = small.apply(&["cronjob", "--trial-jobs"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let out = ran.out();
    assert!(
        small
            .printed(&out, "cronjob.batch/fine")
            .starts_with("hardened: its trial job succeeded"),
        "{out}"
    );
    let bad = small.printed(&out, "cronjob.batch/bad");
    assert!(bad.starts_with("blocked: its trial job failed: "), "{bad}");
    assert_eq!(own(&small.get("cronjob/fine")), hardened_own(&before[0]));
    assert_eq!(own(&small.get("cronjob/bad")), own(&before[1]));
    let journal = small.night.journal(&small.night.last_run());
    let tried = journal.iter().filter(|entry| {
        entry["what"]
            .as_str()
            .is_some_and(|what| what.starts_with("create job/"))
    });
    assert_eq!(tried.count(), 2);
    crate::support::cluster::until("the trial jobs are gone", || {
        small.kubectl(&["get", "jobs", "-o", "name"]).is_empty()
    });
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn undo_keeps_to_the_concurrency_and_is_no_failure() {
    let small = Small::new("undo", &["a", "b", "c", "d"].map(web));
    let before = ["a", "b", "c", "d"].map(|name| small.get(&format!("deploy/{name}")));
    small.plan(&["deploy", "--canary=1"]);
    let ran = small.apply(&["-f", "plan.yaml", "--concurrency=4", "--max-failures=1"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let run = small.night.last_run();
    let ran = small
        .night
        .harden(&[&["undo", &run, "--yes", "--concurrency=2"][..], &QUICK].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let out = ran.out();
    for (name, before) in ["a", "b", "c", "d"].iter().zip(&before) {
        let object = format!("deployment.apps/{name}");
        assert_eq!(small.printed(&out, &object), "restored");
        assert_eq!(own(&small.get(&format!("deploy/{name}"))), own(before));
    }
    let (mut at_work, mut most) = (0_i32, 0);
    for entry in small.night.journal(&run) {
        at_work += i32::from(entry["event"] == "did" && entry["what"] == "restore");
        at_work -= i32::from(entry["event"] == "moved" && entry["to"] == "restored");
        most = most.max(at_work);
    }
    assert_eq!((at_work, most), (0, 2));
    let status = small.night.status(&run);
    assert_eq!(
        (&status["state"], &status["stopped"]),
        (&json!("ended"), &Value::Null)
    );
}
