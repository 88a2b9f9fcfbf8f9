//! Fields of a securityContext: at which level each is wrong, and at which it is written.

use super::{Check, FOR_GOOD, Fix, Judge, Level, Status, Violation};
use crate::checks::{Demand, FieldRule, Policy, Profile, State};
use crate::workload::{Container, PodFields, PodSpec};
use crate::yaml::NodeId;

/// A field's rule with what is demanded of it here.
#[derive(Clone, Copy)]
struct Field<'r> {
    check: &'static Check,
    rule: &'r FieldRule,
    /// The id of what Pod Security Standards demand; empty where they demand nothing.
    revision: &'static str,
    /// Of the pod and its containers.
    demand: Demand,
    /// Of ephemeral containers: the profile's own demands are not for them.
    of_ephemeral: Demand,
}

impl Field<'_> {
    fn demands_of(&self, container: &Container) -> Demand {
        match container.is_long_lived() {
            true => self.demand,
            false => self.of_ephemeral,
        }
    }
}

/// What a policy demands of a field in a container, or in the pod.
pub fn demand(
    policy: &Policy,
    check: &'static Check,
    rule: &FieldRule,
    pod: &PodSpec,
    container: Option<&Container>,
) -> Demand {
    let field = demanded(policy, check, rule, pod);
    container.map_or(field.demand, |container| field.demands_of(container))
}

fn demanded<'r>(
    policy: &Policy,
    check: &'static Check,
    rule: &'r FieldRule,
    pod: &PodSpec,
) -> Field<'r> {
    let revision = policy.in_force(check);
    let revision = revision.filter(|revision| !revision.relaxes(pod));
    let standard = revision.map_or(Demand::Nothing, |revision| revision.demand);
    let not_there = pod.os.is_windows() && !rule.on_windows;
    let (demand, of_ephemeral) = match policy.profile {
        Profile::Hardened if not_there => (Demand::Nothing, Demand::Nothing),
        Profile::Hardened => (Demand::Required, standard),
        Profile::Restricted | Profile::Baseline => (standard, standard),
    };
    let most = match pod.is_partial {
        true => Demand::NotInsecure,
        false => Demand::Required,
    };
    Field {
        check,
        rule,
        revision: revision.map_or("", |revision| revision.id),
        demand: demand.min(most),
        of_ephemeral: of_ephemeral.min(most),
    }
}

