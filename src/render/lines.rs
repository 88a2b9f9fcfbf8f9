//! One line for each thing to say about a document: problems, violations, decisions.

use std::collections::HashSet;

use super::{Page, Rendered, printable};
use crate::checks::{Judgement, Status, Violation};
use crate::document::Cause;
use crate::examine::Examined;
use crate::manifest::Document;
use crate::source::Named;
use crate::workload::PodSpec;
use crate::yaml::LineIndex;

/// A document on its page.
pub(super) struct Lines<'p> {
    pub(super) page: &'p Page<'p>,
    pub(super) document: &'p Document,
    pub(super) index: &'p LineIndex<'p>,
}

/// A pod spec with its workload and judgement.
type Judged<'d> = (&'d Examined, &'d PodSpec, &'d Judgement);

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
            let line = self.line(judged, violation);
            if !said.insert(line.clone()) {
                continue;
            }
            if let Status::Exempt(excuse) = &violation.status {
                let until = excuse.expires.map(|last| format!(" (until {last})"));
                let (why, until) = (printable(&excuse.reason), until.unwrap_or_default());
                out.stderr += &format!("Exempt: {line}: {why}{until}\n");
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
            let (_, pod, _) = judged;
            let held = matches!(violation.status, Status::Held { .. });
            let line = self.line(judged, violation);
            if said.insert(line.clone())
                && (!held || said.insert(format!("{:?}", (pod.node, violation.container))))
            {
                out.stderr += &format!("Warning: {line}{}\n", advice(&violation.status));
            }
        }
    }

    /// The violations that are wanted, in the order of the text.
    fn sorted(
        &self,
        wanted: impl Fn(&Judgement, &Violation) -> bool,
    ) -> Vec<(Judged<'p>, &'p Violation)> {
        let workloads = self.document.hardened.examination.workloads.iter();
        let judged = workloads.flat_map(|examined| {
            let pods = examined.workload.pods.iter().zip(&examined.judgements);
            pods.map(move |(pod, judgement)| (examined, pod, judgement))
        });
        let mut violations: Vec<_> = judged
            .flat_map(|judged| judged.2.violations.iter().map(move |v| (judged, v)))
            .filter(|((_, _, judgement), violation)| wanted(judgement, violation))
            .collect();
        violations.sort_by_key(|(_, violation)| violation.at);
        violations
    }

    fn line(&self, (examined, pod, _): Judged, violation: &Violation) -> String {
        let container = violation.container.and_then(|i| pod.containers.get(i));
        printable(&format!(
            "{} {} {}: {}: {}",
            self.place(violation.at),
            examined.workload.object.resource(),
            container.map_or("pod", |c| c.name.as_str()),
            violation.check.id,
            violation.must()
        ))
    }

    /// `path:line:column` of an offset in the document.
    fn place(&self, offset: usize) -> String {
        let position = self.index.position(self.document.span.start + offset);
        let (line, column) = (position.line, position.column);
        format!("{}:{line}:{column}", self.page.shown)
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

fn advice(status: &Status) -> &'static str {
    match status {
        Status::Fixed | Status::Exempt(_) => "",
        Status::NeedsUnsafe => ": needs a decision, --unsafe-fixes takes it away",
        Status::NeedsDecision => ": needs a decision",
        Status::Held { .. } => ": left alone beside a privilege that needs a decision",
    }
}
