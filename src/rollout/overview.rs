//! What is about to be done, in words, and the question whether to.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};

use super::check::{Checked, Standing};
use super::plan::{HardenPlan, PlannedWorkload};
use crate::tally::count;

/// How many workloads of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) sound: usize,
    pub(super) done: usize,
    pub(super) blocked: usize,
    pub(super) gone: usize,
}

impl Sizes {
    pub(super) fn of(checked: &[Checked]) -> Self {
        let mut sizes = Self::default();
        for one in checked {
            match one.standing {
                Standing::Sound { .. } => sizes.sound += 1,
                Standing::AlreadyDone => sizes.done += 1,
                Standing::Blocked(..) => sizes.blocked += 1,
                Standing::Gone => sizes.gone += 1,
            }
        }
        sizes
    }
}

/// What is about to be done.
pub(super) fn overview(plan: &HardenPlan, checked: &[Checked]) -> String {
    let mut text = String::new();
    let sound = plan.workloads.iter().zip(checked);
    for (workload, one) in sound.clone() {
        if let Standing::Sound {
            takes_over,
            warnings,
        } = &one.standing
        {
            line(&mut text, workload, takes_over, warnings);
        }
    }
    for (workload, one) in sound {
        let shown = workload.object.shown();
        match &one.standing {
            Standing::Blocked(reason, hint) => {
                let _ = writeln!(text, "{shown} blocked: {}", reason.message);
                if !hint.is_empty() {
                    let _ = writeln!(text, "    hint: {hint}");
                }
            }
            Standing::Gone => {
                let _ = writeln!(text, "{shown} is gone");
            }
            Standing::Sound { .. } | Standing::AlreadyDone => {}
        }
    }
    for left_out in &plan.left_out {
        let _ = writeln!(text, "{} left out: {}", left_out.object, left_out.reason);
    }
    text
}

fn line(text: &mut String, workload: &PlannedWorkload, takes_over: &[String], warnings: &[String]) {
    let fields = count(workload.changes.len(), "field", "fields");
    let canary = if workload.canary { ", tried first" } else { "" };
    let _ = writeln!(text, "{} {fields}{canary}", workload.object.shown());
    for risk in &workload.risks {
        let _ = writeln!(text, "    risk: {risk}");
    }
    for decision in &workload.decisions {
        let _ = writeln!(text, "    stays as it is: {decision}");
    }
    if !takes_over.is_empty() {
        let _ = writeln!(text, "    takes fields over from {}", takes_over.join(", "));
    }
    for warning in warnings {
        let _ = writeln!(text, "    warning of the server: {warning}");
    }
}

/// `31 workloads of the cluster 10.0.0.1:6443 (context prod)`.
pub(super) fn target(plan: &HardenPlan, workloads: usize) -> String {
    let cluster = &plan.metadata.cluster;
    let context = match cluster.context.as_str() {
        "" => String::new(),
        context => format!(" (context {context})"),
    };
    let workloads = count(workloads, "workload", "workloads");
    format!("{workloads} of the cluster {}{context}", cluster.server)
}

/// Asks on the terminal. Only `y` and `yes` are one.
///
/// # Errors
/// There is no terminal to ask on.
pub(super) fn ask(question: &str, instead: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        anyhow::bail!(
            "cannot ask \"{question}\": standard input is not a terminal\nhint: {instead}"
        );
    }
    let mut stderr = io::stderr();
    write!(stderr, "{question} (y/N) ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
