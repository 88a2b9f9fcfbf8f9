//! What a person should know before accepting a change: from the object itself, without knowing its images.

use serde_json::Value;

use super::Field;
use crate::checks::{Status, Violation};
use crate::examine::Examined;
use crate::rollout::{FieldPath, Surroundings, owners, risks};

/// The rules of a rollout that are about the change itself, not about the way in which it comes in.
const OF_THE_CHANGE: [&str; 3] = ["fs-group", "file-owner", "host-path"];

/// Ports below this one are root's, where the runtime keeps that rule: containerd before 2.0 does
/// (`enable_unprivileged_ports`).
const UNPRIVILEGED: i64 = 1024;

/// What is known of an object in a manifest.
pub(super) fn of_manifest(object: &Value, fields: &[Field]) -> Vec<String> {
    let owned = owners(object).into_iter().map(|owner| {
        let name = match owner.name.as_str() {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        format!("owned by {}{name}", owner.tool)
    });
    let changes: Vec<FieldPath> = fields
        .iter()
        .filter_map(|field| field.path.parse().ok())
        .collect();
    let risks = risks(object, &Surroundings::default(), &changes);
    let risks = risks
        .into_iter()
        .filter(|risk| OF_THE_CHANGE.contains(&risk.id.as_str()));
    owned.chain(risks.map(|risk| risk.message)).collect()
}

/// What a change does to what somebody wrote or opened, and what is left for a person beside it.
pub(super) fn of_change(examined: &[&Examined], object: &Value, fields: &[Field]) -> Vec<String> {
    let mut notes = Vec::new();
    for field in fields {
        if let Some(before) = &field.before {
            notes.push(format!(
                "{}: {before} is written there today",
                field.check.id
            ));
        }
    }
    let is_id = |field: &Field| matches!(field.check.id, "runAsUser" | "runAsNonRoot");
    if fields.iter().any(is_id) {
        let mut ports = Vec::new();
        low_ports(object, &mut ports);
        ports.sort_unstable();
        ports.dedup();
        notes.extend(ports.into_iter().map(|port| {
            format!("port {port}: only root may open it where the runtime keeps that rule")
        }));
    }
    let judgements = examined.iter().flat_map(|examined| &examined.judgements);
    let violations = judgements.flat_map(|judgement| &judgement.violations);
    let open = violations.filter(|v| is_open(v));
    notes.extend(open.map(|v| format!("{} is left for a person: {}", v.check.id, v.must())));
    let mut said = std::collections::HashSet::new();
    notes.retain(|note| said.insert(note.clone()));
    notes
}

/// A privilege that a person has to decide on. What is held beside it is no news of its own.
pub(super) fn is_open(violation: &Violation) -> bool {
    matches!(
        violation.status,
        Status::NeedsDecision | Status::NeedsUnsafe
    )
}

fn low_ports(value: &Value, ports: &mut Vec<i64>) {
    match value {
        Value::Object(fields) => {
            let port = fields.get("containerPort").and_then(Value::as_i64);
            ports.extend(port.filter(|port| (1..UNPRIVILEGED).contains(port)));
            fields.values().for_each(|value| low_ports(value, ports));
        }
        Value::Array(items) => items.iter().for_each(|value| low_ports(value, ports)),
        _ => {}
    }
}
