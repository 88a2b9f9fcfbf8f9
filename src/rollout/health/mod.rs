//! Whether a workload's rollout goes well: pure functions over what the API server says.

mod before;
mod benign;
mod containers;
mod denied;
mod events;
mod fields;
mod job;
mod log;
mod owner;
mod pods;
mod soak;
mod status;
mod stuck;
#[cfg(test)]
mod testing;
mod unwatched;

use serde_json::Value;

pub use before::was_healthy;
pub(super) use containers::is_ready;
pub use job::{judge_job, judge_server_trial};
pub use log::{LogError, LogWarning, Logs, new_in_logs};
pub use pods::{latest_warning, serving};
pub use soak::{Calm, disturbed};
use status::Standing;
pub use stuck::stuck_pods;
use unwatched::Watched;

/// What a cluster says of a workload at one moment.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The workload as the server gives it, status included.
    pub object: Value,
    /// Its pods that are of the wanted template: after the change, those that carry it.
    pub new_pods: Vec<Value>,
    /// Its other pods.
    pub old_pods: Vec<Value>,
    /// Warning events about it, its pods and what stands between (ReplicaSets), of core/v1.
    pub warnings: Vec<Value>,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on; what it waits for, in the words of `kubectl rollout status`.
    Progressing(String),
    /// All of it runs the wanted template and is ready.
    Ready,
    /// It will not get there.
    Failed(Reason),
    /// It can fail like this for a moment; it is a failure when it lasts.
    Faltering(Reason),
    /// Nothing that could be watched happens, and why: a paused Deployment, `OnDelete`, a kind that replaces no pods.
    Unwatched(&'static str),
}

/// Why a rollout failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Kubernetes' word: `CrashLoopBackOff`, `CreateContainerConfigError`, `FailedCreate`, `ProgressDeadlineExceeded`, `Timeout`.
    pub word: String,
    /// What it says, in one line: the kubelet's or the controller's sentence, the exit code.
    pub message: String,
    /// The pod that shows it; empty where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pod: String,
    /// The container that shows it; empty where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
}

impl Reason {
    /// With what a pod shows, as the cause of what the controller says.
    fn because(mut self, cause: Option<Self>) -> Self {
        let Some(cause) = cause else {
            return self;
        };
        self.message += &format!(": {}", cause.word);
        if !cause.message.is_empty() {
            self.message += &format!(": {}", cause.message);
        }
        Self {
            pod: cause.pod,
            container: cause.container,
            ..self
        }
    }
}

/// Whether the rollout of a workload of this kind goes well: as `kubectl rollout status` decides, and by what its new pods
/// show, which kubectl does not look at. What old pods do is no matter.
///
/// The kind is given because items of lists lack it. Nothing is read from counts or pods before the controller has
/// observed the change, because until then it may not be known which pods carry it.
pub fn judge(kind: &str, observed: &Observed) -> Verdict {
    let object = &observed.object;
    let watched = match Watched::of(kind, object) {
        Ok(watched) => watched,
        Err(verdict) => return verdict,
    };
    let standing = status::standing(watched, object);
    if let Standing::Unobserved(words) = standing {
        return denied::no_replica_set(observed).unwrap_or(Verdict::Progressing(words));
    }
    if let Some(reason) = pods::failing(&observed.new_pods) {
        return Verdict::Failed(reason);
    }
    let denied = denied::denied(watched, observed);
    if let Some(failed @ Verdict::Failed(_)) = denied {
        return failed;
    }
    let faltering = || {
        let of_pods = pods::faltering(&observed.new_pods, &observed.warnings);
        denied::reason(watched, observed).or(of_pods)
    };
    if let Some(reason) = status::deadline(observed) {
        return Verdict::Failed(reason.because(faltering()));
    }
    let Standing::Waiting(words) = standing else {
        return Verdict::Ready;
    };
    faltering().map_or(Verdict::Progressing(words), Verdict::Faltering)
}

#[cfg(test)]
mod tests {
    use super::testing::{Pod, daemon_set, deployment, ended, event, observed, pod, stateful_set};
    use super::*;
    use Verdict::{Failed, Faltering, Progressing, Ready, Unwatched};
    use serde_json::json;

    const NO_ROOT: &str = "container has runAsNonRoot and image will run as root (pod: \"web-1_shop(4f)\", container: app)";

