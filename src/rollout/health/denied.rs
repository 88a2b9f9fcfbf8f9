//! Pods that are not made or not deleted: quota, Pod Security Admission, webhooks.

use serde_json::Value;

use super::events;
use super::fields::{condition, holds, number, one_line, replicas, text};
use super::owner::{is_about_old, is_of_old};
use super::unwatched::Watched;
use super::{Observed, Reason, Verdict};

/// What may pass: room in a quota when an old pod has gone, a webhook or a controller that is away for a moment. These are
/// looked for first: the sentence about a quota says `forbidden` too.
const PASSING: [&str; 4] = [
    "exceeded quota",
    "status unknown for quota",
    "failed calling webhook",
    "because it is being terminated",
];

/// What stays as long as the pod is as it is; `is forbidden: violates PodSecurity` among it.
const LASTING: [&str; 3] = ["denied the request", "forbidden", "is invalid"];

/// What the API server's answer to a controller means.
pub(super) fn answer(reason: Reason) -> Verdict {
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| reason.message.contains(phrase));
    if !says(&PASSING) && says(&LASTING) {
        Verdict::Failed(reason)
    } else {
        Verdict::Faltering(reason)
    }
}

/// What keeps the workload from having the pods that it wants.
pub(super) fn denied(watched: Watched, observed: &Observed) -> Option<Verdict> {
    let conditions = [replica_failure(watched, observed), no_replica_set(observed)];
    let mut found: Vec<Verdict> = conditions.into_iter().flatten().collect();
    found.extend(by_event(watched, observed).map(answer));
    let failed = found
        .iter()
        .position(|one| matches!(one, Verdict::Failed(_)));
    (!found.is_empty()).then(|| found.swap_remove(failed.unwrap_or(0)))
}

/// The same, without what follows from it.
pub(super) fn reason(watched: Watched, observed: &Observed) -> Option<Reason> {
    match denied(watched, observed)? {
        Verdict::Failed(reason) | Verdict::Faltering(reason) => Some(reason),
        _ => None,
    }
}

/// The condition of a Deployment, which it takes from one of its ReplicaSets: of the new one, else of an old one.
fn replica_failure(watched: Watched, observed: &Observed) -> Option<Verdict> {
    let failure = holds(&observed.object, "ReplicaFailure")?;
    let is_ours =
        is_missing(watched, observed) && !is_about_old(text(failure, "/message"), observed);
    is_ours.then(|| answer(said(failure)))
}

/// A ReplicaSet that could not be made. Nothing takes the condition away before something moves, so it never is more than
/// a sign; and the controller does not count the change as observed.
pub(super) fn no_replica_set(observed: &Observed) -> Option<Verdict> {
    let progressing = condition(&observed.object, "Progressing")?;
    let failed = text(progressing, "/reason") == "ReplicaSetCreateError";
    failed.then(|| Verdict::Faltering(said(progressing)))
}

fn by_event(watched: Watched, observed: &Observed) -> impl Iterator<Item = Reason> {
    let (is_missing, has_old) = (is_missing(watched, observed), has_old(observed));
    let holds = move |event: &&Value| match text(event, "/reason") {
        "FailedCreate" => is_missing && !is_of_old(event, observed),
        "FailedDelete" => has_old,
        _ => false,
    };
    let events = observed.warnings.iter();
    events.filter(holds).map(said)
}

fn has_old(observed: &Observed) -> bool {
    super::pods::living(&observed.old_pods).next().is_some()
}

/// Whether pods that there should be are not there. A StatefulSet deletes before it makes: it lacks a pod only while one
/// ordinal is empty.
fn is_missing(watched: Watched, observed: &Observed) -> bool {
    let object = &observed.object;
    let count = |pods: &[Value]| i64::try_from(pods.len()).unwrap_or(i64::MAX);
    let new = count(&observed.new_pods);
    match watched {
        Watched::Deployment => number(object, "/status/updatedReplicas") < replicas(object),
        Watched::StatefulSet => new.saturating_add(count(&observed.old_pods)) < replicas(object),
        Watched::DaemonSet => new < number(object, "/status/desiredNumberScheduled"),
    }
}

fn said(by: &Value) -> Reason {
    Reason {
        word: text(by, "/reason").to_owned(),
        message: one_line(text(by, "/message")),
        ..Reason::default()
    }
}

