//! The API server goes away in the middle, and a laptop sleeps.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::cluster::{Outage, directory, turn};
use super::fleet::{Fleet, crashing, healthy};
use super::journal;
use super::process::{Ended, Home};

/// Every workload ended as it has to, and was written no more often than it had to be.
fn assert_right(fleet: &Fleet, run: &Path, writes: i64) {
    let lines = journal::lines(run);
    let mut faults = journal::faults(&lines);
    faults.extend(fleet.faults(run, &journal::states(&lines)));
    for (name, times) in fleet.writes() {
        if times != writes {
            faults.push(format!("{name} was written {times} times"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn assert_said(ended: &Ended, words: &[&str]) {
    for words in words {
        assert!(
            ended.err.contains(words),
            "{words:?} is not in {}",
            ended.err
        );
    }
}

/// A run during which the server goes away when a workload came into a state, for longer than a workload may take.
fn without_server(action: &'static str, state: &str, fails: bool, seconds: u64) {
    let _turn = turn();
    let Some(directory) = directory() else { return };
    let members = if fails { crashing(3) } else { healthy(4) };
    let fleet = Fleet::new("outage", members);
    let home = Home::new();
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=4s",
        "--timeout=15s",
        "--concurrency=3",
    ];
    let process = home.start(&args);
    home.until_state(state);
    let outage = Outage::begin(&directory, action);
    sleep(Duration::from_secs(seconds));
    let said = process.stderr();
    drop(outage);
    assert!(
        said.contains("waiting"),
        "nothing says that it waits: {said}"
    );
    let ended = process.ended(Duration::from_secs(240));
    assert_eq!(ended.code, Some(if fails { 3 } else { 0 }), "{ended:?}");
    assert_said(&ended, &["the server answers again"]);
    assert_right(&fleet, &home.run(), if fails { 2 } else { 1 });
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_server_that_is_stopped_while_pods_are_watched_is_waited_for() {
    without_server("stop", "watching", false, 30);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_server_that_is_killed_while_pods_soak_is_waited_for() {
    without_server("kill", "soaking", false, 25);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_server_that_is_killed_while_fields_are_set_back_is_waited_for() {
    without_server("kill", "restoring", true, 25);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_server_that_is_frozen_is_waited_for() {
    without_server("freeze", "watching", false, 35);
    without_server("freeze", "failing", true, 25);
}

/// SIGSTOP is what a lid does to a process: the clock goes on without it, longer than its Lease and its timeout.
#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn time_asleep_is_not_held_against_a_workload() {
    let _turn = turn();
    let fleet = Fleet::new("asleep", healthy(4));
    let home = Home::new();
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=4s",
        "--timeout=15s",
        "--concurrency=2",
    ];
    let process = home.start(&args);
    home.until_state("applying");
    process.signal(Signal::STOP);
    sleep(Duration::from_secs(65));
    process.signal(Signal::CONT);
    let ended = process.ended(Duration::from_secs(120));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_right(&fleet, &home.run(), 1);
}
