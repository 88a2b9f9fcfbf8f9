//! What is to be written, worked out in another way than the one that is tested.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::manifest::{edits_of, harden_all};
use crate::patch::splice;
use crate::review::decision::{Decision, Id};
use crate::review::model::Model;
use crate::yaml::{prove, split, to_json};

/// The scalars of an object by path.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                leaves(value, &format!("{path}.{key}"), found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (i, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}[{i}]"), found);
            }
        }
        other => {
            found.insert(path.to_owned(), other.clone());
        }
    }
}

/// The objects of a text, a List's one by one, by name.
fn objects(text: &[u8]) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut found = BTreeMap::new();
    for chunk in split(text) {
        let value = to_json(&prove(chunk.span.of(text)).expect("YAML")).expect("JSON");
        let items = match value.get("items") {
            Some(Value::Array(items)) => items.clone(),
            _ => vec![value],
        };
        for item in items {
            let mut fields = BTreeMap::new();
            leaves(&item, "", &mut fields);
            let name = fields.get(".metadata.name").expect("a name").to_string();
            found.insert(name.trim_matches('"').to_owned(), fields);
        }
    }
    found
}

/// What a paper is to be, from the original, from all that hardening does to it, and from the decisions: no rule takes
/// part, so this does not rest on the way in which it is done.
pub(super) fn check_written(model: &Model, decisions: &[Decision]) {
    for (p, paper) in model.papers.iter().enumerate() {
        let items = model.items.iter().zip(decisions);
        let items: Vec<_> = items.filter(|(item, _)| item.paper == p).collect();
        let written = model
            .patched(p, decisions)
            .expect("what is accepted can be written");
        let all = splice(
            &paper.text,
            &edits_of(&harden_all(&paper.text, &paper.settings)),
        );
        let is_whole = |d: &Decision| d.is_accepted() && d.off.is_empty() && d.ids.is_empty();
        if items.iter().all(|(_, d)| is_whole(d)) {
            assert!(
                written == all,
                "{} is not what hardening gives",
                paper.shown
            );
        }
        if items.iter().all(|(_, d)| !d.is_accepted()) {
            assert!(written == paper.text, "{} is not what it was", paper.shown);
        }
        let (before, hardened, after) = (objects(&paper.text), objects(&all), objects(&written));
        for (item, decision) in items {
            for (o, object) in item.objects.iter().enumerate() {
                let name = &object.name;
                let mut expected = match decision.is_accepted() {
                    true => hardened[name].clone(),
                    false => before[name].clone(),
                };
                let fields = item
                    .fields
                    .iter()
                    .enumerate()
                    .filter(|(_, f)| f.object == o);
                for (n, field) in fields.filter(|_| decision.is_accepted()) {
                    let path = format!(".{}", field.path);
                    if decision.off.contains(&n) {
                        let is_below =
                            |at: &String| *at == path || at.starts_with(&format!("{path}."));
                        expected.retain(|at, _| !is_below(at));
                        // What goes with a field goes without it.
                        if path.ends_with(".fsGroup") {
                            expected.remove(&format!("{path}ChangePolicy"));
                        }
                        let old = before[name].iter().filter(|(at, _)| is_below(at));
                        expected.extend(old.map(|(at, value)| (at.clone(), value.clone())));
                    } else if let Some(id) = chosen(decision, field.check.id) {
                        expected.insert(path, id.into());
                    }
                }
                assert_eq!(after[name], expected, "{name} under {decision:?}");
            }
        }
    }
}

fn chosen(decision: &Decision, check: &str) -> Option<i64> {
    let id = Id::ALL.iter().find(|(_, id)| id.check() == check)?.1;
    match id {
        Id::User => decision.ids.user,
        Id::Group => decision.ids.group,
        Id::FsGroup => decision.ids.fs_group,
    }
}
