//! A strategic-merge patch, as kustomize takes it.

use serde_json::{Map, Value, json};

use crate::rollout::{FieldPath, Step};
use crate::yaml::to_yaml;

/// The kinds whose patch strategies kustomize knows. Of other kinds it replaces lists whole, containers included.
/// Source: <https://kubectl.docs.kubernetes.io/references/kustomize/glossary/#patchstrategicmerge>
const MERGED: [(&str, &str); 9] = [
    ("v1", "Pod"),
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

/// The lists of a pod spec whose items are merged by `name` (`patchMergeKey` of the API types).
const BY_NAME: [&str; 5] = [
    "containers",
    "initContainers",
    "ephemeralContainers",
    "volumes",
    "env",
];

/// A file for `patches` of a kustomization: the object's name and the fields that change, containers by name. Beside its
/// path a `target` with kind and name is needed where the namespace comes from the kustomization: without one,
/// kustomize looks for an object with the namespace of the patch before it sets any. `None` where such a patch cannot say it: the kind takes none, a field is taken away, or an item of a list has no name.
/// Then it is for [`json_patch`](super::json_patch).
pub fn kustomize_patch(object: &Value, changes: &[(FieldPath, Option<Value>)]) -> Option<String> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (version, kind) = (text("/apiVersion")?, text("/kind")?);
    if !MERGED.contains(&(version, kind)) {
        return None;
    }
    let mut metadata = json!({"name": text("/metadata/name")?});
    if let (Some(namespace), Some(fields)) = (text("/metadata/namespace"), metadata.as_object_mut())
    {
        fields.insert("namespace".into(), json!(namespace));
    }
    let mut patch = json!({"apiVersion": version, "kind": kind, "metadata": metadata});
    for (path, value) in changes {
        let value = value.as_ref().filter(|value| is_replaced_whole(value))?;
        *place(&mut patch, object, path.steps())? = over(path.get(object), value);
    }
    Some(to_yaml(&patch))
}

/// A null would take a key away, and lists of mappings may be merged instead of replaced.
fn is_replaced_whole(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.iter().any(|item| item.is_object() || item.is_array()),
        Value::Object(fields) => fields.values().all(is_replaced_whole),
        _ => true,
    }
}

/// What has to be merged into `old` to make it `new`: mappings are merged, so their other keys are taken away.
fn over(old: Option<&Value>, new: &Value) -> Value {
    let (Some(Value::Object(old)), Value::Object(new)) = (old, new) else {
        return new.clone();
    };
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    let gone = gone.map(|key| (key.clone(), Value::Null));
    let kept = new
        .iter()
        .map(|(key, value)| (key.clone(), over(old.get(key), value)));
    Value::Object(kept.chain(gone).collect())
}

/// The place in the patch for the value behind `steps`, which is made.
fn place<'p>(patch: &'p mut Value, object: &Value, steps: &[Step]) -> Option<&'p mut Value> {
    let mut list = "";
    let mut above = FieldPath::default();
    steps.iter().try_fold(patch, |value, step| {
        let original = above.get(object);
        above = above.then(step.clone());
        match step {
            Step::Key(key) => {
                list = key;
                if value.is_null() {
                    *value = Value::Object(Map::new());
                }
                let fields = value.as_object_mut()?;
                Some(fields.entry(key.as_str()).or_insert(Value::Null))
            }
            Step::Named(name) if BY_NAME.contains(&list) => {
                if value.is_null() {
                    *value = Value::Array(Vec::new());
                }
                item(value.as_array_mut()?, original?.as_array()?, name)
            }
            _ => None,
        }
    })
}

