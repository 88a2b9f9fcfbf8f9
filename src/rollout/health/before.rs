//! Whether a workload was healthy before its change, so that a failure can be blamed on the change.

use serde_json::Value;

use super::fields::{number, replicas};
use super::status::{Standing, deadline, standing};
use super::unwatched::{Watched, is_native};
use super::{Observed, Reason, denied, pods};

/// Whether the workload, of which `new_pods` are the pods that it has now, is healthy.
///
/// # Errors
/// What it lacks: `1 of 3 replicas are available`, with the reason that a pod shows.
pub fn was_healthy(kind: &str, observed: &Observed) -> Result<(), Reason> {
    let object = &observed.object;
    if let Some(reason) = pods::failing(&observed.new_pods) {
        return Err(reason);
    }
    let watched = Watched::of(kind, object);
    if let Ok(watched) = watched
        && let Standing::Unobserved(words) = standing(watched, object)
    {
        return Err(reason("Progressing", words));
    }
    if let Some(lack) = lack(kind, object) {
        let cause = pods::faltering(&observed.new_pods, &observed.warnings);
        let cause = cause.or_else(|| denied::reason(watched.ok()?, observed));
        return Err(reason("Unavailable", lack).because(cause));
    }
    let Ok(watched) = watched else {
        return Ok(());
    };
    match standing(watched, object) {
        Standing::Done => deadline(observed).map_or(Ok(()), Err),
        Standing::Unobserved(words) | Standing::Waiting(words) => Err(reason(
            "Progressing",
            format!("an earlier rollout has not finished: {words}"),
        )),
    }
}

fn reason(word: &str, message: String) -> Reason {
    Reason {
        word: word.into(),
        message,
        ..Reason::default()
    }
}

/// What is not there that should be, by the counts of the kind.
fn lack(kind: &str, object: &Value) -> Option<String> {
    let replicas = replicas(object);
    let (has, wanted, words) = match kind {
        _ if !is_native(object) => return None,
        "Deployment" | "ReplicaSet" | "ReplicationController" => {
            let available = number(object, "/status/availableReplicas");
            (available, replicas, "replicas are available")
        }
        "StatefulSet" => {
            let ready = number(object, "/status/readyReplicas");
            (ready, replicas, "replicas are ready")
        }
        "DaemonSet" => {
            let available = number(object, "/status/numberAvailable");
            let wanted = number(object, "/status/desiredNumberScheduled");
            (available, wanted, "pods are available")
        }
        _ => return None,
    };
    (has < wanted).then(|| format!("{has} of {wanted} {words}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{daemon_set, deployment, ended, observed, pod, stateful_set};
    use super::*;
    use serde_json::json;

    fn said(kind: &str, object: Value) -> Option<String> {
        let found = was_healthy(kind, &observed(object, Vec::new(), Vec::new()));
        found
            .err()
            .map(|reason| format!("{}: {}", reason.word, reason.message))
    }

    #[test]
    fn counts_say_what_is_not_there() {
        let mut stale = deployment(3, 3, 3);
        stale["metadata"]["generation"] = json!(6);
        let mut late = deployment(3, 3, 3);
        late["status"]["conditions"] =
            json!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]);
        let mut paused = deployment(3, 1, 3);
        paused["spec"]["paused"] = json!(true);
        let mut unwell = paused.clone();
        unwell["status"]["availableReplicas"] = json!(2);
        let mut idle = deployment(0, 0, 0);
        idle["spec"]["replicas"] = json!(0);
        let mut on_delete = daemon_set(0, 3);
        on_delete["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
        let cases = [
            ("Deployment", deployment(3, 3, 3), None),
            (
                "Deployment",
                deployment(3, 3, 1),
                Some("Unavailable: 1 of 3 replicas are available"),
            ),
            (
                "Deployment",
                deployment(4, 1, 3),
                Some(
                    "Progressing: an earlier rollout has not finished: 1 out of 3 new replicas have been updated",
                ),
            ),
            (
                "Deployment",
                stale,
                Some("Progressing: waiting for deployment spec update to be observed"),
            ),
            ("Deployment", paused, None),
            (
                "Deployment",
                unwell,
                Some("Unavailable: 2 of 3 replicas are available"),
            ),
            ("Deployment", idle, None),
            ("StatefulSet", stateful_set(3, 3), None),
            (
                "StatefulSet",
                stateful_set(2, 3),
                Some("Unavailable: 2 of 3 replicas are ready"),
            ),
            (
                "DaemonSet",
                daemon_set(3, 2),
                Some("Unavailable: 2 of 3 pods are available"),
            ),
            ("DaemonSet", on_delete, None),
            (
                "ReplicaSet",
                json!({"spec": {"replicas": 2}}),
                Some("Unavailable: 0 of 2 replicas are available"),
            ),
            (
                "ReplicationController",
                json!({}),
                Some("Unavailable: 0 of 1 replicas are available"),
            ),
            (
                "Deployment",
                late,
                Some("ProgressDeadlineExceeded: exceeded its progress deadline"),
            ),
            ("CronJob", json!({"spec": {"schedule": "@daily"}}), None),
            (
                "StatefulSet",
                json!({"apiVersion": "apps.kruise.io/v1beta1", "spec": {"replicas": 2}}),
                None,
            ),
        ];
        for (kind, object, expected) in cases {
            let found = said(kind, object.clone());
            assert_eq!(found.as_deref(), expected, "{kind}: {object}");
        }
    }

    #[test]
    fn a_pod_says_why() {
        let state = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let crashed = pod("web-1").container("app", 9, state, ended(1, "Error", "no database"));
        let seen = observed(deployment(3, 3, 2), vec![crashed], Vec::new());
        let reason = was_healthy("Deployment", &seen).expect_err("unhealthy");
        assert_eq!(
            (reason.word.as_str(), reason.message.as_str()),
            ("CrashLoopBackOff", "exit code 1: no database")
        );
        let full = pod("web-1").condition("PodScheduled", "False", "Unschedulable", "no node");
        let seen = observed(deployment(3, 3, 2), vec![full], Vec::new());
        let reason = was_healthy("Deployment", &seen).expect_err("unhealthy");
        assert_eq!(
            reason.message,
            "2 of 3 replicas are available: Unschedulable: no node"
        );
        assert_eq!(
            (reason.word.as_str(), reason.pod.as_str()),
            ("Unavailable", "web-1")
        );
        // An evicted pod that was replaced long ago.
        let evicted = pod("web-0").phase("Failed", "Evicted", "");
        let seen = observed(deployment(3, 3, 3), vec![evicted], Vec::new());
        assert_eq!(was_healthy("Deployment", &seen), Ok(()));
    }
}
