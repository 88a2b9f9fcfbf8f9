//! The plan that a run keeps.

use std::{fs, io};

use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};

use super::runs::PLAN;
use super::{History, Run};
use crate::rollout::plan::HardenPlan;

impl Run {
    pub(in crate::rollout) fn plan(&self) -> anyhow::Result<HardenPlan> {
        let path = self.directory.join(PLAN);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        HardenPlan::read(&text, &path).map_err(|error| anyhow!("{error}"))
    }

    /// A hash of the plan as it is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub(in crate::rollout) fn plan_hash(&self) -> io::Result<String> {
        let hash = Sha256::digest(fs::read(self.directory.join(PLAN))?);
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("sha256:{hex}"))
    }

    /// The plan of a run that goes on. The originals and the journal belong to the plan that the run began with.
    ///
    /// # Errors
    /// It cannot be read, or is another one.
    pub(in crate::rollout) fn same_plan(&self, history: &History) -> anyhow::Result<HardenPlan> {
        let plan = self.plan()?;
        let path = self.directory.join(PLAN);
        let hash = self
            .plan_hash()
            .with_context(|| path.display().to_string())?;
        if !history.plan.is_empty() && history.plan != hash {
            bail!(
                "{} was changed since the run began\nhint: nothing was done; put back what was there, or begin a new run",
                path.display()
            );
        }
        Ok(plan)
    }
}
