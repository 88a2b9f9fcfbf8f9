//! Judging one pod spec: what violates the policy, what would fix it, and where the fix belongs.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{CHECKS, Check, Demand, FieldRule, Grant, Level, Policy, Scope, State, Value};
use crate::workload::{PodFields, PodSpec};
use crate::yaml::{NodeId, Tree};

/// How a field edit takes a privilege away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// None does.
    None,
    /// Another value for a node.
    Replace(NodeId, Value),
    /// Items out of a list.
    Remove(Vec<NodeId>),
}

/// A change that a violation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// A field of a securityContext gets a value.
    Set {
        /// The mapping of the pod spec or container.
        holder: NodeId,
        /// Which of the two it is.
        level: Level,
        /// The field's path from there.
        path: &'static [&'static str],
        /// Its value.
        value: Value,
    },
    /// A privilege is taken away.
    Take(Remedy),
}

/// Why somebody wants a violation left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// The reason given.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

/// What happens to a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// This run fixes it.
    Fixed,
    /// `--unsafe-fixes` fixes it.
    NeedsUnsafe,
    /// A person has to decide: no field edit takes it away.
    NeedsDecision,
    /// Left alone because a privilege is held: fixing half of it breaks the container.
    Held {
        /// Whether `--unsafe-fixes` takes the privilege away, and then fixes this too.
        takes_unsafe: bool,
    },
    /// Somebody has a reason.
    Exempt(Excuse),
}

/// A demand that a pod spec does not meet.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The check.
    pub check: &'static Check,
    /// The container by its place in [`PodSpec::containers`]; `None` for the pod.
    pub container: Option<usize>,
    /// Byte offset of what is wrong, or of what lacks something.
    pub at: usize,
    /// What it must do.
    pub reason: Cow<'static, str>,
    /// What happens to it.
    pub status: Status,
}

/// All violations of a pod spec and the fixes for those that this run fixes.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// In the order of the checks.
    pub violations: Vec<Violation>,
    /// In the order in which fields are written.
    pub fixes: Vec<Fix>,
    /// Why a container is left alone whole: it holds a privilege that is not taken away.
    pub held: Vec<Option<Status>>,
}

/// Judges a pod spec. `excuse` knows the exemptions of a check for a container, or for the pod.
pub fn judge(
    tree: &Tree,
    pod: &PodSpec,
    policy: &Policy,
    excuse: &dyn Fn(&'static Check, Option<usize>) -> Option<Excuse>,
) -> Judgement {
    let mut judge = Judge {
        tree,
        pod,
        policy,
        excuse,
        out: Judgement::default(),
    };
    judge.grants();
    for check in CHECKS.iter().filter(|check| policy.includes(check)) {
        if let Some(rule) = &check.field {
            judge.field(check, rule);
        }
    }
    judge.out
}

/// Held by a privilege that no field edit takes away.
const FOR_GOOD: Status = Status::Held {
    takes_unsafe: false,
};

struct Judge<'a> {
    tree: &'a Tree,
    pod: &'a PodSpec,
    policy: &'a Policy,
    excuse: &'a dyn Fn(&'static Check, Option<usize>) -> Option<Excuse>,
    out: Judgement,
}

