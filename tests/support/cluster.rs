//! A real control plane: kubectl, the program against it, and objects to try it with. tests/cluster/README.md says how
//! to start one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Ran, program};

/// `HARDEN_TEST_KUBECONFIG` of tests/cluster/README.md, or KUBECONFIG as `up.sh` says it.
pub fn kubeconfig() -> PathBuf {
    let named = ["HARDEN_TEST_KUBECONFIG", "KUBECONFIG"].map(std::env::var_os);
    let path = named.into_iter().flatten().next();
    path.expect("KUBECONFIG, see tests/cluster/README.md")
        .into()
}

pub fn context() -> Vec<String> {
    let context = std::env::var("HARDEN_TEST_CONTEXT").ok();
    context
        .map(|name| format!("--context={name}"))
        .into_iter()
        .collect()
}

pub fn kubectl(args: &[&str], input: &str) -> Ran {
    let mut command = Command::new("kubectl");
    command
        .args(args)
        .args(context())
        .env("KUBECONFIG", kubeconfig());
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("kubectl");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(input.as_bytes())
        .expect("written");
    child.wait_with_output().expect("ends").into()
}

pub fn done(args: &[&str], input: &str) -> String {
    let ran = kubectl(args, input);
    assert_eq!(ran.code, 0, "kubectl {args:?}: {ran:?}\n{input}");
    ran.out()
}

pub fn harden(args: &[&str]) -> Ran {
    let context = context();
    let context = context.iter().map(String::as_str);
    let all: Vec<_> = args.iter().copied().chain(context).collect();
    let mut command = program(Path::new(env!("CARGO_TARGET_TMPDIR")), &all);
    command
        .env("KUBECONFIG", kubeconfig())
        .output()
        .expect("runs")
        .into()
}

/// A namespace of a test, deleted with it.
pub struct Namespace(pub String);

impl Namespace {
    pub fn new(name: &str) -> Self {
        let name = format!("harden-live-{name}-{}", std::process::id());
        done(&["create", "namespace", &name], "");
        let account = || kubectl(&["get", "serviceaccount", "default", "-n", &name], "").code == 0;
        until("the namespace has its service account", account);
        Self(name)
    }

    pub fn apply(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        done(&["apply", "-n", &self.0, "-f", "-"], &list.to_string());
    }

    pub fn harden(&self, args: &[&str]) -> Ran {
        harden(&[args, &["-n", &self.0]].concat())
    }

    /// What `-o name` prints, without the namespace.
    pub fn names(&self, args: &[&str]) -> Vec<String> {
        let ran = self.harden(&[args, &["-o", "name"]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let prefix = format!("{}: ", self.0);
        let lines = ran.out();
        let names = lines
            .lines()
            .map(|line| line.strip_prefix(&prefix).expect(line).to_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        kubectl(&["delete", "namespace", &self.0, "--wait=false"], "");
    }
}

pub fn until(what: &str, condition: impl Fn() -> bool) {
    until_within(Duration::from_secs(60), what, condition);
}

pub fn until_within(longest: Duration, what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + longest;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(200));
    }
}

pub fn template(app: &str) -> Value {
    json!({"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "c", "image": "myapp:1.27"}]}})
}

pub fn workload(kind: &str, name: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template(name)}})
}

pub fn pod(name: &str, annotations: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "annotations": annotations},
        "spec": {"containers": [{"name": "c", "image": "myapp:1.27"}]}})
}
