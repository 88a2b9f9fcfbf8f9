//! The request that carries a plan's changes out, and the proof that it changes nothing else.

use serde_json::{Value, json};

use super::git_patch::json_patch;
use super::managed_fields::{applied_by, is_applied_by};
use super::path::{FieldPath, Step};
use super::plan::{Change, ObjectRef, difference};

/// API groups of built-in kinds: they merge containers by name under server-side apply. A custom resource may
/// declare its containers as one value, which an apply would replace whole.
const MERGED: [&str; 3] = ["", "apps", "batch"];

/// How an object is changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Write {
    /// Server-side apply of these fields.
    Apply(Value),
    /// JSON patch, where an apply could not say it.
    JsonPatch(Value),
}

impl Write {
    /// The request that brings the changes to an object as it is now, and to no later version of it.
    ///
    /// # Errors
    /// A container of the plan that is not there.
    pub(super) fn of(
        object: &ObjectRef,
        live: &Value,
        changes: &[Change],
        manager: &str,
    ) -> Result<Self, String> {
        let removes = changes.iter().any(|change| change.after.is_none());
        let is_named = |change: &Change| {
            let steps = change.field.steps();
            !steps.iter().any(|step| matches!(step, Step::Index(_)))
        };
        // An apply merges such lists by keys of their own, and in an order of its own.
        let is_list = |change: &Change| {
            let items = change.after.as_ref().and_then(Value::as_array);
            items.is_some_and(|items| items.iter().any(Value::is_object))
        };
        let merges = MERGED.contains(&object.group())
            && changes
                .iter()
                .all(|change| is_named(change) && !is_list(change));
        match merges && !removes {
            true => Ok(Self::Apply(configuration(object, live, changes, manager))),
            false => {
                let patch = locked_patch(live, changes);
                let patch = patch.ok_or("a container of the plan is not there any more")?;
                Ok(Self::JsonPatch(patch))
            }
        }
    }

    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Apply(_) => "application/apply-patch+yaml",
            Self::JsonPatch(_) => "application/json-patch+json",
        }
    }

    pub(super) fn body(&self) -> &Value {
        match self {
            Self::Apply(body) | Self::JsonPatch(body) => body,
        }
    }
}

fn configuration(object: &ObjectRef, live: &Value, changes: &[Change], manager: &str) -> Value {
    let mut wanted = applied_by(live, manager);
    for change in changes {
        if let Some(after) = &change.after {
            place(&mut wanted, change.field.steps(), after);
        }
    }
    keep_order(&mut wanted, live);
    let version = live.pointer("/metadata/resourceVersion");
    if let Value::Object(fields) = &mut wanted {
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        if let Value::Object(metadata) = metadata {
            metadata.insert("name".into(), json!(object.name));
            metadata.insert("uid".into(), json!(object.uid));
            metadata.insert("resourceVersion".into(), json!(version));
            if !object.namespace.is_empty() {
                metadata.insert("namespace".into(), json!(object.namespace));
            }
        }
        fields.insert("apiVersion".into(), json!(object.api_version));
        fields.insert("kind".into(), json!(object.kind));
    }
    wanted
}

/// Puts a value into what is to be applied; items of lists are made by their names.
fn place(value: &mut Value, steps: &[Step], new: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.clone();
        return;
    };
    match step {
        Step::Key(key) => {
            if !value.is_object() {
                *value = json!({});
            }
            if let Value::Object(fields) = value {
                place(fields.entry(key.as_str()).or_insert(Value::Null), rest, new);
            }
        }
        Step::Named(name) => {
            if !value.is_array() {
                *value = json!([]);
            }
            let Value::Array(items) = value else { return };
            let is_it = |item: &Value| item.get("name").and_then(Value::as_str) == Some(name);
            let at = items.iter().position(is_it).unwrap_or(items.len());
            if at == items.len() {
                items.push(json!({"name": name}));
            }
            if let Some(item) = items.get_mut(at) {
                place(item, rest, new);
            }
        }
        Step::Index(_) => {}
    }
}