impl Judge<'_> {
    /// Containers that hold a privilege are found whatever checks take part: half an edit breaks them.
    fn grants(&mut self) {
        self.out.held = vec![None; self.pod.containers.len()];
        for check in CHECKS {
            match &check.grant {
                Some(Scope::Pod(find)) => {
                    for grant in find(self.tree, self.pod) {
                        self.grant(check, None, grant);
                    }
                }
                Some(Scope::Container(find)) => {
                    for (i, container) in self.pod.containers.iter().enumerate() {
                        for grant in find(self.tree, self.pod, container, self.policy.profile) {
                            let status = self.grant(check, Some(i), grant);
                            self.hold(i, status);
                        }
                    }
                }
                None => {}
            }
        }
    }

    /// A container that holds an exempt privilege is exempt whole, unless it holds another one too.
    fn hold(&mut self, container: usize, status: Status) {
        let Some(held) = self.out.held.get_mut(container) else {
            return;
        };
        match status {
            Status::Fixed => {}
            Status::Exempt(_) if held.is_none() => *held = Some(status),
            Status::Exempt(_) => {}
            Status::NeedsUnsafe if *held != Some(FOR_GOOD) => {
                *held = Some(Status::Held { takes_unsafe: true });
            }
            _ => *held = Some(FOR_GOOD),
        }
    }

    /// Records a grant and says what happens to it.
    fn grant(&mut self, check: &'static Check, container: Option<usize>, grant: Grant) -> Status {
        if !self.policy.includes(check) {
            return FOR_GOOD;
        }
        let status = match (self.excuse)(check, container) {
            Some(excuse) => Status::Exempt(excuse),
            None if grant.remedy == Remedy::None => Status::NeedsDecision,
            None if self.policy.unsafe_fixes => Status::Fixed,
            None => Status::NeedsUnsafe,
        };
        if status == Status::Fixed {
            self.out.fixes.push(Fix::Take(grant.remedy));
        }
        self.out.violations.push(Violation {
            check,
            container,
            at: self.tree.start(grant.at),
            reason: grant.detail.into(),
            status: status.clone(),
        });
        status
    }

    fn field(&mut self, check: &'static Check, rule: &FieldRule) {
        let demand = match (rule.demand)(self.policy.profile) {
            Demand::Nothing => return,
            _ if self.pod.is_windows && !rule.on_windows => return,
            _ if self.pod.is_partial => Demand::NotInsecure,
            demand => demand,
        };
        match rule.level {
            Level::Pod => self.pod_field(check, rule, demand),
            Level::PodOrContainer => self.inherited_field(check, rule, demand),
            Level::Container => self.container_field(check, rule, demand),
        }
    }

    fn pod_field(&mut self, check: &'static Check, rule: &FieldRule, demand: Demand) {
        if self.pod.fields == PodFields::ContainersOnly {
            return;
        }
        let state = self.state(rule, self.pod.node);
        if !violates(state, demand) {
            return;
        }
        let everyone = std::iter::once(None).chain((0..self.pod.containers.len()).map(Some));
        let excused = everyone
            .into_iter()
            .find_map(|who| (self.excuse)(check, who));
        let status = match excused {
            Some(excuse) => Status::Exempt(excuse),
            None => self.held_by_any().unwrap_or(Status::Fixed),
        };
        self.violate(check, rule, None, status);
    }

    /// Why the pod's own fields are left alone, where a container is.
    fn held_by_any(&self) -> Option<Status> {
        let mut held: Vec<_> = self.out.held.iter().flatten().collect();
        held.sort_by_key(|status| **status != FOR_GOOD);
        held.first().map(|status| (*status).clone())
    }

    fn container_field(&mut self, check: &'static Check, rule: &FieldRule, demand: Demand) {
        for (i, container) in self.long_lived() {
            if violates(self.state(rule, container), demand) {
                let status = self.hands_off(check, i).unwrap_or(Status::Fixed);
                self.violate(check, rule, Some(i), status);
            }
        }
    }

    /// A container's own value wins over the pod's. The pod's is written unless it would reach a container
    /// that is left alone; then it goes to each of the others.
    fn inherited_field(&mut self, check: &'static Check, rule: &FieldRule, demand: Demand) {
        let at_pod = self.state(rule, self.pod.node);
        let pod_excuse = (self.excuse)(check, None).map(Status::Exempt);
        let blocked = (0..self.pod.containers.len())
            .filter(|&i| self.inherits(rule, i))
            .find_map(|i| self.hands_off(check, i))
            .or_else(|| pod_excuse.filter(|_| at_pod == State::Insecure));
        let spread = blocked.is_some() || self.pod.fields == PodFields::ContainersOnly;
        if at_pod == State::Insecure {
            let status = blocked.unwrap_or(Status::Fixed);
            self.violate(check, rule, None, status);
        }
        let mut needs_pod = false;
        for (i, container) in self.long_lived() {
            let state = self.state(rule, container);
            let effective = if state == State::Missing {
                at_pod
            } else {
                state
            };
            let from_pod = state == State::Missing;
            if !violates(effective, demand) || (from_pod && at_pod == State::Insecure && !spread) {
                continue;
            }
            match self.hands_off(check, i) {
                Some(status) => self.report(check, rule, Some(i), status),
                None if !from_pod => self.violate(check, rule, Some(i), Status::Fixed),
                None if self.pod.is_partial => self.report(check, rule, Some(i), FOR_GOOD),
                None if spread => self.violate(check, rule, Some(i), Status::Fixed),
                None => {
                    self.report(check, rule, Some(i), Status::Fixed);
                    needs_pod = true;
                }
            }
        }
        if needs_pod {
            self.set(rule, self.pod.node, Level::Pod);
        }
    }

    fn long_lived(&self) -> Vec<(usize, NodeId)> {
        let containers = self.pod.containers.iter().enumerate();
        containers
            .filter(|(_, container)| container.is_long_lived())
            .map(|(i, container)| (i, container.node))
            .collect()
    }

    fn inherits(&self, rule: &FieldRule, container: usize) -> bool {
        let container = self.pod.containers.get(container);
        container.is_some_and(|c| self.state(rule, c.node) == State::Missing)
    }

    fn state(&self, rule: &FieldRule, holder: NodeId) -> State {
        let value = self.tree.get_path(holder, rule.path);
        value.map_or(State::Missing, |value| (rule.state)(self.tree, value))
    }

    /// Why a container's field is not touched.
    fn hands_off(&self, check: &'static Check, container: usize) -> Option<Status> {
        let excuse = (self.excuse)(check, Some(container)).map(Status::Exempt);
        excuse.or_else(|| self.out.held.get(container).cloned().flatten())
    }

    /// Reports a violation and fixes it where it is, if its status says so.
    fn violate(
        &mut self,
        check: &'static Check,
        rule: &FieldRule,
        container: Option<usize>,
        status: Status,
    ) {
        if status == Status::Fixed {
            match container.and_then(|i| self.pod.containers.get(i)) {
                Some(container) => self.set(rule, container.node, Level::Container),
                None => self.set(rule, self.pod.node, Level::Pod),
            }
        }
        self.report(check, rule, container, status);
    }

    fn report(
        &mut self,
        check: &'static Check,
        rule: &FieldRule,
        container: Option<usize>,
        status: Status,
    ) {
        let holder = container.and_then(|i| self.pod.containers.get(i));
        let holder = holder.map_or(self.pod.node, |container| container.node);
        self.out.violations.push(Violation {
            check,
            container,
            at: self
                .tree
                .start(self.tree.get_path(holder, rule.path).unwrap_or(holder)),
            reason: rule.must.into(),
            status,
        });
    }

    fn set(&mut self, rule: &FieldRule, holder: NodeId, level: Level) {
        self.out.fixes.push(Fix::Set {
            holder,
            level,
            path: rule.path,
            value: (rule.value)(self.policy),
        });
    }
}

fn violates(state: State, demand: Demand) -> bool {
    match state {
        State::Compliant => false,
        State::Insecure => true,
        State::Missing => demand == Demand::Required,
    }
}
