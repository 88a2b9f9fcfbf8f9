//! What is demanded of a field, by the profile and its version, in one pod.

use super::Check;
use crate::checks::{Demand, FieldRule, Policy, Profile, State};
use crate::workload::{Container, PodSpec};

/// A field's rule with what is demanded of it here.
#[derive(Clone, Copy)]
pub(super) struct Field<'r> {
    pub(super) check: &'static Check,
    pub(super) rule: &'r FieldRule,
    /// The id of what Pod Security Standards demand; empty where they demand nothing.
    pub(super) revision: &'static str,
    /// Of the pod and its containers.
    pub(super) demand: Demand,
    /// Of ephemeral containers: the profile's own demands are not for them.
    of_ephemeral: Demand,
}

impl Field<'_> {
    pub(super) fn demands_of(&self, container: &Container) -> Demand {
        match container.is_long_lived() {
            true => self.demand,
            false => self.of_ephemeral,
        }
    }

    pub(super) fn is(&self, check: &Check) -> bool {
        self.check.id == check.id
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

/// A field with what a policy demands of it in a pod.
pub(super) fn demanded<'r>(
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

/// Whether a state does not meet a demand.
pub(super) fn violates(state: State, demand: Demand) -> bool {
    match state {
        State::Compliant => false,
        State::Insecure => demand >= Demand::NotInsecure,
        State::Missing => demand == Demand::Required,
    }
}
