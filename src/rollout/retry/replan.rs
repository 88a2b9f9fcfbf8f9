//! A workload's changes anew, by what was learned of it.
//!
//! The pipeline makes them, from the object as it was: so they are proved as the first ones were. They never harden more
//! than the plan: what it leaves alone stays alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use glob::Pattern;
use serde_json::Value;

use super::lesson::{Learned, Lesson};
use crate::checks::{CHECKS, Check, Excuse, LowPorts, WritableDirs};
use crate::examine::Settings;
use crate::exempt::{Checks, Rule};
use crate::images::{Facts, Ids, Known, Origin};
use crate::manifest::harden_every;
use crate::rollout::plan::{Change, Planned, PlannedWorkload, changed};

/// The changes of a workload, by what was learned of it.
///
/// # Errors
/// Why there are none: what was learned leaves nothing to harden, or cannot be written.
pub(in crate::rollout) fn replan(
    workload: &PlannedWorkload,
    original: &Value,
    settings: &Settings,
    learned: &Learned,
) -> Result<Vec<Change>, String> {
    let settings = with_lessons(settings, workload, original, learned);
    let live = workload.object.manifest(original.clone());
    match Planned::of(&live, &settings) {
        Planned::Workload(again) => Ok(again.changes),
        Planned::LeftOut(left_out) => Err(left_out.reason),
        Planned::Compliant(_) => Err("nothing is left to harden".into()),
    }
}

/// The settings by which a workload of which something was learned is judged.
pub(in crate::rollout) fn with_lessons(
    settings: &Settings,
    workload: &PlannedWorkload,
    original: &Value,
    learned: &Learned,
) -> Settings {
    let mut settings = settings.clone();
    let left_out = learned.left_out().filter_map(|(container, check, why)| {
        let check = CHECKS.iter().find(|known| known.id == check)?;
        let reason = format!(
            "left out, for the app does not run with it: {}",
            why.evidence
        );
        Some(rule(workload, Some(container.to_owned()), check, reason))
    });
    let open = left_open(workload, original, &settings);
    let open = open.into_iter().map(|(container, check)| {
        rule(
            workload,
            container,
            check,
            "the plan leaves it as it is".into(),
        )
    });
    let rules: Vec<_> = left_out.chain(open).collect();
    settings.rules.splice(0..0, rules);
    let observed = observed(workload, original, learned);
    settings.images = Arc::new(settings.images.with_observed(observed));
    let lessons = || learned.containers.values();
    let dirs = lessons().flat_map(|lesson| lesson.writable.iter().chain(&lesson.seeded));
    let dirs: Vec<_> = dirs.cloned().collect();
    let policy = &mut settings.policy;
    if !dirs.is_empty() {
        policy.writable_dirs = Some(match policy.writable_dirs.take() {
            Some(WritableDirs::These(given)) => {
                WritableDirs::These(given.into_iter().chain(dirs).collect())
            }
            _ => WritableDirs::Auto,
        });
    }
    if lessons().any(|lesson| !lesson.low_ports.is_empty()) {
        policy.low_ports = LowPorts::Sysctl;
    }
    settings
}

/// The fields that the plan leaves as they are, though they violate the policy: somebody took them out of it, or had a
/// reason that was known when it was made. `None` is the pod.
fn left_open(
    workload: &PlannedWorkload,
    original: &Value,
    settings: &Settings,
) -> Vec<(Option<String>, &'static Check)> {
    let planned = changed(original, &workload.changes);
    let documents = harden_every(&workload.object.manifest(planned).text, settings);
    let workloads = documents
        .iter()
        .flat_map(|document| &document.hardened.examination.workloads);
    let mut open = Vec::new();
    for examined in workloads {
        for (pod, judgement) in examined.workload.pods.iter().zip(&examined.judgements) {
            let fields = judgement.violations.iter();
            let fields = fields.filter(|violation| violation.check.field.is_some());
            open.extend(fields.map(|violation| {
                let container = violation.container.and_then(|i| pod.containers.get(i));
                (container.map(|c| c.name.clone()), violation.check)
            }));
        }
    }
    open
}

fn rule(
    workload: &PlannedWorkload,
    container: Option<String>,
    check: &'static Check,
    reason: String,
) -> Rule {
    let exactly = |text: &str| Pattern::new(&Pattern::escape(text)).ok();
    Rule {
        kind: Some(workload.object.kind.clone()),
        namespace: exactly(&workload.object.namespace),
        name: exactly(&workload.object.name),
        is_for_pod: container.is_none(),
        container: container.as_deref().and_then(exactly),
        checks: Checks::These(vec![check.id]),
        excuse: Excuse {
            reason,
            ..Excuse::default()
        },
    }
}

/// What was seen of images, by the containers that run them.
fn observed(
    workload: &PlannedWorkload,
    original: &Value,
    learned: &Learned,
) -> Vec<(String, Facts)> {
    let specs = workload
        .pod_specs
        .iter()
        .filter_map(|path| path.get(original));
    let lists = specs.flat_map(|spec| ["initContainers", "containers"].map(|list| spec.get(list)));
    let containers = lists.flatten().filter_map(Value::as_array).flatten();
    let observed = containers.filter_map(|container| {
        let text = |key: &str| container.get(key)?.as_str();
        let lesson = learned.containers.get(text("name")?)?;
        Some((text("image")?.to_owned(), facts(lesson)))
    });
    observed.collect()
}

fn facts(lesson: &Lesson) -> Facts {
    let ids = lesson.run_as.map(|run_as| Known {
        value: Ids {
            uid: run_as.uid,
            gid: run_as.gid,
        },
        origin: Origin::Observed,
    });
    Facts {
        ids,
        writable: list(&lesson.writable),
        seeded: lesson.seeded.iter().cloned().collect(),
        home: lesson.home.clone(),
        pings: lesson.pings,
        listens: lesson.low_ports.iter().copied().collect(),
        file_capabilities: list(&lesson.capabilities),
        root_capabilities: list(&lesson.root_capabilities),
        ..Facts::default()
    }
}

/// What was seen adds to what is known: nothing seen says nothing.
fn list(seen: &BTreeSet<String>) -> Option<Vec<String>> {
    (!seen.is_empty()).then(|| seen.iter().cloned().collect())
}

#[cfg(test)]
mod tests;
