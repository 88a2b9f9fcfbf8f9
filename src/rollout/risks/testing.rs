//! Tables of workloads and what is said about them.

use serde_json::{Value, json};

use super::{RULES, Risk, Surroundings, risks};

/// `apps/v1 Deployment`, with a spec. A `status` in it is put beside it.
pub(super) fn object(kind: &str, mut spec: Value) -> Value {
    let (version, kind) = kind.split_once(' ').expect("version and kind");
    let status = spec.as_object_mut().and_then(|spec| spec.remove("status"));
    json!({
        "apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec, "status": status,
    })
}

/// What the rule says; empty where it says nothing.
pub(super) fn said(risks: &[Risk], id: &str) -> String {
    assert!(RULES.iter().any(|(rule, _)| *rule == id), "{id} is no rule");
    let said = risks.iter().filter(|risk| risk.id == id);
    said.map(|risk| risk.message.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// What a rule says of each workload: a part of its message, nothing where that is empty.
pub(super) fn table(id: &str, cases: Vec<(&str, Value, &str)>) {
    for (kind, spec, wanted) in cases {
        let object = object(kind, spec);
        let said = said(&risks(&object, &Surroundings::default(), &[]), id);
        let is_right = said.contains(wanted) && said.is_empty() == wanted.is_empty();
        assert!(
            is_right,
            "{id} says \"{said}\", not \"{wanted}\", of {object}"
        );
    }
}
