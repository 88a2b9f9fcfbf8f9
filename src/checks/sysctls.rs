//! `sysctls`: kernel parameters beyond the safe ones.

use super::{Check, Grant, PSS, Remedy, Scope};
use crate::workload::PodSpec;
use crate::yaml::Tree;

/// PSA `check_sysctls.go`.
pub(super) const CHECK: Check = Check {
    id: "sysctls",
    title: "Only safe sysctls are set",
    link: PSS,
    controls: &[],
    field: None,
    grant: Some(Scope::Pod(granted)),
};

/// Safe since the Kubernetes version that added them, the last in v1.32.
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

fn granted(tree: &Tree, pod: &PodSpec) -> Vec<Grant> {
    let sysctls = tree.get_path(pod.node, &["securityContext", "sysctls"]);
    let sysctls = sysctls.into_iter().flat_map(|list| tree.items(list));
    sysctls
        .filter_map(|sysctl| tree.get(tree.resolve(sysctl), "name"))
        .filter(|&name| !SAFE.contains(&tree.value(name)))
        .map(|at| Grant {
            at,
            detail: format!("must not set the sysctl \"{}\"", tree.value(at)),
            remedy: Remedy::None,
        })
        .collect()
}
