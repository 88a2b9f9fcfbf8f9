//! Whether the kubelet starts a container, before and after the change.

use super::{Judge, Status, Topic, Violation};
use crate::checks::{Check, Demand, State, Value, kubelet, run_as_non_root, run_as_user};
use crate::images::User;
use crate::images::kubelet::{Declared, Refused, verdict};
use crate::yaml::NodeId;

impl Judge<'_> {
    /// Whether a container that has `runAsNonRoot: true`, or gets it, is not started without `runAsUser`.
    pub(super) fn has_to_say_user(&self, container: usize) -> bool {
        let Some(holder) = self.pod.containers.get(container) else {
            return false;
        };
        let (Some(rule), Some(user)) = (&run_as_non_root::CHECK.field, self.user(container)) else {
            return false;
        };
        let (own, at_pod) = (
            self.state_of(rule, holder.node),
            self.state_of(rule, self.pod.node),
        );
        let effective = if own == State::Missing { at_pod } else { own };
        let check = &run_as_non_root::CHECK;
        let is_written = || {
            self.policy.includes(check)
                && super::demand(self.policy, check, rule, self.pod, Some(holder))
                    == Demand::Required
                && self.why_left_alone(check, container).is_none()
        };
        let declared = Declared {
            run_as_non_root: Some(effective == State::Compliant || is_written()),
            run_as_user: None,
        };
        holder.is_long_lived() && verdict(declared, Some(user)).is_err()
    }

    /// What the kubelet refuses, and what it would refuse after the change.
    pub(super) fn kubelet(&mut self) {
        let check = &kubelet::CHECK;
        let mut asked = [check, &run_as_non_root::CHECK].into_iter();
        let takes_part = asked.any(|check| self.policy.includes(check));
        if self.pod.os.is_windows() || !takes_part || self.policy.skip.contains(&check.id) {
            return;
        }
        for container in 0..self.pod.containers.len() {
            let user = self.user(container);
            let before = verdict(self.declared(container, false), user);
            let after = verdict(self.declared(container, true), user);
            let (refused, status) = match (before, after) {
                (_, Err(refused)) => {
                    let excuse = self.why_left_alone(check, container);
                    (refused, excuse.unwrap_or(Status::NeedsDecision))
                }
                (Err(refused), Ok(())) => (refused, Status::Fixed),
                (Ok(()), Ok(())) => continue,
            };
            self.refused(container, &refused, status);
        }
    }

    fn refused(&mut self, container: usize, refused: &Refused, status: Status) {
        let Some(holder) = self.pod.containers.get(container) else {
            return;
        };
        if let Some(text) = self.remedies(container, refused) {
            self.note(Topic::Kubelet, Some(container), text);
        }
        self.out.violations.push(Violation {
            check: &kubelet::CHECK,
            revision: "",
            container: Some(container),
            node: holder.node,
            at: self.tree.start(holder.node),
            granted: None,
            is_written: true,
            subject: None,
            values: vec![refused.to_string()],
            status,
        });
    }

    /// The image's remedy first: it is for everybody who runs the image.
    fn remedies(&self, container: usize, refused: &Refused) -> Option<String> {
        let ids = self.facts.get(container)?.ids.as_ref().map(|ids| ids.value);
        let of = if ids.is_some() {
            ""
        } else {
            ", or the uid that its files belong to,"
        };
        let uid = ids.map_or_else(|| self.wanted.run_as(Some(container)).user, |ids| ids.uid);
        match refused {
            Refused::BreaksPolicy => None,
            _ => Some(format!(
                "write USER {uid}{of} in the image's Dockerfile, or set runAsUser: {uid} here"
            )),
        }
    }

    fn user(&self, container: usize) -> Option<&User> {
        let facts = self.facts.get(container)?;
        facts.user.as_ref().map(|user| &user.value)
    }

    /// The effective values, as they are or as they will be.
    fn declared(&self, container: usize, after: bool) -> Declared {
        let holders = self.pod.containers.get(container).map(|c| c.node);
        let holders = holders.into_iter().chain([self.pod.node]);
        holders.fold(Declared::default(), |inner, holder| {
            inner.or(self.declared_at(holder, after))
        })
    }

    fn declared_at(&self, holder: NodeId, after: bool) -> Declared {
        let planned = |check: &Check| self.planned.get(&(holder, check.id)).filter(|_| after);
        let written = |key| self.tree.get_path(holder, &["securityContext", key]);
        Declared {
            run_as_non_root: match planned(&run_as_non_root::CHECK) {
                Some(Value::Bool(planned)) => Some(*planned),
                _ => written("runAsNonRoot").and_then(|at| self.tree.as_bool(at)),
            },
            run_as_user: match planned(&run_as_user::CHECK) {
                Some(Value::Int(planned)) => Some(*planned),
                _ => written("runAsUser").and_then(|at| self.tree.as_int(at)),
            },
        }
    }
}
