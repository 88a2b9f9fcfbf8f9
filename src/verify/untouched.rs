//! Containers that are left alone keep their effective securityContext, through anchors and the pod too.

use super::Unproven;
use crate::checks::{CHECKS, FieldRule, Level, Status, Violation};
use crate::examine::{Examination, Examined};
use crate::workload::PodSpec;
use crate::yaml::{Kind, MAX_DEPTH, NodeId, Tree};

/// The most nodes that one comparison may walk, and the most levels: aliases can multiply both.
const MAX_COMPARED: usize = 100_000;
const MAX_LEVELS: usize = 2 * MAX_DEPTH;

pub(super) fn left_alone(
    before: &Tree,
    planned: &Examination,
    after: &Tree,
    again: &Examination,
) -> Result<(), Unproven> {
    for (old, new) in planned.workloads.iter().zip(&again.workloads) {
        workload(before, old, after, new)?;
    }
    Ok(())
}

fn workload(before: &Tree, old: &Examined, after: &Tree, new: &Examined) -> Result<(), Unproven> {
    let judged = old.workload.pods.iter().zip(&old.judgements);
    for ((pod, judgement), new_pod) in judged.zip(&new.workload.pods) {
        let same = |rule: &FieldRule, container: Option<usize>| {
            let in_new = container.and_then(|i| new_pod.place_of(pod.containers.get(i)?));
            let old = effective(before, pod, container, rule);
            let new = effective(after, new_pod, in_new, rule);
            is_same(before, old, after, new)
        };
        let shared = |container: Option<usize>| {
            let named = container.and_then(|i| pod.containers.get(i));
            Unproven::Shared {
                at: named.map_or(pod.node, |c| c.item),
                name: named.map_or("the pod".into(), |c| format!("container {}", c.name)),
            }
        };
        for (i, _) in judgement
            .held
            .iter()
            .enumerate()
            .filter(|(_, held)| held.is_some())
        {
            let mut rules = CHECKS.iter().filter_map(|check| check.field.as_ref());
            if !rules.all(|rule| rule.level == Level::Pod || same(rule, Some(i))) {
                return Err(shared(Some(i)));
            }
        }
        for violation in &judgement.violations {
            // What it was granted may be exempt, and the field beside that not.
            let is_fixed = |other: &Violation| {
                (other.check.id, other.container) == (violation.check.id, violation.container)
                    && other.status == Status::Fixed
            };
            let exempt = matches!(violation.status, Status::Exempt(_))
                && !judgement.violations.iter().any(is_fixed);
            let rule = violation.check.field.as_ref().filter(|_| exempt);
            if rule.is_some_and(|rule| !same(rule, violation.container)) {
                return Err(shared(violation.container));
            }
        }
    }
    Ok(())
}

fn effective(
    tree: &Tree,
    pod: &PodSpec,
    container: Option<usize>,
    rule: &FieldRule,
) -> Option<NodeId> {
    let own = container
        .and_then(|i| pod.containers.get(i))
        .and_then(|container| tree.get_path(container.node, rule.path));
    let of_pod = || {
        tree.get_path(pod.node, rule.path)
            .filter(|_| rule.level != Level::Container)
    };
    own.filter(|&node| !tree.is_null(node)).or_else(of_pod)
}

fn is_same(a: &Tree, node_a: Option<NodeId>, b: &Tree, node_b: Option<NodeId>) -> bool {
    let mut budget = MAX_COMPARED;
    match (node_a, node_b) {
        (Some(node_a), Some(node_b)) => {
            same_nodes((a, node_a), (b, node_b), MAX_LEVELS, &mut budget)
        }
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn same_nodes(
    (a, node_a): (&Tree, NodeId),
    (b, node_b): (&Tree, NodeId),
    levels: usize,
    budget: &mut usize,
) -> bool {
    let (node_a, node_b) = (a.resolve(node_a), b.resolve(node_b));
    let (Some(levels), Some(rest)) = (levels.checked_sub(1), budget.checked_sub(1)) else {
        return false;
    };
    *budget = rest;
    if a.is_scalar(node_a) {
        return b.is_scalar(node_b) && a.value(node_a) == b.value(node_b);
    }
    let kinds = matches!(
        (a.kind(node_a), b.kind(node_b)),
        (Kind::Mapping(_), Kind::Mapping(_)) | (Kind::Sequence(_), Kind::Sequence(_))
    );
    let (in_a, in_b) = (a.children(node_a).count(), b.children(node_b).count());
    let mut pairs = a.children(node_a).zip(b.children(node_b));
    kinds && in_a == in_b && pairs.all(|(x, y)| same_nodes((a, x), (b, y), levels, budget))
}
