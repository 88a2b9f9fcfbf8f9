//! Makes docs/recording.svg of what the program prints in a terminal of 80 columns, and compares it with the one that is
//! there. `BLESS=1 cargo test --test recording` writes it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod line;
mod movie;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use line::Line;
use movie::{Command, movie};
use support::pseudo_terminal::{PATIENCE, PseudoTerminal};

const COLUMNS: u16 = 80;
/// Enough for the longest output.
const ROWS: u16 = 30;
/// GitHub shows it on every visit.
const LARGEST: usize = 60_000;

const WRITTEN: &str = "docs/examples/shell.yaml";
const REVIEWED: &str = "golden/overnight/search/suggest.yaml";

struct Place {
    /// Of the manifests.
    work: tempfile::TempDir,
    /// Of kubectl, journals and the terminal.
    beside: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            work: tempfile::tempdir().unwrap(),
            beside: tempfile::tempdir().unwrap(),
        };
        for path in [WRITTEN, REVIEWED] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            let to = place.work.path().join(from.file_name().unwrap());
            fs::copy(from, to).unwrap();
        }
        // What is typed is what is run: kubectl starts the plugin with the words behind its name.
        let kubectl = place.beside.path().join("kubectl");
        let plugin = env!("CARGO_BIN_EXE_kubectl-harden");
        fs::write(
            &kubectl,
            format!("#!/bin/sh\nshift\nexec {plugin} \"$@\"\n"),
        )
        .unwrap();
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn start(&self, typed: &str) -> PseudoTerminal {
        let beside = self.beside.path();
        let state = beside.display().to_string();
        let path = format!("{state}:{}", std::env::var("PATH").unwrap());
        PseudoTerminal::start(
            &format!("sh -c '{typed}'"),
            beside,
            self.work.path(),
            (COLUMNS, ROWS),
            &[("XDG_STATE_HOME", &state), ("PATH", &path)],
        )
    }

    /// A command that runs to its end.
    fn run(&self, typed: &str, seconds: f32) -> Command {
        let mut terminal = self.start(typed);
        terminal.ends();
        Command::new(typed, settled(&terminal), seconds)
    }

    /// A command that reads keys, as it stands after some of them.
    fn press(&self, typed: &str, keys: &[(&str, &str)], seconds: f32) -> Command {
        let mut terminal = self.start(typed);
        for (key, then) in keys {
            terminal.does(key, then);
        }
        Command::new(typed, settled(&terminal), seconds)
    }
}

/// The screen when nothing more comes.
fn settled(terminal: &PseudoTerminal) -> Vec<Line> {
    let start = Instant::now();
    let mut before = terminal.written().len();
    loop {
        thread::sleep(Duration::from_millis(300));
        let now = terminal.written().len();
        if now == before {
            return line::all(&terminal.screen());
        }
        before = now;
        assert!(start.elapsed() < PATIENCE, "it does not settle");
    }
}

#[test]
fn the_recording_shows_what_the_program_prints() {
    let place = Place::new();
    let commands = [
        place.run("kubectl harden -f shell.yaml", 4.5),
        place.run("kubectl harden -f shell.yaml -w", 1.5),
        place.run("kubectl harden -f shell.yaml --check && echo hardened", 2.0),
        place.press(
            "kubectl harden review -f suggest.yaml",
            &[("", "Begin?"), ("j", "Accept this change?")],
            4.0,
        ),
    ];
    let made = movie(&commands);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recording.svg");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(made.len() < LARGEST, "{} bytes", made.len());
    assert!(
        fs::read_to_string(&path).unwrap() == made,
        "docs/recording.svg shows something else: BLESS=1 cargo test --test recording"
    );
}
