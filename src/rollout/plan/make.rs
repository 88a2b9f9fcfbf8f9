//! From live objects to a plan.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Blocked, Change, ObjectRef, PlannedWorkload, difference, template_hash};
use crate::cluster::Resource;
use crate::examine::Settings;
use crate::manifest::{Document, edits_of, harden_every};
use crate::patch::splice;
use crate::report::{Outcome, Row, RowStatus, Source, Subject};
use crate::rollout::path::FieldPath;
use crate::source::{LiveObject, manifest_of};
use crate::yaml::{LineIndex, prove, to_json};

/// Something that was seen and is not part of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeftOut {
    /// `shop/deployment.apps/web`.
    pub object: String,
    /// Why.
    pub reason: String,
}

/// What becomes of a live object in a plan.
#[derive(Debug)]
pub enum Planned {
    /// It changes, or would if nothing blocked it.
    Workload(Box<PlannedWorkload>),
    /// Nothing of it changes, for a reason that a person should know.
    LeftOut(LeftOut),
    /// It is fine as it is.
    Compliant(ObjectRef),
}

impl Planned {
    /// What becomes of a live object that was read with its raw form.
    pub fn of(object: &LiveObject, settings: &Settings) -> Self {
        let documents = harden_every(&object.text, settings);
        let subjects = subjects(object, &documents, settings);
        let left_out = |reason: String| {
            let object = object.shown.clone();
            Self::LeftOut(LeftOut { object, reason })
        };
        let Some((subject, workload)) = subjects.first().zip(workload(&documents)) else {
            let said = subjects.first().map(|subject| subject.message.clone());
            return match said.filter(|message| !message.is_empty()) {
                Some(reason) => left_out(reason),
                None => Self::Compliant(reference(object)),
            };
        };
        if matches!(subject.outcome, Outcome::Refused | Outcome::NotCovered) {
            return left_out(subject.message.clone());
        }
        let decisions = decisions(subject);
        let changes = match changes(object, &documents, subject) {
            Ok(changes) => changes,
            Err(reason) => return left_out(reason),
        };
        if changes.is_empty() {
            return match (decisions.is_empty(), subject.outcome) {
                (false, _) => left_out(format!("needs a decision: {}", decisions.join("; "))),
                (true, Outcome::Exempt) => left_out("exempt".into()),
                (true, _) => Self::Compliant(reference(object)),
            };
        }
        let pods = workload.pods.iter();
        let pod_specs: Vec<FieldPath> = pods.filter_map(|pod| pod.path.parse().ok()).collect();
        let containers = workload.pods.iter().flat_map(|pod| &pod.containers);
        let images = containers.map(|c| format!("{}: {}", c.name, c.image));
        Self::Workload(Box::new(PlannedWorkload {
            object: reference(object),
            template_hash: template_hash(&object.raw, &pod_specs),
            pod_specs,
            canary: false,
            blocked: immutable(object),
            owners: Vec::new(),
            risks: Vec::new(),
            images: images.collect(),
            decisions,
            changes,
            patch: None,
        }))
    }
}

impl ObjectRef {
    /// The manifest of this object, as it is or was.
    pub(crate) fn manifest(&self, object: Value) -> LiveObject {
        manifest_of(&self.resource_type(), object)
    }

    fn resource_type(&self) -> Resource {
        let version = self.api_version.rsplit('/').next().unwrap_or_default();
        Resource {
            kind: self.kind.clone(),
            ..Resource::namespaced(self.group(), version, &self.resource)
        }
    }
}

fn workload(documents: &[Document]) -> Option<&crate::workload::Workload> {
    let workloads = documents
        .iter()
        .flat_map(|d| &d.hardened.examination.workloads);
    workloads.map(|examined| &examined.workload).next()
}

/// What a report says of a live object.
pub(crate) fn subjects(
    object: &LiveObject,
    documents: &[Document],
    settings: &Settings,
) -> Vec<Subject> {
    let index = LineIndex::new(&object.text);
    let source = Source {
        path: &object.shown,
        text: &object.text,
        index: &index,
        policy: &settings.policy,
    };
    documents
        .iter()
        .flat_map(|document| source.subjects(document))
        .collect()
}

