//! A rollout with every end that a workload can come to, for the tests of the formats.

use jiff::{SignedDuration, Timestamp};

use super::{row, subject};
use crate::report::{
    Learned, LeftOut, LiveRead, LiveResult, LogWarning, Outcome, Report, Rollout, Row, RowStatus,
    RunRecord, Subject, Transition,
};

/// What no format may take for its own: a formula, markup, codes of a terminal.
pub(crate) const HOSTILE: &str =
    "=cmd|'/C calc'!A0 </script><b>|`@all`\u{1b}[31m\u{202e}\u{0}, exit code 1";

fn at(minute: i64) -> Timestamp {
    let started: Timestamp = "2026-11-25T01:00:00Z".parse().expect("a time");
    started + SignedDuration::from_secs(minute * 60 + 7)
}

fn live(result: LiveResult) -> Option<LiveRead> {
    let at = "2026-11-25T06:30:00Z".parse().expect("a time");
    Some(LiveRead { at, result })
}

/// The fields of one container and of its pod, that the plan changes.
fn rows() -> Vec<Row> {
    let row = |container, check| Row {
        after: Some("true".into()),
        ..row(container, check, 12, RowStatus::Fixed)
    };
    vec![
        row(None, "runAsNonRoot"),
        row(Some("app"), "allowPrivilegeEscalation"),
        row(Some("app"), "readOnlyRootFilesystem"),
    ]
}

/// A workload that came to a state by these states, one a minute.
fn workload(name: &str, number: i64, states: &[&str], reason: &str, read: LiveResult) -> Subject {
    let mut subject = subject(name, 1, Outcome::Fixed, rows());
    subject.place.path = format!("shop/deployment.apps/{name}");
    for row in &mut subject.rows {
        row.place.path.clone_from(&subject.place.path);
    }
    subject.diff =
        format!("--- {name}\n+++ {name}\n@@ -1 +1,2 @@\n containers:\n+  runAsNonRoot: true\n");
    let start = at(number * 5);
    let times = (0..).map(|minute| start + SignedDuration::from_secs(minute * 60));
    let transitions = states.iter().zip(times).map(|(state, at)| Transition {
        at,
        state: (*state).into(),
        reason: String::new(),
    });
    let mut transitions: Vec<_> = transitions.collect();
    if let Some(last) = transitions.last_mut() {
        last.reason = reason.into();
    }
    let state = transitions.last().map_or("pending", |last| &last.state);
    let ended = transitions.last().map(|last| last.at);
    subject.rollout = Some(Rollout {
        state: state.into(),
        reason: reason.into(),
        started: transitions.first().map(|first| first.at),
        ended,
        retries: 0,
        learned: Vec::new(),
        left_out: Vec::new(),
        log_warnings: Vec::new(),
        evidence: Vec::new(),
        took_over: Vec::new(),
        live: live(read),
        transitions,
    });
    found(&mut subject);
    subject
}

/// What each field says now, from what the workload as a whole was found to say.
fn found(subject: &mut Subject) {
    let read = subject.rollout.as_ref().and_then(|r| r.live.as_ref());
    let result = read.map(|read| read.result.clone());
    for row in &mut subject.rows {
        row.live = match result {
            Some(LiveResult::AsPlanned) => Some(row.after.clone()),
            Some(LiveResult::AsBefore) => Some(row.before.clone()),
            Some(LiveResult::Differs) => Some(Some("\"other\"".into())),
            _ => None,
        };
    }
}

/// A workload whose change is not in the cluster.
fn open(name: &str, number: i64, states: &[&str], reason: &str, read: LiveResult) -> Subject {
    let mut subject = workload(name, number, states, reason, read);
    subject.not_done(reason, "see the evidence, then plan again");
    subject
}

const DONE: [&str; 4] = ["applying", "watching", "soaking", "hardened"];

