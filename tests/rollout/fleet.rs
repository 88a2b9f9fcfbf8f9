//! The workloads of the cases in their namespaces, what has happened to them before the night, and what happens to
//! them in the middle.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cases::{CASES, CRD_GROUP, Case, Place, crd};
use crate::expected::{Objects, harden, objects, own};
use crate::night::shown;
use crate::support::cluster::{Namespace, done, kubectl, until_within};

/// What somebody does when a workload is watched.
pub type Disturbance<'f> = (&'f One, Box<dyn Fn() + 'f>);

/// One workload of the test.
pub struct One {
    pub case: &'static Case,
    pub name: String,
    pub namespace: String,
    pub shown: String,
    pub object: Value,
}

/// The namespaces, and everything in them.
pub struct Fleet {
    pub label: String,
    pub ordinary: Vec<Namespace>,
    pub full: Namespace,
    pub strict: Namespace,
    pub all: Vec<One>,
}

impl Fleet {
    pub fn new() -> Self {
        let namespace = |name: &str| Namespace::new(&format!("mixed-{name}"));
        let mut fleet = Self {
            label: format!("harden.test/fleet=mixed-{}", std::process::id()),
            ordinary: ["shop", "pay", "data", "ops"].map(namespace).into(),
            full: namespace("full"),
            strict: namespace("strict"),
            all: Vec::new(),
        };
        for case in CASES {
            for i in 0..case.count {
                fleet.add(case, i);
            }
        }
        fleet
    }

    pub fn add(&mut self, case: &'static Case, i: usize) {
        let name = format!("{}-{i}", case.name);
        let namespace = match case.place {
            Place::Any => &self.ordinary[self.all.len() % self.ordinary.len()],
            Place::Full => &self.full,
            Place::Strict => &self.strict,
        };
        let namespace = namespace.0.clone();
        let mut object = (case.make)(&name);
        let (key, value) = self.label.split_once('=').expect("a label");
        object["metadata"]["labels"][key] = json!(value);
        object["metadata"]["namespace"] = json!(namespace);
        let shown = shown(&object);
        self.all.push(One {
            case,
            name,
            namespace,
            shown,
            object,
        });
    }

    pub fn of(&self, case: &str) -> impl Iterator<Item = &One> {
        let all = self.all.iter();
        all.filter(move |one| one.case.name == case)
    }

    pub fn create(&self) {
        done(&["apply", "-f", "-"], &crd().to_string());
        let kind = format!("crd/bundles.{CRD_GROUP}");
        done(&["wait", "--for=condition=Established", &kind], "");
        let items: Vec<_> = self.all.iter().map(|one| &one.object).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        done(&["apply", "-f", "-"], &list.to_string());
    }

    /// What the server has.
    pub fn read(&self) -> Objects {
        let kinds = format!("deploy,sts,ds,cj,job,pod,bundles.{CRD_GROUP}");
        let of = [
            "-A",
            "-l",
            &self.label,
            "-o",
            "json",
            "--show-managed-fields",
        ];
        objects(&done(&[&["get", &kinds], &of[..]].concat(), ""))
    }

    pub fn until_calm(&self) {
        until_within(Duration::from_secs(300), "everything is ready", || {
            let now = self.read();
            let waits = self.all.iter().filter(|one| one.case.name != "broken");
            let mut waits = waits.filter(|one| !is_calm(&now[&one.shown]));
            waits.next().is_none()
        });
    }

    /// What people, controllers and administrators have done before the night.
    pub fn prepare(&self) {
        for one in self.of("paused") {
            done(
                &["rollout", "pause", &one.object(), "-n", &one.namespace],
                "",
            );
        }
        let runs_as_root =
            json!({"spec": {"template": {"spec": {"securityContext": {"runAsUser": 0}}}}});
        for one in self.of("edited") {
            one.patch(&runs_as_root, "kubectl-edit");
        }
        for one in self.of("tuned") {
            let mut fields = runs_as_root.clone();
            fields["apiVersion"] = json!("apps/v1");
            fields["kind"] = json!("Deployment");
            fields["metadata"] = json!({"name": one.name, "namespace": one.namespace});
            let args = ["apply", "--server-side", "--field-manager=tuner", "-f", "-"];
            done(&args, &fields.to_string());
        }
        self.until_calm();
        let pods = self.of("full").count().to_string();
        let hard = format!("--hard=pods={pods}");
        done(&["create", "quota", "full", &hard, "-n", &self.full.0], "");
        until_within(Duration::from_secs(60), "the quota counts", || {
            let used = "jsonpath={.status.used.pods}";
            done(
                &["get", "quota", "full", "-n", &self.full.0, "-o", used],
                "",
            ) == pods
        });
        let level = "pod-security.kubernetes.io/enforce=restricted";
        done(&["label", "namespace", &self.strict.0, level], "");
        for one in self.of("scaled") {
            let scaler = [
                "autoscale",
                &one.object(),
                "--min=1",
                "--max=5",
                "-n",
                &one.namespace,
            ]
            .map(str::to_owned);
            done(&scaler.each_ref().map(String::as_str), "");
        }
    }

