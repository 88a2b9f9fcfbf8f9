//! Which ReplicaSet a sentence or an event is about.

use serde_json::Value;

use super::Observed;
use super::fields::{items, text};

/// The ReplicaSet that controls a pod.
fn replica_set(pod: &Value) -> Option<&str> {
    let mut owners = items(pod, "/metadata/ownerReferences").iter();
    let owner = owners.find(|owner| text(owner, "/kind") == "ReplicaSet")?;
    Some(text(owner, "/name")).filter(|name| !name.is_empty())
}

/// The ReplicaSets of the pods that are not of the wanted template.
fn old(observed: &Observed) -> impl Iterator<Item = &str> {
    observed.old_pods.iter().filter_map(replica_set)
}

/// Whether a sentence names an old ReplicaSet or a pod that it was to make: `pods "web-6f4b9d-" is forbidden`.
pub(super) fn is_about_old(sentence: &str, observed: &Observed) -> bool {
    old(observed).any(|name| {
        sentence.contains(&format!("\"{name}\"")) || sentence.contains(&format!("\"{name}-"))
    })
}

/// Whether an event is of an old ReplicaSet.
pub(super) fn is_of_old(event: &Value, observed: &Observed) -> bool {
    text(event, "/involvedObject/kind") == "ReplicaSet"
        && old(observed).any(|name| name == text(event, "/involvedObject/name"))
}

/// Whether an event is of the ReplicaSet of a pod.
pub(super) fn is_of_replica_set(event: &Value, pod: &Value) -> bool {
    text(event, "/involvedObject/kind") == "ReplicaSet"
        && replica_set(pod) == Some(text(event, "/involvedObject/name"))
}