fn failed() -> Vec<Subject> {
    let restored = ["applying", "watching", "failing", "restoring", "settling"];
    let with = |last| [&restored[..], &[last]].concat();
    let mut db = open("db", 3, &with("unrestored"), HOSTILE, LiveResult::Differs);
    let mut cache = open("cache", 4, &with("restored"), HOSTILE, LiveResult::AsBefore);
    for subject in [&mut db, &mut cache] {
        let name = subject.object.as_ref().map_or("", |o| o.name.as_str());
        let files = [
            format!("evidence/{name}/app.previous.log"),
            format!("evidence/{name}/events.yaml"),
            "=evil </script>.log".into(),
        ];
        if let Some(rollout) = &mut subject.rollout {
            rollout.evidence = files.into();
        }
    }
    vec![db, cache]
}

/// What was learned of a workload before it was hardened.
fn retried(subject: &mut Subject) {
    if let Some(rollout) = &mut subject.rollout {
        rollout.retries = 1;
        rollout.learned = vec![Learned {
            container: "app".into(),
            text: "emptyDir at /run, </script>/x".into(),
        }];
        rollout.left_out = vec![LeftOut {
            container: "app".into(),
            checks: vec!["runAsUser".into(), "runAsGroup".into()],
            evidence: HOSTILE.into(),
            fix: "=let it write to /data".into(),
        }];
        rollout.log_warnings = vec![LogWarning {
            container: "app".into(),
            line: HOSTILE.into(),
            count: 3,
            check: "readOnlyRootFilesystem".into(),
        }];
    }
}

/// What a run did overnight: hardened, failed, left alone, not yet done, and changed by others since.
pub(crate) fn report() -> Report {
    let mut web = workload("web", 1, &DONE, "", LiveResult::AsPlanned);
    let mut agent = workload("agent", 9, &DONE, "", LiveResult::AsPlanned);
    agent.outcome = Outcome::NeedsDecision;
    let mut decision = row(Some("agent"), "privileged", 20, RowStatus::NeedsDecision);
    decision.live = Some(None);
    agent.rows.push(decision);
    let mut queue = open("queue", 7, &["applying", "watching"], "", LiveResult::Gone);
    let mut late = open("late", 8, &[], "", LiveResult::NotRead("forbidden".into()));
    for subject in [&mut queue, &mut late] {
        subject.message = "the run is not done with it".into();
        subject.rows.iter_mut().for_each(|row| row.live = None);
    }
    if let Some(rollout) = &mut queue.rollout {
        (rollout.ended, rollout.live) = (None, None);
    }
    retried(&mut web);
    if let Some(rollout) = &mut web.rollout {
        rollout.took_over = vec!["kubectl-client-side-apply".into(), "=edit".into()];
    }
    let mut old = subject("old", 1, Outcome::Compliant, Vec::new());
    old.rows = vec![row(Some("old"), "capabilities", 4, RowStatus::Compliant)];
    let mut flow = subject("flow", 1, Outcome::NotCovered, Vec::new());
    flow.message = "its fields are split over templates".into();
    let unwatched = ["applying", "unwatched"];
    let mut subjects = vec![
        web,
        workload("api", 2, &unwatched, "it is paused", LiveResult::AsPlanned),
    ];
    subjects.extend(failed());
    subjects.extend([
        open(
            "argo",
            5,
            &["blocked"],
            "Argo CD application shop owns it: change the source",
            LiveResult::AsBefore,
        ),
        open(
            "hand",
            6,
            &["applying", "overtaken"],
            "kubectl-edit changed runAsUser",
            LiveResult::Differs,
        ),
        queue,
        late,
        agent,
        workload("drifted", 10, &DONE, "", LiveResult::AsBefore),
        open("report", 11, &["gone"], "", LiveResult::Gone),
        open("odd", 12, &["exploded"], "", LiveResult::AsBefore),
        old,
        flow,
    ]);
    Report {
        started: at(0),
        applied: true,
        rollout: Some(run()),
        subjects,
    }
}

fn run() -> RunRecord {
    let options = [
        ("timeout", "10m"),
        ("soak", "2m"),
        ("concurrency", "4"),
        ("max-failures", "5"),
        ("window", "01:00-05:00 Europe/Berlin"),
    ];
    RunRecord {
        id: "20261125-010000-x7k2".into(),
        server: "https://10.0.0.1:6443".into(),
        context: "prod-eu".into(),
        user: "=ada@example.com".into(),
        account: "ada".into(),
        machine: "laptop".into(),
        started: at(0),
        ended: Some(at(75)),
        version: "0.1.0".into(),
        options: options
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    }
}
