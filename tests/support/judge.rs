//! The contract's eight fields, judged on plain values by code that shares nothing with the program's.

use serde_yaml::Value;

const TEMPLATED: [&str; 7] = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "DeploymentConfig",
];

/// The pod specs of an object of Kubernetes' own kinds, and of lists of them.
pub fn pod_specs(object: &Value) -> Vec<&Value> {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or("");
    if let Some(items) = object.get("items").and_then(Value::as_sequence)
        && kind.ends_with("List")
    {
        return items.iter().flat_map(pod_specs).collect();
    }
    let path: &[&str] = match kind {
        "Pod" => &["spec"],
        "PodTemplate" => &["template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        kind if TEMPLATED.contains(&kind) => &["spec", "template", "spec"],
        _ => return Vec::new(),
    };
    get(object, path).into_iter().collect()
}

fn get<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter()
        .try_fold(value, |value, key| value.get(*key))
        .filter(|value| !value.is_null())
}

/// What a pod spec lacks.
pub fn violations(spec: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let pod = spec.get("securityContext").unwrap_or(&Value::Null);
    if !id(pod.get("fsGroup")) {
        found.push("fsGroup".into());
    }
    for role in ["initContainers", "containers"] {
        let list = spec.get(role).and_then(Value::as_sequence);
        for container in list.into_iter().flatten() {
            let name = container.get("name").and_then(Value::as_str).unwrap_or("?");
            let own = container.get("securityContext").unwrap_or(&Value::Null);
            let effective = |path: &[&str]| get(own, path).or_else(|| get(pod, path));
            let is = |value: Option<&Value>, wanted: bool| value.and_then(boolean) == Some(wanted);
            let seccomp = effective(&["seccompProfile", "type"]).and_then(Value::as_str);
            let drop = get(own, &["capabilities", "drop"]).and_then(Value::as_sequence);
            let all = |item: &Value| item.as_str() == Some("ALL");
            let checks = [
                ("runAsNonRoot", is(effective(&["runAsNonRoot"]), true)),
                ("runAsUser", id(effective(&["runAsUser"]))),
                ("runAsGroup", id(effective(&["runAsGroup"]))),
                (
                    "seccompProfile",
                    matches!(seccomp, Some("RuntimeDefault" | "Localhost")),
                ),
                (
                    "allowPrivilegeEscalation",
                    is(get(own, &["allowPrivilegeEscalation"]), false),
                ),
                (
                    "readOnlyRootFilesystem",
                    is(get(own, &["readOnlyRootFilesystem"]), true),
                ),
                (
                    "capabilities",
                    drop.is_some_and(|items| items.iter().any(all)),
                ),
            ];
            let failed = checks.iter().filter(|(_, passed)| !passed);
            found.extend(failed.map(|(check, _)| format!("{name}: {check}")));
        }
    }
    found
}

/// A boolean as Kubernetes reads it: YAML 1.1's words count.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(word) => match word.as_str() {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => Some(true),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// An id that is not root's; YAML 1.1's octal and underscored numbers count, which this parser reads as text.
fn id(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) if text.starts_with('0') => {
            i64::from_str_radix(text, 8).is_ok_and(|id| id > 0)
        }
        Some(Value::String(text)) if text.contains('_') => {
            text.replace('_', "").parse().is_ok_and(|id: i64| id > 0)
        }
        value => matches!(value.and_then(Value::as_i64), Some(1..)),
    }
}

/// A value without any securityContext.
pub fn without_contexts(value: &Value) -> Value {
    match value {
        Value::Mapping(mapping) => {
            let kept = mapping
                .iter()
                .filter(|(key, _)| key.as_str() != Some("securityContext"))
                .map(|(key, value)| (key.clone(), without_contexts(value)));
            Value::Mapping(kept.collect())
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(without_contexts).collect()),
        Value::Tagged(tagged) => {
            let mut tagged = tagged.clone();
            tagged.value = without_contexts(&tagged.value);
            Value::Tagged(tagged)
        }
        leaf => leaf.clone(),
    }
}

/// The lists of a pod spec that get items with `--writable-dirs`, behind those that were there.
const GROWING: [&str; 4] = ["volumes", "volumeMounts", "initContainers", "env"];

/// A value without the volumes, mounts, containers that fill volumes, and HOME, that it has more than `before`.
pub fn without_new_volumes(before: &Value, value: &Value) -> Value {
    match (before, value) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            let kept = new.iter().filter_map(|(key, value)| {
                let list = key.as_str().is_some_and(|key| GROWING.contains(&key));
                match old.get(key) {
                    Some(old) if list => Some((key.clone(), without_new_items(old, value))),
                    Some(old) => Some((key.clone(), without_new_volumes(old, value))),
                    None if list => {
                        let nothing = without_new_items(&Value::Null, value);
                        (nothing != Value::Null).then_some((key.clone(), nothing))
                    }
                    None => Some((key.clone(), value.clone())),
                }
            });
            Value::Mapping(kept.collect())
        }
        (Value::Sequence(old), Value::Sequence(new)) if old.len() == new.len() => {
            let pairs = old.iter().zip(new);
            Value::Sequence(
                pairs
                    .map(|(old, new)| without_new_volumes(old, new))
                    .collect(),
            )
        }
        (_, value) => value.clone(),
    }
}

fn without_new_items(before: &Value, value: &Value) -> Value {
    let (Some(new), old) = (value.as_sequence(), before.as_sequence()) else {
        return value.clone();
    };
    let kept = old.map_or(0, Vec::len);
    let is_new = |item: &Value| {
        let keys: Vec<_> = item
            .as_mapping()
            .map(|item| {
                item.iter()
                    .map(|(key, _)| key.as_str().unwrap_or_default())
                    .collect()
            })
            .unwrap_or_default();
        match keys.as_slice() {
            ["name", "emptyDir"] => {
                item.get("emptyDir") == Some(&Value::Mapping(Default::default()))
            }
            ["name", "mountPath"] | ["name", "mountPath", "subPath"] => true,
            ["name", "value"] => item.get("name") == Some(&"HOME".into()),
            ["name", "image", .., "command", "volumeMounts"]
            | ["name", "image", .., "command", "resources", "volumeMounts"] => {
                let name = item.get("name").and_then(Value::as_str);
                name.is_some_and(|name| name.starts_with("seed-"))
            }
            _ => false,
        }
    };
    let added = new.iter().skip(kept);
    match (added.clone().all(is_new), old) {
        (false, _) => value.clone(),
        (true, None) => before.clone(),
        (true, Some(old)) => {
            let pairs = old.iter().zip(new);
            Value::Sequence(
                pairs
                    .map(|(old, new)| without_new_volumes(old, new))
                    .collect(),
            )
        }
    }
}
