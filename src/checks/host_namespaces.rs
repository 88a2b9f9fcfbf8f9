//! `hostNamespaces`: a pod that shares the node's network, processes or IPC.

use super::about::About;
use super::controls::{
    Control, EVERY, checkov, cis, eks, kube_linter, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    Value,
};

/// PSA `check_hostNamespaces.go`.
pub(super) const CHECK: Check = Check {
    id: "hostNamespaces",
    title: "The pod does not share the network, processes or IPC of its node",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[Revision::new(
        "hostNamespaces",
        Standard::Baseline,
        0,
        Demand::Nothing,
    )],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "it is set to false",
    }),
    words: |offence| {
        let detail = match offence.anonymous {
            true => format!("must not set {}", offence.values.join(", ")),
            false => offence.values.join(", "),
        };
        Forbidden::new("host namespaces", detail)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    ["hostNetwork", "hostPID", "hostIPC"]
        .into_iter()
        .filter_map(|key| Some((key, tree.get(search.pod.node, key)?)))
        .filter(|&(_, node)| tree.as_bool(node) == Some(true))
        .map(|(key, at)| {
            Grant::new(None, at, Remedy::Replace(at, Value::Bool(false)))
                .saying(format!("{key}=true"))
        })
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.3").note("hostPID"),
    cis(EVERY, "5.2.4").note("hostIPC"),
    cis(EVERY, "5.2.5").note("hostNetwork"),
    eks("4.2.2").note("hostPID"),
    eks("4.2.3").note("hostIPC"),
    eks("4.2.4").note("hostNetwork"),
    nsa("1.3", "sharing process namespaces"),
    nsa("1.4", "sharing the host's process namespaces"),
    nsa("1.5", "using the host's network"),
    soc2("CC6.8"),
    soc2("CC8.1"),
    kubescape("C-0038").note("hostPID, hostIPC"),
    kubescape("C-0194").note("hostPID"),
    kubescape("C-0195").note("hostIPC"),
    kubescape("C-0041").note("hostNetwork"),
    kubescape("C-0196").note("hostNetwork"),
    checkov("CKV_K8S_17").note("hostPID"),
    checkov("CKV_K8S_18").note("hostIPC"),
    checkov("CKV_K8S_19").note("hostNetwork"),
    kube_linter("host-pid"),
    kube_linter("host-ipc"),
    kube_linter("host-network"),
    trivy("KSV-0010").note("hostPID"),
    trivy("KSV-0008").note("hostIPC"),
    trivy("KSV-0009").note("hostNetwork"),
    kyverno("disallow-host-namespaces"),
    polaris("hostPIDSet"),
    polaris("hostIPCSet"),
    polaris("hostNetworkSet"),
];

const ABOUT: About = About {
    looks_at: &[
        (Level::Pod, "hostNetwork"),
        (Level::Pod, "hostPID"),
        (Level::Pod, "hostIPC"),
    ],
    accepts: "false, or absent",
    what: "Such a pod sees the node's network interfaces, processes or shared memory instead of its \
        own. Network plugins and monitoring agents ask for it.",
    why: "hostPID shows every process of the node, and root reads their environment, secrets \
        included. hostNetwork reaches what listens on the node's loopback, such as the kubelet, \
        and escapes network policies. hostIPC reads other programs' shared memory.",
    example: r"hostNetwork: true
hostPID: true
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        table(
            "hostNamespaces",
            "host namespaces",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline("hostNetwork: false\nhostPID: null\ncontainers: [{name: a}]"),
                Case::baseline("hostPID: true\ncontainers: [{name: a}]").forbids("hostPID=true"),
                Case::restricted(
                    "hostIPC: yes\nhostNetwork: true\nhostPID: true\ncontainers: [{name: a}]",
                )
                .forbids("hostNetwork=true, hostPID=true, hostIPC=true"),
            ],
        );
    }
}
