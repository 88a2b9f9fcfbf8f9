//! What else looks after a workload's pods.

use serde_json::Value;

use super::case::{Case, scaled};
use super::selector::selects;

/// Budgets bind evictions alone: a rollout replaces pods without asking, but pods that are not available count.
/// Source: <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-budgets>
pub(super) fn disruption_budget(case: &Case<'_>) -> Vec<String> {
    let budgets = case.around.pdbs.iter().filter(|budget| {
        let selector = budget.pointer("/spec/selector");
        let mut pods = case.pods.iter();
        is_beside(case, budget)
            && pods.any(|pods| selects(selector, pods.labels))
            && allows_none(budget, case.wanted())
    });
    let message = |budget: &Value| {
        format!(
            "PodDisruptionBudget {} allows no disruption: the rollout goes on regardless, but nodes with these pods cannot be drained",
            name(budget)
        )
    };
    budgets.map(message).collect()
}

/// The status says it, if it is of this spec.
fn allows_none(budget: &Value, wanted: Option<i64>) -> bool {
    let number = |pointer: &str| budget.pointer(pointer).and_then(Value::as_i64);
    let generation = number("/metadata/generation");
    let seen = number("/status/observedGeneration");
    let allowed = number("/status/disruptionsAllowed");
    if let Some(allowed) = allowed.filter(|_| generation.is_none() || seen == generation) {
        return allowed == 0;
    }
    let limit = |pointer: &str, total: i64| {
        let text = match budget.pointer(pointer)? {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        scaled(&text, total, true)
    };
    // Any percentage but 0 leaves one pod at least, as it is rounded up.
    let is_nothing = limit("/spec/maxUnavailable", 1) == Some(0);
    let is_all = wanted.is_some_and(|wanted| {
        limit("/spec/minAvailable", wanted).is_some_and(|least| least >= wanted)
    });
    is_nothing || is_all
}

/// <https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/>. It leaves a workload with no
/// replicas alone.
pub(super) fn autoscaler(case: &Case<'_>) -> Vec<String> {
    let scaled = case.around.autoscalers.iter().filter(|autoscaler| {
        let text = |key: &str| {
            let value = autoscaler.pointer(&format!("/spec/scaleTargetRef/{key}"));
            value.and_then(Value::as_str).unwrap_or_default()
        };
        let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
        is_beside(case, autoscaler)
            && case.is(group, text("kind"))
            && !text("name").is_empty()
            && case.text("/metadata/name") == text("name")
    });
    let is_scaled = case.wanted() != Some(0);
    let message = |autoscaler: &Value| {
        let number = |pointer: &str| autoscaler.pointer(pointer).and_then(Value::as_i64);
        let least = number("/spec/minReplicas").unwrap_or(1);
        let most = number("/spec/maxReplicas").unwrap_or(least);
        format!(
            "HorizontalPodAutoscaler {} keeps {least} to {most} pods: their number may change during the rollout",
            name(autoscaler)
        )
    };
    scaled.filter(|_| is_scaled).map(message).collect()
}

fn name(object: &Value) -> &str {
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    name.unwrap_or_default()
}

fn is_beside(case: &Case<'_>, object: &Value) -> bool {
    let namespace = object
        .pointer("/metadata/namespace")
        .and_then(Value::as_str);
    namespace.unwrap_or_default() == case.text("/metadata/namespace")
}

#[cfg(test)]
mod tests {
    use crate::rollout::risks::testing::{object, said};
    use crate::rollout::risks::{Surroundings, risks};
    use serde_json::{Value, json};

    fn deployment(replicas: i64) -> Value {
        let spec = json!({"replicas": replicas, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {}}});
        object("apps/v1 Deployment", spec)
    }

    #[test]
    fn budgets_that_allow_nothing() {
        let budget = |spec: Value, status: Value| {
            let mut budget = json!({"metadata": {"name": "b", "namespace": "shop", "generation": 2}, "spec": spec, "status": status});
            if budget["spec"].get("selector").is_none() {
                budget["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
            }
            budget
        };
        let seen = |generation: i64, allowed: i64| json!({"observedGeneration": generation, "disruptionsAllowed": allowed});
        let mut elsewhere = budget(json!({}), seen(2, 0));
        elsewhere["metadata"]["namespace"] = json!("other");
        let cases = [
            (budget(json!({}), seen(2, 0)), true),
            (budget(json!({}), seen(2, 1)), false),
            (elsewhere, false),
            (
                budget(
                    json!({"selector": {"matchLabels": {"app": "api"}}}),
                    seen(2, 0),
                ),
                false,
            ),
            (
                budget(
                    json!({"selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}),
                    seen(2, 0),
                ),
                true,
            ),
            // A status of an older spec says nothing.
            (budget(json!({"maxUnavailable": 0}), seen(1, 1)), true),
            (budget(json!({"maxUnavailable": 1}), seen(1, 0)), false),
            (budget(json!({"maxUnavailable": "0%"}), json!({})), true),
            (budget(json!({"maxUnavailable": "1%"}), json!({})), false),
            (budget(json!({"minAvailable": 2}), json!({})), true),
            (budget(json!({"minAvailable": 1}), json!({})), false),
            (budget(json!({"minAvailable": "100%"}), json!({})), true),
            (budget(json!({"minAvailable": "51%"}), json!({})), true),
            (budget(json!({"minAvailable": "50%"}), json!({})), false),
        ];
        for (budget, wanted) in cases {
            let around = Surroundings {
                pdbs: vec![budget.clone()],
                ..Surroundings::default()
            };
            let said = said(&risks(&deployment(2), &around, &[]), "disruption-budget");
            assert_eq!(
                said.contains("PodDisruptionBudget b allows no disruption"),
                wanted,
                "{budget}"
            );
        }
    }

    #[test]
    fn autoscalers_of_this_workload() {
        let autoscaler = |api: &str, kind: &str, name: &str| {
            json!({
                "metadata": {"name": "h", "namespace": "shop"},
                "spec": {"scaleTargetRef": {"apiVersion": api, "kind": kind, "name": name}, "minReplicas": 2, "maxReplicas": 10},
            })
        };
        let cases = [
            (autoscaler("apps/v1", "Deployment", "web"), 2, true),
            (
                autoscaler("extensions/v1beta1", "Deployment", "web"),
                2,
                false,
            ),
            (autoscaler("apps/v1", "Deployment", "api"), 2, false),
            (autoscaler("apps/v1", "StatefulSet", "web"), 2, false),
            (autoscaler("apps/v1", "Deployment", "web"), 0, false),
        ];
        for (autoscaler, replicas, wanted) in cases {
            let around = Surroundings {
                autoscalers: vec![autoscaler.clone()],
                ..Surroundings::default()
            };
            let said = said(&risks(&deployment(replicas), &around, &[]), "autoscaler");
            assert_eq!(
                said.contains("h keeps 2 to 10 pods"),
                wanted,
                "{autoscaler}"
            );
        }
    }
}
