//! A rollout in SARIF: the machine and account of its invocation, and every workload with its fields as a property of
//! the run, since results are findings only.

use serde::Serialize;

use super::super::json::rollout::{RolloutEntry, RunEntry};
use super::super::json::subject::ValueEntry;
use super::super::{Report, Row, Subject};

/// The run, with all of its workloads.
#[derive(Serialize)]
pub(super) struct RolloutProperties<'r> {
    #[serde(flatten)]
    run: RunEntry<'r>,
    workloads: Vec<Workload<'r>>,
}

#[derive(Serialize)]
struct Workload<'r> {
    namespace: &'r str,
    resource: &'r str,
    outcome: &'static str,
    rollout: RolloutEntry<'r>,
    fields: Vec<Field<'r>>,
}

#[derive(Serialize)]
struct Field<'r> {
    check: &'static str,
    container: Option<&'r str>,
    field: &'r str,
    status: &'static str,
    before: Option<ValueEntry<'r>>,
    after: Option<ValueEntry<'r>>,
    /// `null` is a field that is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Option<ValueEntry<'r>>>,
}

impl<'r> RolloutProperties<'r> {
    pub(super) fn of(report: &'r Report) -> Option<Self> {
        Some(Self {
            run: RunEntry::of(report)?,
            workloads: report.subjects.iter().filter_map(workload).collect(),
        })
    }
}

fn workload(subject: &Subject) -> Option<Workload<'_>> {
    let object = subject.object.as_ref();
    Some(Workload {
        namespace: object.map_or("", |object| object.namespace.as_str()),
        resource: object.map_or("", |object| object.resource.as_str()),
        outcome: subject.outcome.id(),
        rollout: subject.rollout.as_ref()?.into(),
        fields: subject.rows.iter().map(Field::from).collect(),
    })
}

impl<'r> From<&'r Row> for Field<'r> {
    fn from(row: &'r Row) -> Self {
        let value = |value: &'r Option<String>| value.as_deref().map(ValueEntry::from);
        let container = row.container.as_ref();
        Self {
            check: row.check.id,
            container: container.map(|container| container.name.as_str()),
            field: &row.field,
            status: row.status.id(),
            before: value(&row.before),
            after: value(&row.after),
            live: row.live.as_ref().map(value),
        }
    }
}
