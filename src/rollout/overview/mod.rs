//! What is about to be done, for a person to read before it is done, and the question whether to do it.

mod groups;
mod page;
mod question;
mod values;

pub(super) use page::Page;
pub(super) use question::{ask, target};

use super::age::exact;
use super::check::{Checked, Standing};
use super::options::Options;
use super::plan::{HardenPlan, ObjectRef, PlannedWorkload};
use super::send::one_line;
use crate::tally::count;
use groups::Groups;

/// How many workloads of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) sound: usize,
    pub(super) done: usize,
    pub(super) blocked: usize,
    pub(super) gone: usize,
}

impl Sizes {
    pub(super) fn of(checked: &[Checked]) -> Self {
        let mut sizes = Self::default();
        for one in checked {
            match one.standing {
                Standing::Sound { .. } => sizes.sound += 1,
                Standing::AlreadyDone => sizes.done += 1,
                Standing::Blocked(..) => sizes.blocked += 1,
                Standing::Gone => sizes.gone += 1,
            }
        }
        sizes
    }
}

/// A workload that would be changed.
struct Sound<'p> {
    workload: &'p PlannedWorkload,
    takes_over: &'p [String],
    warnings: &'p [String],
}

/// What is about to be done: how many workloads, their names, what they get, and what a person should know of them.
/// What is alike is said once.
pub(super) fn overview(plan: &HardenPlan, checked: &[Checked]) -> String {
    drawn(plan, checked, page::width())
}

fn drawn(plan: &HardenPlan, checked: &[Checked], width: usize) -> String {
    let all = || plan.workloads.iter().zip(checked);
    let sound: Vec<_> = all()
        .filter_map(|(workload, one)| match &one.standing {
            Standing::Sound {
                takes_over,
                warnings,
            } => Some(Sound {
                workload,
                takes_over,
                warnings,
            }),
            _ => None,
        })
        .collect();
    let mut page = Page::new(width);
    to_harden(&mut page, &sound);
    notes(&mut page, &sound);
    let mut blocked = Groups::default();
    let mut ended = Groups::default();
    for (workload, one) in all() {
        let shown = workload.object.shown();
        match &one.standing {
            Standing::Blocked(reason, hint) => {
                let hint = match hint.as_str() {
                    "" => String::new(),
                    hint => format!("\nhint: {hint}"),
                };
                blocked.add(format!("{}{hint}", one_line(&reason.to_string())), shown);
            }
            Standing::Gone => ended.add("deleted since the plan was made".into(), shown),
            Standing::AlreadyDone => ended.add("as planned already".into(), shown),
            Standing::Sound { .. } => {}
        }
    }
    page.groups("blocked, not changed", &blocked, 0);
    page.groups("nothing to do", &ended, 0);
    let mut left_out = Groups::default();
    for one in &plan.left_out {
        left_out.add(one.reason.clone(), one.object.clone());
    }
    page.groups("left out of the plan", &left_out, 0);
    page.text
}

fn to_harden(page: &mut Page, sound: &[Sound<'_>]) {
    if sound.is_empty() {
        return;
    }
    let fields: usize = sound.iter().map(|one| one.workload.changes.len()).sum();
    page.line(&format!(
        "{} to harden, {}:",
        count(sound.len(), "workload", "workloads"),
        count(fields, "field", "fields")
    ));
    page.names(sound.iter().map(|one| &one.workload.object));
    let canaries = sound.iter().filter(|one| one.workload.canary);
    let canaries: Vec<_> = canaries.map(|one| one.workload.object.shown()).collect();
    if !canaries.is_empty() {
        page.line("tried first, and before any other starts:");
        page.list(1, &canaries);
    }
    let (mut set, mut replaced) = (Groups::default(), Groups::default());
    for one in sound {
        let shown = one.workload.object.shown();
        set.add(values::set(&one.workload.changes), shown.clone());
        for value in values::replaced(&one.workload.changes) {
            replaced.add(value, shown.clone());
        }
    }
    page.groups("what they get", &set, sound.len());
    page.groups("what is replaced by it", &replaced, sound.len());
}

fn notes(page: &mut Page, sound: &[Sound<'_>]) {
    let (mut risks, mut decisions) = (Groups::default(), Groups::default());
    let (mut takes_over, mut warnings) = (Groups::default(), Groups::default());
    for one in sound {
        let shown = one.workload.object.shown();
        for (groups, texts) in [
            (&mut risks, one.workload.risks.as_slice()),
            (&mut decisions, one.workload.decisions.as_slice()),
            (&mut takes_over, one.takes_over),
            (&mut warnings, one.warnings),
        ] {
            for text in texts {
                groups.add(text.clone(), shown.clone());
            }
        }
    }
    let all = sound.len();
    page.groups("risks", &risks, all);
    page.groups("stays as it is, for a person to decide", &decisions, all);
    page.groups(
        "fields are taken over from these field managers",
        &takes_over,
        all,
    );
    page.groups("warnings of the API server", &warnings, all);
}

/// The names of objects alone.
pub(super) fn names<'o>(objects: impl Iterator<Item = &'o ObjectRef>) -> String {
    let mut page = Page::new(page::width());
    page.names(objects);
    page.text
}

/// How it will go: `4 at a time. Each may take 5m until it is ready, ...`.
pub(super) fn pace(options: &Options) -> String {
    let mut text = format!(
        "{} at a time. Each has {} until its next pod is ready, is watched for {} more, and is set back if it fails.",
        options.concurrency,
        exact(options.timeout),
        exact(options.soak)
    );
    if options.probe_cmd.is_some() {
        text += " --probe-cmd has to succeed before the change and after it.";
    }
    if options.trial {
        text += " A copy of a pod is tried before its workload is changed.";
    }
    if options.retry > 0 {
        let times = count(options.retry, "time", "times");
        text += &format!(
            " What fails is tried again up to {times}, with what it needs or without one field."
        );
    }
    if options.max_failures > 0 {
        text += &format!(
            " After {} nothing more starts.",
            count(options.max_failures, "failure", "failures")
        );
    }
    if let Some(window) = &options.window {
        text += &format!(" Nothing starts outside {window}.");
    }
    let mut page = Page::new(page::width());
    page.line(&text);
    page.text
}

#[cfg(test)]
mod tests;