    /// What happens while the run is at work: when a workload comes into a state, somebody does something.
    pub fn disturbances(&self) -> Vec<Disturbance<'_>> {
        let mut all: Vec<Disturbance<'_>> = Vec::new();
        for one in self.of("scaled") {
            let scale = || {
                drop(done(
                    &["scale", &one.object(), "--replicas=3", "-n", &one.namespace],
                    "",
                ))
            };
            all.push((one, Box::new(scale)));
        }
        for one in self.of("new-image") {
            let set = || {
                drop(done(
                    &[
                        "set",
                        "image",
                        &one.object(),
                        "app=registry.invalid/app:2",
                        "-n",
                        &one.namespace,
                    ],
                    "",
                ))
            };
            all.push((one, Box::new(set)));
        }
        for one in self.of("retaken") {
            all.push((one, Box::new(|| one.patch(&retaken(), "kubectl-patch"))));
        }
        for one in self.of("deleted") {
            let delete = || drop(done(&["delete", &one.object(), "-n", &one.namespace], ""));
            all.push((one, Box::new(delete)));
        }
        all
    }

    /// What the server has to have of a workload after the run, where that is still there.
    pub fn wanted(&self, one: &One, before: &Value) -> Value {
        let mut wanted = before.clone();
        if one.case.ends.is_changed() {
            harden(&mut wanted);
        }
        disturbed(one, &mut wanted);
        own(&wanted)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        kubectl(&["delete", "-f", "-", "--wait=false"], &crd().to_string());
    }
}

impl One {
    pub fn object(&self) -> String {
        let (_, object) = self.shown.split_once('/').expect("a namespace");
        object.to_owned()
    }

    pub fn patch(&self, patch: &Value, manager: &str) {
        let (manager, patch) = (format!("--field-manager={manager}"), patch.to_string());
        done(
            &[
                "patch",
                &self.object(),
                "-n",
                &self.namespace,
                &manager,
                "-p",
                &patch,
            ],
            "",
        );
    }
}

pub fn retaken() -> Value {
    json!({"spec": {"template": {"spec": {"containers": [
        {"name": "app", "securityContext": {"readOnlyRootFilesystem": false}}]}}}})
}

/// What others have done to a workload in the middle.
pub fn disturbed(one: &One, object: &mut Value) {
    match one.case.name {
        "scaled" => object["spec"]["replicas"] = json!(3),
        "new-image" => {
            object["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!("registry.invalid/app:2");
        }
        "retaken" => {
            let container = &mut object["spec"]["template"]["spec"]["containers"][0];
            container["securityContext"]["readOnlyRootFilesystem"] = json!(false);
        }
        _ => {}
    }
}

pub fn is_calm(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let (spec, status) = (&object["spec"], &object["status"]);
    let is_seen = number("/metadata/generation") == number("/status/observedGeneration");
    let replicas = spec["replicas"].as_i64().unwrap_or(1);
    let all = |key: &str| status[key].as_i64().unwrap_or(0) == replicas;
    match object["kind"].as_str() {
        Some("Deployment") if spec["paused"] == true => all("availableReplicas"),
        Some("Deployment") => {
            is_seen && all("updatedReplicas") && all("availableReplicas") && all("replicas")
        }
        Some("StatefulSet") => is_seen && all("readyReplicas"),
        Some("DaemonSet") => {
            let wanted = number("/status/desiredNumberScheduled").unwrap_or(0);
            is_seen && wanted > 0 && number("/status/numberAvailable") == Some(wanted)
        }
        Some("Pod") => status["phase"] == "Running",
        Some("Job") => number("/status/ready") == Some(1),
        _ => true,
    }
}
