//! One field of a plan, and the fields in which two objects differ.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::rollout::path::{FieldPath, Step};

/// A field that gets another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// Which field.
    pub field: FieldPath,
    /// What it says now; null where it is unset.
    #[serde(default)]
    pub before: Option<Value>,
    /// What it will say; null where it is taken away.
    #[serde(default)]
    pub after: Option<Value>,
    /// The check that asks for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub check: String,
    /// Why, in Pod Security Admission's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Change {
    /// Whether an object has the value from before.
    pub fn is_before(&self, object: &Value) -> bool {
        present(self.field.get(object)) == self.before.as_ref()
    }

    /// Whether an object has the value from after.
    pub fn is_after(&self, object: &Value) -> bool {
        is_as(self.field.get(object), self.after.as_ref())
    }
}

/// Whether a value is as it was written. The server adds the defaults of items of lists, such as a container's
/// `terminationMessagePath`: what an item has besides is not compared.
pub(crate) fn is_as(found: Option<&Value>, written: Option<&Value>) -> bool {
    match (present(found), present(written)) {
        (Some(Value::Array(found)), Some(Value::Array(written))) => {
            let mut pairs = found.iter().zip(written);
            found.len() == written.len() && pairs.all(|(found, written)| has(found, written))
        }
        (found, written) => found == written,
    }
}

/// Whether an item of a list has what was written of it.
fn has(found: &Value, written: &Value) -> bool {
    match (found, written) {
        (Value::Object(found), Value::Object(written)) => written.iter().all(|(key, written)| {
            let found = found.get(key).unwrap_or(&Value::Null);
            has(found, written)
        }),
        (Value::Array(found), Value::Array(written)) => {
            let mut pairs = found.iter().zip(written);
            found.len() == written.len() && pairs.all(|(found, written)| has(found, written))
        }
        (found, written) => found == written,
    }
}

/// An object with its changes carried out.
pub(crate) fn changed(object: &Value, changes: &[Change]) -> Value {
    let mut object = object.clone();
    for change in changes {
        match &change.after {
            Some(after) => change.field.set(&mut object, after.clone()),
            None => change.field.remove(&mut object),
        };
    }
    object
}

/// Null and absent are one for the API server.
pub(crate) fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// A field with its value before and after.
pub type Difference = (FieldPath, Option<Value>, Option<Value>);

/// The fields in which two objects differ: mappings are compared by key, lists whose items all have a name of
/// their own by name, other lists as one value.
pub fn difference(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&FieldPath::default(), Some(before), Some(after), &mut found);
    found
}

fn compare(
    path: &FieldPath,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let (before, after) = (present(before), present(after));
    if before == after {
        return;
    }
    let empty = Map::new();
    match (before, after) {
        (None | Some(Value::Object(_)), None | Some(Value::Object(_))) => {
            let fields = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned();
            let old = fields(before).unwrap_or_else(|| empty.clone());
            let new = fields(after).unwrap_or(empty);
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let path = path.then(Step::Key(key.clone()));
                compare(&path, old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if names(old) == names(new) => {
            let names = names(old).unwrap_or_default();
            for ((name, old), new) in names.iter().zip(old).zip(new) {
                let path = path.then(Step::Named((*name).to_owned()));
                compare(&path, Some(old), Some(new), found);
            }
            if names.is_empty() {
                found.push((path.clone(), before.cloned(), after.cloned()));
            }
        }
        _ => found.push((path.clone(), before.cloned(), after.cloned())),
    }
}

/// The names of a list's items, where each has one of its own.
fn names(items: &[Value]) -> Option<Vec<&str>> {
    let names: Option<Vec<_>> = items
        .iter()
        .map(|item| item.get("name")?.as_str())
        .collect();
    let names = names?;
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == names.len()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_differ_where_they_differ() {
        let before = json!({"spec": {"securityContext": {}, "x": 1, "gone": {"a": 1}, "containers": [
            {"name": "a", "image": "i"}, {"name": "b", "securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}]}});
        let after = json!({"spec": {"securityContext": {"runAsUser": 1000}, "x": 1, "containers": [
            {"name": "a", "image": "i", "securityContext": {"privileged": null}},
            {"name": "b", "securityContext": {"capabilities": {"drop": ["ALL"]}}}]}});
        let found: Vec<_> = difference(&before, &after)
            .into_iter()
            .map(|(path, before, after)| (path.to_string(), json!(before), json!(after)))
            .collect();
        let drop = "spec.containers[name=b].securityContext.capabilities.drop";
        assert_eq!(
            found,
            [
                (
                    "spec.securityContext.runAsUser".into(),
                    json!(null),
                    json!(1000)
                ),
                ("spec.gone.a".into(), json!(1), json!(null)),
                (drop.into(), json!(["NET_RAW"]), json!(["ALL"])),
            ]
        );
        assert_eq!(difference(&after, &after), []);
    }

    #[test]
    fn defaults_of_the_server_are_no_change() {
        let written = json!([{"name": "seed", "image": "a", "securityContext": {"runAsUser": 1}, "args": ["x"]}]);
        let is_as_written = |found: Value| is_as(Some(&found), Some(&written));
        assert!(is_as_written(
            json!([{"name": "seed", "image": "a", "imagePullPolicy": "Always", "resources": {},
            "securityContext": {"runAsUser": 1, "procMount": "Default"}, "args": ["x"]}])
        ));
        for other in [
            json!([]),
            json!([{"name": "seed", "image": "a", "securityContext": {"runAsUser": 2}, "args": ["x"]}]),
            json!([{"name": "seed", "image": "a", "securityContext": {"runAsUser": 1}, "args": ["x", "y"]}]),
            json!([{"name": "seed", "image": "a", "securityContext": {"runAsUser": 1}, "args": ["x"]}, {"name": "b"}]),
        ] {
            assert!(!is_as_written(other.clone()), "{other}");
        }
        assert!(!is_as(Some(&json!(["ALL", "X"])), Some(&json!(["ALL"]))));
        assert!(!is_as(Some(&json!({"a": 1})), Some(&json!({}))));
    }

    #[test]
    fn lists_without_names_of_their_own_are_one_value() {
        for (before, after) in [
            (json!([1]), json!([1, 2])),
            (
                json!([{"name": "a"}, {"name": "a"}]),
                json!([{"name": "a"}, {"name": "b"}]),
            ),
            (json!([{"name": "a"}]), json!([])),
            (json!([]), json!([{"name": "a"}])),
        ] {
            let found = difference(&json!({"l": before}), &json!({"l": after}));
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found.first().map(|d| d.0.to_string()).as_deref(), Some("l"));
        }
    }
}
