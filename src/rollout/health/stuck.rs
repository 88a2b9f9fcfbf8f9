//! Pods that keep a StatefulSet from going on.

use super::Observed;
use super::containers::is_ready;
use super::fields::text;
use super::pods::living;

/// Name and uid of the pods that have to be deleted after a StatefulSet's fields are set back: they still carry the change
/// (they are `old_pods` then), and are not ready. With `podManagementPolicy: OrderedReady`, the default, the controller
/// waits for each pod to be ready before it replaces any. Pods that are over it deletes itself.
///
/// Source: [kubernetes/kubernetes#67250](https://github.com/kubernetes/kubernetes/issues/67250) and `processReplica` in
/// `pkg/controller/statefulset/stateful_set_control.go`.
pub fn stuck_pods(kind: &str, observed: &Observed) -> Vec<(String, String)> {
    let object = &observed.object;
    let is_ordered = text(object, "/spec/podManagementPolicy") != "Parallel";
    if kind != "StatefulSet" || !super::unwatched::is_native(object) || !is_ordered {
        return Vec::new();
    }
    let stuck = living(&observed.old_pods).filter(|pod| {
        let is_over = matches!(text(pod, "/status/phase"), "Failed" | "Succeeded");
        !is_over && !is_ready(pod)
    });
    stuck
        .map(|pod| {
            let field = |pointer| text(pod, pointer).to_owned();
            (field("/metadata/name"), field("/metadata/uid"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Pod, pod};
    use super::*;
    use serde_json::{Value, json};

    fn restored(spec: Value, old_pods: Vec<Pod>) -> Observed {
        Observed {
            object: json!({"spec": spec}),
            new_pods: vec![pod("web-0").waiting("app", "ContainerCreating", "").0],
            old_pods: old_pods.into_iter().map(|pod| pod.0).collect(),
            ..Observed::default()
        }
    }

    #[test]
    fn only_living_unready_pods_of_ordered_sets_are_stuck() {
        let broken = || pod("web-2").waiting("app", "CrashLoopBackOff", "");
        let pods = || {
            vec![
                broken(),
                pod("web-1").ready(),
                pod("web-3")
                    .waiting("app", "CrashLoopBackOff", "")
                    .terminating(),
                pod("web-4").phase("Failed", "Evicted", ""),
                pod("web-5"),
            ]
        };
        let names = |found: Vec<(String, String)>| -> Vec<String> {
            assert!(
                found
                    .iter()
                    .all(|(name, uid)| *uid == format!("uid-{name}"))
            );
            found.into_iter().map(|(name, _)| name).collect()
        };
        for spec in [json!({}), json!({"podManagementPolicy": "OrderedReady"})] {
            let observed = restored(spec, pods());
            assert_eq!(
                names(stuck_pods("StatefulSet", &observed)),
                ["web-2", "web-5"]
            );
            assert!(stuck_pods("Deployment", &observed).is_empty());
        }
        let parallel = restored(json!({"podManagementPolicy": "Parallel"}), pods());
        assert!(stuck_pods("StatefulSet", &parallel).is_empty());
        let mut custom = restored(json!({}), pods());
        custom.object["apiVersion"] = json!("apps.kruise.io/v1beta1");
        assert!(stuck_pods("StatefulSet", &custom).is_empty());
    }
}
