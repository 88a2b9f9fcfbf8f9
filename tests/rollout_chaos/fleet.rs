//! Workloads in mixed states, how each has to end, and what the server has to hold of it then.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::cluster::{Namespace, kubectl, until};

/// A workload and the state that it has to end in.
pub struct Member {
    pub object: Value,
    pub end: &'static str,
}

fn member(kind: &str, name: &str, annotations: &[(&str, &str)], end: &'static str) -> Member {
    let marks = annotations.iter();
    let marks: Map<_, _> = marks
        .map(|(key, value)| (format!("harden.test/{key}"), json!(value)))
        .collect();
    let template = json!({
        "metadata": {"labels": {"app": name}, "annotations": marks},
        "spec": {"containers": [
            {"name": "app", "image": "registry.invalid/app:1", "env": [{"name": "A", "value": "b"}]},
            {"name": "side", "image": "registry.invalid/side:1", "securityContext": {"runAsUser": 0}},
        ]},
    });
    let mut spec = json!({"selector": {"matchLabels": {"app": name}}, "template": template});
    match kind {
        "StatefulSet" => {
            spec["serviceName"] = json!(name);
            spec["replicas"] = json!(2);
        }
        "Deployment" => spec["replicas"] = json!(2),
        "CronJob" => {
            let mut template = template;
            template["spec"]["restartPolicy"] = json!("Never");
            spec = json!({"schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": {"spec": {"template": template}}});
        }
        _ => {}
    }
    let api_version = if kind == "CronJob" {
        "batch/v1"
    } else {
        "apps/v1"
    };
    let object =
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec});
    Member { object, end }
}

