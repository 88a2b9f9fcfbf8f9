//! The values of a plan in a few words.

use serde_json::Value;

use crate::rollout::path::{FieldPath, Step};
use crate::rollout::plan::Change;

/// What a workload gets: `runAsNonRoot: true, capabilities.drop: ["ALL"]`, each value once for all its containers.
pub(super) fn set(changes: &[Change]) -> String {
    let mut set: Vec<String> = Vec::new();
    let of_pod_first = changes.iter().filter(|change| !is_of_container(change));
    for change in of_pod_first.chain(changes.iter().filter(|change| is_of_container(change))) {
        let value = match &change.after {
            Some(value) => format!("{}: {value}", short(&change.field)),
            None => format!("no {}", short(&change.field)),
        };
        if !set.contains(&value) {
            set.push(value);
        }
    }
    set.join(", ")
}

/// What is there now and is replaced: `runAsUser: 0 becomes 1000`.
pub(super) fn replaced(changes: &[Change]) -> Vec<String> {
    let replaced = changes.iter().filter_map(|change| {
        let before = change.before.as_ref()?;
        let after = change.after.as_ref().unwrap_or(&Value::Null);
        Some(format!(
            "{}: {before} becomes {after}",
            short(&change.field)
        ))
    });
    replaced.collect()
}

fn is_of_container(change: &Change) -> bool {
    let steps = change.field.steps();
    steps
        .iter()
        .any(|step| matches!(step, Step::Named(_) | Step::Index(_)))
}

/// The field below the securityContext or the pod spec.
fn short(field: &FieldPath) -> String {
    let steps = field.steps();
    let last = |name: &str| {
        let is_it = |step: &Step| matches!(step, Step::Key(key) if key == name);
        steps.iter().rposition(is_it)
    };
    let start = last("securityContext").or_else(|| last("spec"));
    let below = steps.iter().skip(start.map_or(0, |at| at + 1));
    FieldPath::new(below.cloned().collect()).to_string()
}
