//! Echo requests, which take a raw socket of root, or one of ICMP that the pod's sysctl opens to a group.

use super::{Judge, Topic};
use crate::checks::{Value, capabilities};

/// What lets a pod's groups ping. A safe sysctl since 1.18, allowed at the restricted level
/// (<https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/>).
pub const SYSCTL: &str = "net.ipv4.ping_group_range";

/// From the first group to the last: all of them.
const EVERYBODY: &str = "0 2147483647";

impl Judge<'_> {
    /// A program that pings goes on with it without root and without NET_RAW.
    pub(super) fn ping(&mut self) {
        let pod = self.pod;
        let mut containers = pod.containers.iter().enumerate();
        let pinging = containers.find(|(i, container)| {
            let pings = self.facts.get(*i).is_some_and(|facts| facts.pings);
            let has_no_raw =
                self.is_not_root(*i) || self.is_planned(container.node, &capabilities::CHECK);
            pings && has_no_raw && !self.is_seed(container)
        });
        let Some((i, _)) = pinging else { return };
        let is_of_pod = !pod.os.is_windows() && !self.is_true(&["hostNetwork"]);
        if !is_of_pod || self.has_sysctl(SYSCTL) || !self.takes_sysctls() {
            return;
        }
        self.set_sysctl(SYSCTL, Value::text(EVERYBODY));
        let text = format!("{SYSCTL}: \"{EVERYBODY}\": it pings, and has no NET_RAW");
        self.note(Topic::Value, Some(i), text);
    }
}
