//! What several test binaries share: running the program, applying a diff, judging a manifest independently.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

pub mod cluster;
pub mod console;
pub mod judge;
#[cfg(unix)]
pub mod node;
pub mod patch;
pub mod pseudo_terminal;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A run of the program.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal"),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program in a directory, with an environment that does not colour.
pub fn program(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-harden"));
    command.current_dir(directory).args(args);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// The program with its runs in a directory, and no cluster.
pub fn with_state(state: &Path, args: &[&str]) -> Ran {
    let mut command = program(state, args);
    command.env("XDG_STATE_HOME", state);
    command.env("KUBECONFIG", state.join("no-kubeconfig"));
    command.env("HOME", state);
    command.output().expect("runs").into()
}

pub fn run(directory: &Path, args: &[&str]) -> Ran {
    program(directory, args).output().expect("runs").into()
}

pub fn run_stdin(directory: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut command = program(directory, args);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("ends");
    feeder.join().expect("fed");
    output.into()
}

/// Copies a tree of plain files.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("listed");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("typed").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
