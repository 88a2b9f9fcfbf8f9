//! Where a test's runs are kept, and the program with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::support::cluster::{context, kubeconfig};
use crate::support::{Ran, program};

/// One run works in a cluster at a time: its Lease says so.
static CLUSTER: Mutex<()> = Mutex::new(());

/// A directory to work in, with the journals of the runs, kept where the test fails.
pub struct Night {
    pub directory: PathBuf,
    _cluster: MutexGuard<'static, ()>,
}

impl Night {
    pub fn new(name: &str) -> Self {
        let cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let directory = directory.join(format!("rollout-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("made");
        Self {
            directory,
            _cluster: cluster,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("read")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(&self.directory, args);
        let connects = args.first().is_none_or(|first| *first != "status");
        if connects {
            command.args(context());
        }
        command
            .env("KUBECONFIG", kubeconfig())
            .env("XDG_STATE_HOME", &self.directory);
        command
    }

    pub fn harden(&self, args: &[&str]) -> Ran {
        self.command(args).output().expect("runs").into()
    }

    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("starts")
    }

    /// The ids of all runs, the oldest first.
    pub fn runs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("kubectl-harden/runs"));
        let entries = entries.into_iter().flatten().flatten();
        let mut ids: Vec<_> = entries
            .filter(|entry| entry.path().join("journal.jsonl").is_file())
            .map(|entry| entry.file_name().into_string().expect("a name"))
            .collect();
        ids.sort();
        ids
    }

    pub fn last_run(&self) -> String {
        self.runs().pop().expect("a run")
    }

    /// The whole lines of a run's journal.
    pub fn journal(&self, run: &str) -> Vec<Value> {
        let text = self.read(&format!("kubectl-harden/runs/{run}/journal.jsonl"));
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let lines = whole.lines();
        lines
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    /// `status -o json`.
    pub fn status(&self, run: &str) -> Value {
        let ran = self.harden(&["status", run, "-o", "json"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_slice(&ran.stdout).expect("JSON")
    }
}

impl Drop for Night {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// How the server names an object, as the program does: `shop/deployment.apps/web`.
pub fn shown(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let kind = text("/kind").expect("a kind").to_lowercase();
    let group = text("/apiVersion").and_then(|version| Some(version.split_once('/')?.0));
    let group = group.map_or(String::new(), |group| format!(".{group}"));
    let name = text("/metadata/name").expect("a name");
    let namespace = text("/metadata/namespace").expect("a namespace");
    format!("{namespace}/{kind}{group}/{name}")
}

/// The first state, word and message in which a line of standard output says how a workload ended.
pub fn printed<'o>(out: &'o str, shown: &str) -> &'o str {
    let prefix = format!("{shown} ");
    let line = out.lines().find_map(|line| line.strip_prefix(&prefix));
    line.unwrap_or_else(|| panic!("{shown} is not in {out}"))
}
