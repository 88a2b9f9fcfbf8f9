//! From decisions to what would be written. Decisions become settings, and settings are hardened by the pipeline that
//! everything goes through: what is shown and what is written are proved alike.

use std::collections::HashSet;

use glob::Pattern;

use super::{Field, Item, Model, Named, Paper, Sheet};
use crate::checks::{Excuse, Policy, Status};
use crate::document::harden;
use crate::examine::Settings;
use crate::exempt::{Checks, Rule};
use crate::manifest::{Document, edits_of};
use crate::patch::{Edit, Edits, splice};
use crate::report::divide;
use crate::review::decision::{Decision, Ids};
use crate::sink::unified_around;
use crate::yaml::LineIndex;

/// The reason of what was declined.
const DECLINED: &str = "declined in review";

/// What would be written for an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its fields, in their order.
    pub fields: Vec<ShownField>,
    /// The unified diff, without its head.
    pub diff: Vec<String>,
    /// Why it cannot be written like this.
    pub failure: Option<String>,
}

/// A field as it would be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownField {
    /// Whether it is.
    pub state: FieldState,
    /// Its value after, as JSON, where it is.
    pub after: Option<String>,
}

/// Whether a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldState {
    /// Written.
    On,
    /// Left as it is by a decision.
    Off,
    /// Left as it is beside another that is.
    Held,
}

impl Model {
    fn sheet(&self, paper: usize, sheet: usize) -> Option<(&Paper, &Sheet)> {
        let paper = self.papers.get(paper)?;
        Some((paper, paper.documents.get(sheet)?))
    }

    /// The settings of a document under decisions; `accepted` is taken for accepted whatever was decided on it.
    pub fn settings(
        &self,
        paper: usize,
        sheet: usize,
        decisions: &[Decision],
        accepted: Option<usize>,
    ) -> Option<Settings> {
        let (paper, sheet) = self.sheet(paper, sheet)?;
        let mut settings = Settings::clone(&paper.settings);
        for &i in &sheet.items {
            let (item, decision) = (self.items.get(i)?, decisions.get(i)?);
            if accepted == Some(i) || decision.is_accepted() {
                settings.rules.extend(declined(item, decision));
                if item.is_alone {
                    choose(&mut settings.policy, decision.ids);
                }
            } else {
                settings.rules.extend(
                    item.objects
                        .iter()
                        .map(|object| rule(object, None, Checks::All)),
                );
            }
        }
        Some(settings)
    }

    /// A document under decisions.
    pub fn harden(
        &self,
        paper: usize,
        sheet: usize,
        decisions: &[Decision],
        accepted: Option<usize>,
    ) -> Option<Document> {
        let settings = self.settings(paper, sheet, decisions, accepted)?;
        let (paper, sheet) = self.sheet(paper, sheet)?;
        Some(Document {
            span: sheet.span,
            hardened: harden(sheet.span.of(&paper.text), &settings),
        })
    }

    /// What a paper becomes.
    ///
    /// # Errors
    /// Why a document cannot be written.
    pub fn patched(&self, paper: usize, decisions: &[Decision]) -> Result<Vec<u8>, String> {
        let Some(of) = self.papers.get(paper) else {
            return Ok(Vec::new());
        };
        let mut documents = Vec::new();
        for sheet in 0..of.documents.len() {
            let document = self.harden(paper, sheet, decisions, None);
            let is_accepted = |i: &usize| decisions.get(*i).is_some_and(Decision::is_accepted);
            let items = of
                .documents
                .get(sheet)
                .map_or(&[][..], |sheet| &sheet.items);
            let Some(document) = document.filter(|_| items.iter().any(is_accepted)) else {
                continue;
            };
            if let Err(failure) = &document.hardened.result {
                return Err(failure.message.clone());
            }
            documents.push(document);
        }
        Ok(splice(&of.text, &edits_of(&documents)))
    }

