//! Which user and groups a pod's containers run as: the ids of the command line, else their image's own, else 1000.

use std::collections::HashMap;

use crate::checks::{Policy, RunAs};
use crate::images::{Facts, Ids, Known};
use crate::workload::{PodSpec, Role};

/// The ids of a pod and of those containers whose image has its own.
pub(super) struct Wanted {
    /// What the pod says, for every container without ids of its own.
    common: RunAs,
    /// By container; `None` where any ids will do.
    own: Vec<Option<RunAs>>,
}

impl Wanted {
    pub(super) fn of(policy: &Policy, pod: &PodSpec, facts: &[Facts]) -> Self {
        let given = policy.run_as();
        let own: Vec<_> = facts
            .iter()
            .map(|facts| own(policy, facts.ids.as_ref()?))
            .collect();
        let regular = |role: Role| {
            pod.containers
                .iter()
                .zip(&own)
                .filter(move |(c, _)| c.role == role)
        };
        let says = regular(Role::Regular).chain(regular(Role::Init));
        let says: Vec<RunAs> = says.filter_map(|(_, own)| *own).collect();
        let mut votes: HashMap<RunAs, usize> = HashMap::new();
        says.iter()
            .for_each(|one| *votes.entry(*one).or_default() += 1);
        // Of several with as many votes `max_by_key` takes the last, and the first container is the main one.
        let common = says.iter().rev().max_by_key(|one| votes.get(one)).copied();
        Self {
            common: common.unwrap_or(given),
            own,
        }
    }

    /// What is written for a container, or for the pod.
    pub(super) fn run_as(&self, container: Option<usize>) -> RunAs {
        let own = container.and_then(|i| self.own.get(i).copied().flatten());
        own.unwrap_or(self.common)
    }
}

/// An image's own ids, where the command line leaves the choice. Files of group 0 are for its user too, whose number is a
/// better group than 0.
fn own(policy: &Policy, ids: &Known<Ids>) -> Option<RunAs> {
    if policy.run_as_user.is_some() {
        return None;
    }
    let Ids { uid, gid } = ids.value;
    let gid = gid.filter(|&gid| gid > 0).unwrap_or(uid);
    Some(RunAs {
        user: uid,
        group: policy.run_as_group.unwrap_or(gid),
        fs_group: policy.fs_group.unwrap_or(gid),
    })
}
