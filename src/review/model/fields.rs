//! The fields of a workload that a person decides on, each with what leaves it as it is.

use super::{Field, Named, Target};
use crate::checks::{Fix, Judgement, Level, Status, Violation};
use crate::evidence::Fact;
use crate::examine::Examined;
use crate::workload::{Container, PodSpec};

/// The fields that workloads' fixes write, in the order of the checks: those of the pod, then those of each container.
pub(super) fn fields(
    workloads: &[(usize, &Examined)],
    facts: &[Fact],
    objects: &[Named],
) -> Vec<Field> {
    let mut found = Vec::new();
    for &(workload, examined) in workloads {
        of_workload(examined, workload, facts, objects, &mut found);
    }
    found.sort_by_key(|field| (field.object, field.container.is_some()));
    found
}

fn of_workload(
    examined: &Examined,
    workload: usize,
    facts: &[Fact],
    objects: &[Named],
    found: &mut Vec<Field>,
) {
    let named = super::build::named(&examined.workload.object);
    let object = objects.iter().position(|o| *o == named).unwrap_or_default();
    let pods = examined.workload.pods.iter().zip(&examined.judgements);
    for (p, (pod, judgement)) in pods.enumerate() {
        for violation in &judgement.violations {
            if violation.status != Status::Fixed {
                continue;
            }
            let own = violation.container;
            let own = own.filter(|_| !is_at_pod(violation, pod, judgement));
            let container = own.and_then(|i| pod.containers.get(i));
            let target = Target {
                workload,
                pod: p,
                container: violation.container,
            };
            let name = container.map(|c| c.name.clone());
            let same = |field: &&mut Field| {
                field.check.id == violation.check.id
                    && (field.object, &field.container) == (object, &name)
            };
            let scopes = match &name {
                Some(name) => vec![Some(name.clone())],
                None => scopes(violation, pod, judgement),
            };
            match found.iter_mut().find(same) {
                Some(field) => {
                    field.targets.push(target);
                    let new = scopes.into_iter().filter(|s| !field.scopes.contains(s));
                    let new: Vec<_> = new.collect();
                    field.scopes.extend(new);
                }
                None => {
                    let path = path(violation, pod, container);
                    let fact = fact(facts, violation, target, &path);
                    found.push(Field {
                        check: violation.check,
                        object,
                        place: container
                            .map_or("pod".into(), |c| format!("{}[{}]", c.role.key(), c.index)),
                        container: name,
                        targets: vec![target],
                        scopes,
                        before: fact.and_then(|fact| fact.before.clone()),
                        after: fact.and_then(|fact| fact.after.clone()),
                        reason: violation.reason(),
                        path,
                    });
                }
            }
        }
    }
}

/// What the evidence says of a violation: of the value at its path, else of the container's.
pub(super) fn fact<'f>(
    facts: &'f [Fact],
    violation: &Violation,
    at: Target,
    path: &str,
) -> Option<&'f Fact> {
    let of_check = |fact: &&Fact| {
        (fact.workload, fact.pod) == (at.workload, at.pod) && fact.check.id == violation.check.id
    };
    let mut same = facts.iter().filter(of_check);
    let at_path = same.clone().find(|fact| fact.field == path);
    at_path.or_else(|| same.find(|fact| fact.container == at.container))
}

/// Where it is fixed, from the object's root.
fn path(violation: &Violation, pod: &PodSpec, container: Option<&Container>) -> String {
    match (&violation.granted, &violation.check.field) {
        (None, Some(rule)) => format!("{}.{}", pod.holder(container), rule.path.join(".")),
        _ => violation.field(pod),
    }
}

/// Whether a violation is fixed in the pod's securityContext, from which containers have it.
fn is_at_pod(violation: &Violation, pod: &PodSpec, judgement: &Judgement) -> bool {
    let Some(rule) = violation.check.field.as_ref() else {
        return violation.container.is_none();
    };
    let writes_pod = judgement.fixes.iter().any(|fix| match fix {
        Fix::Set {
            holder,
            level,
            path,
            ..
        } => *holder == pod.node && *level == Level::Pod && *path == rule.path,
        Fix::Append { .. } | Fix::Take(_) => false,
    });
    !violation.is_grant() && !violation.is_written && writes_pod && rule.level != Level::Container
}

/// The pod itself, and every container that has the field from it: without them each would get its own.
fn scopes(violation: &Violation, pod: &PodSpec, judgement: &Judgement) -> Vec<Option<String>> {
    let is_inherited = |field: &crate::checks::FieldRule| field.level == Level::PodOrContainer;
    if violation.is_grant() || !violation.check.field.as_ref().is_some_and(is_inherited) {
        return vec![None];
    }
    let has_own = |i: usize| {
        judgement
            .violations
            .iter()
            .any(|v| v.check.id == violation.check.id && v.container == Some(i) && v.is_written)
    };
    let containers = pod.containers.iter().enumerate();
    let inheriting = containers.filter(|(i, _)| !has_own(*i));
    let inheriting = inheriting.map(|(_, c)| Some(c.name.clone()));
    std::iter::once(None).chain(inheriting).collect()
}
