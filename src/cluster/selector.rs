//! Label selectors as a query takes them.

use serde_json::Value;

/// A workload's `spec.selector` as the `labelSelector` of a list (`metav1.FormatLabelSelector`); `None` where it
/// has none. A ReplicationController's is a plain mapping.
pub(crate) fn label_selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let is_plain =
        selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none();
    let labels = if is_plain {
        Some(selector)
    } else {
        selector.get("matchLabels")
    };
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<String> = labels
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        parts.push(requirement(expression)?);
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

fn requirement(expression: &Value) -> Option<String> {
    let key = expression.get("key")?.as_str()?;
    let values = expression.get("values").and_then(Value::as_array);
    let values: Vec<_> = values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let values = values.join(",");
    match expression.get("operator")?.as_str()? {
        "In" => Some(format!("{key} in ({values})")),
        "NotIn" => Some(format!("{key} notin ({values})")),
        "Exists" => Some(key.to_owned()),
        "DoesNotExist" => Some(format!("!{key}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_are_written_as_queries() {
        let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "x", "operator": "DoesNotExist"},
            {"key": "y", "operator": "Exists"}, {"key": "z", "operator": "NotIn", "values": ["c"]}]});
        for (selector, expected) in [
            (selector, Some("app=web,tier in (a,b),!x,y,z notin (c)")),
            (json!({"app": "web"}), Some("app=web")),
            (json!({}), None),
            (
                json!({"matchExpressions": [{"key": "x", "operator": "New"}]}),
                None,
            ),
        ] {
            let object = json!({"spec": {"selector": selector}});
            assert_eq!(label_selector(&object).as_deref(), expected, "{object}");
        }
        assert_eq!(label_selector(&json!({"spec": {}})), None);
    }
}
