//! What the server has to have: made here by the contract of the profile, not by the program.

use std::collections::BTreeMap;

use kubectl_harden::rollout::{HardenPlan, PlannedWorkload};
use serde_json::{Value, json};

use crate::night::shown;

/// Hardens an object as the profile `hardened` says: eight fields, values that comply stay.
pub fn harden(object: &mut Value) {
    let spec = match object["kind"].as_str() {
        Some("CronJob") => &mut object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
        Some("Pod") => &mut object["spec"],
        _ => &mut object["spec"]["template"]["spec"],
    };
    let pod = mapping(spec, "securityContext");
    fill(pod, "runAsNonRoot", json!(true), &json!(false));
    fill(pod, "runAsUser", json!(1000), &json!(0));
    fill(pod, "runAsGroup", json!(1000), &json!(0));
    fill(pod, "fsGroup", json!(1000), &json!(0));
    let seccomp = json!({"type": "RuntimeDefault"});
    fill(
        pod,
        "seccompProfile",
        seccomp,
        &json!({"type": "Unconfined"}),
    );
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let context = mapping(container, "securityContext");
            let no = json!(false);
            fill(context, "allowPrivilegeEscalation", no, &json!(true));
            fill(
                context,
                "readOnlyRootFilesystem",
                json!(true),
                &json!(false),
            );
            mapping(context, "capabilities")["drop"] = json!(["ALL"]);
        }
    }
}

fn mapping<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value[key].is_object() {
        value[key] = json!({});
    }
    &mut value[key]
}

fn fill(context: &mut Value, key: &str, good: Value, bad: &Value) {
    let now = &context[key];
    if now.is_null() || now == bad {
        context[key] = good;
    }
}

/// The same object with exactly the changes of the plan.
pub fn as_planned(object: &Value, workload: &PlannedWorkload) -> Value {
    let mut planned = object.clone();
    for change in &workload.changes {
        match &change.after {
            Some(after) => assert!(change.field.set(&mut planned, after.clone()), "{change:?}"),
            None => drop(change.field.remove(&mut planned)),
        }
    }
    planned
}

/// Objects by their names.
pub type Objects = BTreeMap<String, Value>;

pub fn objects(list: &str) -> Objects {
    let list: Value = serde_json::from_str(list).expect("JSON");
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| (shown(item), item.clone())).collect()
}

pub fn planned(plan: &HardenPlan) -> BTreeMap<String, &PlannedWorkload> {
    let workloads = plan.workloads.iter();
    workloads.map(|w| (w.object.shown(), w)).collect()
}

/// What is a person's of an object: its spec, labels and annotations, without what controllers count there.
pub fn own(object: &Value) -> Value {
    let mut metadata = json!({"labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"]});
    if let Some(annotations) = metadata["annotations"].as_object_mut() {
        annotations.shift_remove("deployment.kubernetes.io/revision");
        annotations.shift_remove("deprecated.daemonset.template.generation");
        annotations.retain(|key, _| !key.starts_with("harden.test/decided"));
    }
    json!({"metadata": metadata, "spec": object["spec"]})
}

/// The operations with which a field manager has a hand in an object: `Apply`, `Update`.
pub fn operations(object: &Value, manager: &str) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array();
    let entries = entries.expect("--show-managed-fields").iter();
    entries
        .filter(|entry| entry["manager"] == manager)
        .map(|entry| entry["operation"].as_str().expect("a word").to_owned())
        .collect()
}
