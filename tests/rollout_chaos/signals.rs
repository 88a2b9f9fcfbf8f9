//! Signals, a terminal that is closed, output that nobody reads.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use super::cluster::turn;
use super::fleet::{Fleet, crashing, healthy};
use super::journal;
use super::process::{Ended, Home, Process};

fn args(fleet: &Fleet) -> [&str; 8] {
    [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=3s",
        "--timeout=40s",
        "--concurrency=2",
    ]
}

fn start(home: &Home, fleet: &Fleet) -> Process {
    home.start(&args(fleet))
}

/// The run can be resumed, and ends then as if nothing had been.
fn assert_resumes(fleet: &Fleet, home: &Home, code: i32, writes: i64) {
    let resumed = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(resumed.code, Some(code), "{resumed:?}");
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    assert_eq!(
        fleet.faults(&home.run(), &journal::states(&lines)),
        Vec::<String>::new()
    );
    assert!(
        fleet.writes().values().all(|&times| times == writes),
        "{:?}",
        fleet.writes()
    );
}

/// What was under way has ended, the rest has not begun.
fn assert_drained(home: &Home, ended: &Ended, end: &str) {
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let lines = journal::lines(&home.run());
    let states = journal::states(&lines);
    assert!(states.values().all(|state| state == end), "{states:?}");
    assert!(
        lines.last().is_some_and(|line| line["event"] == "stopped"),
        "{lines:?}"
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn one_signal_ends_what_is_under_way() {
    let _turn = turn();
    for (signal, name, fails) in [
        (Signal::INT, "SIGINT", false),
        (Signal::TERM, "SIGTERM", true),
        (Signal::HUP, "SIGHUP", false),
    ] {
        let members = if fails { crashing(5) } else { healthy(5) };
        let (fleet, home) = (Fleet::new("signal", members), Home::new());
        let process = start(&home, &fleet);
        home.until_state("watching");
        process.signal(signal);
        let ended = process.ended(Duration::from_secs(120));
        assert!(
            ended
                .err
                .contains(&format!("stopped: interrupted by {name}")),
            "{ended:?}"
        );
        assert!(ended.err.contains("--resume"), "{ended:?}");
        assert_drained(&home, &ended, if fails { "restored" } else { "hardened" });
        match fails {
            true => assert_resumes(&fleet, &home, 3, 2),
            false => assert_resumes(&fleet, &home, 0, 1),
        }
    }
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn two_signals_stop_at_once() {
    let _turn = turn();
    for (state, fails) in [("watching", false), ("settling", true)] {
        let members = if fails { crashing(3) } else { healthy(4) };
        let (fleet, home) = (Fleet::new("twice", members), Home::new());
        let process = start(&home, &fleet);
        home.until_state(state);
        process.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(100));
        process.signal(Signal::INT);
        let ended = process.ended(Duration::from_secs(10));
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert!(ended.err.contains("--resume"), "{ended:?}");
        match fails {
            true => assert_resumes(&fleet, &home, 3, 2),
            false => assert_resumes(&fleet, &home, 0, 1),
        }
    }
}

/// While the API server does not answer, a second signal still stops at once.
#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn two_signals_stop_at_once_also_without_an_answer() {
    let _turn = turn();
    let Some(directory) = super::cluster::directory() else {
        return;
    };
    let (fleet, home) = (Fleet::new("frozen", healthy(4)), Home::new());
    let process = start(&home, &fleet);
    home.until_state("watching");
    let outage = super::cluster::Outage::begin(&directory, "freeze");
    std::thread::sleep(Duration::from_secs(4));
    process.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(100));
    process.signal(Signal::INT);
    let ended = process.ended(Duration::from_secs(10));
    drop(outage);
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_resumes(&fleet, &home, 0, 1);
}

/// `script` gives a terminal; killed, it takes it away, and writing to it is EIO from then on.
#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_closed_terminal_ends_what_is_under_way() {
    let _turn = turn();
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: no script (util-linux)");
        return;
    }
    let (fleet, home) = (Fleet::new("terminal", healthy(5)), Home::new());
    let inner = home.command(&args(&fleet));
    let program = inner.get_program().to_string_lossy().into_owned();
    let words: Vec<_> = inner
        .get_args()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let code = home.path().join("code");
    let line = format!(
        "trap '' HUP; ({program} {}); echo $? >{}",
        words.join(" "),
        code.display()
    );
    let mut command = Command::new("script");
    command
        .args(["-q", "-c", &line, "/dev/null"])
        .current_dir(home.path());
    command
        .env("KUBECONFIG", &home.kubeconfig)
        .env("XDG_STATE_HOME", home.state());
    command
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::null());
    let terminal = home.spawn(command);
    home.until_state("watching");
    terminal.signal(Signal::KILL);
    terminal.ended(Duration::from_secs(5));
    let end = std::time::Instant::now() + Duration::from_secs(120);
    while !code.exists() && std::time::Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_millis(200));
    let mut text = String::new();
    File::open(&code)
        .expect("an exit code")
        .read_to_string(&mut text)
        .expect("read");
    let ended = Ended {
        code: text.trim().parse().ok(),
        out: String::new(),
        err: String::new(),
    };
    let lines = journal::lines(&home.run());
    let last = lines.last().expect("a line");
    // HUP was ignored by the shell's child, or not: either way it ended in order.
    match last["event"].as_str() {
        Some("ended") => assert_eq!(ended.code, Some(0), "{ended:?}"),
        _ => assert_drained(&home, &ended, "hardened"),
    }
    let resumed = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(
        fleet.writes().values().all(|&times| times == 1),
        "{:?}",
        fleet.writes()
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn output_that_nobody_reads_is_no_error() {
    let _turn = turn();
    let (fleet, home) = (Fleet::new("pipe", healthy(3)), Home::new());
    let mut command = home.command(&args(&fleet));
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    home.until_state("applying");
    drop(child.stdout.take());
    drop(child.stderr.take());
    let status = child.wait().expect("ends");
    assert_eq!(status.code(), Some(0), "{status}");
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    assert_eq!(
        fleet.faults(&home.run(), &journal::states(&lines)),
        Vec::<String>::new()
    );
    // `apply ... 2>&1 | head -1`, from the first line on: nothing to read it, nothing to panic about.
    let mut command = home.command(&["apply", "--resume", "--yes"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}
