//! A real node that has joined the control plane: real servers by name, and pods. tests/cluster/README.md says how to
//! start it; KUBECONFIG is the file that `up.sh` wrote.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cluster::{Namespace, done, kubeconfig, kubectl, until_within};

/// How long a dozen pods may take that start together beside other work.
const A_BUSY_MACHINE: Duration = Duration::from_secs(180);

/// Whether there is one. Says why not, for a test that ends there.
pub fn is_joined() -> bool {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        eprintln!("skipped: images are loaded into the node by root");
        return false;
    }
    let has_joined = kubectl(&["get", "node", "localhost"], "").code == 0;
    if !has_joined {
        eprintln!("skipped: no real node has joined, see tests/cluster/README.md");
    }
    has_joined
}

fn script(name: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/node");
    Command::new(folder.join(name))
}

fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The servers to test with, where nobody chooses others.
const SERVERS: &str =
    "apache2 caddy haproxy lighttpd memcached nginx nodejs-app postgresql python-app redis";

/// The servers to test with: `HARDEN_TEST_SERVERS` by name, or `all` that there is a recipe for.
pub fn servers() -> Vec<String> {
    let chosen = std::env::var("HARDEN_TEST_SERVERS");
    let list = match chosen.as_deref() {
        Ok("all") => output_of(script("deployment.sh").arg("--list")),
        Ok(names) => names.to_owned(),
        Err(_) => SERVERS.to_owned(),
    };
    list.split_whitespace().map(str::to_owned).collect()
}

/// Builds images that are not there yet, and gives them to the node.
pub fn load(images: &[&str]) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    let kubeconfig = kubeconfig();
    let directory: PathBuf = kubeconfig.parent().expect("a directory").into();
    output_of(script("load.sh").arg(directory).args(images));
}

/// A server that runs in a namespace of its own, which goes with it.
pub struct Server {
    pub name: String,
    pub ns: Namespace,
}

/// Deploys a server into a namespace that others share.
pub fn deploy_into(ns: &Namespace, name: &str) {
    load(&[name]);
    apply_into(ns, name);
}

fn apply_into(ns: &Namespace, name: &str) {
    let manifest = output_of(script("deployment.sh").arg(name));
    done(&["apply", "-n", &ns.0, "-f", "-"], &manifest);
}

/// What a look at the pods of a server shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Pods {
    pub are_ready: bool,
    pub restarts: u64,
}

impl Server {
    /// As it is usually shipped: as root, without a securityContext.
    pub fn deploy(name: &str) -> Self {
        load(&[name]);
        let server = Self {
            name: name.to_owned(),
            ns: Namespace::new(name),
        };
        apply_into(&server.ns, name);
        server
    }

    /// All pods of the newest ReplicaSet and of older ones, while there are any.
    pub fn pods(&self) -> Pods {
        let list = done(&["get", "pods", "-n", &self.ns.0, "-o", "json"], "");
        let list: Value = serde_json::from_str(&list).expect("JSON");
        let pods = list["items"].as_array().expect("items");
        let statuses: Vec<_> = pods
            .iter()
            .filter_map(|pod| pod["status"]["containerStatuses"].as_array())
            .flatten()
            .collect();
        Pods {
            are_ready: statuses.len() == pods.len()
                && !pods.is_empty()
                && statuses.iter().all(|status| status["ready"] == true),
            restarts: statuses
                .iter()
                .filter_map(|status| status["restartCount"].as_u64())
                .sum(),
        }
    }

    /// Ready within the first time, and for the second one still ready with no restart.
    ///
    /// # Errors
    /// What the pods and their logs say, where it is not so.
    pub fn healthy(&self, ready_within: Duration, stays: Duration) -> Result<(), String> {
        let deadline = Instant::now() + ready_within;
        while !self.pods().are_ready {
            if Instant::now() > deadline {
                return Err(format!("{} is not ready: {}", self.name, self.said()));
            }
            sleep(Duration::from_millis(500));
        }
        let restarts = self.pods().restarts;
        sleep(stays);
        let expected = Pods {
            are_ready: true,
            restarts,
        };
        if self.pods() == expected {
            return Ok(());
        }
        Err(format!("{} did not stay ready: {}", self.name, self.said()))
    }

    /// The logs of a pod, of the container before as well.
    pub fn logs(&self) -> String {
        let deployment = format!("deployment/{}", self.name);
        ["--previous=false", "--previous=true"]
            .map(|which| kubectl(&["logs", "-n", &self.ns.0, &deployment, which], "").out())
            .concat()
    }

    fn said(&self) -> String {
        let state = "jsonpath={.items[*].status.containerStatuses[*].state}";
        let pods = kubectl(&["get", "pods", "-n", &self.ns.0, "-o", state], "");
        format!("{}\n{}", pods.out(), self.logs())
    }
}

/// A pod of one container `c` that never restarts, with what it and its container have beyond that.
pub fn pod(name: &str, image: &str, command: &str, pod_context: &Value, context: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "securityContext": pod_context,
        "containers": [{"name": "c", "image": format!("harden.test/{image}:1"), "imagePullPolicy": "Never",
            "command": ["sh", "-c", command], "securityContext": context}]}})
}

/// The status of its container, once there is a sign of life or of its opposite.
pub fn settled(ns: &Namespace, pod: &str) -> Value {
    let status = || -> Value {
        let object = done(&["get", "pod", pod, "-n", &ns.0, "-o", "json"], "");
        let object: Value = serde_json::from_str(&object).expect("JSON");
        object["status"]["containerStatuses"][0].clone()
    };
    let is_settled = || {
        let state = status()["state"].clone();
        let reason = state["waiting"]["reason"].as_str();
        !state.is_null() && !matches!(reason, Some("ContainerCreating" | "PodInitializing"))
    };
    until_within(A_BUSY_MACHINE, &format!("{pod} has settled"), is_settled);
    status()
}

/// What a pod that ends has printed.
pub fn printed(ns: &Namespace, pod: &str) -> String {
    let phase = || {
        done(
            &[
                "get",
                "pod",
                pod,
                "-n",
                &ns.0,
                "-o",
                "jsonpath={.status.phase}",
            ],
            "",
        )
    };
    until_within(A_BUSY_MACHINE, &format!("{pod} has ended"), || {
        matches!(phase().as_str(), "Succeeded" | "Failed")
    });
    done(&["logs", pod, "-n", &ns.0], "")
}
