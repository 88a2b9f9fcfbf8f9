//! What a run learned, kept for later: a plan, patches for git, and facts for a configuration file.

mod facts;
mod file;
mod patch;

use std::io;
use std::path::PathBuf;

use serde_json::Value;

use super::journal::{History, Run, file_name};
use super::plan::{Change, HardenPlan, PlannedWorkload};
use super::retry::Learned;
use crate::config::Remembered;

pub(super) use file::{can_remember, remember};

/// Where it is kept, below the run's directory.
const DIRECTORY: &str = "learned";

const HEAD: &str = "\
# What a run learned of images, in the form of .kubectl-harden.yaml: put what you want into yours, beside your manifests.
";

/// What was kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) directory: PathBuf,
    /// What is worth remembering elsewhere.
    pub(super) remembered: Remembered,
}

/// A workload that runs with what was learned of it.
struct Taught<'h> {
    workload: PlannedWorkload,
    learned: &'h Learned,
    /// The object as it was.
    original: Value,
}

impl Taught<'_> {
    fn all<'h>(run: &Run, plan: &HardenPlan, history: &'h History) -> Vec<Taught<'h>> {
        let workloads = plan.workloads.iter().filter_map(|planned| {
            let track = history.tracks.get(&planned.object.shown())?;
            let (learned, _) = track.in_use()?;
            Some(Taught {
                workload: track.in_force(planned),
                learned,
                original: run.original(&planned.object).ok()?,
            })
        });
        workloads.collect()
    }

    fn changes(&self) -> &[Change] {
        &self.workload.changes
    }
}

/// Writes what was learned into the run's directory; nothing where nothing was.
///
/// # Errors
/// What the system says.
pub(super) fn keep(
    run: &Run,
    plan: &HardenPlan,
    history: &History,
) -> anyhow::Result<Option<Kept>> {
    let taught = Taught::all(run, plan, history);
    if taught.is_empty() {
        return Ok(None);
    }
    let save = |file: &str, text: &str| -> io::Result<()> {
        run.save(&format!("{DIRECTORY}/{file}"), text.as_bytes())
    };
    save("plan.yaml", &in_force(plan, history, &taught).to_yaml()?)?;
    for one in &taught {
        if let Some((ending, patch)) = patch::of(&one.original, one.changes()) {
            let name = file_name(&one.workload.object);
            save(&format!("patches/{name}.{ending}"), &patch)?;
        }
    }
    let remembered = facts::of(&run.id, &taught);
    let added = remembered.add_to(HEAD).map_err(anyhow::Error::msg)?;
    save("kubectl-harden.yaml", &added.text)?;
    Ok(Some(Kept {
        directory: run.directory.join(DIRECTORY),
        remembered,
    }))
}

/// The plan with what ended well, as it ended.
fn in_force(plan: &HardenPlan, history: &History, taught: &[Taught]) -> HardenPlan {
    let ended_well =
        |workload: &&PlannedWorkload| history.state(&workload.object.shown()).is_success();
    let workloads = plan.workloads.iter().filter(ended_well).map(|planned| {
        let original = taught
            .iter()
            .find(|one| one.workload.object == planned.object);
        let mut workload = history.in_force(planned);
        if let (Some(_), Some(one)) = (&workload.patch, original) {
            workload.patch = patch::of(&one.original, &workload.changes).map(|(_, patch)| patch);
        }
        workload
    });
    HardenPlan {
        workloads: workloads.collect(),
        compliant: Vec::new(),
        left_out: Vec::new(),
        ..plan.clone()
    }
}

#[cfg(test)]
mod tests;
