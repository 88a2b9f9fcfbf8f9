//! `sysctls`: kernel parameters beyond the safe ones.

use super::about::About;
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, cis, kube_linter, kubescape, kyverno, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
};
use crate::workload::listed;

/// PSA `check_sysctls.go`.
pub(super) const CHECK: Check = Check {
    id: "sysctls",
    title: "Only safe sysctls are set",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        since(0, first(5)),
        since(27, first(6)),
        since(29, first(10)),
        since(32, first(12)),
        since(37, SAFE),
    ],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "",
    }),
    words: |offence| {
        let names = offence.values.join(", ");
        let detail = match offence.anonymous {
            true => format!("must not set the sysctl {names}"),
            false => names,
        };
        Forbidden::new("forbidden sysctls", detail)
    },
};

const fn since(minor: u16, allowed: &'static [&'static str]) -> Revision {
    Revision::new("sysctls", Standard::Baseline, minor, Demand::Nothing).allowing(allowed)
}

/// Safe, in the order in which Kubernetes versions added them.
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

const fn first(n: usize) -> &'static [&'static str] {
    SAFE.split_at(n).0
}

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    listed(tree, search.pod.node, &["securityContext", "sysctls"])
        .filter_map(|sysctl| tree.get(sysctl, "name"))
        .filter(|&name| !search.allows(tree.value(name)))
        .map(|at| Grant::new(None, at, Remedy::None).saying(tree.value(at)))
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    kubescape("C-0211"),
    kube_linter("unsafe-sysctls"),
    trivy("KSV-0026"),
    kyverno("restrict-sysctls"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Pod, "securityContext.sysctls[*].name")],
    accepts: "the names that are listed below",
    what: "Parameters of the kernel, set for the pod. The safe ones change only the pod's own \
        namespace; the others can reach the node or use up what it shares.",
    why: "An unsafe parameter can weaken or exhaust the node for every pod on it. The kubelet \
        refuses most of them unless its administrator allowed them.",
    example: r#"securityContext:
  sysctls:
  - name: kernel.msgmax
    value: "65536"
containers:
- name: web"#,
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |names: &str| {
            let list = names
                .split(' ')
                .map(|name| format!("{{name: {name}, value: '1'}}"));
            let list: Vec<_> = list.collect();
            format!(
                "securityContext: {{sysctls: [{}]}}\ncontainers: [{{name: a}}]",
                list.join(", ")
            )
        };
        table(
            "sysctls",
            "forbidden sysctls",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline(&pod("net.ipv4.ping_group_range net.ipv4.tcp_notsent_lowat")),
                Case::baseline(&pod("net.ipv4.tcp_notsent_lowat"))
                    .at(36)
                    .forbids("net.ipv4.tcp_notsent_lowat"),
                Case::baseline(&pod("net.ipv4.tcp_wmem"))
                    .at(31)
                    .forbids("net.ipv4.tcp_wmem"),
                Case::baseline(&pod("net.ipv4.tcp_keepalive_time"))
                    .at(28)
                    .forbids("net.ipv4.tcp_keepalive_time"),
                Case::baseline(&pod("net.ipv4.ip_local_reserved_ports"))
                    .at(26)
                    .forbids("net.ipv4.ip_local_reserved_ports"),
                Case::restricted(&pod("kernel.sem kernel.msgmax"))
                    .forbids("kernel.sem, kernel.msgmax"),
            ],
        );
    }
}
