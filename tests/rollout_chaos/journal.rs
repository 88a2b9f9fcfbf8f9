//! Reads the journal of a run as it is on the disk, and checks that it could have happened.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What may follow upon what: the diagram of src/rollout/state.rs and the ends that its text names.
const LEGAL: [(&str, &[&str]); 8] = [
    ("pending", &["trying", "applying", "hardened", "blocked"]),
    ("trying", &["applying", "blocked"]),
    ("applying", &["watching", "blocked", "overtaken"]),
    (
        "watching",
        &["soaking", "failing", "unwatched", "overtaken"],
    ),
    ("soaking", &["hardened", "watching", "failing", "overtaken"]),
    ("failing", &["restoring"]),
    ("restoring", &["settling", "overtaken", "unrestored"]),
    ("settling", &["restored", "unrestored", "overtaken"]),
];

/// The whole lines. The last one may be half.
pub fn lines(run: &Path) -> Vec<Value> {
    let text = fs::read(run.join("journal.jsonl")).unwrap_or_default();
    let whole = text
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let lines = text[..whole]
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).expect("a line of JSON"))
        .collect()
}

/// The state that each workload came into last.
pub fn states(lines: &[Value]) -> BTreeMap<String, String> {
    let moves = lines.iter().filter(|line| line["event"] == "moved");
    let text = |line: &Value, key: &str| line[key].as_str().expect("text").to_owned();
    moves
        .map(|line| (text(line, "workload"), text(line, "to")))
        .collect()
}

/// How often something was done to each workload.
pub fn count(lines: &[Value], what: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines
        .iter()
        .filter(|line| line["event"] == "did" && line["what"] == what)
    {
        *counts
            .entry(line["workload"].as_str().expect("text").to_owned())
            .or_default() += 1;
    }
    counts
}

/// What cannot be so.
pub fn faults(lines: &[Value]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut states: BTreeMap<&str, &str> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        let mut fault = |what: String| faults.push(format!("line {}: {what}: {line}", i + 1));
        if line["seq"].as_u64() != Some(i as u64 + 1) {
            fault("it has another number".into());
        }
        let workload = line["workload"].as_str().unwrap_or_default();
        let state = states.get(workload).copied().unwrap_or("pending");
        match line["event"].as_str().expect("an event") {
            "moved" => {
                let (from, to) = (
                    line["from"].as_str().expect("text"),
                    line["to"].as_str().expect("text"),
                );
                if from != state {
                    fault(format!("it was {state}"));
                }
                let legal = LEGAL.iter().find(|(state, _)| *state == from);
                let was_tried =
                    (from, to) == ("watching", "hardened") && line["reason"]["word"] == "Tried";
                let is_legal = legal.is_some_and(|(_, next)| next.contains(&to) || to == "gone");
                if !is_legal && !was_tried {
                    fault("no such transition".into());
                }
                states.insert(workload, to);
            }
            "did" => {
                let fits = match line["what"].as_str().expect("text") {
                    "apply" => state == "applying",
                    "restore" => state == "restoring",
                    what if what.starts_with("delete pod/") => state == "settling",
                    what if what.starts_with("create job/") => state == "trying",
                    _ => false,
                };
                if !fits {
                    fault(format!("done while it was {state}"));
                }
            }
            "ended"
                if states
                    .values()
                    .any(|state| LEGAL.iter().any(|(open, _)| open == state)) =>
            {
                fault("not everything had ended".into());
            }
            _ => {}
        }
    }
    for what in ["apply", "restore"] {
        for (workload, times) in count(lines, what) {
            if times > 1 {
                faults.push(format!("{workload}: {times} times did {what}"));
            }
        }
    }
    faults
}

#[test]
fn a_journal_that_cannot_be_is_found_out() {
    let moved = |seq: u64, from: &str, to: &str| serde_json::json!({"seq": seq, "event": "moved", "workload": "a", "from": from, "to": to});
    let did = |seq: u64| serde_json::json!({"seq": seq, "event": "did", "workload": "a", "what": "apply"});
    let good = vec![
        moved(1, "pending", "applying"),
        did(2),
        moved(3, "applying", "watching"),
    ];
    assert_eq!(faults(&good), Vec::<String>::new());
    for bad in [
        vec![moved(2, "pending", "applying")],
        vec![moved(1, "pending", "watching")],
        vec![moved(1, "applying", "watching")],
        vec![did(1)],
        vec![moved(1, "pending", "applying"), did(2), did(3)],
        vec![
            moved(1, "pending", "blocked"),
            moved(2, "blocked", "applying"),
        ],
        vec![
            moved(1, "pending", "applying"),
            serde_json::json!({"seq": 2, "event": "ended"}),
        ],
    ] {
        assert_ne!(faults(&bad), Vec::<String>::new(), "{bad:?}");
    }
}