/// Brings named items into the order that they have: an apply would give them its own.
/// Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>
fn keep_order(wanted: &mut Value, live: &Value) {
    match (wanted, live) {
        (Value::Object(fields), Value::Object(live)) => {
            for (key, value) in fields {
                live.get(key)
                    .into_iter()
                    .for_each(|live| keep_order(value, live));
            }
        }
        (Value::Array(items), Value::Array(live)) => {
            let place = |item: &Value| {
                let name = item.get("name").filter(|name| name.is_string());
                name.and_then(|name| {
                    live.iter()
                        .position(|other| other.get("name") == Some(name))
                })
            };
            items.sort_by_key(|item| place(item));
            for item in items {
                let live = place(item).and_then(|at| live.get(at));
                live.into_iter().for_each(|live| keep_order(item, live));
            }
        }
        _ => {}
    }
}

/// A JSON patch that the server refuses with a conflict where the object is no longer the one that was read.
fn locked_patch(live: &Value, changes: &[Change]) -> Option<Value> {
    let wanted: Vec<_> = changes
        .iter()
        .map(|change| (change.field.clone(), change.after.clone()))
        .collect();
    let patch = json_patch(live, &wanted)?;
    Some(locked(live, patch))
}

/// The same patch, for the version of the object that was read.
pub(super) fn locked(live: &Value, patch: Value) -> Value {
    let version = live.pointer("/metadata/resourceVersion");
    let uid = live.pointer("/metadata/uid");
    let mut all = vec![
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": version}),
        json!({"op": "replace", "path": "/metadata/uid", "value": uid}),
    ];
    if let Value::Array(operations) = patch {
        all.extend(operations);
    }
    Value::Array(all)
}

/// The operation that gives up what a manager has applied, without which it would go on owning the containers that
/// it named: nobody else could take one away by a server-side apply.
pub(super) fn give_up(live: &Value, manager: &str) -> Option<Value> {
    let entries = live.pointer("/metadata/managedFields")?.as_array()?;
    let index = entries
        .iter()
        .position(|entry| is_applied_by(entry, manager))?;
    Some(json!({"op": "remove", "path": format!("/metadata/managedFields/{index}")}))
}

/// The annotation in which the server counts the templates of a DaemonSet (`DeprecatedTemplateGeneration` of
/// k8s.io/api/apps/v1).
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// What of the metadata the server keeps for itself, and changes with every write.
const KEPT_BY_SERVER: [&str; 3] = ["managedFields", "generation", "resourceVersion"];

/// Proves that what the server answered differs from what there was exactly by the changes.
///
/// # Errors
/// The fields that differ beyond them, and those that did not get their value.
pub(super) fn only_changes(
    before: &Value,
    after: &Value,
    changes: &[Change],
) -> Result<(), Vec<FieldPath>> {
    let (before, after) = (own_fields(before), own_fields(after));
    let planned = |path: &FieldPath| {
        changes
            .iter()
            .any(|change| &change.field == path || path.is_below(&change.field))
    };
    let differences = difference(&before, &after).into_iter();
    let beyond = differences
        .map(|(path, ..)| path)
        .filter(|path| !planned(path));
    let missing = changes.iter().filter(|change| !change.is_after(&after));
    let missing = missing.map(|change| change.field.clone());
    let wrong: Vec<_> = beyond.chain(missing).collect();
    wrong.is_empty().then_some(()).ok_or(wrong)
}

