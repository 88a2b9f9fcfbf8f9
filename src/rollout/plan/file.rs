//! A plan as a file.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::Path;

use super::{API_VERSION, HardenPlan, KIND, KnownImage};

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
        let wrong = |what: &dyn Display| PlanError(format!("{shown}: {what}"));
        // A plan of thousands of workloads is parsed once; why something else is none may take a second time.
        let plan: Self = match serde_yaml::from_str(text) {
            Ok(plan) => plan,
            Err(error) => {
                let value = serde_yaml::from_str(text).map_err(|error| wrong(&error))?;
                let field = |key: &str| serde_yaml::Value::get(&value, key)?.as_str();
                is_plan(field("kind"), field("apiVersion"), &shown)?;
                return Err(wrong(&error));
            }
        };
        is_plan(Some(&plan.kind), Some(&plan.api_version), &shown)?;
        plan.check().map_err(|what| wrong(&what))?;
        Ok(plan)
    }

    /// Refuses what does not belong into a plan: it is edited by hand, and then carried out on a cluster.
    fn check(&self) -> Result<(), String> {
        self.images.iter().try_for_each(KnownImage::check)?;
        let mut uids = HashSet::new();
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
            if !uids.insert(&workload.object.uid) {
                return Err(format!("{shown} is there twice"));
            }
        }
        Ok(())
    }
}

fn is_plan(
    kind: Option<&str>,
    api_version: Option<&str>,
    shown: &dyn Display,
) -> Result<(), PlanError> {
    if kind != Some(KIND) {
        return Err(PlanError(format!(
            "{shown} is not a plan: its kind is not {KIND}\nhint: kubectl harden plan TYPE[/NAME] --out={shown}"
        )));
    }
    if api_version != Some(API_VERSION) {
        let found = api_version.unwrap_or("none");
        return Err(PlanError(format!(
            "{shown}: this version reads plans of {API_VERSION}, not {found}\nhint: make the plan anew"
        )));
    }
    Ok(())
}