fn reference(object: &LiveObject) -> ObjectRef {
    let text = |pointer: &str| {
        let value = object.raw.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    ObjectRef {
        api_version: object.resource.api_version(),
        kind: object.resource.kind.clone(),
        resource: object.resource.plural.clone(),
        namespace: object.namespace.clone(),
        name: text("/metadata/name"),
        uid: text("/metadata/uid"),
    }
}

fn immutable(object: &LiveObject) -> Option<Blocked> {
    let (message, hint) = object.on_change.as_ref()?;
    let prefix = format!("{} ", object.shown);
    let reason = message.strip_prefix(&prefix).unwrap_or(message);
    let reason = reason.strip_prefix("is ").unwrap_or(reason);
    Some(Blocked {
        reason: reason.to_owned(),
        hint: hint.clone(),
        managed: false,
    })
}

/// The changes that the proved edits make, read from the proved result.
fn changes(
    object: &LiveObject,
    documents: &[Document],
    subject: &Subject,
) -> Result<Vec<Change>, String> {
    let edits = edits_of(documents);
    if edits.is_empty() {
        return Ok(Vec::new());
    }
    let value = |text: &[u8]| {
        let tree = prove(text).map_err(|error| error.message)?;
        to_json(&tree).map_err(|error| error.to_string())
    };
    let before = value(&object.text)?;
    let after = value(&splice(&object.text, &edits))?;
    let rows: Vec<_> = subject
        .rows
        .iter()
        .filter_map(|row| Some((pointer(&row.field)?, row)))
        .collect();
    let changes = difference(&before, &after).into_iter();
    Ok(changes
        .map(|(field, before, new)| {
            let row = field.pointer(&after).and_then(|at| row_of(&rows, &at));
            Change {
                field,
                before,
                after: new,
                check: row.map_or(String::new(), |row| row.check.id.to_owned()),
                reason: row.map_or(String::new(), |row| row.detail.clone()),
            }
        })
        .collect())
}

fn row_of<'r>(rows: &[(String, &'r Row)], pointer: &str) -> Option<&'r Row> {
    let is_there = |(at, row): &&(String, &Row)| {
        let below = pointer.strip_prefix(at.as_str());
        let is_there = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_there && row.status != RowStatus::Compliant
    };
    rows.iter().find(is_there).map(|(_, row)| *row)
}

/// A report's field, whose containers are given by index, as RFC 6901 writes it.
fn pointer(field: &str) -> Option<String> {
    let path: FieldPath = field.parse().ok()?;
    let steps = path.steps().iter().map(|step| match step {
        crate::rollout::path::Step::Key(key) => format!("/{key}"),
        crate::rollout::path::Step::Named(name) => format!("/{name}"),
        crate::rollout::path::Step::Index(index) => format!("/{index}"),
    });
    Some(steps.collect())
}

/// What a person has to decide. Where somebody granted something on purpose, that is it: the fields that are left alone
/// because of it follow from it.
fn decisions(subject: &Subject) -> Vec<String> {
    let is_open = |row: &&Row| {
        matches!(
            row.status,
            RowStatus::NeedsDecision | RowStatus::NeedsUnsafeFixes
        )
    };
    let open: Vec<_> = subject.rows.iter().filter(is_open).collect();
    let is_grant = |row: &&&Row| row.check.field.is_none() || row.detail.starts_with("must not");
    let grants: Vec<_> = open.iter().filter(is_grant).copied().collect();
    let rows = if grants.is_empty() { open } else { grants };
    let mut decisions: Vec<_> = rows
        .iter()
        .map(|row| match &row.container {
            Some(container) => format!("container {} {}", container.name, row.detail),
            None => row.detail.clone(),
        })
        .collect();
    decisions.dedup();
    decisions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_that_of_its_object() {
        let object = ObjectRef {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            resource: "deployments".into(),
            namespace: "shop".into(),
            name: "web".into(),
            uid: "u".into(),
        };
        let resource = object.resource_type();
        assert_eq!(resource.object("web"), "deployment.apps/web");
        assert_eq!(resource.api_version(), "apps/v1");
        assert_eq!(
            object.path(),
            "/apis/apps/v1/namespaces/shop/deployments/web"
        );
    }
}
