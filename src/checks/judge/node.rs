//! What a pod has of its node and of its data: agents, and files that outlive it.

use super::{Fix, Judge, Level, Topic};
use crate::checks::{
    Check, Excuse, State, Value, capabilities, fs_group, run_as_group, run_as_non_root, run_as_user,
};
use crate::container_path::is_within;
use crate::images::{Known, StaysRoot};
use crate::workload::mounts;

/// Directories and sockets of the node that only its agents have business with.
const OF_AGENTS: [&str; 10] = [
    "/proc",
    "/sys",
    "/dev",
    "/var/lib/kubelet",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd",
    "/etc/cni",
];

/// What a program that has to be root keeps. One that is root wherever it runs keeps the capabilities too that it changes
/// users and owners with.
const USER: [&str; 3] = [
    run_as_non_root::CHECK.id,
    run_as_user::CHECK.id,
    run_as_group::CHECK.id,
];

impl Judge<'_> {
    /// Why an image may keep what it runs as: it is known not to work otherwise.
    pub(super) fn by_image(&self, check: &str, container: usize) -> Option<Excuse> {
        let facts = self.facts.get(container)?;
        if self.policy.run_as_user.is_some() {
            return None;
        }
        // What it keeps instead of all of them is known.
        let keeps_all = facts.root_capabilities.is_none() && check == capabilities::CHECK.id;
        let root = self
            .stays_root(container)
            .filter(|root| USER.contains(&check) || root.value == StaysRoot::Always && keeps_all);
        let reason = if let Some(Known { origin, .. }) = root {
            let why = match facts.note.as_str() {
                "" => "it needs root",
                note => note,
            };
            format!("{why} ({origin})")
        } else {
            let ids = facts
                .ids
                .as_ref()
                .filter(|_| check == run_as_group::CHECK.id)?;
            if ids.value.gid != Some(0) || self.policy.run_as_group.is_some() {
                return None;
            }
            format!("its files are for group 0, which it keeps ({})", ids.origin)
        };
        Some(Excuse {
            reason,
            ..Excuse::default()
        })
    }

    /// Whether a container's image has to stay root as it runs here, and where that is known from.
    fn stays_root(&self, container: usize) -> Option<&Known<StaysRoot>> {
        let root = self.facts.get(container)?.stays_root.as_ref()?;
        let stays = match root.value {
            StaysRoot::Always => true,
            StaysRoot::WithHostPath => {
                let mounts = mounts(self.tree, self.pod.containers.get(container)?);
                let of_node = |name: &str| {
                    let mut volumes = self.volumes.iter();
                    volumes.any(|v| v.name == name && v.host_path.is_some())
                };
                mounts.iter().any(|mount| of_node(&mount.name))
            }
        };
        stays.then_some(root)
    }

    /// Files on persistent volumes keep the owner that they have. With `fsGroup` goes the policy that hands them over once
    /// (`fsGroupChangePolicy`, GA in 1.23).
    pub(super) fn data(&mut self) {
        let pod = self.pod;
        let persistent = self.volumes.iter().filter(|volume| volume.is_persistent());
        let names: Vec<_> = persistent.map(|volume| volume.name.clone()).collect();
        let group = self.is_planned(pod.node, &fs_group::CHECK);
        let user = self
            .planned
            .keys()
            .any(|(_, check)| *check == run_as_user::CHECK.id);
        if names.is_empty() || pod.os.is_windows() || !(group || user) {
            return;
        }
        let policy = &["securityContext", "fsGroupChangePolicy"];
        if group && self.tree.get_path(pod.node, policy).is_none() {
            self.out.fixes.push(Fix::Set {
                holder: pod.node,
                level: Level::Pod,
                path: policy,
                value: Value::word("OnRootMismatch"),
            });
        }
        let text = format!(
            "persistent data on {}: files keep their owner, and fsGroup gives access by group only; look first who owns them \
             (kubectl exec POD -- stat -c '%u %g' PATH) and give that as --run-as-user",
            names.join(", ")
        );
        self.note(Topic::Data, None, text);
    }

    /// Agents of the node are recognised by what they have of it.
    pub(super) fn agents(&mut self) {
        let mut signs: Vec<String> = ["hostPID", "hostNetwork", "hostIPC"]
            .into_iter()
            .filter(|key| self.is_true(&[key]))
            .map(str::to_owned)
            .collect();
        let paths = self
            .volumes
            .iter()
            .filter_map(|volume| volume.host_path.as_deref());
        let of_agents = |path: &&str| {
            let path = path.trim_end_matches('/');
            path.is_empty() || OF_AGENTS.iter().any(|known| is_within(path, known))
        };
        signs.extend(
            paths
                .filter(of_agents)
                .map(|path| format!("hostPath {path}")),
        );
        let has_host_path = self.volumes.iter().any(|volume| volume.host_path.is_some());
        let by_image = self.facts.iter().any(|facts| facts.is_agent);
        let by_pod = signs.iter().any(|sign| sign.starts_with("hostPath"));
        let is_agent = by_pod || by_image && (has_host_path || !signs.is_empty());
        if !is_agent || self.out.fixes.is_empty() {
            return;
        }
        let what = match signs.is_empty() {
            true => "a well-known one".to_owned(),
            false => signs.join(", "),
        };
        let text = format!(
            "an agent of the node ({what}): it may need more than other pods; try it on one node first"
        );
        self.note(Topic::Agent, None, text);
    }

    /// Why containers do not get the default ids.
    pub(super) fn reasons(&mut self) {
        for (i, container) in self.pod.containers.iter().enumerate() {
            let Some(ids) = self.facts.get(i).and_then(|facts| facts.ids.clone()) else {
                continue;
            };
            let written = |check: &'static Check| {
                let inherits = |rule| self.state_of(rule, container.node) == State::Missing;
                let own = self.planned.get(&(container.node, check.id));
                let of_pod = self.planned.get(&(self.pod.node, check.id));
                let of_pod = of_pod.filter(|_| check.field.as_ref().is_some_and(inherits));
                own.or(of_pod).cloned()
            };
            let user = written(&run_as_user::CHECK);
            let group = written(&run_as_group::CHECK);
            let values = [("runAsUser", user), ("runAsGroup", group)];
            let said = values.iter().filter_map(|(key, value)| match value {
                Some(Value::Int(id)) => Some(format!("{key} {id}")),
                _ => None,
            });
            let said: Vec<_> = said.collect();
            let wanted = self.wanted.run_as(Some(i));
            if said.is_empty() || wanted.user != ids.value.uid {
                continue;
            }
            let text = format!("{}: the image's own ({})", said.join(", "), ids.origin);
            self.note(Topic::Value, Some(i), text);
        }
    }
}
