//! Live objects for a review, and the plan of what was accepted of them.

use std::path::Path;

use super::conduct::{runtime, server};
use super::fail;
use super::plan::{HardenPlan, LeftOut, ObjectRef, Planned};
use super::planning::{Request, surveyed};
use super::survey::Survey;
use crate::cli::{Planning, ReviewArgs};
use crate::cluster::connect;
use crate::examine::Settings;
use crate::sink::create_private_file;
use crate::source::LiveObject;

/// What would change in a cluster, with the objects that it was made of.
pub(crate) struct Reviewable {
    /// Everything that could be accepted.
    pub(crate) plan: HardenPlan,
    survey: Survey,
    planning: Planning,
}

/// Reads what is selected and plans it.
///
/// # Errors
/// What could not be read.
pub(crate) fn reviewable(args: &ReviewArgs) -> anyhow::Result<Reviewable> {
    let (plan, _, survey) = runtime(async {
        let connected = connect(&args.connection).await.map_err(fail)?;
        let server = server(&connected, &args.connection);
        let request = Request {
            words: &args.resources,
            selection: &args.selection,
            connection: &args.connection,
            values: &args.values,
            planning: &args.planning,
        };
        surveyed(&request, &server, &connected, true).await
    })?;
    Ok(Reviewable {
        plan,
        survey,
        planning: args.planning.clone(),
    })
}

impl Reviewable {
    /// The object of a planned workload as it was read.
    pub(crate) fn object(&self, planned: &ObjectRef) -> Option<&LiveObject> {
        let objects = self.survey.objects.iter().flatten();
        let mut same = objects.filter(|(object, _)| object.uid == planned.uid);
        same.next().map(|(_, object)| object)
    }

    /// The plan of what was accepted: each workload is planned again by the settings that it was decided on with.
    /// What `decided` gives none for is left out, for the reason that it gives.
    pub(crate) fn decided(
        &self,
        decided: impl Fn(&ObjectRef) -> Result<Settings, String>,
    ) -> HardenPlan {
        let mut plan = self.plan.clone();
        plan.workloads.clear();
        for workload in &self.plan.workloads {
            let shown = workload.object.shown();
            let mut left_out = |reason: String| {
                let object = shown.clone();
                plan.left_out.push(LeftOut { object, reason });
            };
            let settings = match decided(&workload.object) {
                Ok(settings) => settings,
                Err(reason) => {
                    left_out(reason);
                    continue;
                }
            };
            let Some(object) = self.object(&workload.object) else {
                continue;
            };
            match Planned::of(object, &settings) {
                Planned::Workload(mut again) => {
                    self.survey.assess(&mut again, &object.raw, &self.planning);
                    again.canary = workload.canary;
                    plan.workloads.push(*again);
                }
                Planned::LeftOut(one) => plan.left_out.push(one),
                Planned::Compliant(_) => left_out("nothing of it was accepted".into()),
            }
        }
        plan
    }
}

impl HardenPlan {
    /// Writes the plan for this user's eyes.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        create_private_file(path, self.to_yaml()?.as_bytes())?;
        Ok(())
    }
}
