//! Asking whether to.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::rollout::plan::HardenPlan;
use crate::tally::count;

/// `31 workloads of the cluster 10.0.0.1:6443 (context prod)`.
pub(in crate::rollout) fn target(plan: &HardenPlan, workloads: usize) -> String {
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
pub(in crate::rollout) fn ask(question: &str, instead: &str) -> anyhow::Result<bool> {
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
