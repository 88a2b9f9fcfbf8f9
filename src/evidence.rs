//! What each field says before and after, for the record: effective values, read from the proved result.

use std::collections::HashMap;

use crate::checks::{CHECKS, Check, Demand, FieldRule, Level, Policy, Violation, demand};
use crate::examine::{Examination, Examined};
use crate::workload::{PodFields, PodSpec};
use crate::yaml::{NodeId, Path, Positions, Tree, node_to_json};

/// One field of one container, or of the pod.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The workload by its place in [`Examination::workloads`].
    pub workload: usize,
    /// The pod spec by its place in the workload.
    pub pod: usize,
    /// The container by its place in the pod spec; `None` for the pod.
    pub container: Option<usize>,
    /// The check that looks at it.
    pub check: &'static Check,
    /// The violation by its place in the judgement; `None` where it is compliant.
    pub violation: Option<usize>,
    /// Its path from the object's root.
    pub field: String,
    /// Byte offset of the field, or of what lacks it.
    pub at: usize,
    /// Its effective value before, as JSON.
    pub before: Option<String>,
    /// Its effective value after, as JSON.
    pub after: Option<String>,
}

impl Fact {
    /// Whether the object says anything of it.
    fn is_said(&self) -> bool {
        self.before.is_some() || self.after.is_some() || self.violation.is_some()
    }
}

/// A document as one parser sees it, with its judgement.
#[derive(Clone, Copy)]
pub struct Seen<'s> {
    /// Its nodes.
    pub tree: &'s Tree,
    /// What is wrong with it.
    pub examination: &'s Examination,
}

/// Every field that the policy demands, and every privilege that was found, before and after: those of the pod,
/// then those of each container. Where nothing changes, `after` is what was before. What a strategic-merge patch
/// leaves unset is no fact: what it patches has its own.
pub fn facts(before: Seen, after: Option<Seen>, policy: &Policy) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (w, examined) in before.examination.workloads.iter().enumerate() {
        let now = match after {
            Some(seen) => seen
                .examination
                .workloads
                .get(w)
                .map(|new| (seen.tree, new)),
            None => Some((before.tree, examined)),
        };
        for p in 0..examined.workload.pods.len() {
            let witness = Witness::new(w, p, (before.tree, examined), now);
            facts.extend(witness.fields(policy));
            witness.grants(&mut facts);
            witness.needs(&mut facts);
        }
    }
    facts.sort_by_key(|fact| (fact.workload, fact.pod, fact.container));
    facts
}

/// One pod spec before and after.
struct Witness<'s> {
    workload: usize,
    pod: usize,
    before: (&'s Tree, &'s Examined),
    after: Option<(&'s Tree, &'s Examined)>,
    /// Where the violation of a check's field by a container, or by the pod, is.
    known: HashMap<(&'static str, Option<usize>), usize>,
}

impl<'s> Witness<'s> {
    fn new(
        workload: usize,
        pod: usize,
        before: (&'s Tree, &'s Examined),
        after: Option<(&'s Tree, &'s Examined)>,
    ) -> Self {
        let violations = before.1.judgements.get(pod).map(|j| &j.violations);
        let violations = violations.into_iter().flatten().enumerate();
        let of_fields = violations.filter(|(_, violation)| !violation.is_grant());
        let known = of_fields
            .map(|(i, v)| ((v.check.id, v.container), i))
            .collect();
        Self {
            workload,
            pod,
            before,
            after,
            known,
        }
    }

    fn fields(&self, policy: &Policy) -> Vec<Fact> {
        let mut facts = Vec::new();
        let Some(pod) = self.before.1.workload.pods.get(self.pod) else {
            return facts;
        };
        for check in CHECKS.iter().filter(|check| policy.includes(check)) {
            let Some(rule) = &check.field else { continue };
            let containers = pod.containers.iter().enumerate();
            match rule.level {
                Level::Pod if pod.fields == PodFields::ContainersOnly => {}
                Level::Pod if demand(policy, check, rule, pod, None) > Demand::Nothing => {
                    facts.push(self.field(check, rule, None));
                }
                Level::Pod => {}
                Level::Container | Level::PodOrContainer => {
                    let demanded = containers.filter(|(_, c)| {
                        demand(policy, check, rule, pod, Some(c)) > Demand::Nothing
                    });
                    facts.extend(demanded.map(|(i, _)| self.field(check, rule, Some(i))));
                    facts.extend(self.overridden(check, rule));
                }
            }
        }
        if pod.is_partial {
            facts.retain(Fact::is_said);
        }
        facts
    }

    /// What is wrong at the pod although every container overrides it.
    fn overridden(&self, check: &'static Check, rule: &FieldRule) -> Option<Fact> {
        let (tree, examined) = self.before;
        let pod = examined.workload.pods.get(self.pod)?;
        self.violation(check, None)?;
        let inherited = pod
            .containers
            .iter()
            .any(|c| own(tree, c.node, rule).is_none());
        (!inherited).then(|| self.field(check, rule, None))
    }

