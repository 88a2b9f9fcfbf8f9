//! Staying healthy after Ready: what was there then, and what came since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::benign::is_benign;
use super::containers::{Container, Role, containers, ending};
use super::fields::{holds, one_line, text};
use super::{Observed, Reason, events, owner, pods};

/// What was there when the workload became Ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Calm {
    /// The new pods, by uid.
    pods: BTreeMap<String, CalmPod>,
    /// How often each warning event had been seen, by uid.
    events: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CalmPod {
    /// Since when it was ready, to the second; what was seen before then belongs to its start. Empty if it was not.
    ready_since: String,
    /// Restarts of each container.
    restarts: BTreeMap<String, i64>,
}

impl Calm {
    /// What is there now.
    pub fn of(observed: &Observed) -> Self {
        let of_pod = |pod| (uid(pod).to_owned(), CalmPod::of(pod));
        let of_event = |event| (uid(event).to_owned(), events::count(event));
        Self {
            pods: pods::living(&observed.new_pods).map(of_pod).collect(),
            events: observed.warnings.iter().map(of_event).collect(),
        }
    }
}

impl CalmPod {
    fn of(pod: &Value) -> Self {
        let restarts = running(pod).map(|one| (one.name().to_owned(), one.restarts()));
        Self {
            ready_since: ready_since(pod).to_owned(),
            restarts: restarts.collect(),
        }
    }
}

/// Reasons of pods that are over because of their node: a shutdown, a node that is lost, and what a node's kubelet
/// rejects. Sources: kubelet `nodeshutdown_manager.go`, `lifecycle/predicate.go`, `preemption.go`. `Evicted` is not here.
const OF_THE_NODE: [&str; 11] = [
    "Terminated",
    "NodeShutdown",
    "NodeLost",
    "Preempting",
    "OutOfcpu",
    "OutOfmemory",
    "OutOfephemeral-storage",
    "OutOfpods",
    "NodeAffinity",
    "NodePorts",
    "UnexpectedAdmissionError",
];

/// What has happened since that a healthy workload does not do: a container that restarted or will not start, a pod that
/// failed, a warning event that is new or was repeated. A pod that took another's place is none by itself.
pub fn disturbed(calm: &Calm, observed: &Observed) -> Option<Reason> {
    let here: Vec<&Value> = pods::living(&observed.new_pods)
        .filter(|pod| !OF_THE_NODE.contains(&text(pod, "/status/reason")))
        .collect();
    pods::failing(&observed.new_pods)
        .or_else(|| here.iter().find_map(|pod| pods::failed(pod)))
        .or_else(|| here.iter().find_map(|pod| restarted(calm, pod)))
        .or_else(|| {
            let mut events = observed.warnings.iter();
            events.find_map(|event| warned(calm, event, observed, &here))
        })
}

/// Containers that are to run all the time.
fn running(pod: &Value) -> impl Iterator<Item = Container<'_>> {
    containers(pod).filter(|container| container.role != Role::Init)
}

fn restarted(calm: &Calm, pod: &Value) -> Option<Reason> {
    let before = calm.pods.get(uid(pod));
    running(pod).find_map(|container| {
        let count = before.and_then(|pod| pod.restarts.get(container.name()));
        let more = container
            .restarts()
            .saturating_sub(count.copied().unwrap_or(0));
        if let Some(ended) = container.ended() {
            return Some(container.reason(pods::word_of(ended), ending(ended)));
        }
        if more <= 0 {
            return None;
        }
        let times = if more == 1 {
            "restarted once".to_owned()
        } else {
            format!("restarted {more} times")
        };
        Some(match container.ended_before() {
            Some(ended) => {
                container.reason(pods::word_of(ended), format!("{times}: {}", ending(ended)))
            }
            None => container.reason("Restarted", times),
        })
    })
}

fn warned(calm: &Calm, event: &Value, observed: &Observed, here: &[&Value]) -> Option<Reason> {
    if events::count(event) <= calm.events.get(uid(event)).copied().unwrap_or(0) {
        return None;
    }
    let pod = here.iter().find(|pod| events::is_about(event, pod));
    let of_workload = events::is_about(event, &observed.object)
        || here.iter().any(|pod| owner::is_of_replica_set(event, pod));
    if pod.is_none() && !of_workload {
        return None;
    }
    let known = pod.and_then(|pod| calm.pods.get(uid(pod)));
    let since = match (known, pod) {
        (Some(known), _) => known.ready_since.as_str(),
        (None, Some(pod)) => ready_since(pod),
        (None, None) => "",
    };
    let seen = events::last_seen(event);
    let is_of_start = !seen.is_empty() && seen <= since;
    let is_starting = pod.is_some() && known.is_none() && since.is_empty();
    if is_of_start || is_benign(event, is_starting) {
        return None;
    }
    Some(Reason {
        word: text(event, "/reason").to_owned(),
        message: one_line(text(event, "/message")),
        pod: pod.map_or("", |pod| text(pod, "/metadata/name")).to_owned(),
        container: container_of(event).to_owned(),
    })
}

