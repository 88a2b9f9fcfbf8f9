//! The program as a process of a run: started, killed, resumed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::kubeconfig;
use super::journal;

/// Where a test keeps its runs.
pub struct Home {
    folder: tempfile::TempDir,
    pub kubeconfig: PathBuf,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        Self {
            folder,
            kubeconfig: kubeconfig(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// The directories of its runs that have a journal, the oldest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let runs = fs::read_dir(self.state().join("kubectl-harden/runs"));
        let runs = runs
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        let mut runs: Vec<_> = runs
            .filter(|run| run.join("journal.jsonl").exists())
            .collect();
        runs.sort();
        runs
    }

    pub fn run(&self) -> PathBuf {
        self.runs().pop().expect("a run")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-harden"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("XDG_STATE_HOME", self.state());
        command
    }

    pub fn start(&self, args: &[&str]) -> Process {
        self.spawn(self.command(args))
    }

    pub fn spawn(&self, mut command: Command) -> Process {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = |what: &str| self.path().join(format!("{number}.{what}"));
        let (out, err) = (path("out"), path("err"));
        command
            .stdout(File::create(&out).expect("a file"))
            .stderr(File::create(&err).expect("a file"));
        let child = command.spawn().expect("starts");
        Process { child, out, err }
    }

    /// Runs to its end.
    pub fn done(&self, args: &[&str]) -> Ended {
        self.start(args).ended(Duration::from_secs(600))
    }

    /// Waits until a line of the journal of the last run is as wanted.
    pub fn until_line(&self, what: &str, is_it: impl Fn(&serde_json::Value) -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let run = self.runs().pop();
            if run.is_some_and(|run| journal::lines(&run).iter().any(&is_it)) {
                return;
            }
            assert!(Instant::now() < end, "the journal never says {what}");
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits until some workload came into a state.
    pub fn until_state(&self, state: &str) {
        self.until_line(state, |line| {
            line["event"] == "moved" && line["to"] == state
        });
    }
}

pub struct Process {
    pub child: Child,
    out: PathBuf,
    err: PathBuf,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// None where a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Process {
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("small");
        kill_process(Pid::from_raw(pid).expect("a process"), signal).expect("sent");
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.err).unwrap_or_default()
    }

    pub fn until_stderr(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(90);
        while !self.stderr().contains(text) {
            assert!(
                Instant::now() < end,
                "it never says {text:?}: {}",
                self.stderr()
            );
            sleep(Duration::from_millis(50));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    pub fn ended(mut self, limit: Duration) -> Ended {
        let end = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            if Instant::now() >= end {
                self.child.kill().expect("killed");
                panic!("not ended within {limit:?}: {}", self.stderr());
            }
            sleep(Duration::from_millis(20));
        };
        let err = self.stderr();
        let out = fs::read_to_string(&self.out).unwrap_or_default();
        Ended {
            code: status.code(),
            out,
            err,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