impl Judge<'_> {
    pub(super) fn field(&mut self, check: &'static Check, rule: &FieldRule) {
        let field = demanded(self.policy, check, rule, self.pod);
        if field.demand == Demand::Nothing {
            return;
        }
        match rule.level {
            Level::Pod => self.pod_field(field),
            Level::PodOrContainer => self.inherited_field(field),
            Level::Container => self.container_field(field),
        }
    }

    fn pod_field(&mut self, field: Field) {
        if self.pod.fields == PodFields::ContainersOnly {
            return;
        }
        let state = self.state(field, self.pod.node);
        if !violates(state, field.demand) {
            return;
        }
        let mut everyone = std::iter::once(None).chain((0..self.pod.containers.len()).map(Some));
        let excused = everyone.find_map(|who| (self.excuse)(field.check, who));
        let status = match excused {
            Some(excuse) => Status::Exempt(excuse),
            None => self.held_by_any().unwrap_or(Status::Fixed),
        };
        self.violate(field, None, status);
    }

    /// Why the pod's own fields are left alone, where a container is.
    fn held_by_any(&self) -> Option<Status> {
        let mut held: Vec<_> = self.out.held.iter().flatten().collect();
        held.sort_by_key(|status| **status != FOR_GOOD);
        held.first().map(|status| (*status).clone())
    }

    fn container_field(&mut self, field: Field) {
        let pod = self.pod;
        for (i, container) in pod.containers.iter().enumerate() {
            if violates(
                self.state(field, container.node),
                field.demands_of(container),
            ) {
                let status = self.left_alone(field, i).unwrap_or(Status::Fixed);
                self.violate(field, Some(i), status);
            }
        }
    }

    /// A container's own value wins over the pod's. The pod's is written unless it would reach a container
    /// that is left alone; then it goes to each of the others.
    fn inherited_field(&mut self, field: Field) {
        let pod = self.pod;
        let at_pod = self.state(field, pod.node);
        let pod_excuse = (self.excuse)(field.check, None).map(Status::Exempt);
        let containers = pod.containers.iter().enumerate();
        let blocked = containers
            .filter(|(_, c)| self.state(field, c.node) == State::Missing)
            .find_map(|(i, _)| self.left_alone(field, i))
            .or_else(|| pod_excuse.filter(|_| at_pod == State::Insecure));
        let spread = blocked.is_some() || pod.fields == PodFields::ContainersOnly;
        if at_pod == State::Insecure {
            let status = blocked.unwrap_or(Status::Fixed);
            self.violate(field, None, status);
        }
        let mut needs_pod = false;
        for (i, container) in pod.containers.iter().enumerate() {
            let state = self.state(field, container.node);
            let from_pod = state == State::Missing;
            let effective = if from_pod { at_pod } else { state };
            if !violates(effective, field.demands_of(container))
                || (from_pod && at_pod == State::Insecure && !spread)
            {
                continue;
            }
            match self.left_alone(field, i) {
                Some(status) => self.report(field, Some(i), status),
                None if !from_pod => self.violate(field, Some(i), Status::Fixed),
                None if pod.is_partial => self.report(field, Some(i), FOR_GOOD),
                None if spread => self.violate(field, Some(i), Status::Fixed),
                None => {
                    self.report(field, Some(i), self.fixed(field));
                    needs_pod = true;
                }
            }
        }
        if needs_pod && self.fixed(field) == Status::Fixed {
            self.set(field, pod.node, Level::Pod);
        }
    }

    fn state(&self, field: Field, holder: NodeId) -> State {
        let value = self.tree.get_path(holder, field.rule.path);
        value.map_or(State::Missing, |value| (field.rule.state)(self.tree, value))
    }

    /// Why a container's field is not touched.
    fn left_alone(&self, field: Field, container: usize) -> Option<Status> {
        let excuse = (self.excuse)(field.check, Some(container)).map(Status::Exempt);
        excuse.or_else(|| self.out.held.get(container).cloned().flatten())
    }

    /// Fixed, unless the API server would refuse the field: it takes none but `runAsNonRoot` in Windows pods.
    fn fixed(&self, field: Field) -> Status {
        match self.pod.os.is_windows() && !field.rule.on_windows {
            true => Status::NeedsDecision,
            false => Status::Fixed,
        }
    }

    /// Reports a violation and fixes it where it is, if its status says so. An ephemeral container goes with its
    /// pod and cannot be changed.
    fn violate(&mut self, field: Field, container: Option<usize>, status: Status) {
        let holder = container.and_then(|i| self.pod.containers.get(i));
        let status = match (status, holder) {
            (Status::Fixed, Some(c)) if !c.is_long_lived() => Status::NeedsDecision,
            (Status::Fixed, _) => self.fixed(field),
            (status, _) => status,
        };
        if status == Status::Fixed {
            match holder {
                Some(container) => self.set(field, container.node, Level::Container),
                None => self.set(field, self.pod.node, Level::Pod),
            }
        }
        self.report(field, container, status);
    }

    fn report(&mut self, field: Field, container: Option<usize>, status: Status) {
        let holder = container.and_then(|i| self.pod.containers.get(i));
        let holder = holder.map_or(self.pod.node, |container| container.node);
        let value = self.tree.get_path(holder, field.rule.path);
        let is_written = value.is_some()
            && field.rule.level == Level::PodOrContainer
            && self.state(field, holder) == State::Insecure;
        let node = value.unwrap_or(holder);
        let word = match self.tree.is_mapping(node) {
            true => self.tree.get(node, "type"),
            false => Some(node),
        };
        let word = || word.map_or("", |word| self.tree.value(word)).to_owned();
        self.out.violations.push(Violation {
            check: field.check,
            revision: field.revision,
            container,
            node,
            at: self.tree.start(node),
            granted: None,
            is_written,
            subject: None,
            values: is_written.then(word).into_iter().collect(),
            status,
        });
    }

    fn set(&mut self, field: Field, holder: NodeId, level: Level) {
        self.out.fixes.push(Fix::Set {
            holder,
            level,
            path: field.rule.path,
            value: (field.rule.value)(self.policy),
        });
    }
}

fn violates(state: State, demand: Demand) -> bool {
    match state {
        State::Compliant => false,
        State::Insecure => demand >= Demand::NotInsecure,
        State::Missing => demand == Demand::Required,
    }
}
