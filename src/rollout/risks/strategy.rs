//! How a workload replaces its pods.

use super::case::{Case, counted};

/// Nothing runs, so nothing can fail.
pub(super) fn no_replicas(case: &Case<'_>) -> Vec<String> {
    let is_none = case.wanted() == Some(0);
    let message = "0 pods are wanted: the change is made, and nothing shows whether it works";
    is_none.then(|| message.to_owned()).into_iter().collect()
}

pub(super) fn paused(case: &Case<'_>) -> Vec<String> {
    let message = "paused: the change takes effect when the rollout is resumed";
    let is_paused = case.is_true("/spec/paused");
    is_paused.then(|| message.to_owned()).into_iter().collect()
}

/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#on-delete>. ReplicaSets and
/// ReplicationControllers never replace a pod for its template.
pub(super) fn on_delete(case: &Case<'_>) -> Vec<String> {
    let is_strategy = case.text("/spec/updateStrategy/type") == "OnDelete";
    let is_kind = case.is("apps", "ReplicaSet") || case.is("", "ReplicationController");
    let why = match (is_strategy, is_kind) {
        (true, _) => "strategy OnDelete",
        (_, true) => "replaces no pods by itself",
        _ => return Vec::new(),
    };
    vec![format!(
        "{why}: the change takes effect when a pod is deleted"
    )]
}

/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions>
pub(super) fn partition(case: &Case<'_>) -> Vec<String> {
    let partition = case.number("/spec/updateStrategy/rollingUpdate/partition");
    let Some((partition, wanted)) = partition.zip(case.wanted()) else {
        return Vec::new();
    };
    if !case.is_rolling_set() || partition <= 0 || wanted <= 0 {
        return Vec::new();
    }
    vec![if partition < wanted {
        format!("partition {partition}: {partition} of {wanted} pods keep the old template")
    } else {
        format!(
            "partition {partition} with {}: no pod is replaced",
            counted(wanted, "pod")
        )
    }]
}

pub(super) fn recreate(case: &Case<'_>) -> Vec<String> {
    let is_recreated = case.text("/spec/strategy/type") == "Recreate";
    match case.wanted().filter(|_| is_recreated) {
        Some(1) => {
            vec!["strategy Recreate with 1 pod: nothing serves until the new one is Ready".into()]
        }
        Some(wanted) if wanted > 1 => vec![format!(
            "strategy Recreate: all {wanted} pods stop first, and nothing serves until new ones are Ready"
        )],
        _ => Vec::new(),
    }
}

pub(super) fn one_replica(case: &Case<'_>) -> Vec<String> {
    if case.wanted() != Some(1) || case.is("apps", "DaemonSet") {
        return Vec::new();
    }
    let message = match case.rolling() {
        Some(rolling) if rolling.unavailable > 0 => {
            "1 pod, and maxUnavailable lets it stop first: nothing serves until the new one is Ready"
        }
        Some(_) => "1 pod: no other one serves if the new one is Ready and does not work",
        None if case.is_rolling_set() => {
            "1 pod, which stops first: nothing serves until the new one is Ready"
        }
        None => return Vec::new(),
    };
    vec![message.to_owned()]
}

/// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback>
pub(super) fn ordered_ready(case: &Case<'_>) -> Vec<String> {
    let policy = case.text("/spec/podManagementPolicy");
    let is_ordered = case.is_rolling_set() && matches!(policy, "" | "OrderedReady");
    let is_some = case.wanted() != Some(0);
    let message = "OrderedReady: a pod that does not become Ready stops the rollout, and has to be deleted after the fields are set back";
    let applies = is_ordered && is_some;
    applies.then(|| message.to_owned()).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::rollout::risks::testing::table;
    use serde_json::json;

    #[test]
    fn nothing_runs() {
        table(
            "no-replicas",
            vec![
                ("apps/v1 Deployment", json!({"replicas": 0}), "0 pods"),
                ("apps/v1 Deployment", json!({}), ""),
                ("apps/v1 StatefulSet", json!({"replicas": 0}), "0 pods"),
                (
                    "argoproj.io/v1alpha1 Rollout",
                    json!({"replicas": 0}),
                    "0 pods",
                ),
                ("argoproj.io/v1alpha1 Rollout", json!({}), ""),
                ("batch/v1 CronJob", json!({}), ""),
            ],
        );
    }

    #[test]
    fn nothing_is_replaced() {
        table(
            "paused",
            vec![
                ("apps/v1 Deployment", json!({"paused": true}), "resumed"),
                ("apps/v1 Deployment", json!({"paused": false}), ""),
            ],
        );
        table(
            "on-delete",
            vec![
                (
                    "apps/v1 StatefulSet",
                    json!({"updateStrategy": {"type": "OnDelete"}}),
                    "OnDelete",
                ),
                (
                    "apps/v1 DaemonSet",
                    json!({"updateStrategy": {"type": "OnDelete"}}),
                    "OnDelete",
                ),
                (
                    "apps/v1 DaemonSet",
                    json!({"updateStrategy": {"type": "RollingUpdate"}}),
                    "",
                ),
                ("apps/v1 ReplicaSet", json!({}), "by itself"),
                ("v1 ReplicationController", json!({}), "by itself"),
            ],
        );
        let partition = |partition: i64| json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": partition}}});
        table(
            "partition",
            vec![
                ("apps/v1 StatefulSet", partition(0), ""),
                ("apps/v1 StatefulSet", partition(2), "2 of 3 pods keep"),
                ("apps/v1 StatefulSet", partition(3), "no pod is replaced"),
                (
                    "apps/v1 StatefulSet",
                    json!({"updateStrategy": {"rollingUpdate": {"partition": 1}}}),
                    "with 1 pod:",
                ),
                (
                    "apps/v1 StatefulSet",
                    json!({"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}),
                    "",
                ),
            ],
        );
    }

    #[test]
    fn pods_stop_first() {
        let recreate =
            |replicas: i64| json!({"replicas": replicas, "strategy": {"type": "Recreate"}});
        table(
            "recreate",
            vec![
                ("apps/v1 Deployment", recreate(0), ""),
                ("apps/v1 Deployment", recreate(1), "with 1 pod"),
                ("apps/v1 Deployment", recreate(3), "all 3 pods"),
                ("apps/v1 Deployment", json!({"replicas": 3}), ""),
            ],
        );
        let rolling = |replicas: i64, surge: &str, unavailable: i64| {
            json!({"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": {
                "maxSurge": surge, "maxUnavailable": unavailable,
            }}})
        };
        table(
            "one-replica",
            vec![
                ("apps/v1 Deployment", json!({}), "no other one"),
                ("apps/v1 Deployment", recreate(1), ""),
                ("apps/v1 Deployment", rolling(1, "25%", 0), "no other one"),
                ("apps/v1 Deployment", rolling(1, "25%", 1), "stop first"),
                ("apps/v1 Deployment", rolling(1, "0%", 0), "stop first"),
                ("apps/v1 Deployment", rolling(2, "25%", 0), ""),
                ("apps/v1 StatefulSet", json!({"replicas": 1}), "stops first"),
                (
                    "apps/v1 StatefulSet",
                    json!({"replicas": 1, "updateStrategy": {"type": "OnDelete"}}),
                    "",
                ),
                ("apps/v1 DaemonSet", json!({}), ""),
                ("example.com/v1 Deployment", json!({}), ""),
            ],
        );
    }

    #[test]
    fn sets_in_order() {
        table(
            "ordered-ready",
            vec![
                ("apps/v1 StatefulSet", json!({}), "OrderedReady"),
                (
                    "apps/v1 StatefulSet",
                    json!({"podManagementPolicy": "Parallel"}),
                    "",
                ),
                ("apps/v1 StatefulSet", json!({"replicas": 0}), ""),
                (
                    "apps/v1 StatefulSet",
                    json!({"updateStrategy": {"type": "OnDelete"}}),
                    "",
                ),
                ("apps/v1 Deployment", json!({}), ""),
            ],
        );
    }
}