fn own_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        metadata.retain(|key, _| !KEPT_BY_SERVER.contains(&key.as_str()));
        let annotations = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut);
        annotations.map(|annotations| annotations.shift_remove(TEMPLATE_GENERATION));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(api_version: &str, kind: &str) -> ObjectRef {
        ObjectRef {
            api_version: api_version.into(),
            kind: kind.into(),
            resource: format!("{}s", kind.to_lowercase()),
            namespace: "shop".into(),
            name: "web".into(),
            uid: "u".into(),
        }
    }

    fn change(field: &str, before: Value, after: Value) -> Change {
        let some = |value: Value| Some(value).filter(|value| !value.is_null());
        Change {
            field: field.parse().expect(field),
            before: some(before),
            after: some(after),
            check: String::new(),
            reason: String::new(),
        }
    }

    fn live() -> Value {
        json!({"metadata": {"name": "web", "uid": "u", "resourceVersion": "7", "managedFields": [
            {"manager": "kubectl-harden", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {
                "f:containers": {"k:{\"name\":\"old\"}": {".": {}, "f:name": {}, "f:securityContext": {
                    "f:readOnlyRootFilesystem": {}}}}}}}}}]},
            "spec": {"template": {"spec": {"containers": [
                {"name": "old", "securityContext": {"readOnlyRootFilesystem": true}}, {"name": "new"}]}}}})
    }

    const FIELD: &str =
        "spec.template.spec.containers[name=new].securityContext.readOnlyRootFilesystem";

    #[test]
    fn an_apply_says_what_was_applied_before_too() {
        let changes = [change(FIELD, json!(null), json!(true))];
        let write = Write::of(
            &object("apps/v1", "Deployment"),
            &live(),
            &changes,
            "kubectl-harden",
        );
        let context = json!({"readOnlyRootFilesystem": true});
        assert_eq!(
            write,
            Ok(Write::Apply(json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7"},
                "spec": {"template": {"spec": {"containers": [
                    {"name": "old", "securityContext": context}, {"name": "new", "securityContext": context}]}}}})))
        );
    }

    #[test]
    fn an_apply_keeps_containers_in_their_order() {
        let mut reordered = live();
        let containers = &mut reordered["spec"]["template"]["spec"]["containers"];
        containers.as_array_mut().expect("containers").swap(0, 1);
        let changes = [change(FIELD, json!(null), json!(true))];
        let deployment = object("apps/v1", "Deployment");
        let write =
            Write::of(&deployment, &reordered, &changes, "kubectl-harden").expect("a write");
        let containers = write.body().pointer("/spec/template/spec/containers");
        let context = json!({"readOnlyRootFilesystem": true});
        assert_eq!(
            containers,
            Some(
                &json!([{"name": "new", "securityContext": context}, {"name": "old", "securityContext": context}])
            )
        );
    }

    #[test]
    fn custom_resources_and_removals_are_json_patches_of_one_version() {
        let added = change(FIELD, json!(null), json!(true));
        let removed = change("spec.template.spec.hostPID", json!(true), json!(null));
        let mut with_host = live();
        with_host["spec"]["template"]["spec"]["hostPID"] = json!(true);
        for (object, changes) in [
            (
                object("argoproj.io/v1alpha1", "Rollout"),
                vec![added.clone()],
            ),
            (object("apps/v1", "Deployment"), vec![added, removed]),
        ] {
            let write =
                Write::of(&object, &with_host, &changes, "kubectl-harden").expect("a write");
            let Write::JsonPatch(patch) = &write else {
                panic!("{write:?}");
            };
            assert_eq!(
                patch[0],
                json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"})
            );
            assert_eq!(write.content_type(), "application/json-patch+json");
        }
        let gone = [change(
            "spec.template.spec.containers[name=gone].x",
            json!(null),
            json!(1),
        )];
        let write = Write::of(
            &object("example.org/v1", "App"),
            &live(),
            &gone,
            "kubectl-harden",
        );
        assert!(write.is_err(), "{write:?}");
    }

    #[test]
    fn an_answer_may_differ_by_the_changes_alone() {
        let changes = [change(FIELD, json!(null), json!(true))];
        let mut answer = live();
        answer["metadata"]["resourceVersion"] = json!("8");
        answer["metadata"]["generation"] = json!(2);
        answer["metadata"]["annotations"] =
            json!({"deprecated.daemonset.template.generation": "2"});
        answer["status"] = json!({"x": 1});
        let missing = only_changes(&live(), &answer, &changes).expect_err("not changed");
        assert_eq!(missing, [changes[0].field.clone()]);
        changes[0].field.set(&mut answer, json!(true));
        assert_eq!(only_changes(&live(), &answer, &changes), Ok(()));
        answer["metadata"]["labels"] = json!({"injected": "yes"});
        answer["spec"]["template"]["spec"]["containers"][0]["securityContext"] = json!(null);
        let beyond = only_changes(&live(), &answer, &changes).expect_err("more changed");
        let beyond: Vec<_> = beyond.iter().map(ToString::to_string).collect();
        assert_eq!(
            beyond,
            [
                "metadata.labels.injected",
                "spec.template.spec.containers[name=old].securityContext.readOnlyRootFilesystem"
            ]
        );
    }

    #[test]
    fn what_was_applied_is_given_up_by_its_place() {
        assert_eq!(
            give_up(&live(), "kubectl-harden"),
            Some(json!({"op": "remove", "path": "/metadata/managedFields/0"}))
        );
        assert_eq!(give_up(&live(), "other"), None);
        assert_eq!(give_up(&json!({}), "other"), None);
    }
}
