//! More than 200 workloads in every state in one run, then the same plan again, then everything set back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use kubectl_harden::rollout::HardenPlan;

use crate::cases::{CRD_GROUP, Ends, config};
use crate::fleet::{Disturbance, Fleet};
use crate::judged::{check_again, check_plan, check_run, check_undone};
use crate::night::Night;
use crate::support::Ran;
use crate::support::cluster::done;

/// How the runs go. The times are short: a pod of the cluster is ready after a fraction of a second.
const PACE: [&str; 6] = [
    "--yes",
    "--concurrency=16",
    "--timeout=60s",
    "--soak=5s",
    "--color=never",
    "--field-manager=kubectl-harden",
];

/// Lets the run go to its end and does what happens in the middle.
fn follow(night: &Night, run: Child, known: usize, mut disturbances: Vec<Disturbance<'_>>) -> Ran {
    let output = std::thread::spawn(move || Ran::from(run.wait_with_output().expect("ends")));
    while !output.is_finished() {
        sleep(Duration::from_millis(100));
        let Some(run) = night.runs().into_iter().nth(known) else {
            continue;
        };
        let watched: BTreeSet<_> = night
            .journal(&run)
            .iter()
            .filter(|entry| entry["event"] == "moved" && entry["to"] == "watching")
            .map(|entry| entry["workload"].as_str().expect("a name").to_owned())
            .collect();
        disturbances.retain(|(one, disturb)| {
            let is_due = watched.contains(&one.shown);
            if is_due {
                disturb();
            }
            !is_due
        });
    }
    assert_eq!(disturbances.len(), 0, "not all have been watched");
    output.join().expect("ended")
}

fn say(line: &str) {
    // Past the capture of the test harness: these are the figures.
    writeln!(std::io::stderr(), "{line}").expect("written");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_fleet_in_mixed_states_ends_hardened_or_as_it_was() {
    let night = Night::new("mixed");
    night.write(".kubectl-harden.yaml", &config());
    let fleet = Fleet::new();
    fleet.create();
    fleet.until_calm();
    fleet.prepare();
    fleet.until_calm();

    let plan = plan(&night, &fleet);
    for one in fleet.of("stale") {
        done(
            &["set", "env", &one.object(), "B=1", "-n", &one.namespace],
            "",
        );
    }
    fleet.until_calm();
    let before = fleet.read();
    let started = Instant::now();
    let apply = [&["apply", "-f", "plan.yaml"], &PACE[..]].concat();
    let ran = follow(&night, night.start(&apply), 0, fleet.disturbances());
    let took = started.elapsed();
    night.write("stdout", &ran.out());
    night.write("stderr", &ran.stderr);
    let run = night.last_run();
    let after = fleet.read();
    check_run(&night, &fleet, &run, &ran, (&before, &after));
    check_plan(&plan, &fleet, (&before, &after));
    figures(&fleet, &plan, took);

    let started = Instant::now();
    let ran = follow(&night, night.start(&apply), 1, Vec::new());
    check_again(&night, &fleet, &ran, (&after, &fleet.read()));
    say(&format!("the same plan again: {:.0?}", started.elapsed()));

    let started = Instant::now();
    let undo = [&["undo", run.as_str()], &PACE[..]].concat();
    let ran = night.harden(&undo);
    check_undone(&fleet, &ran, &before);
    say(&format!("undo of all: {:.0?}", started.elapsed()));
}

fn plan(night: &Night, fleet: &Fleet) -> HardenPlan {
    let kinds = format!("deploy,sts,ds,cj,jobs,pods,bundles.{CRD_GROUP}");
    let ran = night.harden(&["plan", &kinds, "-A", "-l", &fleet.label, "--out=plan.yaml"]);
    assert_eq!((ran.code, ran.out()), (0, String::new()), "{ran:?}");
    let plan = HardenPlan::read(&night.read("plan.yaml"), &night.path("plan.yaml"));
    let plan = plan.expect("a plan");
    let named = |names: &[String], ends: Ends| {
        let wanted = fleet.all.iter().filter(|one| one.case.ends == ends);
        let wanted: BTreeSet<_> = wanted.map(|one| &one.shown).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>(), wanted, "{ends:?}");
    };
    let compliant = plan.compliant.iter().map(|object| object.shown());
    named(&compliant.collect::<Vec<_>>(), Ends::Compliant);
    let left_out = plan.left_out.iter().map(|left_out| left_out.object.clone());
    named(&left_out.collect::<Vec<_>>(), Ends::LeftOut);
    for left_out in &plan.left_out {
        assert!(
            left_out.reason.starts_with("needs a decision: "),
            "{left_out:?}"
        );
    }
    assert!(plan.workloads.len() >= 200, "{}", plan.workloads.len());
    let wanted = fleet
        .all
        .iter()
        .filter(|one| one.case.ends.state().is_some());
    assert_eq!(plan.workloads.len(), wanted.count());
    plan
}
fn figures(fleet: &Fleet, plan: &HardenPlan, took: Duration) {
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for one in &fleet.all {
        let kind = one.object["kind"].as_str().expect("a kind").to_owned();
        let state = match one.case.ends {
            Ends::Compliant => "hardened already",
            Ends::LeftOut => "left out",
            ends => ends.state().expect("a state"),
        };
        *counts.entry((kind, state)).or_default() += 1;
    }
    say(&format!(
        "{} workloads in {} namespaces, {} in the plan, concurrency 16: {took:.0?}",
        fleet.all.len(),
        fleet.ordinary.len() + 2,
        plan.workloads.len(),
    ));
    for ((kind, state), count) in counts {
        say(&format!("{kind} {state}: {count}"));
    }
}
