//! What is wrong with pods: what ends a rollout at once, and what may pass.
//!
//! Source of the reasons: kubelet `pkg/kubelet/kuberuntime/kuberuntime_container.go`, `pkg/kubelet/images/types.go`,
//! `pkg/kubelet/container/sync_result.go` at Kubernetes v1.36.2.

use serde_json::Value;

use super::containers::{Container, containers, ending, is_ready, is_terminating};
use super::events;
use super::fields::{condition, number, one_line, text};
use super::{Observed, Reason};

/// Reasons to wait that do not go away by themselves.
const LASTING: [&str; 7] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "CrashLoopBackOff",
];

/// The same, of the image, which a change of the securityContext does not touch.
const OF_THE_IMAGE: [&str; 4] = [
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
];

/// A first failed pull; it becomes `ImagePullBackOff` when the next one fails too.
const PULLING: [&str; 3] = [
    "ErrImagePull",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

/// What the kubelet says to a lasting reason when only the node was too slow for a moment.
const PASSING: [&str; 4] = [
    "context deadline exceeded",
    "is reserved for",
    "failed to sync configmap cache",
    "failed to sync secret cache",
];

/// Events that say why a pod's containers are not even made.
const SETTING_UP: [&str; 6] = [
    "FailedMount",
    "FailedAttachVolume",
    "FailedMapVolume",
    "FailedCreatePodSandBox",
    "FailedPrepareDynamicResources",
    "NetworkNotReady",
];

/// Why these pods will not get there. What may be the change's fault comes before what is the image's.
pub(super) fn failing(pods: &[Value]) -> Option<Reason> {
    let mut all = living(pods).flat_map(containers);
    if let Some(container) = all.find(|one| is_lasting(one) && !is_passing(one)) {
        return Some(why(&container));
    }
    let mut all = living(pods).flat_map(containers);
    let container = all.find(|one| OF_THE_IMAGE.contains(&one.waits_for()))?;
    let mut reason = why(&container);
    reason.message += " (the image may be why, not the change)";
    Some(reason)
}

/// What is wrong with these pods that may pass.
pub(super) fn faltering(pods: &[Value], warnings: &[Value]) -> Option<Reason> {
    let mut unready = living(pods).filter(|pod| !is_ready(pod));
    unready.find_map(|pod| {
        failed(pod)
            .or_else(|| containers(pod).find_map(|container| stumbling(&container)))
            .or_else(|| unschedulable(pod))
            .or_else(|| not_set_up(pod, warnings))
    })
}

/// Those that nobody has asked to end.
pub(super) fn living(pods: &[Value]) -> impl Iterator<Item = &Value> {
    pods.iter().filter(|pod| !is_terminating(pod))
}

/// Those that are ready and stay.
pub fn serving(pods: &[Value]) -> impl Iterator<Item = &Value> {
    living(pods).filter(|pod| super::is_ready(pod))
}

fn is_lasting(container: &Container) -> bool {
    LASTING.contains(&container.waits_for())
}

/// Whether a lasting reason is none this time.
fn is_passing(container: &Container) -> bool {
    let message = container.waiting_message();
    container.waits_for() != "CrashLoopBackOff"
        && PASSING.iter().any(|passing| message.contains(passing))
}

/// Why a container waits: how it ended last time, else what the kubelet says.
fn why(container: &Container) -> Reason {
    let word = container.waits_for();
    let ended = container.ended_before().or_else(|| container.ended());
    let message = match ended {
        Some(ended) if word == "CrashLoopBackOff" => ending(ended),
        _ => one_line(container.waiting_message()),
    };
    container.reason(word, message)
}

fn stumbling(container: &Container) -> Option<Reason> {
    let word = container.waits_for();
    let is_slow = is_lasting(container) && is_passing(container);
    if is_slow || PULLING.contains(&word) {
        return Some(why(container));
    }
    let ended = container.ended()?;
    (number(ended, "/exitCode") != 0).then(|| container.reason(word_of(ended), ending(ended)))
}

/// The runtime's word for how a run ended.
pub(super) fn word_of(ended: &Value) -> &str {
    match text(ended, "/reason") {
        "" => "Error",
        reason => reason,
    }
}

/// A pod that is over: `Evicted`, or what its container ended with.
pub(super) fn failed(pod: &Value) -> Option<Reason> {
    if text(pod, "/status/phase") != "Failed" {
        return None;
    }
    let (word, message) = (
        text(pod, "/status/reason"),
        one_line(text(pod, "/status/message")),
    );
    if word.is_empty() {
        let of_container = culprit(std::slice::from_ref(pod));
        if of_container.is_some() {
            return of_container;
        }
    }
    let word = if word.is_empty() { "Failed" } else { word };
    Some(of_pod(pod, word, message))
}

/// The container that ended with an error.
pub(super) fn culprit(pods: &[Value]) -> Option<Reason> {
    pods.iter().flat_map(containers).find_map(|container| {
        let ended = container.ended().or_else(|| container.ended_before())?;
        (number(ended, "/exitCode") != 0).then(|| container.reason(word_of(ended), ending(ended)))
    })
}

fn unschedulable(pod: &Value) -> Option<Reason> {
    let scheduled = condition(pod, "PodScheduled")?;
    let waits = text(scheduled, "/status") == "False";
    let word = text(scheduled, "/reason");
    (waits && word == "Unschedulable")
        .then(|| of_pod(pod, word, one_line(text(scheduled, "/message"))))
}

fn not_set_up(pod: &Value, warnings: &[Value]) -> Option<Reason> {
    if containers(pod).any(|container| container.has_started()) {
        return None;
    }
    let about = |event: &&Value| {
        events::is_about(event, pod) && SETTING_UP.contains(&text(event, "/reason"))
    };
    let event = events::latest(warnings.iter().filter(about))?;
    Some(of_pod(
        pod,
        text(event, "/reason"),
        one_line(text(event, "/message")),
    ))
}

pub(super) fn of_pod(pod: &Value, word: &str, message: String) -> Reason {
    Reason {
        word: word.to_owned(),
        message,
        pod: text(pod, "/metadata/name").to_owned(),
        container: String::new(),
    }
}

/// The newest warning about a new pod that is not ready, for a rollout that ran out of time without failing:
/// `Unhealthy`, `Readiness probe failed: HTTP probe failed with statuscode: 500`.
pub fn latest_warning(observed: &Observed) -> Option<Reason> {
    let unready: Vec<&Value> = living(&observed.new_pods)
        .filter(|pod| !is_ready(pod))
        .collect();
    let about = |event: &&Value| unready.iter().any(|pod| events::is_about(event, pod));
    let event = events::latest(observed.warnings.iter().filter(about))?;
    let pod = unready.iter().find(|pod| events::is_about(event, pod))?;
    let message = one_line(text(event, "/message"));
    Some(of_pod(pod, text(event, "/reason"), message))
}
