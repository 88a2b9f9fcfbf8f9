//! Ports below 1024, which only root may bind where the runtime keeps that rule.

use super::{Judge, Level, Status, Topic};
use crate::checks::{LowPorts, State, Value, low_ports, run_as_user};
use crate::workload::{Container, listed, present};

/// What opens ports below 1024 in a pod: the first port that anybody may bind.
pub const SYSCTL: &str = "net.ipv4.ip_unprivileged_port_start";
const SYSCTLS: &[&str] = &["securityContext", "sysctls"];

impl Judge<'_> {
    /// What becomes of ports below 1024 of containers that are not root any more.
    pub(super) fn low_ports(&mut self) {
        let pod = self.pod;
        if pod.os.is_windows()
            || self.has_sysctl(SYSCTL)
            || !self.policy.includes(&low_ports::CHECK)
        {
            return;
        }
        for (i, container) in pod.containers.iter().enumerate() {
            let ports = self.ports_of(i, container);
            let listens = container.is_long_lived() && !self.is_seed(container);
            if ports.is_empty() || !listens || !self.is_not_root(i) {
                continue;
            }
            let shares_host = self.is_true(&["hostNetwork"]);
            match self.policy.low_ports {
                LowPorts::Sysctl if !shares_host => return self.open_ports(i, &ports),
                _ if self.becomes_non_root(container) => self.note_ports(i, &ports, shares_host),
                _ => {}
            }
        }
    }

    /// The ports that the manifest names, or else that the image listens on, and what it was seen to listen on.
    fn ports_of(&self, i: usize, container: &Container) -> Vec<String> {
        let mut ports = self.declared_ports(i, container);
        let seen = self.facts.get(i).map(|facts| facts.listens.iter());
        for port in seen.into_iter().flatten() {
            let shown = match port {
                0 => "a port below 1024".to_owned(),
                port => port.to_string(),
            };
            if !ports.contains(&shown) {
                ports.push(shown);
            }
        }
        ports
    }

    fn declared_ports(&self, i: usize, container: &Container) -> Vec<String> {
        let mut items = listed(self.tree, container.node, &["ports"]).peekable();
        if items.peek().is_none() {
            let ports = self.facts.get(i).and_then(|facts| facts.low_ports.as_ref());
            return ports.into_iter().flatten().map(u16::to_string).collect();
        }
        let number = |item| {
            let port = present(self.tree, item, &["containerPort"])?;
            self.tree
                .as_int(port)
                .filter(|port| (1..1024).contains(port))
        };
        items
            .filter_map(number)
            .map(|port| port.to_string())
            .collect()
    }

    pub(super) fn is_not_root(&self, i: usize) -> bool {
        let Some(rule) = &run_as_user::CHECK.field else {
            return false;
        };
        let Some(holder) = self.pod.containers.get(i) else {
            return false;
        };
        [holder.node, self.pod.node].into_iter().any(|node| {
            self.state_of(rule, node) == State::Compliant
                || self.is_planned(node, &run_as_user::CHECK)
        })
    }

    fn becomes_non_root(&self, container: &Container) -> bool {
        let holders = [container.node, self.pod.node];
        let mut holders = holders.into_iter();
        holders.any(|node| self.is_planned(node, &run_as_user::CHECK))
    }

    pub(super) fn has_sysctl(&self, wanted: &str) -> bool {
        listed(self.tree, self.pod.node, SYSCTLS).any(|item| {
            let name = present(self.tree, item, &["name"]);
            name.is_some_and(|name| self.tree.value(name) == wanted)
        })
    }

    /// Whether a list of sysctls of the pod's own can be added to.
    pub(super) fn takes_sysctls(&self) -> bool {
        let context = self.tree.get(self.pod.node, "securityContext");
        let is_own = context.is_none_or(|context| self.can_append(context, "sysctls"));
        is_own && !self.pod.is_partial
    }

    pub(super) fn set_sysctl(&mut self, name: &'static str, value: Value) {
        let item = Value::Map(vec![("name", Value::word(name)), ("value", value)]);
        self.append(self.pod.node, Level::Pod, SYSCTLS, item);
    }

    pub(super) fn is_true(&self, path: &[&str]) -> bool {
        let value = present(self.tree, self.pod.node, path);
        value.is_some_and(|value| self.tree.as_bool(value) == Some(true))
    }

    fn open_ports(&mut self, i: usize, ports: &[String]) {
        let pod = self.pod;
        let status = match self.excused(&low_ports::CHECK, None).map(Status::Exempt) {
            Some(status) => status,
            None if !self.takes_sysctls() => Status::NeedsDecision,
            None => Status::Fixed,
        };
        if status == Status::Fixed {
            self.set_sysctl(SYSCTL, Value::word("0"));
        }
        self.needs(&low_ports::CHECK, (i, pod.node), ports.to_vec(), status);
    }

    fn note_ports(&mut self, i: usize, ports: &[String], shares_host: bool) {
        let ports = ports.join(", ");
        let text = match shares_host {
            true => format!(
                "listens on {ports} with hostNetwork: only root may, whatever the runtime; move it to a port from 1024 on"
            ),
            false => format!(
                "listens on {ports}, which containerd 2 and Docker allow to any user, containerd 1 and CRI-O to root alone: \
                 --low-ports=sysctl opens it; an added NET_BIND_SERVICE does not"
            ),
        };
        self.note(Topic::LowPorts, Some(i), text);
    }
}
