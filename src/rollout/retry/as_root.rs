//! What a container that stays root keeps of root's capabilities.

use crate::cause::{Kind, Syscall};

/// What root that works for others does it with: it gives files away and reads theirs, becomes them, signals their processes,
/// logs them in. Much of it shows only when somebody comes, so these go together.
const FOR_OTHERS: [&str; 7] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "KILL",
    "SETGID",
    "SETUID",
];

const CHROOT: &str = "SYS_CHROOT";

/// That for ports below 1024.
pub(super) const PORTS: &str = "NET_BIND_SERVICE";

/// What is kept where nothing says which one is needed.
pub(super) fn most() -> Vec<&'static str> {
    [&FOR_OTHERS[..], &[CHROOT, PORTS]].concat()
}

/// The capabilities with which root does what was refused, of those that it has by default
/// (<https://github.com/containerd/containerd/blob/main/pkg/oci/spec.go>, `defaultUnixCaps`); none where it takes another one.
pub(super) fn needed(kind: &Kind) -> Vec<&'static str> {
    match kind {
        Kind::LowPort { .. } => vec![PORTS],
        Kind::Syscall {
            call: Syscall::Mount,
        } => [&FOR_OTHERS[..], &[CHROOT]].concat(),
        Kind::NeedsRoot
        | Kind::Ownership { .. }
        | Kind::SwitchUser { .. }
        | Kind::PackageInstall { .. }
        | Kind::RootWithoutCapability { .. }
        | Kind::Denied { .. }
        | Kind::WrongOwner { .. }
        | Kind::TooOpen { .. }
        | Kind::Home { .. } => FOR_OTHERS.to_vec(),
        Kind::Syscall {
            call: Syscall::Other,
        } => most(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::BASELINE_CAPABILITIES;

    #[test]
    fn nothing_is_kept_that_the_baseline_level_forbids() {
        let mount = Kind::Syscall {
            call: Syscall::Mount,
        };
        let kinds = [mount, Kind::NeedsRoot, Kind::LowPort { port: None }];
        for kept in kinds.iter().map(needed).chain([most()]) {
            assert!(!kept.is_empty());
            for name in kept {
                assert!(BASELINE_CAPABILITIES.contains(&name), "{name}");
            }
        }
        assert!(needed(&Kind::RawSocket).is_empty());
    }
}
