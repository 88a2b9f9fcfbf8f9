//! Which workloads replace their pods by themselves, and when a change takes effect in the others.

use serde_json::Value;

use super::Verdict;
use super::fields::{given, text};

/// A kind whose rollout can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watched {
    Deployment,
    StatefulSet,
    DaemonSet,
}

/// Whether the object is of Kubernetes itself. Items of lists lack `apiVersion` there; those of custom resources have it,
/// and some bear the same names (`StatefulSet` of `apps.kruise.io`).
pub(super) fn is_native(object: &Value) -> bool {
    let version = text(object, "/apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    matches!(group, "" | "apps" | "batch")
}

impl Watched {
    /// What can be watched, or what is known without watching.
    pub(super) fn of(kind: &str, object: &Value) -> Result<Self, Verdict> {
        match kind {
            _ if !is_native(object) => Err(CUSTOM),
            "Deployment" => deployment(object),
            "StatefulSet" => stateful_set(object),
            "DaemonSet" => daemon_set(object),
            "ReplicaSet" | "ReplicationController" if replicas(object) == Some(0) => {
                Err(Verdict::Ready)
            }
            "ReplicaSet" | "ReplicationController" => Err(Verdict::Unwatched(
                "it does not replace its pods: the change takes effect in those that it makes anew",
            )),
            "CronJob" => Err(cron_job(object)),
            "PodTemplate" => Err(Verdict::Unwatched(
                "it runs nothing: the change takes effect in pods that are made from it",
            )),
            "Job" | "Pod" => Err(Verdict::Unwatched(
                "its pods cannot be changed: the change takes effect when it is made anew",
            )),
            _ => Err(CUSTOM),
        }
    }
}

const CUSTOM: Verdict =
    Verdict::Unwatched("the change takes effect when its own controller replaces its pods");

fn replicas(object: &Value) -> Option<i64> {
    given(object, "/spec/replicas")
}

fn is_on_delete(object: &Value) -> bool {
    text(object, "/spec/updateStrategy/type") == "OnDelete"
}

const ON_DELETE: Verdict = Verdict::Unwatched(
    "its update strategy is OnDelete: each pod takes the change when it is deleted",
);

/// Without replicas too: a paused Deployment that is scaled up scales the ReplicaSet of its old template.
fn deployment(object: &Value) -> Result<Watched, Verdict> {
    match object.pointer("/spec/paused").and_then(Value::as_bool) {
        Some(true) => Err(Verdict::Unwatched(
            "it is paused: the change takes effect when it is resumed",
        )),
        _ => Ok(Watched::Deployment),
    }
}

fn stateful_set(object: &Value) -> Result<Watched, Verdict> {
    let replicas = replicas(object);
    let partition = given(object, "/spec/updateStrategy/rollingUpdate/partition");
    match (replicas, partition) {
        (Some(0), _) if is_on_delete(object) => Err(Verdict::Ready),
        _ if is_on_delete(object) => Err(ON_DELETE),
        (Some(all @ 1..), Some(kept)) if kept >= all => Err(Verdict::Unwatched(
            "its partition keeps every pod as it is: the change takes effect when that is lowered",
        )),
        _ => Ok(Watched::StatefulSet),
    }
}

fn daemon_set(object: &Value) -> Result<Watched, Verdict> {
    if is_on_delete(object) {
        Err(ON_DELETE)
    } else {
        Ok(Watched::DaemonSet)
    }
}

fn cron_job(object: &Value) -> Verdict {
    Verdict::Unwatched(match object.pointer("/spec/suspend") {
        Some(Value::Bool(true)) => {
            "it is suspended: the change takes effect in the first Job after it is resumed"
        }
        _ => "the change takes effect in the next Job of its schedule",
    })
}