    fn rolling(new: Vec<Pod>) -> Observed {
        observed(deployment(4, 1, 3), new, vec![pod("old-1").ready()])
    }

    fn reason(word: &str, message: &str, pod: &str, container: &str) -> Reason {
        Reason {
            word: word.into(),
            message: message.into(),
            pod: pod.into(),
            container: container.into(),
        }
    }

    fn crashing(pod: Pod, name: &str, last: Value) -> Pod {
        let state = json!({"waiting": {
            "reason": "CrashLoopBackOff",
            "message": "back-off 10s restarting failed container=app pod=web-1_shop(4f)",
        }});
        pod.container(name, 2, state, last)
    }

    #[test]
    fn what_new_pods_wait_for_ends_a_rollout_or_not() {
        let back_off = "Back-off pulling image \"app:1\": ErrImagePull: not found";
        let oom = ended(137, "OOMKilled", "");
        let read_only =
            "Traceback:\n  File \"/app.py\"\nOSError: [Errno 30] Read-only file system: '/x'\n";
        let cases = [
            (
                pod("web-1").waiting("app", "CreateContainerConfigError", NO_ROOT),
                Failed(reason(
                    "CreateContainerConfigError",
                    NO_ROOT,
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting(
                    "app",
                    "CreateContainerConfigError",
                    "configmap \"c\" not found",
                ),
                Failed(reason(
                    "CreateContainerConfigError",
                    "configmap \"c\" not found",
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting(
                    "app",
                    "CreateContainerConfigError",
                    "failed to sync configmap cache: timed out waiting for the condition",
                ),
                Faltering(reason(
                    "CreateContainerConfigError",
                    "failed to sync configmap cache: timed out waiting for the condition",
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting("app", "CreateContainerError", "context deadline exceeded"),
                Faltering(reason(
                    "CreateContainerError",
                    "context deadline exceeded",
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting(
                    "app",
                    "RunContainerError",
                    "exec /usr/bin/caddy: operation not permitted",
                ),
                Failed(reason(
                    "RunContainerError",
                    "exec /usr/bin/caddy: operation not permitted",
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting("app", "PostStartHookError", "Exec lifecycle hook failed"),
                Failed(reason(
                    "PostStartHookError",
                    "Exec lifecycle hook failed",
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting("app", "ImagePullBackOff", back_off),
                Failed(reason(
                    "ImagePullBackOff",
                    &format!("{back_off} (the image may be why, not the change)"),
                    "web-1",
                    "app",
                )),
            ),
            (
                pod("web-1").waiting("app", "ErrImagePull", "dial tcp: i/o timeout"),
                Faltering(reason(
                    "ErrImagePull",
                    "dial tcp: i/o timeout",
                    "web-1",
                    "app",
                )),
            ),
            (
                crashing(pod("web-1"), "app", oom.clone()),
                Failed(reason(
                    "CrashLoopBackOff",
                    "OOMKilled, exit code 137",
                    "web-1",
                    "app",
                )),
            ),
            (
                crashing(pod("web-1"), "app", ended(0, "Completed", "")),
                Failed(reason(
                    "CrashLoopBackOff",
                    "Completed, exit code 0",
                    "web-1",
                    "app",
                )),
            ),
            (
                crashing(pod("web-1"), "app", ended(1, "Error", read_only)),
                Failed(reason(
                    "CrashLoopBackOff",
                    "exit code 1: Traceback: File \"/app.py\" OSError: [Errno 30] Read-only file system: '/x'",
                    "web-1",
                    "app",
                )),
            ),
            // The kubelet has forgotten how it ended.
            (
                crashing(pod("web-1"), "app", json!({})),
                Failed(reason(
                    "CrashLoopBackOff",
                    "back-off 10s restarting failed container=app pod=web-1_shop(4f)",
                    "web-1",
                    "app",
                )),
            ),
            // Down, and not in its back-off yet.
            (
                pod("web-1").container("app", 0, ended(1, "Error", ""), json!({})),
                Faltering(reason("Error", "exit code 1", "web-1", "app")),
            ),
            (
                pod("web-1").phase("Failed", "Evicted", "The node was low on resource: memory."),
                Faltering(reason(
                    "Evicted",
                    "The node was low on resource: memory.",
                    "web-1",
                    "",
                )),
            ),
            (
                pod("web-1").condition(
                    "PodScheduled",
                    "False",
                    "Unschedulable",
                    "0/3 nodes are available: 3 Insufficient cpu.",
                ),
                Faltering(reason(
                    "Unschedulable",
                    "0/3 nodes are available: 3 Insufficient cpu.",
                    "web-1",
                    "",
                )),
            ),
        ];
        for (pod, expected) in cases {
            let seen = rolling(vec![pod]);
            assert_eq!(judge("Deployment", &seen), expected, "{:#?}", seen.new_pods);
        }
    }

    #[test]
    fn every_reason_that_does_not_go_away_is_a_failure() {
        let own = "CreateContainerConfigError CreateContainerError RunContainerError PreCreateHookError \
                   PreStartHookError PostStartHookError CrashLoopBackOff";
        let of_image = "ImagePullBackOff InvalidImageName ErrImageNeverPull ImageInspectError";
        for word in own.split(' ').chain(of_image.split(' ')) {
            let Failed(found) = judge(
                "Deployment",
                &rolling(vec![pod("a").waiting("app", word, "said")]),
            ) else {
                panic!("{word}");
            };
            let blames_image = found.message == "said (the image may be why, not the change)";
            assert_eq!(blames_image, of_image.contains(word), "{word}");
        }
        // A pull that timed out often enough.
        let slow = pod("a").waiting("app", "ImagePullBackOff", "context deadline exceeded");
        assert!(matches!(
            judge("Deployment", &rolling(vec![slow])),
            Failed(_)
        ));
        let unknown =
            pod("a").container("app", 0, json!({"terminated": {"exitCode": 4}}), json!({}));
        let expected = reason("Error", "exit code 4", "a", "app");
        assert_eq!(
            judge("Deployment", &rolling(vec![unknown])),
            Faltering(expected)
        );
        let gated = pod("a").condition("PodScheduled", "False", "SchedulingGated", "gated");
        assert!(matches!(
            judge("Deployment", &rolling(vec![gated])),
            Progressing(_)
        ));
        let placed = pod("a").condition("PodScheduled", "True", "Unschedulable", "");
        assert!(matches!(
            judge("Deployment", &rolling(vec![placed])),
            Progressing(_)
        ));
    }

    #[test]
    fn init_containers_sidecars_and_second_containers_fail_too() {
        let looping = |name: &str| json!({"waiting": {"reason": "CrashLoopBackOff", "message": format!("back-off {name}")}});
        let died = ended(2, "Error", "");
        let fine = json!({"running": {"startedAt": "2026-01-31T01:00:00Z"}});
        let cases = [
            (
                pod("a")
                    .init("setup", 3, looping("setup"), died.clone())
                    .waiting("app", "PodInitializing", ""),
                "setup",
            ),
            (
                pod("a")
                    .sidecar("proxy", 3, looping("proxy"), died.clone())
                    .ready(),
                "proxy",
            ),
            (crashing(pod("a").ready(), "second", died.clone()), "second"),
        ];
        for (pod, container) in cases {
            let found = judge("Deployment", &rolling(vec![pod]));
            assert_eq!(
                found,
                Failed(reason("CrashLoopBackOff", "exit code 2", "a", container))
            );
        }
        // An init container that is done, a sidecar that restarted once and runs: nothing.
        let sound = pod("a").sidecar("proxy", 1, fine.clone(), died).init(
            "setup",
            0,
            ended(0, "Completed", ""),
            json!({}),
        );
        let waits = Progressing("1 out of 3 new replicas have been updated".into());
        assert_eq!(judge("Deployment", &rolling(vec![sound])), waits);
    }

    #[test]
    fn what_may_be_the_changes_fault_is_named_before_the_image() {
        let pulling = pod("a").waiting("app", "ImagePullBackOff", "x");
        let config = pod("b").waiting("app", "CreateContainerConfigError", NO_ROOT);
        let Failed(found) = judge("Deployment", &rolling(vec![pulling, config])) else {
            panic!("no failure");
        };
        assert_eq!(
            (found.word.as_str(), found.pod.as_str()),
            ("CreateContainerConfigError", "b")
        );
    }

    #[test]
    fn what_is_no_failure() {
        let waits = Progressing("1 out of 3 new replicas have been updated".into());
        let crashed = crashing(pod("old-2"), "app", ended(1, "Error", ""));
        // Old pods crash, a new one that is going crashes, a pod has no container status yet.
        let old = observed(
            deployment(4, 1, 3),
            vec![pod("web-1").ready()],
            vec![crashed.clone()],
        );
        assert_eq!(judge("Deployment", &old), waits);
        assert_eq!(
            judge("Deployment", &rolling(vec![crashed.clone().terminating()])),
            waits
        );
        assert_eq!(judge("Deployment", &rolling(vec![pod("web-1")])), waits);
        assert_eq!(judge("Deployment", &rolling(Vec::new())), waits);
        // The status is of before the change: who is new is not known.
        let mut stale = rolling(vec![crashed]);
        stale.object["metadata"]["generation"] = json!(6);
        let unobserved = "waiting for deployment spec update to be observed";
        assert_eq!(judge("Deployment", &stale), Progressing(unobserved.into()));
    }

    #[test]
    fn a_rollout_that_is_done_is_done() {
        let evicted = pod("web-9").phase("Failed", "Evicted", "low on memory");
        let pods = vec![
            pod("web-1").ready(),
            pod("web-2").ready(),
            pod("web-3").ready(),
            evicted,
        ];
        // An evicted pod stays in the list long after another took its place.
        assert_eq!(
            judge(
                "Deployment",
                &observed(deployment(3, 3, 3), pods, Vec::new())
            ),
            Ready
        );
        // Scaled in the middle by an autoscaler: to more, and to nothing.
        let mut scaled = observed(deployment(4, 3, 3), Vec::new(), Vec::new());
        scaled.object["spec"]["replicas"] = json!(6);
        let more = Progressing("3 out of 6 new replicas have been updated".into());
        assert_eq!(judge("Deployment", &scaled), more);
        scaled.object["spec"]["replicas"] = json!(0);
        scaled.object["status"] = json!({"observedGeneration": 5});
        assert_eq!(judge("Deployment", &scaled), Ready);
        // Surge pods: all new ones are available, an old one is left.
        let surge = observed(deployment(4, 3, 4), Vec::new(), Vec::new());
        let old = Progressing("1 old replicas are pending termination".into());
        assert_eq!(judge("Deployment", &surge), old);
        assert_eq!(
            judge(
                "StatefulSet",
                &observed(stateful_set(3, 3), Vec::new(), Vec::new())
            ),
            Ready
        );
        assert_eq!(
            judge(
                "DaemonSet",
                &observed(daemon_set(3, 3), Vec::new(), Vec::new())
            ),
            Ready
        );
    }

    #[test]
    fn a_deadline_that_was_exceeded_says_what_a_pod_shows() {
        let late = |replica_set: &str| {
            json!([{
                "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                "message": format!("ReplicaSet \"{replica_set}\" has timed out progressing."),
            }])
        };
        let full = pod("web-1").of_replica_set("web-new").condition(
            "PodScheduled",
            "False",
            "Unschedulable",
            "0/3 nodes are available.",
        );
        let mut seen = observed(
            deployment(4, 1, 3),
            vec![full],
            vec![pod("old-1").of_replica_set("web-old")],
        );
        seen.object["status"]["conditions"] = late("web-new");
        let words = "exceeded its progress deadline: Unschedulable: 0/3 nodes are available.";
        let expected = Failed(reason("ProgressDeadlineExceeded", words, "web-1", ""));
        assert_eq!(judge("Deployment", &seen), expected);
        // Left over from the rollout that was taken back.
        seen.object["status"]["conditions"] = late("web-old");
        assert!(matches!(judge("Deployment", &seen), Faltering(_)));
        seen.new_pods.clear();
        let waits = Progressing("1 out of 3 new replicas have been updated".into());
        assert_eq!(judge("Deployment", &seen), waits);
        seen.old_pods.clear();
        let bare = Failed(reason(
            "ProgressDeadlineExceeded",
            "exceeded its progress deadline",
            "",
            "",
        ));
        assert_eq!(judge("Deployment", &seen), bare);
    }

    #[test]
    fn pods_that_are_not_set_up_show_why() {
        let waiting = || pod("web-1").waiting("app", "ContainerCreating", "");
        let about = |name: &str| {
            event(
                "Pod",
                name,
                "FailedMount",
                "MountVolume.SetUp failed for volume \"v\"",
            )
        };
        let mut seen = rolling(vec![waiting()]);
        seen.warnings = vec![
            about("web-2"),
            event("Pod", "web-1", "Unhealthy", "Readiness probe failed"),
        ];
        assert!(matches!(judge("Deployment", &seen), Progressing(_)));
        let warning = reason("Unhealthy", "Readiness probe failed", "web-1", "");
        assert_eq!(latest_warning(&seen), Some(warning));
        seen.warnings.push(about("web-1"));
        let expected = reason(
            "FailedMount",
            "MountVolume.SetUp failed for volume \"v\"",
            "web-1",
            "",
        );
        assert_eq!(judge("Deployment", &seen), Faltering(expected));
        // Once it runs, that is over.
        seen.new_pods = vec![
            pod("web-1")
                .container("app", 0, json!({"running": {}}), json!({}))
                .0,
        ];
        assert!(matches!(judge("Deployment", &seen), Progressing(_)));
        seen.new_pods = vec![pod("web-1").ready().0];
        assert_eq!(latest_warning(&seen), None);
    }

    #[test]
    fn what_replaces_no_pods_is_not_watched() {
        let on_delete = json!({"spec": {"replicas": 3, "updateStrategy": {"type": "OnDelete"}}});
        let partition = |kept: i64| {
            let mut object = stateful_set(3, 0);
            object["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(kept);
            object
        };
        let idle = json!({"spec": {"replicas": 0, "updateStrategy": {"type": "OnDelete"}}});
        let custom = json!({"apiVersion": "apps.kruise.io/v1beta1", "kind": "StatefulSet", "spec": {"replicas": 0}});
        let cases = [
            (
                "Deployment",
                json!({"spec": {"paused": true, "replicas": 3}}),
                "it is paused",
            ),
            (
                "Deployment",
                json!({"spec": {"paused": true, "replicas": 0}}),
                "it is paused",
            ),
            (
                "StatefulSet",
                on_delete.clone(),
                "its update strategy is OnDelete",
            ),
            ("DaemonSet", on_delete, "its update strategy is OnDelete"),
            ("StatefulSet", partition(3), "its partition keeps"),
            (
                "StatefulSet",
                custom,
                "the change takes effect when its own controller",
            ),
            (
                "Rollout",
                json!({}),
                "the change takes effect when its own controller",
            ),
            (
                "CronJob",
                json!({}),
                "the change takes effect in the next Job",
            ),
            (
                "CronJob",
                json!({"spec": {"suspend": true}}),
                "it is suspended",
            ),
            (
                "PodTemplate",
                json!({"apiVersion": "v1"}),
                "it runs nothing",
            ),
            (
                "ReplicaSet",
                json!({"spec": {"replicas": 2}}),
                "it does not replace its pods",
            ),
            (
                "ReplicationController",
                json!({}),
                "it does not replace its pods",
            ),
        ];
        for (kind, object, start) in cases {
            let found = judge(kind, &observed(object, Vec::new(), Vec::new()));
            let Unwatched(why) = found else {
                panic!("{kind}: {found:?}");
            };
            assert!(why.starts_with(start), "{kind}: {why}");
        }
        assert_eq!(
            judge("StatefulSet", &observed(idle, Vec::new(), Vec::new())),
            Ready
        );
        let none = json!({"spec": {"replicas": 0}});
        assert_eq!(
            judge("ReplicaSet", &observed(none, Vec::new(), Vec::new())),
            Ready
        );
        // Up to the partition.
        let mut partitioned = partition(2);
        let waits =
            "waiting for partitioned roll out to finish: 0 out of 1 new pods have been updated";
        let seen = judge(
            "StatefulSet",
            &observed(partitioned.clone(), Vec::new(), Vec::new()),
        );
        assert_eq!(seen, Progressing(waits.into()));
        partitioned["status"]["updatedReplicas"] = json!(1);
        assert_eq!(
            judge(
                "StatefulSet",
                &observed(partitioned, Vec::new(), Vec::new())
            ),
            Ready
        );
    }
}
