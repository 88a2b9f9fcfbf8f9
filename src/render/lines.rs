//! One line for each thing to say about a document: problems, violations, decisions.

use std::collections::HashSet;

use super::{Page, Rendered, printable};
use crate::checks::{Excuse, Judgement, Status, Topic, Violation};
use crate::document::Cause;
use crate::examine::Examined;
use crate::manifest::Document;
use crate::source::Named;
use crate::workload::PodSpec;
use crate::yaml::{LineIndex, Position};

/// A document on its page.
pub(super) struct Lines<'p> {
    pub(super) page: &'p Page<'p>,
    pub(super) document: &'p Document,
    pub(super) index: &'p LineIndex<'p>,
}

/// A pod spec with its workload and judgement.
#[derive(Clone, Copy)]
pub(super) struct Judged<'d> {
    /// The workload's place in the document.
    pub(super) index: usize,
    pub(super) examined: &'d Examined,
    pub(super) pod: &'d PodSpec,
    pub(super) judgement: &'d Judgement,
}

impl<'p> Lines<'p> {
    /// Failures, what the authors of exemptions should know, and what is not covered.
    pub(super) fn problems(&self, out: &mut Rendered) {
        let hardened = &self.document.hardened;
        if let Err(failure) = &hardened.result {
            let message = format!("{}: {failure}", self.place(failure.at));
            match (failure.cause, self.page.named) {
                (Cause::Template, Named::No) => {
                    out.warning(&format!("{message}; {}", failure.hint));
                }
                _ => out.error(&message, failure.hint),
            }
        }
        for remark in &hardened.examination.remarks {
            out.warning(&format!("{}: {}", self.place(remark.at), remark.message));
        }
        for (object, why) in &hardened.examination.not_covered {
            let place = self.place(object.at);
            let resource = object.resource();
            out.warning(&format!("{place}: {resource} is not covered yet: {why}"));
        }
    }

    /// Everything that is wrong, on stdout; what is exempt, with its reason, on stderr.
    pub(super) fn violations(&self, out: &mut Rendered) {
        let mut said = HashSet::new();
        for (judged, violation) in self.sorted(|_, _| true) {
            let field = printable(&violation.field(judged.pod));
            let line = format!("{} ({field})", self.line(judged, violation));
            if !said.insert(line.clone()) {
                continue;
            }
            if let Status::Exempt(excuse) = &violation.status {
                out.stderr += &format!("Exempt: {line}: {}\n", reason(excuse));
            } else {
                let line = format!("{line}{}\n", advice(&violation.status));
                out.stdout.extend_from_slice(line.as_bytes());
            }
        }
    }

    /// What a person has to decide, in the modes that change something: privileges that were granted on purpose,
    /// and one line for each container that is left alone for one that `--skip` hides.
    pub(super) fn decisions(&self, out: &mut Rendered) {
        if self.document.hardened.result.is_err() {
            return;
        }
        let mut said = HashSet::new();
        for (judged, violation) in self.sorted(is_open) {
            let held = matches!(violation.status, Status::Held { .. });
            let line = self.line(judged, violation);
            if said.insert(line.clone())
                && (!held || said.insert(format!("{:?}", (judged.pod.node, violation.container))))
            {
                out.stderr += &format!("Warning: {line}{}\n", advice(&violation.status));
            }
        }
    }

    /// What a person should know besides: hints where they are, reasons of values for the summary.
    pub(super) fn notes(&self, out: &mut Rendered) {
        if self.document.hardened.result.is_err() {
            return;
        }
        let mut said = HashSet::new();
        for judged in self.judged() {
            for note in &judged.judgement.notes {
                let container = note.container.and_then(|i| judged.pod.containers.get(i));
                if let (Topic::Value, Some(container)) = (note.topic, container) {
                    let reason = printable(&format!("{}: {}", container.image, note.text));
                    *out.reasons.entry(reason).or_default() += 1;
                    continue;
                }
                let line = format!(
                    "hint: {} {} {}: {}",
                    self.place(note.at),
                    judged.examined.workload.object.resource(),
                    container.map_or("pod", |c| c.name.as_str()),
                    note.text
                );
                if said.insert(line.clone()) {
                    out.hints.push(printable(&line));
                }
            }
        }
    }

    fn judged(&self) -> impl Iterator<Item = Judged<'p>> + use<'p> {
        let workloads = self.document.hardened.examination.workloads.iter();
        workloads.enumerate().flat_map(|(index, examined)| {
            let pods = examined.workload.pods.iter().zip(&examined.judgements);
            pods.map(move |(pod, judgement)| Judged {
                index,
                examined,
                pod,
                judgement,
            })
        })
    }

    /// The violations that are wanted, in the order of the text.
    pub(super) fn sorted(
        &self,
        wanted: impl Fn(&Judgement, &Violation) -> bool,
    ) -> Vec<(Judged<'p>, &'p Violation)> {
        let mut violations: Vec<_> = self
            .judged()
            .flat_map(|judged| judged.judgement.violations.iter().map(move |v| (judged, v)))
            .filter(|(judged, violation)| wanted(judged.judgement, violation))
            .collect();
        violations.sort_by_key(|(_, violation)| violation.at);
        violations
    }

    fn line(&self, judged: Judged, violation: &Violation) -> String {
        let container = violation.container;
        let container = container.and_then(|i| judged.pod.containers.get(i));
        printable(&format!(
            "{} {} {}: {}: {}",
            self.place(violation.at),
            judged.examined.workload.object.resource(),
            container.map_or("pod", |c| c.name.as_str()),
            violation.check.id,
            violation.must()
        ))
    }

    /// `path:line:column` of an offset in the document.
    pub(super) fn place(&self, offset: usize) -> String {
        let Position { line, column } = self.position(offset);
        format!("{}:{line}:{column}", self.page.shown)
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        self.index.position(self.document.span.start + offset)
    }
}

/// A privilege that nobody decided on, or a container that is held by one that is not listed.
fn is_open(judgement: &Judgement, violation: &Violation) -> bool {
    let is_grant = |v: &Violation| matches!(v.status, Status::NeedsUnsafe | Status::NeedsDecision);
    let holds = |v: &Violation| v.check.grant.as_ref().is_some_and(|rule| rule.holds);
    let lists = |v: &Violation| match v.container {
        Some(_) => is_grant(v) && v.container == violation.container,
        None => is_grant(v) && holds(v),
    };
    match violation.status {
        Status::Held { .. } => {
            violation.container.is_some() && !judgement.violations.iter().any(lists)
        }
        _ => is_grant(violation),
    }
}

/// Why something is exempt, and until when.
pub(super) fn reason(excuse: &Excuse) -> String {
    let until = excuse.expires.map(|last| format!(" (until {last})"));
    printable(&excuse.reason) + &until.unwrap_or_default()
}

pub(super) fn advice(status: &Status) -> &'static str {
    match status {
        Status::Fixed | Status::Exempt(_) => "",
        Status::NeedsUnsafe => ": needs a decision, --unsafe-fixes takes it away",
        Status::NeedsDecision => ": needs a decision",
        Status::Held { .. } => ": left alone beside a privilege that needs a decision",
    }
}
