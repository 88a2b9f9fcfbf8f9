//! How far a rollout is by the workload's own status, as `kubectl rollout status` decides.
//!
//! Source: k8s.io/kubectl `pkg/polymorphichelpers/rollout_status.go` at v0.36.2. Its table tests are below.

use serde_json::Value;

use super::fields::{condition, given, number, text};
use super::owner::is_about_old;
use super::unwatched::Watched;
use super::{Observed, Reason};

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The controller has not seen the change: its counts are those of before.
    Unobserved(String),
    /// What it waits for.
    Waiting(String),
    Done,
}

use Standing::{Done, Unobserved, Waiting};

pub(super) fn standing(watched: Watched, object: &Value) -> Standing {
    match watched {
        Watched::Deployment => deployment(object),
        Watched::StatefulSet => stateful_set(object),
        Watched::DaemonSet => daemon_set(object),
    }
}

fn is_behind(object: &Value) -> bool {
    number(object, "/metadata/generation") > number(object, "/status/observedGeneration")
}

fn deployment(object: &Value) -> Standing {
    if is_behind(object) {
        return Unobserved("waiting for deployment spec update to be observed".into());
    }
    let wanted = given(object, "/spec/replicas");
    let updated = number(object, "/status/updatedReplicas");
    let replicas = number(object, "/status/replicas");
    let available = number(object, "/status/availableReplicas");
    match wanted {
        Some(wanted) if updated < wanted => Waiting(format!(
            "{updated} out of {wanted} new replicas have been updated"
        )),
        _ if replicas > updated => Waiting(format!(
            "{} old replicas are pending termination",
            replicas.saturating_sub(updated)
        )),
        _ if available < updated => Waiting(format!(
            "{available} of {updated} updated replicas are available"
        )),
        _ => Done,
    }
}

fn daemon_set(object: &Value) -> Standing {
    if is_behind(object) {
        return Unobserved("waiting for daemon set spec update to be observed".into());
    }
    let wanted = number(object, "/status/desiredNumberScheduled");
    let updated = number(object, "/status/updatedNumberScheduled");
    let available = number(object, "/status/numberAvailable");
    if updated < wanted {
        Waiting(format!(
            "{updated} out of {wanted} new pods have been updated"
        ))
    } else if available < wanted {
        Waiting(format!(
            "{available} of {wanted} updated pods are available"
        ))
    } else {
        Done
    }
}

fn stateful_set(object: &Value) -> Standing {
    if number(object, "/status/observedGeneration") == 0 || is_behind(object) {
        return Unobserved("waiting for statefulset spec update to be observed".into());
    }
    let wanted = given(object, "/spec/replicas");
    let ready = number(object, "/status/readyReplicas");
    let updated = number(object, "/status/updatedReplicas");
    if let Some(wanted) = wanted.filter(|&wanted| ready < wanted) {
        let missing = wanted.saturating_sub(ready);
        return Waiting(format!("waiting for {missing} pods to be ready"));
    }
    let rolling = object.pointer("/spec/updateStrategy/rollingUpdate");
    if let Some(rolling) = rolling.filter(|rolling| !rolling.is_null()) {
        let partition = given(rolling, "/partition");
        let above = wanted
            .zip(partition)
            .map(|(all, kept)| all.saturating_sub(kept));
        return match above {
            Some(above) if updated < above => Waiting(format!(
                "waiting for partitioned roll out to finish: {updated} out of {above} new pods have been updated"
            )),
            _ => Done,
        };
    }
    let revision = text(object, "/status/updateRevision");
    if revision == text(object, "/status/currentRevision") {
        Done
    } else {
        Waiting(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {revision}"
        ))
    }
}