/// The newest `FailedCreate` among events, for a Job that has no pod.
pub(super) fn not_made(warnings: &[Value]) -> Option<Verdict> {
    let of_creating = |event: &&Value| text(event, "/reason") == "FailedCreate";
    events::latest(warnings.iter().filter(of_creating)).map(|event| answer(said(event)))
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::super::testing::{daemon_set, deployment, event, observed, pod, stateful_set};
    use super::*;
    use serde_json::json;

    const POD_SECURITY: &str = "pods \"web-new-x\" is forbidden: violates PodSecurity \"restricted:latest\": seccompProfile";
    const QUOTA: &str = "pods \"web-new-x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3";

    #[test]
    fn answers_of_the_api_server_are_told_apart() {
        let cases = [
            (POD_SECURITY, true),
            (QUOTA, false),
            (
                "admission webhook \"validate.kyverno.svc-fail\" denied the request: no",
                true,
            ),
            (
                "Internal error occurred: failed calling webhook \"v.x\": failed to call webhook: Post \"https://v\": proxyconnect: forbidden",
                false,
            ),
            (
                "pods \"x\" is forbidden: status unknown for quota: q, resources: pods",
                false,
            ),
            (
                "pods \"x\" is forbidden: unable to validate against any security context constraint: []",
                true,
            ),
            (
                "Pod \"x\" is invalid: spec.containers[0].securityContext: Invalid value",
                true,
            ),
            (
                "pods \"x\" is forbidden: unable to create new content in namespace n because it is being terminated",
                false,
            ),
            ("etcdserver: request timed out", false),
        ];
        for (message, lasting) in cases {
            let found = answer(Reason {
                message: message.into(),
                ..Reason::default()
            });
            assert_eq!(matches!(found, Verdict::Failed(_)), lasting, "{message}");
        }
    }

    fn failing(message: &str, updated: i64) -> Observed {
        let mut object = deployment(3, updated, 3);
        object["status"]["conditions"] = json!([{
            "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message,
        }]);
        let old = pod("web-old-y").of_replica_set("web-old").ready();
        observed(object, Vec::new(), vec![old])
    }

    #[test]
    fn deployments_say_it_in_a_condition() {
        let Verdict::Failed(reason) = judge("Deployment", &failing(POD_SECURITY, 0)) else {
            panic!("no failure");
        };
        assert_eq!(
            (reason.word.as_str(), reason.message.as_str()),
            ("FailedCreate", POD_SECURITY)
        );
        assert!(matches!(
            judge("Deployment", &failing(QUOTA, 1)),
            Verdict::Faltering(_)
        ));
        // All new pods are there: it was in the past.
        assert!(matches!(
            judge("Deployment", &failing(POD_SECURITY, 3)),
            Verdict::Ready
        ));
        // The old ReplicaSet cannot make up for a pod that it lost.
        let of_old = POD_SECURITY.replace("web-new", "web-old");
        assert!(matches!(
            judge("Deployment", &failing(&of_old, 1)),
            Verdict::Progressing(_)
        ));
        let mut over = failing(POD_SECURITY, 0);
        over.object["status"]["conditions"][0]["status"] = json!("False");
        assert!(matches!(
            judge("Deployment", &over),
            Verdict::Progressing(_)
        ));
    }

    #[test]
    fn a_replica_set_that_cannot_be_made_is_a_sign_even_while_unobserved() {
        let mut seen = observed(deployment(3, 0, 3), Vec::new(), Vec::new());
        let message = "failed to create new replica set \"web-1\": admission webhook \"x\" denied the request";
        seen.object["status"]["conditions"] = json!([{
            "type": "Progressing", "status": "False", "reason": "ReplicaSetCreateError", "message": message,
        }]);
        for generation in [5, 6] {
            seen.object["metadata"]["generation"] = json!(generation);
            let Verdict::Faltering(reason) = judge("Deployment", &seen) else {
                panic!("generation {generation}");
            };
            assert_eq!(
                (reason.word.as_str(), reason.message.as_str()),
                ("ReplicaSetCreateError", message)
            );
        }
    }

    #[test]
    fn others_say_it_in_events_which_count_while_pods_are_missing() {
        let said = format!("create Pod web-2 in StatefulSet web failed error: {POD_SECURITY}");
        let mut set = observed(
            stateful_set(2, 0),
            Vec::new(),
            vec![pod("web-0").ready(), pod("web-1").ready()],
        );
        set.warnings = vec![event("StatefulSet", "web", "FailedCreate", &said)];
        let Verdict::Failed(reason) = judge("StatefulSet", &set) else {
            panic!("no failure");
        };
        assert_eq!(reason.message, said);
        set.new_pods = vec![pod("web-2").0];
        assert!(matches!(
            judge("StatefulSet", &set),
            Verdict::Progressing(_)
        ));

        let mut daemons = observed(
            daemon_set(1, 2),
            vec![pod("d-1").ready()],
            vec![pod("d-0").ready()],
        );
        daemons.warnings = vec![event(
            "DaemonSet",
            "web",
            "FailedCreate",
            &format!("Error creating: {QUOTA}"),
        )];
        assert!(matches!(
            judge("DaemonSet", &daemons),
            Verdict::Faltering(_)
        ));
        daemons.warnings.push(event(
            "DaemonSet",
            "web",
            "FailedCreate",
            &format!("Error creating: {POD_SECURITY}"),
        ));
        assert!(matches!(judge("DaemonSet", &daemons), Verdict::Failed(_)));

        daemons.new_pods = ["d-1", "d-2", "d-3"].map(|name| pod(name).0).to_vec();
        let waits = judge("DaemonSet", &daemons);
        assert!(matches!(waits, Verdict::Progressing(_)));

        // A ReplicaSet's event comes before its Deployment's condition; one of the old ReplicaSet is none of ours.
        let mut deployed = failing("", 0);
        deployed.object["status"]["conditions"] = json!([]);
        deployed.warnings = vec![event("ReplicaSet", "web-old", "FailedCreate", POD_SECURITY)];
        assert!(matches!(
            judge("Deployment", &deployed),
            Verdict::Progressing(_)
        ));
        deployed.warnings = vec![event("ReplicaSet", "web-new", "FailedCreate", POD_SECURITY)];
        assert!(matches!(judge("Deployment", &deployed), Verdict::Failed(_)));
    }

    #[test]
    fn old_pods_that_cannot_be_deleted_hold_it_up() {
        let denied = "delete Pod web-2 in StatefulSet web failed error: admission webhook \"x\" denied the request";
        let old = || {
            ["web-0", "web-1", "web-2"]
                .map(|name| pod(name).ready())
                .to_vec()
        };
        let mut set = observed(stateful_set(3, 0), Vec::new(), old());
        set.warnings = vec![event("StatefulSet", "web", "FailedDelete", denied)];
        assert!(matches!(judge("StatefulSet", &set), Verdict::Failed(_)));
        set.old_pods.clear();
        assert!(matches!(
            judge("StatefulSet", &set),
            Verdict::Progressing(_)
        ));
    }
}
