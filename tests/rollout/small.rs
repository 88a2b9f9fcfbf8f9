//! What the tests of single promises share: a namespace with a few workloads, and a run over them.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cases::{deployment, hardened};
use crate::expected::{harden, own};
use crate::night::{Night, printed};
use crate::support::Ran;
use crate::support::cluster::{Namespace, done, until};

/// A namespace of a test, and the directory of its runs.
pub struct Small {
    pub night: Night,
    pub ns: Namespace,
}

pub const QUICK: [&str; 3] = ["--timeout=60s", "--soak=1s", "--color=never"];

impl Small {
    /// With these deployments, which are ready.
    pub fn new(name: &str, deployments: &[Value]) -> Self {
        let small = Self {
            night: Night::new(name),
            ns: Namespace::new(name),
        };
        small.create(deployments);
        small
    }

    pub fn create(&self, objects: &[Value]) {
        if objects.is_empty() {
            return;
        }
        self.ns.apply(objects);
        for object in objects {
            let kind = object["kind"].as_str().expect("a kind").to_lowercase();
            if matches!(kind.as_str(), "deployment" | "statefulset" | "daemonset") {
                let name = object["metadata"]["name"].as_str().expect("a name");
                self.kubectl(&["rollout", "status", &format!("{kind}/{name}")]);
            }
        }
        self.until_still();
    }

    /// Waits until controllers have written what they have to say: from then on a resource version changes by us alone.
    pub fn until_still(&self) {
        let versions = || {
            let version = "jsonpath={.items[*].metadata.resourceVersion}";
            self.kubectl(&["get", "deploy,sts,ds,rs,pods", "-o", version])
        };
        until("nothing changes any more", || {
            let before = versions();
            sleep(Duration::from_secs(1));
            before == versions()
        });
    }

    pub fn kubectl(&self, args: &[&str]) -> String {
        done(&[args, &["-n", &self.ns.0]].concat(), "")
    }

    pub fn patch(&self, object: &str, manager: &str, patch: &Value) {
        let manager = format!("--field-manager={manager}");
        self.kubectl(&["patch", object, &manager, "-p", &patch.to_string()]);
    }

    pub fn get(&self, object: &str) -> Value {
        let text = self.kubectl(&["get", object, "-o", "json", "--show-managed-fields"]);
        serde_json::from_str(&text).expect("JSON")
    }

    /// The program in this namespace.
    pub fn harden(&self, args: &[&str]) -> Ran {
        self.night.harden(&[args, &["-n", &self.ns.0]].concat())
    }

    pub fn apply(&self, args: &[&str]) -> Ran {
        self.harden(&[&["apply"], args, &QUICK, &["--yes"]].concat())
    }

    pub fn plan(&self, args: &[&str]) {
        let ran = self.harden(&[&["plan"], args, &["--out=plan.yaml"]].concat());
        assert_eq!((ran.code, ran.out()), (0, String::new()), "{ran:?}");
    }

    /// Changes the plan as a person does who edits it.
    pub fn edit_plan(&self, edit: impl Fn(&mut Value)) {
        let mut plan: Value = serde_yaml::from_str(&self.night.read("plan.yaml")).expect("YAML");
        edit(&mut plan);
        self.night.write("plan.yaml", &plan.to_string());
    }

    /// How standard output says that a workload ended.
    pub fn printed<'o>(&self, out: &'o str, object: &str) -> &'o str {
        printed(out, &format!("{}/{object}", self.ns.0))
    }

    /// The row of `status -o json`, of the last run.
    pub fn row(&self, name: &str) -> Value {
        let status = self.night.status(&self.night.last_run());
        let rows = status["workloads"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["object"]["name"] == name);
        row.expect("a row").clone()
    }

    pub fn until_journal(&self, what: &str, is_it: impl Fn(&Value) -> bool) {
        until(what, || {
            let run = self.night.runs().pop();
            run.is_some_and(|run| self.night.journal(&run).iter().any(&is_it))
        });
    }
}

pub fn web(name: &str) -> Value {
    deployment(name, 1, &[])
}

pub fn crashing(name: &str) -> Value {
    deployment(name, 1, &[hardened("crash")])
}

/// What is a person's of an object that was hardened.
pub fn hardened_own(object: &Value) -> Value {
    let mut wanted = object.clone();
    harden(&mut wanted);
    own(&wanted)
}

pub fn container(name: &str, fields: Value) -> Value {
    let mut container = fields;
    container["name"] = json!(name);
    json!({"spec": {"template": {"spec": {"containers": [container]}}}})
}