/// The Deployment's own deadline. When its fields are set back to those of a ReplicaSet that still exists, the controller
/// leaves the condition of the failed rollout until something moves; it names the ReplicaSet that it is about.
pub(super) fn deadline(observed: &Observed) -> Option<Reason> {
    let progressing = condition(&observed.object, "Progressing")?;
    let message = text(progressing, "/message");
    let word = text(progressing, "/reason");
    let exceeded = word == "ProgressDeadlineExceeded" && !is_about_old(message, observed);
    exceeded.then(|| Reason {
        word: word.into(),
        message: "exceeded its progress deadline".into(),
        ..Reason::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn waiting(words: &str) -> Standing {
        Waiting(words.into())
    }

    /// `TestDeploymentStatusViewerStatus`: generation, replicas, status [observed, replicas, updated, available].
    #[test]
    fn deployments_as_kubectl_tests_them() {
        let cases = [
            (
                0,
                1,
                [1, 1, 0, 1],
                waiting("0 out of 1 new replicas have been updated"),
            ),
            (
                1,
                1,
                [1, 2, 1, 2],
                waiting("1 old replicas are pending termination"),
            ),
            (
                1,
                2,
                [1, 2, 2, 1],
                waiting("1 of 2 updated replicas are available"),
            ),
            (1, 2, [1, 2, 2, 2], Done),
            (
                2,
                2,
                [1, 2, 2, 2],
                Unobserved("waiting for deployment spec update to be observed".into()),
            ),
            // Ours: nothing runs; a negative count; replicas scaled down in the middle.
            (3, 0, [3, 0, 0, 0], Done),
            (
                1,
                1,
                [1, 1, -1, 1],
                waiting("-1 out of 1 new replicas have been updated"),
            ),
            (
                4,
                2,
                [4, 5, 3, 5],
                waiting("2 old replicas are pending termination"),
            ),
        ];
        for (generation, wanted, [observed, replicas, updated, available], expected) in cases {
            let object = json!({
                "metadata": {"generation": generation},
                "spec": {"replicas": wanted},
                "status": {
                    "observedGeneration": observed, "replicas": replicas,
                    "updatedReplicas": updated, "availableReplicas": available,
                },
            });
            assert_eq!(deployment(&object), expected, "{object}");
        }
    }

    /// `TestDaemonSetStatusViewerStatus`: generation, status [observed, updated, desired, available].
    #[test]
    fn daemon_sets_as_kubectl_tests_them() {
        let cases = [
            (
                0,
                [1, 0, 1, 0],
                waiting("0 out of 1 new pods have been updated"),
            ),
            (
                1,
                [1, 2, 2, 1],
                waiting("1 of 2 updated pods are available"),
            ),
            (1, [1, 2, 2, 2], Done),
            (
                2,
                [1, 2, 2, 2],
                Unobserved("waiting for daemon set spec update to be observed".into()),
            ),
            // Ours: no node fits.
            (1, [1, 0, 0, 0], Done),
        ];
        for (generation, [observed, updated, desired, available], expected) in cases {
            let object = json!({
                "metadata": {"generation": generation},
                "spec": {"updateStrategy": {"type": "RollingUpdate"}},
                "status": {
                    "observedGeneration": observed, "updatedNumberScheduled": updated,
                    "desiredNumberScheduled": desired, "numberAvailable": available,
                },
            });
            assert_eq!(daemon_set(&object), expected, "{object}");
        }
    }

    /// `TestStatefulSetStatusViewerStatus`, 3 replicas: generation, partition, status [observed, ready, updated], revisions.
    #[test]
    fn stateful_sets_as_kubectl_tests_them() {
        let none = ("", "");
        let unobserved = Unobserved("waiting for statefulset spec update to be observed".into());
        let cases = [
            (2, None, [1, 3, 0], none, unobserved.clone()),
            (
                1,
                None,
                [2, 2, 0],
                none,
                waiting("waiting for 1 pods to be ready"),
            ),
            (1, Some(2), [2, 3, 1], none, Done),
            (
                1,
                Some(2),
                [2, 3, 0],
                none,
                waiting(
                    "waiting for partitioned roll out to finish: 0 out of 1 new pods have been updated",
                ),
            ),
            (1, None, [2, 3, 3], ("foo", "foo"), Done),
            // Ours: never observed; revisions that differ; the partition that the API server defaults to.
            (0, None, [0, 3, 3], none, unobserved),
            (
                1,
                None,
                [1, 3, 2],
                ("new", "old"),
                waiting(
                    "waiting for statefulset rolling update to complete 2 pods at revision new",
                ),
            ),
            (
                1,
                Some(0),
                [1, 3, 2],
                ("new", "old"),
                waiting(
                    "waiting for partitioned roll out to finish: 2 out of 3 new pods have been updated",
                ),
            ),
            (1, Some(0), [1, 3, 3], ("new", "old"), Done),
        ];
        for (generation, partition, [observed, ready, updated], (update, current), expected) in
            cases
        {
            let mut strategy = json!({"type": "RollingUpdate"});
            if let Some(partition) = partition {
                strategy["rollingUpdate"] = json!({"partition": partition});
            }
            let object = json!({
                "metadata": {"generation": generation},
                "spec": {"replicas": 3, "updateStrategy": strategy},
                "status": {
                    "observedGeneration": observed, "readyReplicas": ready, "updatedReplicas": updated,
                    "updateRevision": update, "currentRevision": current,
                },
            });
            assert_eq!(stateful_set(&object), expected, "{object}");
        }
    }

    #[test]
    fn a_status_that_is_missing_is_not_done() {
        let object = json!({"metadata": {"generation": 1}, "spec": {"replicas": 1}});
        for watched in [
            Watched::Deployment,
            Watched::StatefulSet,
            Watched::DaemonSet,
        ] {
            assert!(
                matches!(standing(watched, &object), Unobserved(_)),
                "{watched:?}"
            );
        }
    }

    #[test]
    fn numbers_beyond_reason_do_not_overflow() {
        let object = json!({
            "metadata": {"generation": 1}, "spec": {"replicas": i64::MIN},
            "status": {"observedGeneration": 1, "replicas": i64::MAX, "updatedReplicas": i64::MIN},
        });
        assert!(matches!(deployment(&object), Waiting(_)));
    }
}
