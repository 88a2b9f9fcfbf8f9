//! `metadata.managedFields`: what a field manager has applied before.
//!
//! A server-side apply takes away what its manager applied before and leaves out now. So whoever applies more has to
//! apply the earlier fields again (`ExtractInto` of k8s.io/client-go does the same).

use serde_json::{Map, Value};

/// The part of an object that `manager` owns by server-side apply; null where there is none.
pub(super) fn applied_by(object: &Value, manager: &str) -> Value {
    let entries = object.pointer("/metadata/managedFields");
    let entries = entries.and_then(Value::as_array).into_iter().flatten();
    let mut ours = entries.filter(|entry| is_applied_by(entry, manager));
    let ours = ours.find_map(|entry| entry.get("fieldsV1"));
    ours.and_then(|fields| extract(fields, object))
        .unwrap_or(Value::Null)
}

/// Whether an entry says what `manager` owns by server-side apply.
pub(super) fn is_applied_by(entry: &Value, manager: &str) -> bool {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    text("manager") == manager && text("operation") == "Apply" && text("subresource").is_empty()
}

/// What a set of fields (`fieldsV1`: `f:` is a key, `k:` an item by its keys, `v:` an item by its value) names.
fn extract(fields: &Value, value: &Value) -> Option<Value> {
    let children: Vec<_> = fields
        .as_object()?
        .iter()
        .filter(|(key, _)| *key != ".")
        .collect();
    if children.is_empty() {
        return match (value, fields.get(".")) {
            (Value::Object(_), Some(_)) => Some(Value::Object(Map::new())),
            _ => Some(value.clone()),
        };
    }
    match value {
        Value::Object(of) => {
            let pairs = children.iter().filter_map(|(key, below)| {
                let key = key.strip_prefix("f:")?;
                Some((key.to_owned(), extract(below, of.get(key)?)?))
            });
            Some(Value::Object(pairs.collect()))
        }
        Value::Array(items) => {
            let found = children
                .iter()
                .filter_map(|(key, below)| item(key, below, items));
            Some(Value::Array(found.collect()))
        }
        _ => None,
    }
}

fn item(key: &str, below: &Value, items: &[Value]) -> Option<Value> {
    if let Some(value) = key.strip_prefix("v:") {
        let value: Value = serde_json::from_str(value).ok()?;
        return items.contains(&value).then_some(value);
    }
    let keys: Map<String, Value> = serde_json::from_str(key.strip_prefix("k:")?).ok()?;
    let is_it = |item: &&Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    let found = items.iter().find(is_it)?;
    let Value::Object(mut fields) = extract(below, found)? else {
        return None;
    };
    fields.extend(keys);
    Some(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_applied_before_is_found() {
        let fields = json!({"f:spec": {"f:template": {"f:spec": {
            "f:containers": {
                "k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:securityContext": {
                    "f:capabilities": {"f:drop": {}}, "f:readOnlyRootFilesystem": {}}},
                "k:{\"name\":\"gone\"}": {"f:securityContext": {"f:privileged": {}}}},
            "f:securityContext": {"f:runAsNonRoot": {}, "f:gone": {}, "f:seccompProfile": {}}}}},
            "f:metadata": {"f:finalizers": {"v:\"a/b\"": {}, "v:\"c\"": {}}}});
        let object = json!({
            "metadata": {"name": "web", "finalizers": ["x", "a/b"], "managedFields": [
                {"manager": "kubectl-harden", "operation": "Update", "fieldsV1": {"f:metadata": {"f:name": {}}}},
                {"manager": "kubectl-harden", "operation": "Apply", "subresource": "status",
                    "fieldsV1": {"f:metadata": {"f:name": {}}}},
                {"manager": "other", "operation": "Apply", "fieldsV1": {"f:metadata": {"f:name": {}}}},
                {"manager": "kubectl-harden", "operation": "Apply", "fieldsV1": fields}]},
            "spec": {"replicas": 2, "template": {"spec": {
                "securityContext": {"runAsNonRoot": true, "fsGroup": 1, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{"name": "other"}, {"name": "app", "image": "i", "securityContext": {
                    "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"], "add": ["X"]}}}]}}}});
        assert_eq!(
            applied_by(&object, "kubectl-harden"),
            json!({"metadata": {"finalizers": ["a/b"]}, "spec": {"template": {"spec": {
                "containers": [{"name": "app", "securityContext": {
                    "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true}}],
                "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}}}}})
        );
        assert_eq!(applied_by(&object, "nobody"), Value::Null);
        assert_eq!(applied_by(&json!({}), "kubectl-harden"), Value::Null);
    }
}