/// Every path through a run.
pub fn mixed() -> Vec<Member> {
    let bad = |outcome| ("outcome-when-hardened", outcome);
    let mut on_delete = member("StatefulSet", "on-delete", &[], "unwatched");
    on_delete.object["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    let mut managed = member("Deployment", "managed", &[], "blocked");
    managed.object["metadata"]["labels"] = json!({
        "kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    });
    vec![
        member("Deployment", "web", &[], "hardened"),
        member("Deployment", "api", &[], "hardened"),
        member("Deployment", "shop", &[], "hardened"),
        member(
            "Deployment",
            "slow",
            &[("outcome", "slow"), ("after", "2s")],
            "hardened",
        ),
        member("Deployment", "crash", &[bad("crash")], "restored"),
        member("Deployment", "config", &[bad("config-error")], "restored"),
        member(
            "Deployment",
            "later",
            &[bad("fail-later"), ("after", "1s")],
            "restored",
        ),
        member("Deployment", "never", &[bad("never-ready")], "restored"),
        member("StatefulSet", "db", &[], "hardened"),
        member("StatefulSet", "stuck", &[bad("crash")], "restored"),
        member("DaemonSet", "agent", &[], "hardened"),
        member("DaemonSet", "broken", &[bad("config-error")], "restored"),
        on_delete,
        managed,
        member(
            "CronJob",
            "report",
            &[("outcome", "succeeded"), ("after", "1s")],
            "hardened",
        ),
        member(
            "CronJob",
            "bad-report",
            &[("outcome", "succeeded"), bad("crash")],
            "blocked",
        ),
    ]
}

/// Healthy Deployments.
pub fn healthy(count: usize) -> Vec<Member> {
    let named = (0..count).map(|n| member("Deployment", &format!("web-{n}"), &[], "hardened"));
    named.collect()
}

/// Deployments that crash once they are hardened.
pub fn crashing(count: usize) -> Vec<Member> {
    let named = (0..count).map(|n| {
        let name = format!("crash-{n}");
        member(
            "Deployment",
            &name,
            &[("outcome-when-hardened", "crash")],
            "restored",
        )
    });
    named.collect()
}

/// Workloads as they are in a cluster.
pub struct Fleet {
    pub namespace: Namespace,
    members: Vec<Member>,
    /// By `deployment.apps/web`, as they were before the run.
    originals: BTreeMap<String, Value>,
}

impl Fleet {
    pub fn new(name: &str, members: Vec<Member>) -> Self {
        let namespace = Namespace::new(name);
        let objects: Vec<_> = members.iter().map(|member| member.object.clone()).collect();
        namespace.apply(&objects);
        until("all are ready", Duration::from_secs(120), || {
            are_ready(&namespace)
        });
        let originals = live(&namespace);
        assert_eq!(originals.len(), members.len());
        Self {
            namespace,
            members,
            originals,
        }
    }

    /// Every workload is as its state in the journal says, to the last field of its spec; what was watched to its end
    /// is in the state that it has to end in. Returns what is wrong.
    pub fn faults(&self, run: &Path, states: &BTreeMap<String, String>) -> Vec<String> {
        let plan = fs::read_to_string(run.join("plan.yaml")).expect("a plan");
        let plan: Value = serde_yaml::from_str(&plan).expect("a plan");
        let now = live(&self.namespace);
        let mut faults = Vec::new();
        for member in &self.members {
            let name = shown(&member.object);
            let workload = format!("{}/{name}", self.namespace.0);
            let state = states.get(&workload).map_or("pending", String::as_str);
            if state != member.end {
                faults.push(format!("{name} ended {state}, not {}", member.end));
            }
            let original = &self.originals[&name];
            let mut wanted = original["spec"].clone();
            if ["hardened", "unwatched"].contains(&state) {
                wanted = planned(&plan, &name, original)["spec"].clone();
                if wanted == original["spec"] {
                    faults.push(format!("nothing was planned for {name}"));
                }
            }
            if now[&name]["spec"] != wanted {
                let (is, wanted) = (&now[&name]["spec"], wanted);
                faults.push(format!(
                    "{name} is {state}, but its spec is {is}\nand not {wanted}"
                ));
            }
        }
        faults
    }

    /// How often the spec of a workload was written since it was made.
    pub fn writes(&self) -> BTreeMap<String, i64> {
        let now = live(&self.namespace);
        let generations = now.into_iter().map(|(name, object)| {
            let before = self.originals[&name]["metadata"]["generation"].as_i64();
            let now = object["metadata"]["generation"].as_i64();
            (
                name,
                now.expect("a generation") - before.expect("a generation"),
            )
        });
        generations.collect()
    }
}

fn are_ready(namespace: &Namespace) -> bool {
    let (_, text) = kubectl(
        &["get", "deploy,sts,ds", "-n", &namespace.0, "-o", "json"],
        "",
    );
    let Ok(list) = serde_json::from_str::<Value>(&text) else {
        return false;
    };
    list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .all(|object| {
            let status = &object["status"];
            let number = |key: &str| status[key].as_i64().unwrap_or(0);
            let is_seen = status["observedGeneration"] == object["metadata"]["generation"];
            is_seen
                && match object["kind"].as_str() {
                    Some("DaemonSet") => {
                        number("numberAvailable") > 0
                            && number("numberAvailable") == number("desiredNumberScheduled")
                    }
                    _ => {
                        number("availableReplicas")
                            == object["spec"]["replicas"].as_i64().unwrap_or(1)
                    }
                }
        })
}

fn live(namespace: &Namespace) -> BTreeMap<String, Value> {
    let list = namespace.get("deploy,sts,ds,cj");
    let items = list["items"].as_array().expect("a list");
    items
        .iter()
        .map(|object| (shown(object), object.clone()))
        .collect()
}

/// `deployment.apps/web`.
pub fn shown(object: &Value) -> String {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .expect("text")
    };
    let group = text("/apiVersion").split('/').next().expect("a group");
    format!(
        "{}.{group}/{}",
        text("/kind").to_lowercase(),
        text("/metadata/name")
    )
}

/// An object with the plan's changes, made without the program's code.
fn planned(plan: &Value, name: &str, original: &Value) -> Value {
    let workloads = plan["workloads"].as_array().expect("workloads");
    let of = |workload: &&Value| {
        let object = &workload["object"];
        object["name"] == original["metadata"]["name"] && object["kind"] == original["kind"]
    };
    let workload = workloads
        .iter()
        .find(of)
        .unwrap_or_else(|| panic!("{name} is not planned"));
    let mut object = original.clone();
    for change in workload["changes"].as_array().expect("changes") {
        let field = change["field"].as_str().expect("a field");
        put(&mut object, field, &change["after"]);
    }
    object
}

fn put(object: &mut Value, field: &str, after: &Value) {
    let mut value = object;
    for step in field.split('.') {
        let (key, name) = match step.split_once("[name=") {
            Some((key, name)) => (key, Some(name.trim_end_matches(']'))),
            None => (step, None),
        };
        value = &mut value[key];
        if let Some(name) = name {
            let items = value.as_array_mut().expect("a list");
            value = items
                .iter_mut()
                .find(|item| item["name"] == name)
                .expect("an item");
        }
    }
    *value = after.clone();
}
