//! kill -9 at random moments, and `--resume` after each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::audit;
use super::cluster::{directory, done, kubectl, turn};
use super::fleet::{Fleet, mixed};
use super::journal;
use super::process::{Home, Process};

/// How many times a run is killed before it may end by itself: with fewer the late states are never hit, and with more
/// a run never gets past what takes 20 s in one go.
const KILLS_OF_A_RUN: usize = 10;

/// What is waited for before a process is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// So long after its start, whatever happens.
    Random,
    /// When the journal has its first lines: not every workload has been taken in.
    Beginning,
    /// When a line of the journal says this; `kill` follows after a random time, or at once.
    State(&'static str),
    Done(&'static str),
}

/// In the order of a run: what has happened is over for the processes that follow.
const MOMENTS: [Moment; 15] = [
    Moment::Random,
    Moment::State("trying"),
    Moment::State("applying"),
    Moment::Done("apply"),
    Moment::Random,
    Moment::State("watching"),
    Moment::State("failing"),
    Moment::State("restoring"),
    Moment::State("soaking"),
    Moment::Done("restore"),
    Moment::Random,
    Moment::State("settling"),
    Moment::State("hardened"),
    Moment::State("restored"),
    Moment::Random,
];

/// xorshift64*: the moments can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}

/// What the kills met.
#[derive(Default)]
struct Table {
    /// By the last line of the journal.
    lines: BTreeMap<String, usize>,
    /// By the states of the workloads that were under way.
    under_way: BTreeMap<String, usize>,
    kills: usize,
    runs: usize,
    processes: usize,
}

impl Table {
    fn add(&mut self, lines: &[Value]) {
        self.kills += 1;
        let last = match lines.last() {
            None => "no line yet".into(),
            Some(line) => match line["event"].as_str().expect("an event") {
                "moved" => format!("moved to {}", line["to"].as_str().expect("a state")),
                "did" => {
                    let what = line["what"].as_str().expect("text");
                    format!("did {}", what.split('/').next().expect("a word"))
                }
                event => event.to_owned(),
            },
        };
        *self.lines.entry(last).or_default() += 1;
        for state in journal::states(lines).into_values() {
            if !["hardened", "unwatched", "restored", "blocked"].contains(&state.as_str()) {
                *self.under_way.entry(state).or_default() += 1;
            }
        }
    }

    fn print(&self) {
        println!(
            "{} kills of {} processes in {} runs",
            self.kills, self.processes, self.runs
        );
        println!("\nlast line of the journal at the kill");
        self.lines
            .iter()
            .for_each(|(what, times)| println!("{times:6}  {what}"));
        println!("\nworkloads under way at the kill, by their state");
        self.under_way
            .iter()
            .for_each(|(state, times)| println!("{times:6}  {state}"));
    }
}

struct Loop {
    home: Home,
    random: Random,
    table: Table,
    directory: Option<PathBuf>,
}

impl Loop {
    /// Kills a process when its moment has come. False where it ended before.
    fn kill(&mut self, process: &mut Process, moment: Moment) -> bool {
        let known = self
            .home
            .runs()
            .last()
            .map_or(0, |run| journal::lines(run).len());
        let pause = match self.random.below(2) {
            0 => Duration::ZERO,
            _ => Duration::from_micros(self.random.below(60_000)),
        };
        let end = Instant::now() + Duration::from_secs(6);
        match moment {
            Moment::Random => sleep(Duration::from_millis(self.random.below(4000))),
            _ => {
                while Instant::now() < end && process.is_running() && !self.has_come(moment, known)
                {
                }
            }
        }
        sleep(pause);
        process.child.kill().expect("killed or ended");
        let status = process.child.wait().expect("a child");
        status.code().is_none()
    }

    fn has_come(&self, moment: Moment, known: usize) -> bool {
        let lines = self
            .home
            .runs()
            .last()
            .map(|run| journal::lines(run))
            .unwrap_or_default();
        let mut new = lines.iter().skip(known);
        match moment {
            Moment::Random => true,
            Moment::Beginning => !lines.is_empty(),
            Moment::State(state) => new.any(|line| line["event"] == "moved" && line["to"] == state),
            Moment::Done(what) => new.any(|line| line["event"] == "did" && line["what"] == what),
        }
    }

    /// One run, killed so often, then left alone until it ends. Returns what is wrong.
    fn run(&mut self, kills: usize) -> Vec<String> {
        let fleet = Fleet::new("kills", mixed());
        self.table.runs += 1;
        let namespace = fleet.namespace.0.clone();
        let first = [
            "apply",
            "deploy,sts,ds,cj",
            "-n",
            &namespace,
            "--yes",
            "--trial-jobs",
            "--soak=2s",
            "--timeout=25s",
            "--concurrency=6",
        ];
        let before = self.home.runs().len();
        let mut left = kills;
        let mut started = 0;
        while left > 0 {
            let has_begun = self.home.runs().len() > before;
            let args: &[&str] = if has_begun {
                &["apply", "--resume", "--yes"]
            } else {
                &first
            };
            let mut process = self.home.start(args);
            self.table.processes += 1;
            let moment = match (started, self.random.below(3)) {
                (0, 0) => Moment::Random,
                (0, 1) => Moment::Beginning,
                _ => MOMENTS[(started + self.random.below(2) as usize) % MOMENTS.len()],
            };
            started += 1;
            if !self.kill(&mut process, moment) {
                let stderr = process.stderr();
                match stderr.contains("has ended") || stderr.contains("evidence") {
                    true => break,
                    false => return vec![format!("{args:?} did not go on: {stderr}")],
                }
            }
            left -= 1;
            if self.home.runs().len() == before {
                // Its Lease holds for a minute against every run but itself, and there is none that could be resumed.
                kubectl(
                    &["delete", "lease", "kubectl-harden", "-n", "kube-system"],
                    "",
                );
                self.table.add(&[]);
                continue;
            }
            let lines = journal::lines(&self.home.run());
            self.table.add(&lines);
            let faults = journal::faults(&lines);
            if !faults.is_empty() {
                return faults;
            }
        }
        self.table.processes += 1;
        let ended = self.home.done(&["apply", "--resume", "--yes"]);
        let run = self.home.run();
        let mut faults = self.judge(&fleet, &run);
        if ended.code != Some(3) {
            faults.push(format!("it ended with {:?}: {}", ended.code, ended.err));
        }
        if !faults.is_empty() {
            let kept =
                PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("faulty-{namespace}"));
            let _ = std::process::Command::new("cp")
                .arg("-r")
                .arg(&run)
                .arg(&kept)
                .status();
            faults.push(format!("the run is in {}", kept.display()));
        }
        faults
    }

    fn judge(&self, fleet: &Fleet, run: &Path) -> Vec<String> {
        let lines = journal::lines(run);
        let states = journal::states(&lines);
        let mut faults = journal::faults(&lines);
        if lines.last().is_none_or(|line| line["event"] != "ended") {
            faults.push("the journal does not end".into());
        }
        faults.extend(fleet.faults(run, &states));
        let namespace = &fleet.namespace.0;
        let applied = journal::count(&lines, "apply");
        for (name, writes) in fleet.writes() {
            let workload = format!("{namespace}/{name}");
            let wanted = match states.get(&workload).map_or("", String::as_str) {
                "hardened" | "unwatched" => 1,
                "restored" => 2,
                _ => 0,
            };
            if writes != wanted {
                faults.push(format!("{name} was written {writes} times, not {wanted}"));
            }
            // What was carried out has to be known, also where the process died before it wrote that down: undo
            // and report count on it.
            if wanted > 0 && !applied.contains_key(&workload) {
                faults.push(format!("the journal does not say that {name} was changed"));
            }
        }
        if let Some(directory) = &self.directory {
            for (name, writes) in audit::writes(directory, namespace) {
                if writes.applied > 1 || writes.patched > 1 {
                    faults.push(format!("the API server carried out {writes:?} on {name}"));
                }
            }
        }
        let left = done(
            &[
                "get",
                "job",
                "-n",
                namespace,
                "-l",
                "kubectl-harden.dev/trial",
                "-o",
                "name",
            ],
            "",
        );
        if !left.is_empty() {
            println!("trial jobs that are left: {left:?}");
        }
        faults
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn killed_at_any_moment_a_run_goes_on_and_nothing_is_done_twice() {
    let _turn = turn();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a time");
    let seed = number("HARDEN_TEST_SEED").unwrap_or(now.as_micros() as u64);
    println!("HARDEN_TEST_SEED={seed}");
    let mut all = Loop {
        home: Home::new(),
        random: Random(seed | 1),
        table: Table::default(),
        directory: directory(),
    };
    let kills = usize::try_from(number("HARDEN_TEST_KILLS").unwrap_or(5)).expect("small");
    while all.table.kills < kills {
        let faults = all.run((kills - all.table.kills).min(KILLS_OF_A_RUN));
        println!("{} kills", all.table.kills);
        if !faults.is_empty() {
            all.table.print();
            panic!("{}", faults.join("\n"));
        }
    }
    all.table.print();
}
