//! A journal, a plan or originals that are damaged, and a disk that is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::cluster::turn;
use super::fleet::{Fleet, crashing, healthy};
use super::journal;
use super::process::Home;

/// A run that was killed when its first workload came into a state.
fn killed(fleet: &Fleet, home: &Home, state: &str) -> PathBuf {
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=3s",
        "--timeout=40s",
        "--concurrency=1",
    ];
    let process = home.start(&args);
    home.until_state(state);
    process.signal(Signal::KILL);
    process.ended(Duration::from_secs(5));
    home.run()
}

/// Resuming is refused with these words, and nothing is done.
fn refused(fleet: &Fleet, home: &Home, words: &[&str]) {
    let before = fleet.writes();
    let journal = fs::read(home.run().join("journal.jsonl")).expect("a journal");
    let ended = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for words in words {
        assert!(
            ended.err.contains(words),
            "{words:?} is not in {}",
            ended.err
        );
    }
    assert_eq!(fleet.writes(), before);
    assert_eq!(
        fs::read(home.run().join("journal.jsonl")).expect("a journal"),
        journal
    );
}

fn goes_on(fleet: &Fleet, home: &Home) {
    let ended = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    assert_eq!(
        fleet.faults(&home.run(), &journal::states(&lines)),
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
fn damage_is_named_and_nothing_is_done_blindly() {
    let _turn = turn();
    let fleet = Fleet::new("damage", healthy(3));
    let home = Home::new();
    let run = killed(&fleet, &home, "watching");
    let with = |file: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>, words: &[&str]| {
        let path = run.join(file);
        let whole = fs::read(&path).expect(file);
        fs::write(&path, change(whole.clone())).expect("written");
        refused(&fleet, &home, words);
        fs::write(&path, whole).expect("written");
    };
    let garbage = |mut text: Vec<u8>| {
        let end = text.iter().position(|&byte| byte == b'\n').expect("a line");
        text.splice(end..end, *b"}garbage");
        text
    };
    with(
        "journal.jsonl",
        &garbage,
        &["line 1 of the journal", "journal.jsonl", "hint: "],
    );
    let gap = |text: Vec<u8>| {
        let end = text.iter().position(|&byte| byte == b'\n').expect("a line");
        text[end + 1..].to_vec()
    };
    with("journal.jsonl", &gap, &["line 1 of the journal", "number"]);
    with(
        "plan.yaml",
        &|text| text[..text.len() / 2].to_vec(),
        &["plan.yaml"],
    );
    with("plan.yaml", &|_| Vec::new(), &["plan.yaml"]);
    // What reads as a plan and is another one.
    let another = |text: Vec<u8>| {
        let text = String::from_utf8(text).expect("text");
        text.replacen("after: 1000", "after: 1001", 1).into_bytes()
    };
    with("plan.yaml", &another, &["plan.yaml", "changed"]);
    with("options.json", &|_| b"{".to_vec(), &["options.json"]);
    // A last line that is half never counted.
    let path = run.join("journal.jsonl");
    let mut text = fs::read(&path).expect("a journal");
    text.extend_from_slice(b"{\"seq\":99,\"at\":\"20");
    fs::write(&path, text).expect("written");
    goes_on(&fleet, &home);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn without_its_original_nothing_is_changed() {
    let _turn = turn();
    let fleet = Fleet::new("original", healthy(3));
    let home = Home::new();
    let run = killed(&fleet, &home, "watching");
    let originals = fs::read_dir(run.join("originals"))
        .expect("originals")
        .flatten();
    let originals: Vec<_> = originals.map(|entry| entry.path()).collect();
    let (last, rest) = originals.split_last().expect("three");
    fs::remove_file(last).expect("removed");
    rest.iter()
        .for_each(|path| fs::write(path, "{\"kind\":").expect("written"));
    let ended = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.out.contains("it could not be set back"), "{ended:?}");
    let states = journal::states(&journal::lines(&run));
    let of = |state: &str| states.values().filter(|known| *known == state).count();
    assert_eq!((of("hardened"), of("blocked")), (1, 2), "{states:?}");
    assert_eq!(
        fleet.writes().values().sum::<i64>(),
        1,
        "{:?}",
        fleet.writes()
    );
}

/// A file system of its own that is full. Mounting needs root.
struct Disk(PathBuf);

impl Disk {
    fn new(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(path).expect("made");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(path);
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!("skipped: a small file system cannot be mounted here");
        }
        is_mounted.then(|| Self(path.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_full_disk_stops_the_run_before_anything_more_is_done() {
    let _turn = turn();
    let fleet = Fleet::new("full", healthy(4));
    let home = Home::new();
    let Some(_disk) = Disk::new(&home.state(), "1m") else {
        return;
    };
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=3s",
        "--timeout=40s",
        "--concurrency=2",
    ];
    let process = home.start(&args);
    home.until_state("watching");
    let filler = home.state().join("filler");
    // To the last byte, also behind the last block of the journal.
    let _ = Command::new("dd")
        .args([
            "if=/dev/zero",
            &format!("of={}", filler.display()),
            "bs=512",
        ])
        .output();
    let ended = process.ended(Duration::from_secs(120));
    let stopped = fleet.writes();
    if ended.code == Some(0) {
        panic!("the disk was not full: {ended:?}");
    }
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(
        ended.err.contains("the journal cannot be written"),
        "{ended:?}"
    );
    assert!(
        ended.err.to_lowercase().contains("no space left"),
        "{ended:?}"
    );
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    let known = journal::states(&lines);
    for (name, _) in stopped.iter().filter(|(_, times)| **times > 0) {
        let workload = format!("{}/{name}", fleet.namespace.0);
        assert!(
            known.contains_key(&workload),
            "{name} was changed, and the journal does not know it"
        );
    }
    // Still full: nothing goes on.
    let ended = home.done(&["apply", "--resume", "--yes"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(fleet.writes(), stopped);
    fs::remove_file(&filler).expect("removed");
    goes_on(&fleet, &home);
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_disk_that_is_full_while_fields_are_set_back_is_made_up_for() {
    let _turn = turn();
    let fleet = Fleet::new("full", crashing(2));
    let home = Home::new();
    let Some(_disk) = Disk::new(&home.state(), "1m") else {
        return;
    };
    let args = [
        "apply",
        "deploy",
        "-n",
        &fleet.namespace.0,
        "--yes",
        "--soak=3s",
        "--timeout=40s",
        "--concurrency=2",
    ];
    let process = home.start(&args);
    home.until_state("failing");
    let filler = home.state().join("filler");
    let _ = Command::new("dd")
        .args([
            "if=/dev/zero",
            &format!("of={}", filler.display()),
            "bs=512",
        ])
        .output();
    let ended = process.ended(Duration::from_secs(120));
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    if ended.code != Some(3) {
        assert_eq!(ended.code, Some(2), "{ended:?}");
        fs::remove_file(&filler).expect("removed");
        let ended = home.done(&["apply", "--resume", "--yes"]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
    }
    let lines = journal::lines(&home.run());
    assert_eq!(journal::faults(&lines), Vec::<String>::new());
    assert_eq!(
        fleet.faults(&home.run(), &journal::states(&lines)),
        Vec::<String>::new()
    );
    assert!(
        fleet.writes().values().all(|&times| times == 2),
        "{:?}",
        fleet.writes()
    );
}
