//! Two runs at once.

use std::time::Duration;

use rustix::process::Signal;

use super::cluster::{done, turn, until};
use super::fleet::{Fleet, healthy};
use super::journal;
use super::process::{Home, Process};

const LEASE: [&str; 4] = ["lease", "kubectl-harden", "-n", "kube-system"];

fn start(home: &Home, fleet: &Fleet) -> Process {
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=8s",
        "--timeout=60s",
        "--concurrency=1",
    ];
    home.start(&args)
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_second_run_is_refused_and_told_who_is_at_work() {
    let _turn = turn();
    let fleet = Fleet::new("two", healthy(2));
    let (first, second) = (Home::new(), Home::new());
    let process = start(&first, &fleet);
    first.until_state("watching");
    let id = first
        .run()
        .file_name()
        .expect("an id")
        .to_string_lossy()
        .into_owned();
    let refused = start(&second, &fleet).ended(Duration::from_secs(60));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let who = format!("another run is at work in this cluster: run {id} of ");
    assert!(refused.err.contains(&who), "{refused:?}");
    assert_eq!(second.runs().len(), 0, "what never began is no run");
    // The same run is not resumed twice either.
    let refused = first.done(&["apply", "--resume", "--yes"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.err.contains("another process works on the run"),
        "{refused:?}"
    );
    // A run that died holds its Lease against others for a minute, but not against itself.
    process.signal(Signal::KILL);
    process.ended(Duration::from_secs(5));
    let refused = start(&second, &fleet).ended(Duration::from_secs(60));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("its Lease runs out in"), "{refused:?}");
    let resumed = first.done(&["apply", "--resume", "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let lines = journal::lines(&first.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    assert_eq!(
        fleet.faults(&first.run(), &journal::states(&lines)),
        Vec::<String>::new()
    );
    assert!(
        fleet.writes().values().all(|&times| times == 1),
        "{:?}",
        fleet.writes()
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn the_lease_of_a_dead_run_runs_out() {
    let _turn = turn();
    let fleet = Fleet::new("dead", healthy(2));
    let (first, second) = (Home::new(), Home::new());
    let process = start(&first, &fleet);
    first.until_state("watching");
    process.signal(Signal::KILL);
    process.ended(Duration::from_secs(5));
    let mut last = None;
    until("the Lease runs out", Duration::from_secs(100), || {
        std::thread::sleep(Duration::from_secs(3));
        let ended = start(&second, &fleet).ended(Duration::from_secs(90));
        let is_held = ended.code == Some(2);
        last = Some(ended);
        !is_held
    });
    let last = last.expect("an end");
    assert_eq!(last.code, Some(0), "{last:?}");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn two_that_resume_the_same_run_do_not_both() {
    let _turn = turn();
    let fleet = Fleet::new("both", healthy(2));
    let home = Home::new();
    let process = start(&home, &fleet);
    home.until_state("applying");
    process.signal(Signal::KILL);
    process.ended(Duration::from_secs(5));
    let both = [0, 1].map(|_| home.start(&["apply", "--resume", "--yes"]));
    let mut codes = both.map(|process| process.ended(Duration::from_secs(120)).code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(2)]);
    assert_eq!(
        journal::faults(&journal::lines(&home.run())),
        Vec::<String>::new()
    );
    assert!(
        fleet.writes().values().all(|&times| times == 1),
        "{:?}",
        fleet.writes()
    );
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_run_whose_lease_is_taken_ends_what_is_under_way_and_stops() {
    let _turn = turn();
    let fleet = Fleet::new("stolen", healthy(6));
    let home = Home::new();
    let process = start(&home, &fleet);
    home.until_state("watching");
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(600);
    let stolen = serde_json::json!({"spec": {
        "holderIdentity": "run 20990101-000000 of thief@night",
        "renewTime": now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
    }});
    done(
        &[
            &["patch"],
            &LEASE[..],
            &["--type=merge", "-p", &stolen.to_string()],
        ]
        .concat(),
        "",
    );
    let ended = process.ended(Duration::from_secs(120));
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(
        ended
            .err
            .contains("another run took over: run 20990101-000000 of thief@night"),
        "{ended:?}"
    );
    let states = journal::states(&journal::lines(&home.run()));
    assert!(
        states.values().all(|state| state == "hardened"),
        "nothing is left half done: {states:?}"
    );
    let refused = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    done(&[&["delete"], &LEASE[..]].concat(), "");
    let resumed = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert!(
        fleet.writes().values().all(|&times| times == 1),
        "{:?}",
        fleet.writes()
    );
}