/// The item of a list in the patch. kustomize puts the items of a patch before all others, and the order of init
/// containers is the order in which they run, so those before it are named too.
fn item<'p>(items: &'p mut Vec<Value>, originals: &[Value], name: &str) -> Option<&'p mut Value> {
    let named = |item: &Value| item.get("name").and_then(Value::as_str) == Some(name);
    let index = originals.iter().position(named)?;
    for original in originals.get(items.len()..=index).unwrap_or_default() {
        items.push(json!({"name": original.get("name")?}));
    }
    items.get_mut(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::git_patch::testing::path;
    use crate::yaml::{prove, to_json};

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {
            "replicas": 2,
            "template": {"spec": {
                "securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "a.json"}},
                "containers": [
                    {"name": "proxy", "image": "envoy:1"},
                    {"name": "app", "image": "web:1", "securityContext": {"runAsUser": 0}},
                ],
            }},
        }})
    }

    /// Strategic merge with the lists above merged by name, all others replaced.
    fn merge(into: &mut Value, patch: &Value) {
        let (Some(fields), Some(patch)) = (into.as_object_mut(), patch.as_object()) else {
            return into.clone_from(patch);
        };
        for (key, change) in patch {
            let items = change
                .as_array()
                .filter(|_| BY_NAME.contains(&key.as_str()));
            match (items, fields.get_mut(key)) {
                _ if change.is_null() => drop(fields.remove(key)),
                (Some(items), Some(Value::Array(list))) => {
                    for item in items {
                        match list.iter_mut().find(|old| old["name"] == item["name"]) {
                            Some(old) => merge(old, item),
                            None => list.push(item.clone()),
                        }
                    }
                }
                (_, Some(old)) => merge(old, change),
                (_, None) => drop(fields.insert(key.clone(), change.clone())),
            }
        }
    }

    fn changes() -> Vec<(FieldPath, Option<Value>)> {
        let pod = "spec.template.spec";
        [
            (format!("{pod}.securityContext.runAsNonRoot"), json!(true)),
            (
                format!("{pod}.securityContext.seccompProfile"),
                json!({"type": "RuntimeDefault"}),
            ),
            (
                format!("{pod}.containers[name=app].securityContext.runAsUser"),
                json!(1000),
            ),
            (
                format!("{pod}.containers[name=app].securityContext.capabilities.drop"),
                json!(["ALL"]),
            ),
            (
                format!("{pod}.containers[name=proxy].securityContext.allowPrivilegeEscalation"),
                json!(false),
            ),
        ]
        .map(|(text, value)| (path(&text), Some(value)))
        .into()
    }

    #[test]
    fn it_holds_the_changed_fields_alone() {
        let patch = kustomize_patch(&deployment(), &changes()).expect("a patch");
        let wanted = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
          localhostProfile: null
      containers:
      - name: proxy
        securityContext:
          allowPrivilegeEscalation: false
      - name: app
        securityContext:
          runAsUser: 1000
          capabilities:
            drop:
            - ALL
";
        assert_eq!(patch, wanted);
    }

    #[test]
    fn containers_keep_their_order_and_those_behind_are_not_named() {
        let mut object = deployment();
        object["spec"]["template"]["spec"]["initContainers"] =
            json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]);
        let field = path("spec.template.spec.initContainers[name=b].tty");
        let patch = kustomize_patch(&object, &[(field, Some(json!(true)))]).expect("a patch");
        let list = "      initContainers:\n      - name: a\n      - name: b\n        tty: true\n";
        assert!(patch.ends_with(list), "{patch}");
    }

    #[test]
    fn merged_it_gives_the_wanted_object() {
        let patch = kustomize_patch(&deployment(), &changes()).expect("a patch");
        let patch = to_json(&prove(patch.as_bytes()).expect("YAML")).expect("small");
        let (mut merged, mut wanted) = (deployment(), deployment());
        merge(&mut merged, &patch);
        for (path, value) in changes() {
            assert!(path.set(&mut wanted, value.expect("a value")));
        }
        assert_eq!(merged, wanted);
    }

    #[test]
    fn what_it_cannot_say_is_for_a_json_patch() {
        let cases = [
            ("spec.template.spec.hostNetwork", None),
            ("spec.template.spec.hostNetwork", Some(Value::Null)),
            ("spec.template.spec.containers[0].image", Some(json!("x"))),
            (
                "spec.template.spec.containers[name=gone].image",
                Some(json!("x")),
            ),
            (
                "spec.template.spec.tolerations[name=app].key",
                Some(json!("x")),
            ),
            (
                "spec.template.spec.containers[name=app].ports",
                Some(json!([{"containerPort": 1}])),
            ),
            (
                "spec.template.spec.containers[name=app].resources",
                Some(json!({"claims": [{}]})),
            ),
        ];
        for (text, value) in cases {
            let shown = format!("{text} {value:?}");
            assert_eq!(
                kustomize_patch(&deployment(), &[(path(text), value)]),
                None,
                "{shown}"
            );
        }
        let mut rollout = deployment();
        rollout["apiVersion"] = json!("argoproj.io/v1alpha1");
        rollout["kind"] = json!("Rollout");
        assert_eq!(kustomize_patch(&rollout, &changes()), None);
    }
}
