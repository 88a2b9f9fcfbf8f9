//! What a pod declares for each of its containers: effective values, the container's own before the pod's.

use serde::Serialize;
use serde_json::Value;

/// What counts for all containers of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Surroundings {
    /// `hostPID` or `shareProcessNamespace`: process 1 is not the container's own.
    pub(super) shares_processes: bool,
    #[serde(rename = "hostPID")]
    pub(super) host_pid: bool,
    pub(super) host_network: bool,
    /// `hostUsers: false`: uid 0 in the container is another one on the node.
    pub(super) has_user_namespace: bool,
    pub(super) is_windows: bool,
}

/// The effective values of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Declared {
    pub(super) run_as_user: Option<i64>,
    pub(super) run_as_group: Option<i64>,
    pub(super) run_as_non_root: Option<bool>,
    pub(super) fs_group: Option<i64>,
    pub(super) supplemental_groups: Vec<i64>,
    pub(super) privileged: bool,
    pub(super) allow_privilege_escalation: Option<bool>,
    pub(super) read_only_root_filesystem: Option<bool>,
    pub(super) add_capabilities: Vec<String>,
    pub(super) drop_capabilities: Vec<String>,
    /// `RuntimeDefault`, `Unconfined`, `Localhost profiles/web.json`.
    pub(super) seccomp_profile: Option<String>,
}

impl Surroundings {
    pub(super) fn of(pod: &Value) -> Self {
        let spec = |key: &str| pod.pointer("/spec").and_then(|spec| spec.get(key));
        let is_true = |key: &str| spec(key) == Some(&Value::Bool(true));
        Self {
            shares_processes: is_true("hostPID") || is_true("shareProcessNamespace"),
            host_pid: is_true("hostPID"),
            host_network: is_true("hostNetwork"),
            has_user_namespace: spec("hostUsers") == Some(&Value::Bool(false)),
            is_windows: pod.pointer("/spec/os/name").and_then(Value::as_str) == Some("windows"),
        }
    }
}

impl Declared {
    /// Of a container of a pod.
    pub(super) fn of(pod: &Value, container: &Value) -> Self {
        let of_pod = pod.pointer("/spec/securityContext").unwrap_or(&Value::Null);
        let own = container.get("securityContext").unwrap_or(&Value::Null);
        let effective = |key: &str| {
            let own = own.get(key).filter(|value| !value.is_null());
            own.or_else(|| of_pod.get(key))
        };
        let number = |key: &str| effective(key).and_then(Value::as_i64);
        let flag = |key: &str| own.get(key).and_then(Value::as_bool);
        let groups = of_pod.get("supplementalGroups").and_then(Value::as_array);
        Self {
            run_as_user: number("runAsUser"),
            run_as_group: number("runAsGroup"),
            run_as_non_root: effective("runAsNonRoot").and_then(Value::as_bool),
            fs_group: of_pod.get("fsGroup").and_then(Value::as_i64),
            supplemental_groups: groups
                .into_iter()
                .flatten()
                .filter_map(Value::as_i64)
                .collect(),
            privileged: flag("privileged").unwrap_or_default(),
            allow_privilege_escalation: flag("allowPrivilegeEscalation"),
            read_only_root_filesystem: flag("readOnlyRootFilesystem"),
            add_capabilities: names(own, "/capabilities/add"),
            drop_capabilities: names(own, "/capabilities/drop"),
            seccomp_profile: effective("seccompProfile").and_then(profile),
        }
    }
}

fn names(own: &Value, pointer: &str) -> Vec<String> {
    let names = own.pointer(pointer).and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

fn profile(profile: &Value) -> Option<String> {
    let kind = profile.get("type")?.as_str()?;
    let file = profile.get("localhostProfile").and_then(Value::as_str);
    Some(file.map_or_else(|| kind.to_owned(), |file| format!("{kind} {file}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_containers_own_values_count_before_the_pods() {
        let pod = json!({"spec": {
            "hostPID": true,
            "hostUsers": false,
            "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 2000, "supplementalGroups": [5],
                "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        }});
        let own = json!({"securityContext": {"runAsUser": 0, "runAsGroup": null, "runAsNonRoot": false, "privileged": true,
            "readOnlyRootFilesystem": true, "capabilities": {"add": ["NET_RAW"], "drop": ["all"]},
            "seccompProfile": {"type": "Localhost", "localhostProfile": "p.json"}}});
        let read = Declared::of(&pod, &own);
        let expected = Declared {
            run_as_user: Some(0),
            run_as_group: Some(1000),
            run_as_non_root: Some(false),
            fs_group: Some(2000),
            supplemental_groups: vec![5],
            privileged: true,
            allow_privilege_escalation: None,
            read_only_root_filesystem: Some(true),
            add_capabilities: vec!["NET_RAW".into()],
            drop_capabilities: vec!["all".into()],
            seccomp_profile: Some("Localhost p.json".into()),
        };
        assert_eq!(read, expected);
        let around = Surroundings::of(&pod);
        assert!(around.shares_processes && around.host_pid && around.has_user_namespace);
        assert_eq!(Declared::of(&json!({}), &json!({})), Declared::default());
        assert_eq!(Surroundings::of(&json!({})), Surroundings::default());
    }
}