    /// What would be written for an item, were it accepted now.
    pub fn show(&self, item: usize, decisions: &[Decision]) -> Shown {
        let shown = || {
            let of = self.items.get(item)?;
            let document = self.harden(of.paper, of.sheet, decisions, Some(item))?;
            let paper = self.papers.get(of.paper)?;
            let decision = decisions.get(item)?;
            let fields = of.fields.iter().enumerate();
            let fields =
                fields.map(|(n, field)| field_of(field, decision.off.contains(&n), &document));
            Some(Shown {
                fields: fields.collect(),
                diff: diff(of, paper, &document),
                failure: document
                    .hardened
                    .result
                    .as_ref()
                    .err()
                    .map(|f| f.message.clone()),
            })
        };
        shown().unwrap_or_default()
    }
}

/// The exemptions of a field that is left as it is.
fn declined<'i>(item: &'i Item, decision: &'i Decision) -> impl Iterator<Item = Rule> + 'i {
    let off = decision.off.iter().filter_map(|&n| item.fields.get(n));
    off.flat_map(|field| {
        let object = item.objects.get(field.object);
        let scopes = object.into_iter().flat_map(|object| {
            let of_scope = move |scope: &Option<String>| Rule {
                is_for_pod: scope.is_none(),
                ..rule(
                    object,
                    scope.as_deref(),
                    Checks::These(vec![field.check.id]),
                )
            };
            field.scopes.iter().map(of_scope)
        });
        scopes.collect::<Vec<_>>()
    })
}

/// An exemption of exactly these names.
fn rule(object: &Named, container: Option<&str>, checks: Checks) -> Rule {
    // An escaped pattern is always one.
    let exact = |text: &str| Pattern::new(&Pattern::escape(text)).unwrap_or_default();
    Rule {
        kind: Some(object.kind.clone()),
        namespace: Some(exact(&object.namespace)),
        name: Some(exact(&object.name)),
        container: container.map(exact),
        is_for_pod: false,
        checks,
        excuse: Excuse {
            reason: DECLINED.into(),
            ..Excuse::default()
        },
    }
}

fn choose(policy: &mut Policy, ids: Ids) {
    policy.run_as_user = ids.user.or(policy.run_as_user);
    policy.run_as_group = ids.group.or(policy.run_as_group);
    policy.fs_group = ids.fs_group.or(policy.fs_group);
}

fn field_of(field: &Field, is_off: bool, document: &Document) -> ShownField {
    let workloads = &document.hardened.examination.workloads;
    let mut is_fixed = false;
    let mut after = None;
    for target in &field.targets {
        let examined = workloads.get(target.workload);
        let judgement = examined.and_then(|examined| examined.judgements.get(target.pod));
        let violations = judgement.map_or(&[][..], |judgement| &judgement.violations);
        let same = |v: &&crate::checks::Violation| {
            v.check.id == field.check.id && v.container == target.container
        };
        let fixed = violations
            .iter()
            .filter(same)
            .find(|v| v.status == Status::Fixed);
        if let Some(violation) = fixed {
            is_fixed = true;
            let facts = document.hardened.facts();
            let fact = super::fields::fact(facts, violation, *target, &field.path);
            after = after.or_else(|| fact.and_then(|fact| fact.after.clone()));
        }
    }
    let state = match (is_fixed, is_off) {
        (true, _) => FieldState::On,
        (false, true) => FieldState::Off,
        (false, false) => FieldState::Held,
    };
    ShownField { state, after }
}

/// The lines of an item's change. Those of other items in its document are not its own.
fn diff(item: &Item, paper: &Paper, document: &Document) -> Vec<String> {
    let verified = document.hardened.result.as_ref().ok();
    let verified = verified.and_then(Option::as_ref);
    let workloads = &document.hardened.examination.workloads;
    let own: HashSet<_> = item.workloads.iter().collect();
    let parts = divide(workloads, verified).into_iter().enumerate();
    let parts = parts.filter(|(w, _)| own.contains(w));
    let edits: Vec<Edit> = parts
        .flat_map(|(_, edits)| edits.iter().cloned().collect::<Vec<_>>())
        .collect();
    let edits = Edits::new(edits).unwrap_or_default();
    if edits.is_empty() {
        return Vec::new();
    }
    let edits = Edits::of_parts([(document.span.start, &edits)].into_iter());
    let index = LineIndex::new(&paper.text);
    let line_of = |at| index.position(at).line - 1;
    let diff = unified_around(&paper.shown, &paper.text, &edits, line_of);
    let diff = String::from_utf8_lossy(&diff);
    diff.lines().skip(2).map(str::to_owned).collect()
}
