//! Which workload goes first.

use serde_json::Value;

use super::case::Case;
use super::{Risk, Surroundings};

/// A place in the order of canaries: least first.
///
/// First come workloads whose rollout shows something, then those with fewer risks, then those with fewer pods. Names
/// decide between equals, so the order is total and the same every time. What shows nothing (no pods, paused, pods
/// that are not replaced, CronJobs) makes no canary, however few risks it has, and comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    shows_nothing: bool,
    risks: usize,
    pods: i64,
    object: [String; 4],
}

/// The rules whose risk is that a rollout shows nothing.
const SHOWS_NOTHING: [&str; 5] = [
    "no-replicas",
    "paused",
    "on-delete",
    "suspended",
    "next-run",
];

/// The place of `object` in the order of canaries, with the risks that were found.
pub fn weight(object: &Value, risks: &[Risk]) -> Weight {
    let around = Surroundings::default();
    let case = Case::of(object, &around, &[]);
    let text = |pointer: &str| case.text(pointer).to_owned();
    let mut ids = risks.iter().map(|risk| risk.id.as_str());
    Weight {
        shows_nothing: ids.any(|id| SHOWS_NOTHING.contains(&id)),
        risks: risks.len(),
        pods: case.wanted().unwrap_or(1),
        object: [
            "/metadata/namespace",
            "/kind",
            "/metadata/name",
            "/apiVersion",
        ]
        .map(text),
    }
}

#[cfg(test)]
mod tests {
    use super::weight;
    use crate::rollout::risks::{Surroundings, risks};
    use serde_json::{Value, json};

    fn named(kind: &str, name: &str, spec: Value) -> Value {
        let mut object = crate::rollout::risks::testing::object(kind, spec);
        object["metadata"]["name"] = json!(name);
        object
    }

    #[test]
    fn what_risks_least_and_shows_something_goes_first() {
        let mut objects = [
            named("apps/v1 Deployment", "stopped", json!({"replicas": 0})),
            named("batch/v1 CronJob", "nightly", json!({})),
            named(
                "apps/v1 Deployment",
                "paused",
                json!({"replicas": 2, "paused": true}),
            ),
            named("apps/v1 StatefulSet", "db", json!({"replicas": 3})),
            named("apps/v1 Deployment", "one", json!({"replicas": 1})),
            named("apps/v1 Deployment", "many", json!({"replicas": 30})),
            named("apps/v1 Deployment", "few-b", json!({"replicas": 2})),
            named("apps/v1 Deployment", "few-a", json!({"replicas": 2})),
        ];
        objects.sort_by_cached_key(|object| {
            weight(object, &risks(object, &Surroundings::default(), &[]))
        });
        let names: Vec<_> = objects
            .iter()
            .map(|object| object["metadata"]["name"].as_str().expect("a name"))
            .collect();
        let wanted = [
            "few-a", "few-b", "many", "one", "db", "stopped", "nightly", "paused",
        ];
        assert_eq!(names, wanted);
    }
}
