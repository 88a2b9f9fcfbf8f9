//! The values of a plan in a few words.

use serde_json::Value;

use crate::rollout::path::{FieldPath, Step};
use crate::rollout::plan::Change;

/// A value of a field, and which containers get it; the pod, where that is none.
struct Set<'c> {
    field: String,
    text: String,
    containers: Vec<&'c str>,
}

/// What a workload gets: `runAsNonRoot: true, capabilities.drop: ["ALL"]`, each value once for all its containers. Where a
/// container gets another value than the rest, it is named: `runAsUser: 1000, runAsUser: 101 in proxy`.
pub(super) fn set(changes: &[Change]) -> String {
    let mut set: Vec<Set<'_>> = Vec::new();
    let of_pod_first = changes.iter().filter(|change| !is_of_container(change));
    for change in of_pod_first.chain(changes.iter().filter(|change| is_of_container(change))) {
        let field = short(&change.field);
        let text = match &change.after {
            Some(value) => format!("{field}: {value}"),
            None => format!("no {field}"),
        };
        let container = container(&change.field);
        match set.iter_mut().find(|one| one.text == text) {
            // What the pod gets is for all.
            Some(one) if one.containers.is_empty() => {}
            Some(one) => one.containers.extend(container),
            None => set.push(Set {
                field,
                text,
                containers: container.into_iter().collect(),
            }),
        }
    }
    let said = set.iter().map(|one| {
        let others = set.iter().filter(|other| other.field == one.field).count();
        match others > 1 && !one.containers.is_empty() {
            true => format!("{} in {}", one.text, one.containers.join(" and ")),
            false => one.text.clone(),
        }
    });
    said.collect::<Vec<_>>().join(", ")
}

/// The name of the container that a field is in.
fn container(field: &FieldPath) -> Option<&str> {
    let mut steps = field.steps().iter();
    steps.find(
        |step| matches!(step, Step::Key(key) if key.to_lowercase().ends_with("containers")),
    )?;
    match steps.next()? {
        Step::Named(name) => Some(name),
        Step::Key(_) | Step::Index(_) => None,
    }
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
