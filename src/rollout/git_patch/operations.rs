//! RFC 6902 operations, carried out on a copy as they are written down.

use serde_json::{Value, json};

use crate::rollout::{FieldPath, Step};

/// The operations of [RFC 6902](https://www.rfc-editor.org/rfc/rfc6902) that give each field its value, `None` for
/// taking it away. Missing mappings on the way are made first. Items of lists are named by their index, so the first
/// operations test that the items there have the names of the paths. `None` where a path leads through an item of a
/// list that is not there.
pub fn json_patch(object: &Value, changes: &[(FieldPath, Option<Value>)]) -> Option<Value> {
    let mut operations = Operations::on(object);
    for (path, value) in changes {
        let done = match value {
            Some(value) => operations.test_names(path) && operations.set(path, value),
            None if path.get(&operations.result).is_none() => true,
            None => operations.test_names(path) && operations.remove(path),
        };
        if !done {
            return None;
        }
    }
    Some(operations.into_patch())
}

/// Operations, and what they make of the object.
pub(super) struct Operations {
    pub(super) result: Value,
    tests: Vec<Value>,
    changes: Vec<Value>,
}

impl Operations {
    pub(super) fn on(object: &Value) -> Self {
        Self {
            result: object.clone(),
            tests: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Tests come before all changes: they are about the object as it was found.
    pub(super) fn into_patch(self) -> Value {
        Value::Array(self.tests.into_iter().chain(self.changes).collect())
    }

    /// Demands, before anything is changed, that `path` has `value`. To be called before its changes.
    pub(super) fn test(&mut self, path: &FieldPath, value: &Value) -> bool {
        let Some(pointer) = path.pointer(&self.result) else {
            return false;
        };
        if !is_comparable(value) {
            return true;
        }
        let test = json!({"op": "test", "path": pointer, "value": value});
        if !self.tests.contains(&test) {
            self.tests.push(test);
        }
        true
    }

    /// Demands that each item on the way still is where it is.
    pub(super) fn test_names(&mut self, path: &FieldPath) -> bool {
        ancestors(path).into_iter().all(|above| {
            let Some(Step::Named(name)) = above.steps().last() else {
                return true;
            };
            let name = json!(name);
            self.test(&above.then(Step::Key("name".into())), &name)
        })
    }

    /// Gives `path` a value, and makes the mappings on the way that are missing.
    pub(super) fn set(&mut self, path: &FieldPath, value: &Value) -> bool {
        for (above, below) in ancestors(path).into_iter().zip(path.steps()) {
            let is_missing = above.get(&self.result).is_none_or(Value::is_null);
            let is_mapping = matches!(below, Step::Key(_));
            if is_missing && !(is_mapping && self.put(&above, &json!({}))) {
                return false;
            }
        }
        self.put(path, value)
    }

    fn put(&mut self, path: &FieldPath, value: &Value) -> bool {
        let is_there = path.get(&self.result).is_some();
        if !path.set(&mut self.result, value.clone()) {
            return false;
        }
        let Some(pointer) = path.pointer(&self.result) else {
            return false;
        };
        let op = if is_there { "replace" } else { "add" };
        let change = json!({"op": op, "path": pointer, "value": value});
        self.changes.push(change);
        true
    }

    /// Takes away a key. Items of lists are never taken away: those behind them would move.
    pub(super) fn remove(&mut self, path: &FieldPath) -> bool {
        let pointer = path.pointer(&self.result);
        let Some(pointer) = pointer.filter(|_| path.remove(&mut self.result)) else {
            return false;
        };
        self.changes.push(json!({"op": "remove", "path": pointer}));
        true
    }

    /// Takes away a mapping that is empty by now. What somebody puts into it in the meantime makes the patch fail.
    pub(super) fn remove_empty(&mut self, path: &FieldPath) -> bool {
        let Some(pointer) = path.pointer(&self.result) else {
            return false;
        };
        let test = json!({"op": "test", "path": pointer, "value": {}});
        self.changes.push(test);
        self.remove(path)
    }
}

/// Whether the API server would find a value equal to itself: it compares strings as they are written, and writes `&`, `<` and
/// `>` as Go does, `\\u0026`. Source: gopkg.in/evanphx/json-patch.v4 `lazyNode.equal`, `encoding/json` `HTMLEscape`.
fn is_comparable(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(['&', '<', '>', '\u{2028}', '\u{2029}']),
        Value::Array(items) => items.iter().all(is_comparable),
        Value::Object(fields) => fields.values().all(is_comparable),
        _ => true,
    }
}

/// The places on the way to `path`, from the root.
pub(super) fn ancestors(path: &FieldPath) -> Vec<FieldPath> {
    let mut above: Vec<_> = std::iter::successors(path.parent(), FieldPath::parent).collect();
    above.reverse();
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::git_patch::testing::{applied, path};

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {
            "metadata": {"annotations": {"a/b~c": "1"}},
            "spec": {"containers": [
                {"name": "proxy", "image": "envoy:1"},
                {"name": "app", "image": "web:1", "securityContext": {"runAsUser": 0, "capabilities": null}},
            ]},
        }}})
    }

    const APP: &str = "spec.template.spec.containers[name=app].securityContext";

    #[test]
    fn applied_it_gives_the_wanted_object() {
        let changes = [
            (format!("{APP}.runAsUser"), Some(json!(1000))),
            (format!("{APP}.capabilities.drop"), Some(json!(["ALL"]))),
            (
                "spec.template.spec.containers[name=proxy].securityContext.seccompProfile.type"
                    .into(),
                Some(json!("RuntimeDefault")),
            ),
            ("spec.template.spec.securityContext".into(), Some(json!({}))),
            ("spec.template.spec.containers[1].image".into(), None),
            ("spec.template.spec.hostNetwork".into(), None),
        ];
        let mut wanted = deployment();
        let mut paths = Vec::new();
        for (text, value) in changes {
            let path = path(&text);
            match &value {
                Some(value) => assert!(path.set(&mut wanted, value.clone())),
                None => drop(path.remove(&mut wanted)),
            }
            paths.push((path, value));
        }
        let patch = json_patch(&deployment(), &paths).expect("a patch");
        assert_eq!(applied(&deployment(), &patch), Ok(wanted));
    }

    #[test]
    fn parents_are_made_in_order_and_items_are_tested_once() {
        let changes = ["allowPrivilegeEscalation", "readOnlyRootFilesystem"].map(|field| {
            let text = format!("spec.template.spec.containers[name=proxy].securityContext.{field}");
            (path(&text), Some(json!(false)))
        });
        let at = "/spec/template/spec/containers/0";
        let wanted = json!([
            {"op": "test", "path": format!("{at}/name"), "value": "proxy"},
            {"op": "add", "path": format!("{at}/securityContext"), "value": {}},
            {"op": "add", "path": format!("{at}/securityContext/allowPrivilegeEscalation"), "value": false},
            {"op": "add", "path": format!("{at}/securityContext/readOnlyRootFilesystem"), "value": false},
        ]);
        assert_eq!(json_patch(&deployment(), &changes), Some(wanted));
    }

    #[test]
    fn keys_are_escaped() {
        let annotations = path("spec.template.metadata.annotations");
        let place = annotations.then(Step::Key("a/b~c".into()));
        let patch =
            json_patch(&deployment(), &[(place.clone(), Some(json!("2")))]).expect("a patch");
        assert_eq!(
            patch[0]["path"],
            "/spec/template/metadata/annotations/a~1b~0c"
        );
        let result = applied(&deployment(), &patch).expect("applies");
        assert_eq!(place.get(&result), Some(&json!("2")));
    }

    #[test]
    fn a_container_that_is_elsewhere_by_now_makes_it_fail() {
        let changes = [(path(&format!("{APP}.runAsUser")), Some(json!(1000)))];
        let patch = json_patch(&deployment(), &changes).expect("a patch");
        let mut moved = deployment();
        let containers = moved.pointer_mut("/spec/template/spec/containers");
        containers
            .and_then(Value::as_array_mut)
            .expect("a list")
            .reverse();
        assert!(applied(&moved, &patch).is_err());
    }

    #[test]
    fn what_is_not_there_gets_no_patch() {
        for text in [
            "spec.template.spec.containers[name=gone].securityContext.runAsUser",
            "spec.template.spec.initContainers[name=app].image",
            "spec.template.spec.containers[7].image",
            "metadata.name.x",
        ] {
            let set = [(path(text), Some(json!(1)))];
            assert_eq!(json_patch(&deployment(), &set), None, "{text}");
            let removed = [(path(text), None)];
            assert_eq!(
                json_patch(&deployment(), &removed),
                Some(json!([])),
                "{text}"
            );
        }
        let item = [(path("spec.template.spec.containers[name=app]"), None)];
        assert_eq!(json_patch(&deployment(), &item), None);
    }
}
