//! Label selectors.

use serde_json::Value;

/// Whether a selector of a PodDisruptionBudget of policy/v1 takes pods with these labels. An empty one takes all, none
/// takes none, and an expression of an unknown kind takes none.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements>
pub(super) fn selects(selector: Option<&Value>, labels: Option<&Value>) -> bool {
    let Some(selector) = selector.and_then(Value::as_object) else {
        return false;
    };
    let value = |key: &str| {
        labels
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
    };
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    let all = exact
        .into_iter()
        .flatten()
        .all(|(key, wanted)| value(key) == wanted.as_str());
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    let mut expressions = expressions.into_iter().flatten();
    all && expressions.all(|expression| holds(expression, value))
}

fn holds<'l>(expression: &Value, value: impl Fn(&str) -> Option<&'l str>) -> bool {
    let text = |key: &str| {
        expression
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let value = value(text("key"));
    let values = expression.get("values").and_then(Value::as_array);
    let is_among = || {
        let mut values = values.into_iter().flatten();
        value.is_some_and(|value| values.any(|other| other.as_str() == Some(value)))
    };
    match text("operator") {
        "In" => is_among(),
        "NotIn" => !is_among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::selects;
    use serde_json::json;

    #[test]
    fn selectors() {
        let expression = |key: &str, operator: &str| json!({"matchExpressions": [{"key": key, "operator": operator, "values": ["web", "api"]}]});
        let cases = [
            (json!(null), false),
            (json!({}), true),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "tier": "x"}}), false),
            (json!({"matchLabels": {"app": "api"}}), false),
            (expression("app", "In"), true),
            (expression("tier", "In"), false),
            (expression("app", "NotIn"), false),
            (expression("tier", "NotIn"), true),
            (expression("app", "Exists"), true),
            (expression("tier", "Exists"), false),
            (expression("app", "DoesNotExist"), false),
            (expression("tier", "DoesNotExist"), true),
            (expression("app", "Matches"), false),
            (
                json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}),
                false,
            ),
        ];
        let labels = json!({"app": "web", "zone": "a"});
        for (selector, wanted) in cases {
            assert_eq!(
                selects(Some(&selector), Some(&labels)),
                wanted,
                "{selector}"
            );
        }
        assert!(!selects(None, Some(&labels)));
        assert!(!selects(
            Some(&json!({"matchLabels": {"app": "web"}})),
            None
        ));
        assert!(selects(Some(&json!({})), None));
    }
}
