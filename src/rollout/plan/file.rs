//! A plan as a file.

use std::fmt::Write;
use std::path::Path;

use super::{API_VERSION, HardenPlan, KIND};

/// Why a plan cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(String);

const HEAD: &str = "\
# What kubectl harden would change in a cluster. Read it, take out workloads or changes, then carry it out:
#   kubectl harden apply -f FILE
";

impl HardenPlan {
    /// The plan as YAML.
    ///
    /// # Errors
    /// Values that have no YAML form.
    pub fn to_yaml(&self) -> Result<String, PlanError> {
        let yaml = serde_yaml::to_string(self);
        let yaml = yaml.map_err(|error| PlanError(error.to_string()))?;
        Ok(format!("{HEAD}{yaml}"))
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// What is no plan, is one of another version, or changes what no plan may change.
    pub fn read(text: &str, path: &Path) -> Result<Self, PlanError> {
        let shown = path.display();
        let value: serde_yaml::Value =
            serde_yaml::from_str(text).map_err(|error| PlanError(format!("{shown}: {error}")))?;
        let field = |key: &str| value.get(key).and_then(|value| value.as_str());
        if field("kind") != Some(KIND) {
            let mut message = format!("{shown} is not a plan: its kind is not {KIND}");
            let _ = write!(
                message,
                "\nhint: kubectl harden plan TYPE[/NAME] --out={shown}"
            );
            return Err(PlanError(message));
        }
        if field("apiVersion") != Some(API_VERSION) {
            let found = field("apiVersion").unwrap_or("none");
            return Err(PlanError(format!(
                "{shown}: this version reads plans of {API_VERSION}, not {found}\nhint: make the plan anew"
            )));
        }
        let plan: Self =
            serde_yaml::from_str(text).map_err(|error| PlanError(format!("{shown}: {error}")))?;
        plan.check()
            .map_err(|what| PlanError(format!("{shown}: {what}")))?;
        Ok(plan)
    }

    /// Refuses what does not belong into a plan: it is edited by hand, and then carried out on a cluster.
    fn check(&self) -> Result<(), String> {
        for workload in &self.workloads {
            let shown = workload.object.shown();
            for change in &workload.changes {
                let inside = |spec: &_| change.field.is_below(spec);
                if !workload.pod_specs.iter().any(inside) {
                    return Err(format!("{shown}: {} is not in a pod spec", change.field));
                }
                if change.before == change.after {
                    return Err(format!("{shown}: {} does not change", change.field));
                }
            }
            let same = |other: &&super::PlannedWorkload| other.object.uid == workload.object.uid;
            if self.workloads.iter().filter(same).count() > 1 {
                return Err(format!("{shown} is there twice"));
            }
        }
        Ok(())
    }
}
