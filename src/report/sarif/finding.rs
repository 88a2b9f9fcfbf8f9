//! A row that is not compliant, or a subject that is refused or not covered, as a result.

use serde::Serialize;

use super::super::json::subject::ValueEntry;
use super::super::states::meaning;
use super::super::words::read_back;
use super::super::{Exemption, Outcome, Row, RowStatus, Subject};
use super::Text;
use super::fingerprint::{Fingerprint, Fingerprints, without_indices};
use super::location::{Fix, Location, fix, location};
use super::rules::{self, Level};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding<'r> {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: Level,
    message: Text<String>,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<Fingerprint>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'r>>,
    /// Never left out: all results of a run have it, or none has.
    suppressions: Vec<Suppression<'r>>,
    properties: Properties<'r>,
    #[serde(skip)]
    identity: [String; 5],
}

#[derive(Serialize)]
struct Suppression<'r> {
    kind: &'static str,
    status: &'static str,
    justification: &'r str,
    properties: SuppressionProperties<'r>,
}

#[derive(Serialize)]
struct SuppressionProperties<'r> {
    owner: &'r str,
    expires: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'r> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'r str>,
    profile: &'r str,
    pss_version: &'r str,
    #[serde(flatten)]
    rollout: Option<RolloutProperties<'r>>,
}

/// Where the workload of a finding stands; of a row, its field before and after too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RolloutProperties<'r> {
    state: &'r str,
    state_reason: &'r str,
    started_at: Option<String>,
    ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Option<ValueEntry<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Option<ValueEntry<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Option<ValueEntry<'r>>>,
}

/// What there is to say of a subject; nothing of what `-w` has fixed.
pub(super) fn of(subject: &Subject, applied: bool) -> Vec<Finding<'_>> {
    if subject.rollout.is_none()
        && let Outcome::Refused | Outcome::NotCovered = subject.outcome
    {
        return vec![of_subject(subject)];
    }
    let rows = subject.rows.iter().filter(|row| match row.status {
        RowStatus::Compliant => false,
        RowStatus::Fixed => !applied,
        _ => true,
    });
    let mut findings: Vec<_> = rows.map(|row| of_row(subject, row)).collect();
    // A subject's change is carried out whole. With every finding it would be carried out several times.
    let fixable = |finding: &&mut Finding<'_>| finding.properties.status == RowStatus::Fixed.id();
    if let Some(first) = findings.iter_mut().find(fixable) {
        first.fixes = fix(subject, name(subject)).into_iter().collect();
    }
    findings.extend(of_rollout(subject));
    findings
}

/// A workload that the run left unhardened, or that was changed since.
fn of_rollout(subject: &Subject) -> Option<Finding<'_>> {
    let rollout = subject.rollout.as_ref()?;
    let read = rollout.live.as_ref().map(read_back);
    let why = match (subject.outcome, rollout.reason.as_str()) {
        (Outcome::Refused, "") => format!("{}: {}", rollout.state, meaning(&rollout.state)),
        (Outcome::Refused, reason) => format!("{}: {reason}", rollout.state),
        _ if rollout.has_changed_since() => {
            format!("changed since: {}", read.unwrap_or_default())
        }
        _ => return None,
    };
    Some(whole(subject, rules::ROLLOUT, Level::Error, &why))
}

fn rollout_properties<'r>(
    subject: &'r Subject,
    row: Option<&'r Row>,
) -> Option<RolloutProperties<'r>> {
    let rollout = subject.rollout.as_ref()?;
    let value = |value: &'r Option<String>| value.as_deref().map(ValueEntry::from);
    Some(RolloutProperties {
        state: &rollout.state,
        state_reason: &rollout.reason,
        started_at: rollout.started.map(|at| at.to_string()),
        ended_at: rollout.ended.map(|at| at.to_string()),
        before: row.map(|row| value(&row.before)),
        after: row.map(|row| value(&row.after)),
        live: row.and_then(|row| row.live.as_ref()).map(value),
    })
}

impl Finding<'_> {
    pub(super) fn with_fingerprint(mut self, fingerprints: &mut Fingerprints) -> Self {
        let parts = self.identity.each_ref().map(String::as_str);
        self.partial_fingerprints = Some(fingerprints.of(&parts));
        self
    }
}

