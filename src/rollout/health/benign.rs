//! Warning events that say nothing about whether a workload runs.

use serde_json::Value;

use super::fields::text;

/// When an event of this kind says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Only of a pod that came during the soak, in the place of a drained one or by scaling up, and is starting.
    Starting,
}

pub(super) struct Benign {
    /// The event's reason.
    pub(super) reason: &'static str,
    /// What its message has to say; empty for anything.
    pub(super) saying: &'static str,
    pub(super) when: When,
    /// Why it says nothing.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader"))]
    pub(super) why: &'static str,
}

use When::{Always, Starting};

const fn row(reason: &'static str, saying: &'static str, when: When, why: &'static str) -> Benign {
    Benign {
        reason,
        saying,
        when,
        why,
    }
}

const PULL: &str = "a first pull that failed; the next one that fails shows as ImagePullBackOff";

/// Few on purpose: what is not here disturbs. `Evicted` is not: a volume in memory or an emptyDir that came with the change
/// can be why.
pub(super) const BENIGN: [Benign; 15] = [
    row(
        "DNSConfigForming",
        "",
        Always,
        "the node's resolv.conf has too many entries; repeated at every sync",
    ),
    row(
        "MissingClusterDNS",
        "",
        Always,
        "the kubelet has no cluster DNS; repeated at every sync",
    ),
    row(
        "FailedToRetrieveImagePullSecret",
        "",
        Always,
        "a pull secret is missing and the image was pulled without; repeated at every sync",
    ),
    row(
        "PolicyViolation",
        "",
        Always,
        "Kyverno reports a policy that audits; what it enforces shows as FailedCreate",
    ),
    row(
        "NodeNotReady",
        "",
        Always,
        "the node is away, with every pod on it",
    ),
    row(
        "FailedCreate",
        "exceeded quota",
        Always,
        "somebody scales up beyond the quota, which the change does not touch",
    ),
    row(
        "Unhealthy",
        "",
        Starting,
        "probes fail until the program has started",
    ),
    row(
        "FailedScheduling",
        "",
        Starting,
        "the cluster is full, or makes room for it",
    ),
    row(
        "FailedAttachVolume",
        "",
        Starting,
        "the volume is still attached to the node that was drained",
    ),
    row(
        "FailedMount",
        "",
        Starting,
        "the kubelet tries again; a container that never starts shows in the workload's status",
    ),
    row(
        "FailedCreatePodSandBox",
        "",
        Starting,
        "the node's network is not there yet; the kubelet tries again",
    ),
    row(
        "NetworkNotReady",
        "",
        Starting,
        "the node's network is not there yet; the kubelet tries again",
    ),
    row(
        "VolumePermissionChangeInProgress",
        "",
        Starting,
        "fsGroup is being applied to a large volume",
    ),
    row("Failed", "Failed to pull image", Starting, PULL),
    row("Failed", "Error: ErrImagePull", Starting, PULL),
];

pub(super) fn is_benign(event: &Value, starting: bool) -> bool {
    BENIGN.iter().any(|benign| {
        benign.reason == text(event, "/reason")
            && text(event, "/message").contains(benign.saying)
            && (benign.when == Always || starting)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_has_a_reason_and_stands_once() {
        for (at, benign) in BENIGN.iter().enumerate() {
            assert!(!benign.why.is_empty(), "{}", benign.reason);
            let same =
                |other: &Benign| (other.reason, other.saying) == (benign.reason, benign.saying);
            assert_eq!(BENIGN.iter().position(same), Some(at), "{}", benign.reason);
        }
    }

    #[test]
    fn a_reason_alone_is_not_enough_where_the_message_decides() {
        let event = |reason: &str, message: &str| json!({"reason": reason, "message": message});
        let quota = event(
            "FailedCreate",
            r#"pods "web-1" is forbidden: exceeded quota: q"#,
        );
        let policy = event(
            "FailedCreate",
            r#"pods "web-1" is forbidden: violates PodSecurity"#,
        );
        let pull = event("Failed", "Failed to pull image \"nginx:x\": not found");
        let config = event(
            "Failed",
            "Error: container has runAsNonRoot and image will run as root",
        );
        let probe = event("Unhealthy", "Readiness probe failed: connection refused");
        let cases = [
            (&quota, true, true),
            (&policy, false, false),
            (&pull, false, true),
            (&config, false, false),
            (&probe, false, true),
        ];
        for (event, running, starting) in cases {
            let found = (is_benign(event, false), is_benign(event, true));
            assert_eq!(found, (running, starting), "{event}");
        }
    }
}