/// The container that the kubelet names: `spec.containers{app}`.
fn container_of(event: &Value) -> &str {
    let path = text(event, "/involvedObject/fieldPath");
    let name = path
        .split_once('{')
        .and_then(|(_, rest)| rest.strip_suffix('}'));
    name.unwrap_or_default()
}

fn ready_since(pod: &Value) -> &str {
    holds(pod, "Ready").map_or("", |ready| {
        events::second(text(ready, "/lastTransitionTime"))
    })
}

fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Pod, deployment, ended, event, observed, pod};
    use super::*;
    use serde_json::json;

    fn settled(pods: Vec<Pod>) -> Observed {
        observed(deployment(3, 3, 3), pods, Vec::new())
    }

    fn running(name: &str, restarts: i64, last: Value) -> Pod {
        pod(name).condition("Ready", "True", "", "").container(
            "app",
            restarts,
            json!({"running": {}}),
            last,
        )
    }

    fn word_and_message(found: Option<Reason>) -> Option<(String, String)> {
        found.map(|reason| (reason.word, reason.message))
    }

    fn disturbance(pods: Vec<Pod>) -> Option<(String, String)> {
        let calm = Calm::of(&settled(vec![running("web-1", 1, ended(1, "Error", ""))]));
        word_and_message(disturbed(&calm, &settled(pods)))
    }

    fn some(word: &str, message: &str) -> Option<(String, String)> {
        Some((word.into(), message.into()))
    }

    #[test]
    fn restarts_disturb_and_replacements_do_not() {
        let oom = ended(137, "OOMKilled", "");
        let looping = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let side = json!({"running": {}});
        let cases = [
            (vec![running("web-1", 1, ended(1, "Error", ""))], None),
            (
                vec![running("web-1", 2, oom.clone())],
                some("OOMKilled", "restarted once: OOMKilled, exit code 137"),
            ),
            (
                vec![running("web-1", 4, ended(1, "Error", "x"))],
                some("Error", "restarted 3 times: exit code 1: x"),
            ),
            (
                vec![running("web-1", 2, json!({}))],
                some("Restarted", "restarted once"),
            ),
            (
                vec![pod("web-1").container("app", 1, ended(0, "Completed", ""), json!({}))],
                some("Completed", "Completed, exit code 0"),
            ),
            (
                vec![pod("web-1").container("app", 2, looping, ended(3, "Error", ""))],
                some("CrashLoopBackOff", "exit code 3"),
            ),
            // Replaced: by one that is starting, by one that restarted; on its way out; away without a successor.
            (
                vec![pod("web-2").waiting("app", "ContainerCreating", "")],
                None,
            ),
            (
                vec![running("web-2", 1, ended(1, "Error", ""))],
                some("Error", "restarted once: exit code 1"),
            ),
            (vec![running("web-1", 3, oom.clone()).terminating()], None),
            (Vec::new(), None),
            // A sidecar, an init container that ran again in a new pod.
            (
                vec![running("web-1", 1, json!({})).sidecar("proxy", 1, side, oom.clone())],
                some("OOMKilled", "restarted once: OOMKilled, exit code 137"),
            ),
            (
                vec![running("web-2", 0, json!({})).init(
                    "wait",
                    2,
                    ended(0, "Completed", ""),
                    oom,
                )],
                None,
            ),
            // Over, by the node's fault or not.
            (
                vec![pod("web-1").phase(
                    "Failed",
                    "Terminated",
                    "Pod was terminated in response to imminent node shutdown.",
                )],
                None,
            ),
            (
                vec![pod("web-1").phase(
                    "Failed",
                    "Evicted",
                    "Usage of EmptyDir volume \"tmp\" exceeds the limit \"1Mi\".",
                )],
                some(
                    "Evicted",
                    "Usage of EmptyDir volume \"tmp\" exceeds the limit \"1Mi\".",
                ),
            ),
        ];
        for (pods, expected) in cases {
            let shown = format!("{:?}", pods.iter().map(|pod| &pod.0).collect::<Vec<_>>());
            assert_eq!(disturbance(pods), expected, "{shown}");
        }
    }

    /// With web-1 ready since 01:00:00 in the calm; web-2 and web-3 came later, and web-3 is ready.
    fn warned(events: Vec<Value>) -> Option<(String, String)> {
        let mut before = settled(vec![running("web-1", 0, json!({}))]);
        before.warnings = vec![event("Pod", "web-1", "FailedMount", "before")];
        let calm = Calm::of(&before);
        let starting = pod("web-2").waiting("app", "ContainerCreating", "");
        let mut now = settled(vec![
            running("web-1", 0, json!({})).of_replica_set("web-new"),
            starting,
            running("web-3", 0, json!({})),
        ]);
        now.warnings = events;
        word_and_message(disturbed(&calm, &now))
    }

    #[test]
    fn new_and_repeated_warnings_disturb() {
        let at = |mut event: Value, time: &str| {
            event["firstTimestamp"] = json!(time);
            event["lastTimestamp"] = json!(time);
            event
        };
        let seen = |count: i64| {
            let mut event = event("Pod", "web-1", "FailedMount", "before");
            event["count"] = json!(count);
            event
        };
        let probe = |name: &str| event("Pod", name, "Unhealthy", "Readiness probe failed: 500");
        let unhealthy = some("Unhealthy", "Readiness probe failed: 500");
        let refused = event("Deployment", "web", "FailedCreate", "violates PodSecurity");
        let cases = [
            (Vec::new(), None),
            (vec![seen(1)], None),
            (vec![seen(2)], some("FailedMount", "before")),
            (vec![probe("web-1")], unhealthy),
            // Of its start, written late; in the very second.
            (vec![at(probe("web-1"), "2026-01-31T00:59:59Z")], None),
            (vec![at(probe("web-1"), "2026-01-31T01:00:00Z")], None),
            (
                vec![at(probe("web-1"), "2026-01-31T01:00:01Z")],
                some("Unhealthy", "Readiness probe failed: 500"),
            ),
            // A pod that is starting in another's place, one that is gone, another workload's.
            (vec![probe("web-2")], None),
            (
                vec![probe("web-3")],
                some("Unhealthy", "Readiness probe failed: 500"),
            ),
            (vec![probe("web-0")], None),
            (
                vec![event(
                    "Pod",
                    "web-2",
                    "Failed",
                    "Error: container has runAsNonRoot",
                )],
                some("Failed", "Error: container has runAsNonRoot"),
            ),
            (
                vec![event("Deployment", "other", "FailedCreate", "x")],
                None,
            ),
            (vec![refused], some("FailedCreate", "violates PodSecurity")),
            (
                vec![event("ReplicaSet", "web-new", "FailedCreate", "x")],
                some("FailedCreate", "x"),
            ),
            (
                vec![event("ReplicaSet", "web-old", "FailedCreate", "x")],
                None,
            ),
            // Benign ones.
            (
                vec![event(
                    "Pod",
                    "web-1",
                    "DNSConfigForming",
                    "Nameserver limits were exceeded",
                )],
                None,
            ),
            (
                vec![event("Pod", "web-1", "Evicted", "x")],
                some("Evicted", "x"),
            ),
        ];
        for (events, expected) in cases {
            let shown = format!("{events:?}");
            assert_eq!(warned(events), expected, "{shown}");
        }
    }

    #[test]
    fn a_flap_between_two_looks_is_seen() {
        let calm = Calm::of(&settled(vec![running("web-1", 0, json!({}))]));
        let mut pod = running("web-1", 0, json!({}));
        pod.0["status"]["conditions"][0]["lastTransitionTime"] = json!("2026-01-31T01:20:00Z");
        let mut now = settled(vec![pod]);
        now.warnings = vec![event("Pod", "web-1", "Unhealthy", "Liveness probe failed")];
        now.warnings[0]["involvedObject"]["fieldPath"] = json!("spec.containers{app}");
        let found = disturbed(&calm, &now).expect("a disturbance");
        assert_eq!(
            (found.pod.as_str(), found.container.as_str()),
            ("web-1", "app")
        );
    }

    #[test]
    fn the_calm_survives_the_journal() {
        let mut before = settled(vec![running("web-1", 2, json!({}))]);
        before.warnings = vec![event("Pod", "web-1", "FailedMount", "x")];
        let calm = Calm::of(&before);
        let text = serde_json::to_string(&calm).expect("written");
        assert_eq!(serde_json::from_str::<Calm>(&text).expect("read"), calm);
        assert!(
            text.contains(r#""readySince":"2026-01-31T01:00:00""#),
            "{text}"
        );
        assert_eq!(disturbed(&calm, &before), None);
    }
}