fn of_row<'r>(subject: &'r Subject, row: &'r Row) -> Finding<'r> {
    let level = match row.status {
        RowStatus::Compliant | RowStatus::Fixed | RowStatus::NotDone => Level::Error,
        RowStatus::NeedsUnsafeFixes | RowStatus::NeedsDecision => Level::Warning,
        RowStatus::Exempt(_) => Level::Note,
    };
    let container = row.container.as_ref();
    let suppression = match &row.status {
        RowStatus::Exempt(exemption) => Some(suppression(exemption)),
        _ => None,
    };
    Finding {
        rule_id: row.check.id,
        rule_index: rules::index(row.check.id),
        level,
        message: message(subject, row),
        locations: location(subject, &row.place).into_iter().collect(),
        partial_fingerprints: None,
        fixes: Vec::new(),
        suppressions: suppression.into_iter().collect(),
        properties: Properties {
            status: row.status.id(),
            container: container.map(|container| container.name.as_str()),
            field: Some(&row.field),
            profile: subject.profile,
            pss_version: &subject.pss_version,
            rollout: rollout_properties(subject, Some(row)),
        },
        identity: [
            subject.place.path.clone(),
            object(subject),
            container.map_or_else(String::new, |c| format!("{}/{}", c.list, c.name)),
            row.check.id.into(),
            without_indices(&row.field),
        ],
    }
}

fn of_subject(subject: &Subject) -> Finding<'_> {
    let (rule_id, level, what) = match subject.outcome {
        Outcome::Refused => (rules::REFUSED, Level::Error, "is refused"),
        _ => (rules::NOT_COVERED, Level::Warning, "is not covered"),
    };
    whole(
        subject,
        rule_id,
        level,
        &format!("{what}: {}", subject.message),
    )
}

/// A finding of the subject itself.
fn whole<'r>(subject: &'r Subject, rule_id: &'static str, level: Level, what: &str) -> Finding<'r> {
    let mut text = format!("{} {what}.", name(subject));
    if !subject.hint.is_empty() {
        text.push_str(&format!(" Hint: {}.", subject.hint));
    }
    Finding {
        rule_id,
        rule_index: rules::index(rule_id),
        level,
        message: plain(&text),
        locations: location(subject, &subject.place).into_iter().collect(),
        partial_fingerprints: None,
        fixes: Vec::new(),
        suppressions: Vec::new(),
        properties: Properties {
            status: subject.outcome.id(),
            container: None,
            field: None,
            profile: subject.profile,
            pss_version: &subject.pss_version,
            rollout: rollout_properties(subject, None),
        },
        identity: [
            subject.place.path.clone(),
            object(subject),
            String::new(),
            rule_id.into(),
            String::new(),
        ],
    }
}

/// GitHub takes the first sentence for the title.
fn message(subject: &Subject, row: &Row) -> Text<String> {
    let what = match &row.status {
        RowStatus::Compliant => "It is compliant.".into(),
        RowStatus::Fixed => "`kubectl harden -w` fixes it.".into(),
        RowStatus::NeedsUnsafeFixes => "Only `--unsafe-fixes` changes it.".into(),
        RowStatus::NeedsDecision => "A person has to decide.".into(),
        RowStatus::NotDone => "The change is not in the cluster.".into(),
        RowStatus::Exempt(exemption) => exempt(exemption),
    };
    let detail = match row.detail.as_str() {
        "" => row.check.title,
        detail => detail,
    };
    plain(&format!("{}: {detail}. {what}", name(subject)))
}

fn exempt(exemption: &Exemption) -> String {
    let until = exemption.expires.map(|date| format!(" until {date}"));
    let by = match exemption.owner.as_str() {
        "" => String::new(),
        owner => format!(" ({owner})"),
    };
    let until = until.unwrap_or_default();
    format!("Exempt{until}{by}: {}.", exemption.reason)
}

/// `[text](target)` would be a link.
fn plain(text: &str) -> Text<String> {
    let text = text.replace("](", "] (");
    Text { text }
}

fn suppression(exemption: &Exemption) -> Suppression<'_> {
    Suppression {
        kind: "external",
        status: "accepted",
        justification: &exemption.reason,
        properties: SuppressionProperties {
            owner: &exemption.owner,
            expires: exemption.expires.map(|date| date.to_string()),
        },
    }
}

fn name(subject: &Subject) -> &str {
    let object = subject.object.as_ref();
    object.map_or("the document", |object| object.resource.as_str())
}

fn object(subject: &Subject) -> String {
    let object = subject.object.as_ref();
    object.map_or_else(String::new, |object| {
        format!("{}/{}", object.namespace, object.resource)
    })
}
