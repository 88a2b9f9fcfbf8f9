//! Which user and groups a pod's containers run as: the ids of the command line, else their image's own, else 1000.

use std::collections::HashMap;

use crate::checks::{Policy, RunAs};
use crate::images::{Facts, Ids, Known};
use crate::workload::{PodSpec, Role};

/// The ids of a pod, and of each container.
pub(super) struct Wanted {
    /// What the pod says: what most containers want, and the first of them where it is a tie.
    common: RunAs,
    /// By container.
    own: Vec<RunAs>,
}

impl Wanted {
    pub(super) fn of(policy: &Policy, pod: &PodSpec, facts: &[Facts]) -> Self {
        let given = policy.run_as();
        let of_image = |facts: &Facts| own(policy, facts.ids.as_ref()?);
        let known: Vec<_> = facts.iter().map(of_image).collect();
        let own: Vec<_> = known.iter().map(|own| own.unwrap_or(given)).collect();
        let common = most(in_order(pod, &own)).unwrap_or(given);
        // Volumes are for the programs that are known to be made for a group.
        let of_volumes = most(in_order(pod, &known).flatten());
        Self {
            common: RunAs {
                fs_group: of_volumes.unwrap_or(common).fs_group,
                ..common
            },
            own,
        }
    }

    /// What is written for a container, or for the pod.
    pub(super) fn run_as(&self, container: Option<usize>) -> RunAs {
        let own = container.and_then(|i| self.own.get(i));
        own.copied().unwrap_or(self.common)
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

/// What belongs to the containers, the regular ones before the init containers.
fn in_order<'p, T: Copy>(pod: &'p PodSpec, own: &'p [T]) -> impl Iterator<Item = T> + 'p {
    [Role::Regular, Role::Init]
        .into_iter()
        .flat_map(move |role| {
            let containers = pod.containers.iter().zip(own);
            containers
                .filter(move |(c, _)| c.role == role)
                .map(|(_, own)| *own)
        })
}

/// The most frequent; the first of several.
fn most(ids: impl Iterator<Item = RunAs>) -> Option<RunAs> {
    let ids: Vec<_> = ids.collect();
    let mut votes: HashMap<RunAs, usize> = HashMap::new();
    for one in &ids {
        *votes.entry(*one).or_default() += 1;
    }
    // Of several with as many votes `max_by_key` takes the last.
    ids.iter().rev().max_by_key(|one| votes.get(one)).copied()
}