    fn field(&self, check: &'static Check, rule: &FieldRule, container: Option<usize>) -> Fact {
        let (tree, examined) = self.before;
        let pod = examined.workload.pods.get(self.pod);
        let found = pod.and_then(|pod| effective(tree, pod, container, rule));
        let found_after = self.after.and_then(|(tree, examined)| {
            let new = examined.workload.pods.get(self.pod)?;
            let container = container.and_then(|i| new.place_of(pod?.containers.get(i)?));
            Some((tree, effective(tree, new, container, rule)?))
        });
        let after = found_after.map(|(_, found)| found);
        let at_pod = |found: Option<Effective>| found.map_or(container.is_none(), |f| f.at_pod);
        // Where the value is in the result: a container's own may take the place of the pod's.
        let ends_at_pod = at_pod(after.or(found));
        let at_pod = at_pod(found.or(after));
        let violation = self
            .violation(check, container)
            .or_else(|| self.violation(check, None).filter(|_| at_pod));
        let holder = pod.map(|pod| {
            let own = container.filter(|_| !ends_at_pod);
            let own = own.and_then(|i| pod.containers.get(i));
            (own.map_or(pod.node, |own| own.node), pod.holder(own))
        });
        let (node, path) = holder.map_or((None, String::new()), |(n, p)| (Some(n), p));
        let at = match (found, violation.and_then(|i| self.violations().get(i))) {
            (Some(found), _) => tree.start(found.node),
            (None, Some(violation)) => violation.at,
            (None, None) => node.map_or(0, |node| tree.start(node)),
        };
        Fact {
            workload: self.workload,
            pod: self.pod,
            container,
            check,
            violation,
            field: format!("{path}.{}", rule.path.join(".")),
            at,
            before: found.and_then(|found| node_to_json(tree, found.node)),
            after: found_after.and_then(|(tree, found)| node_to_json(tree, found.node)),
        }
    }

    /// The privileges that were found, or that the change gives.
    fn grants(&self, facts: &mut Vec<Fact>) {
        let (tree, examined) = self.before;
        let root = examined.workload.object.node;
        let mut positions = Positions::default();
        let grants = self.violations().iter().enumerate();
        for (i, violation) in grants.filter(|(_, violation)| violation.is_grant()) {
            let path = Path::between(tree, root, violation.node, &mut positions);
            let follow = |(tree, new): (&Tree, &Examined)| {
                let node = path.as_ref()?.follow(tree, new.workload.object.node)?;
                node_to_json(tree, node)
            };
            let looked_at = |after| self.looked_at(violation, after);
            // Of one that the change gives, only the container that lacks it is there.
            let (before, after) = match self.is_container(violation.node) {
                true => (None, self.after.and_then(looked_at)),
                false => (
                    node_to_json(tree, violation.node),
                    self.after.and_then(follow),
                ),
            };
            facts.extend(self.fact(i, before, after));
        }
    }

    fn is_container(&self, node: NodeId) -> bool {
        let pod = self.before.1.workload.pods.get(self.pod);
        let mut containers = pod.into_iter().flat_map(|pod| &pod.containers);
        containers.any(|container| container.node == node)
    }

    /// What a program needs to keep running, and does not have.
    fn needs(&self, facts: &mut Vec<Fact>) {
        let is_need = |v: &Violation| v.check.field.is_none() && !v.is_grant();
        let needs = self.violations().iter().enumerate();
        for (i, violation) in needs.filter(|(_, violation)| is_need(violation)) {
            let looked_at = |seen| self.looked_at(violation, seen);
            facts.extend(self.fact(i, looked_at(self.before), self.after.and_then(looked_at)));
        }
    }

    /// A violation's own.
    fn fact(&self, i: usize, before: Option<String>, after: Option<String>) -> Option<Fact> {
        let violation = self.violations().get(i)?;
        let pod = self.before.1.workload.pods.get(self.pod)?;
        Some(Fact {
            workload: self.workload,
            pod: self.pod,
            container: violation.container,
            check: violation.check,
            violation: Some(i),
            field: violation.field(pod),
            at: violation.at,
            before,
            after,
        })
    }

    fn looked_at(&self, violation: &Violation, seen: (&Tree, &Examined)) -> Option<String> {
        let (tree, examined) = seen;
        let pod = examined.workload.pods.get(self.pod)?;
        let old = self.before.1.workload.pods.get(self.pod)?;
        let (level, path) = violation.looked_at()?;
        let path: Vec<_> = path.split('.').collect();
        let own = violation.container.filter(|_| level != Level::Pod);
        let own = own.and_then(|i| pod.place_of(old.containers.get(i)?));
        let own = own.and_then(|i| pod.containers.get(i));
        let own = own.and_then(|container| tree.get_path(container.node, &path));
        let of_pod = || {
            tree.get_path(pod.node, &path)
                .filter(|_| level != Level::Container)
        };
        node_to_json(tree, own.or_else(of_pod)?)
    }

    fn violations(&self) -> &[Violation] {
        let judgement = self.before.1.judgements.get(self.pod);
        judgement.map_or(&[], |judgement| &judgement.violations)
    }

    fn violation(&self, check: &'static Check, container: Option<usize>) -> Option<usize> {
        self.known.get(&(check.id, container)).copied()
    }
}

#[derive(Clone, Copy)]
struct Effective {
    node: NodeId,
    at_pod: bool,
}

fn own(tree: &Tree, holder: NodeId, rule: &FieldRule) -> Option<NodeId> {
    let node = tree.get_path(holder, rule.path);
    node.filter(|&node| !tree.is_null(node))
}

fn effective(
    tree: &Tree,
    pod: &PodSpec,
    container: Option<usize>,
    rule: &FieldRule,
) -> Option<Effective> {
    let container = container.and_then(|i| pod.containers.get(i));
    let of_container = container.and_then(|container| own(tree, container.node, rule));
    let of_pod = || own(tree, pod.node, rule).filter(|_| rule.level != Level::Container);
    match of_container {
        Some(node) => Some(Effective {
            node,
            at_pod: false,
        }),
        None => of_pod().map(|node| Effective { node, at_pod: true }),
    }
}
