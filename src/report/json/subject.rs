//! A subject with its rows and replacements, key by key.

use serde::Serialize;
use serde_json::value::RawValue;

use super::super::{
    ContainerName, Exemption, ObjectName, Place, Position, Replacement, Row, RowStatus, Subject,
    SubjectNote,
};
use super::rollout::RolloutEntry;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubjectEntry<'r> {
    place: PlaceEntry<'r>,
    object: Option<ObjectEntry<'r>>,
    outcome: &'static str,
    message: &'r str,
    hint: &'r str,
    profile: &'r str,
    pss_version: &'r str,
    rows: Vec<RowEntry<'r>>,
    notes: Vec<NoteEntry<'r>>,
    replacements: Vec<ReplacementEntry<'r>>,
    diff: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutEntry<'r>>,
}

#[derive(Serialize)]
struct NoteEntry<'r> {
    topic: &'static str,
    container: &'r str,
    place: PlaceEntry<'r>,
    text: &'r str,
}

#[derive(Serialize)]
struct PlaceEntry<'r> {
    path: &'r str,
    line: usize,
    column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectEntry<'r> {
    api_version: &'r str,
    kind: &'r str,
    namespace: &'r str,
    name: &'r str,
    resource: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RowEntry<'r> {
    container: Option<ContainerEntry<'r>>,
    check: &'static str,
    field: &'r str,
    place: PlaceEntry<'r>,
    before: Option<ValueEntry<'r>>,
    after: Option<ValueEntry<'r>>,
    /// `null` is a field that is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Option<ValueEntry<'r>>>,
    status: &'static str,
    forbidden_reason: &'r str,
    detail: &'r str,
    exemption: Option<ExemptionEntry<'r>>,
}

#[derive(Serialize)]
struct ContainerEntry<'r> {
    name: &'r str,
    list: &'static str,
    image: &'r str,
}

/// A value as it is, digit for digit; what is not JSON is a string.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum ValueEntry<'r> {
    Json(&'r RawValue),
    Text(&'r str),
}

#[derive(Serialize)]
struct ExemptionEntry<'r> {
    reason: &'r str,
    owner: &'r str,
    expires: Option<String>,
}

#[derive(Serialize)]
struct ReplacementEntry<'r> {
    offset: usize,
    length: usize,
    start: PositionEntry,
    end: PositionEntry,
    text: &'r str,
}

#[derive(Serialize)]
struct PositionEntry {
    line: usize,
    column: usize,
}

// The patterns below name every field, so that a new one cannot be forgotten.

impl<'r> From<&'r Subject> for SubjectEntry<'r> {
    fn from(subject: &'r Subject) -> Self {
        let Subject {
            place,
            object,
            outcome,
            message,
            hint,
            profile,
            pss_version,
            rows,
            notes,
            replacements,
            diff,
            rollout,
        } = subject;
        Self {
            place: place.into(),
            object: object.as_ref().map(ObjectEntry::from),
            outcome: outcome.id(),
            message,
            hint,
            profile,
            pss_version,
            rows: rows.iter().map(RowEntry::from).collect(),
            notes: notes.iter().map(NoteEntry::from).collect(),
            replacements: replacements.iter().map(ReplacementEntry::from).collect(),
            diff,
            rollout: rollout.as_ref().map(RolloutEntry::from),
        }
    }
}

impl<'r> From<&'r SubjectNote> for NoteEntry<'r> {
    fn from(note: &'r SubjectNote) -> Self {
        let SubjectNote {
            topic,
            container: _,
            place,
            text,
        } = note;
        Self {
            topic: topic.name(),
            container: note.holder(),
            place: place.into(),
            text,
        }
    }
}

impl<'r> From<&'r Place> for PlaceEntry<'r> {
    fn from(Place { path, line, column }: &'r Place) -> Self {
        let (line, column) = (*line, *column);
        Self { path, line, column }
    }
}

impl<'r> From<&'r ObjectName> for ObjectEntry<'r> {
    fn from(object: &'r ObjectName) -> Self {
        let ObjectName {
            api_version,
            kind,
            namespace,
            name,
            resource,
        } = object;
        Self {
            api_version,
            kind,
            namespace,
            name,
            resource,
        }
    }
}

impl<'r> From<&'r Row> for RowEntry<'r> {
    fn from(row: &'r Row) -> Self {
        let Row {
            container,
            check,
            field,
            place,
            before,
            after,
            live,
            status,
            detail,
            forbidden_reason,
        } = row;
        let exemption = match status {
            RowStatus::Exempt(exemption) => Some(ExemptionEntry::from(exemption)),
            _ => None,
        };
        Self {
            container: container.as_ref().map(ContainerEntry::from),
            check: check.id,
            field,
            place: place.into(),
            before: before.as_deref().map(ValueEntry::from),
            after: after.as_deref().map(ValueEntry::from),
            live: live
                .as_ref()
                .map(|live| live.as_deref().map(ValueEntry::from)),
            status: status.id(),
            forbidden_reason,
            detail,
            exemption,
        }
    }
}

impl<'r> From<&'r ContainerName> for ContainerEntry<'r> {
    fn from(ContainerName { name, list, image }: &'r ContainerName) -> Self {
        Self { name, list, image }
    }
}

impl<'r> From<&'r str> for ValueEntry<'r> {
    fn from(text: &'r str) -> Self {
        match serde_json::from_str(text) {
            Ok(value) => Self::Json(value),
            Err(_) => Self::Text(text),
        }
    }
}

impl<'r> From<&'r Exemption> for ExemptionEntry<'r> {
    fn from(exemption: &'r Exemption) -> Self {
        let Exemption {
            reason,
            owner,
            expires,
        } = exemption;
        Self {
            reason,
            owner,
            expires: expires.map(|date| date.to_string()),
        }
    }
}

impl<'r> From<&'r Replacement> for ReplacementEntry<'r> {
    fn from(replacement: &'r Replacement) -> Self {
        let Replacement {
            offset,
            length,
            start,
            end,
            text,
        } = replacement;
        Self {
            offset: *offset,
            length: *length,
            start: (*start).into(),
            end: (*end).into(),
            text,
        }
    }
}

impl From<Position> for PositionEntry {
    fn from(Position { line, column }: Position) -> Self {
        Self { line, column }
    }
}
