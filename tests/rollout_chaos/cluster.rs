//! The cluster of KUBECONFIG, and its API server where it is ours to stop.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A cluster has one Lease: the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

pub fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // What the test before left behind, where it failed.
    kubectl(
        &["delete", "lease", "kubectl-harden", "-n", "kube-system"],
        "",
    );
    turn
}

pub fn kubeconfig() -> PathBuf {
    let named = ["HARDEN_TEST_KUBECONFIG", "KUBECONFIG"].map(std::env::var_os);
    let path = named.into_iter().flatten().next();
    path.expect("KUBECONFIG, see tests/cluster/README.md")
        .into()
}

/// What kubectl printed, and whether it went well.
pub fn kubectl(args: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new("kubectl");
    command.args(args).env("KUBECONFIG", kubeconfig());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.stderr(Stdio::piped()).spawn().expect("kubectl");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("ends");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

pub fn done(args: &[&str], input: &str) -> String {
    let (succeeded, text) = kubectl(args, input);
    assert!(succeeded, "kubectl {args:?}: {text}\n{input}");
    text
}

pub fn until(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        sleep(Duration::from_millis(100));
    }
}

/// A namespace of a test, deleted with it.
pub struct Namespace(pub String);

impl Namespace {
    pub fn new(name: &str) -> Self {
        static COUNT: Mutex<u32> = Mutex::new(0);
        let mut count = COUNT.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        let name = format!("chaos-{name}-{}-{count}", std::process::id());
        done(&["create", "namespace", &name], "");
        let account = || kubectl(&["get", "serviceaccount", "default", "-n", &name], "").0;
        until("a service account", Duration::from_secs(60), account);
        Self(name)
    }

    pub fn apply(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        done(&["apply", "-n", &self.0, "-f", "-"], &list.to_string());
    }

    pub fn get(&self, what: &str) -> Value {
        let text = done(
            &[
                "get",
                what,
                "-n",
                &self.0,
                "-o",
                "json",
                "--show-managed-fields",
            ],
            "",
        );
        serde_json::from_str(&text).expect("JSON")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if std::env::var_os("HARDEN_TEST_KEEP").is_none() {
            kubectl(&["delete", "namespace", &self.0, "--wait=false"], "");
        }
    }
}

/// The directory that up.sh made, where the API server is ours: `HARDEN_TEST_DIR`, or where the kubeconfig is.
pub fn directory() -> Option<PathBuf> {
    let named = std::env::var_os("HARDEN_TEST_DIR").map(PathBuf::from);
    let directory = named.or_else(|| Some(kubeconfig().parent()?.to_owned()))?;
    let is_ours = directory.join("ports").exists() && directory.join("log").is_dir();
    if !is_ours {
        eprintln!("skipped: the API server of this cluster is not ours, see HARDEN_TEST_DIR");
    }
    is_ours.then_some(directory)
}

/// `stop`, `kill`, `start`, `freeze`, `thaw`.
pub fn apiserver(action: &str, directory: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/apiserver.sh");
    let output = Command::new(script).arg(action).arg(directory).output();
    let output = output.expect("apiserver.sh");
    assert!(output.status.success(), "apiserver.sh {action}: {output:?}");
}

/// Brings the API server back however a test ends.
pub struct Outage<'d> {
    directory: &'d Path,
    end: &'static str,
}

impl<'d> Outage<'d> {
    pub fn begin(directory: &'d Path, action: &'static str) -> Self {
        apiserver(action, directory);
        let end = if action == "freeze" { "thaw" } else { "start" };
        Self { directory, end }
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        apiserver(self.end, self.directory);
    }
}
