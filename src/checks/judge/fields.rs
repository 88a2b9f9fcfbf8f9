//! Fields of a securityContext: at which level each is wrong, and at which it is written.

use super::demand::{Field, demanded, violates};
use super::{Check, FOR_GOOD, Fix, Judge, Level, Status, Violation};
use crate::checks::{Demand, FieldRule, State, Value, run_as_user};
use crate::workload::PodFields;
use crate::yaml::NodeId;

impl Judge<'_> {
    pub(super) fn field(&mut self, check: &'static Check, rule: &FieldRule) {
        let field = demanded(self.policy, check, rule, self.pod);
        if field.demand == Demand::Nothing && !self.is_said_to_start(field) {
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
        let excused = everyone.find_map(|who| self.excused(field.check, who));
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
        let common = self.value(field, None);
        let pod_excuse = (self.excuse)(field.check, None).map(Status::Exempt);
        let containers = pod.containers.iter().enumerate();
        let blocked = containers
            .filter(|(_, c)| self.state(field, c.node) == State::Missing)
            .find_map(|(i, _)| self.left_alone(field, i))
            .or_else(|| pod_excuse.filter(|_| at_pod == State::Insecure));
        let spread = blocked.is_some() || pod.fields == PodFields::ContainersOnly;
        let mut needs_pod = false;
        let mut writes_pod = false;
        if at_pod == State::Insecure {
            let status = blocked.unwrap_or(Status::Fixed);
            writes_pod = status == Status::Fixed && self.fixed(field) == Status::Fixed;
            self.violate(field, None, status);
        }
        for (i, container) in pod.containers.iter().enumerate() {
            let state = self.state(field, container.node);
            let from_pod = state == State::Missing;
            let effective = if from_pod { at_pod } else { state };
            if !violates(effective, self.demand_of(field, i))
                || (from_pod && at_pod == State::Insecure && !spread)
            {
                continue;
            }
            match self.left_alone(field, i) {
                Some(status) => self.report(field, Some(i), status),
                None if !from_pod => self.violate(field, Some(i), Status::Fixed),
                None if pod.is_partial => self.report(field, Some(i), FOR_GOOD),
                None if spread || self.is_raised(field, i) => {
                    self.violate(field, Some(i), Status::Fixed);
                }
                None => {
                    self.report(field, Some(i), self.fixed(field));
                    needs_pod = true;
                }
            }
        }
        if needs_pod && self.fixed(field) == Status::Fixed {
            self.set(field, None);
            writes_pod = true;
        }
        if writes_pod {
            self.set_where_others_differ(field, &common);
        }
    }

    /// Containers that have the pod's new value, and whose image wants another one, say their own.
    fn set_where_others_differ(&mut self, field: Field, common: &Value) {
        let pod = self.pod;
        for (i, container) in pod.containers.iter().enumerate() {
            let inherits = self.state(field, container.node) == State::Missing;
            if inherits && container.is_long_lived() && self.value(field, Some(i)) != *common {
                self.set(field, Some(i));
            }
        }
    }

    /// What is demanded of a container: by the policy, or because the kubelet would not start it without.
    fn demand_of(&self, field: Field, container: usize) -> Demand {
        let holder = self.pod.containers.get(container);
        let demand = holder.map_or(Demand::Nothing, |c| field.demands_of(c));
        match field.is(&run_as_user::CHECK) && self.has_to_say_user(container) {
            true => Demand::Required,
            false => demand,
        }
    }

    /// Whether a container violates nothing but the demand that it has to start.
    fn is_raised(&self, field: Field, container: usize) -> bool {
        let Some(holder) = self.pod.containers.get(container) else {
            return false;
        };
        let effective = match self.state(field, holder.node) {
            State::Missing => self.state(field, self.pod.node),
            own => own,
        };
        field.is(&run_as_user::CHECK) && !violates(effective, field.demands_of(holder))
    }

    fn is_said_to_start(&self, field: Field) -> bool {
        let mut containers = 0..self.pod.containers.len();
        field.is(&run_as_user::CHECK) && containers.any(|i| self.has_to_say_user(i))
    }

    /// What is written for a container, or for the pod.
    fn value(&self, field: Field, container: Option<usize>) -> Value {
        (field.rule.value)(&self.wanted.run_as(container))
    }

    pub(super) fn state_of(&self, rule: &FieldRule, holder: NodeId) -> State {
        let value = self.tree.get_path(holder, rule.path);
        value.map_or(State::Missing, |value| (rule.state)(self.tree, value))
    }

    fn state(&self, field: Field, holder: NodeId) -> State {
        self.state_of(field.rule, holder)
    }

    /// Why a container's field is not touched.
    fn left_alone(&self, field: Field, container: usize) -> Option<Status> {
        self.why_left_alone(field.check, container)
    }

    pub(super) fn why_left_alone(&self, check: &'static Check, container: usize) -> Option<Status> {
        let excuse = self.excused(check, Some(container)).map(Status::Exempt);
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
            self.set(field, container);
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
        let is_raised = container.is_some_and(|i| self.is_raised(field, i));
        self.out.violations.push(Violation {
            check: field.check,
            revision: if is_raised { "" } else { field.revision },
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

    fn set(&mut self, field: Field, container: Option<usize>) {
        let holder = container.and_then(|i| self.pod.containers.get(i));
        let (holder, level) = match holder {
            Some(container) => (container.node, Level::Container),
            None => (self.pod.node, Level::Pod),
        };
        let value = self.value(field, container);
        self.planned.insert((holder, field.check.id), value.clone());
        self.out.fixes.push(Fix::Set {
            holder,
            level,
            path: field.rule.path,
            value,
        });
    }
}
