//! `hostPathVolumes`: a volume that is a directory of the node.

use super::about::About;
use super::controls::{
    Control, FROM_1_12, TO_1_11, checkov, cis, kube_linter, kubescape, kyverno, polaris, soc2,
    trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    plural, quoted,
};
use crate::workload::present;

/// PSA `check_hostPathVolumes.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPathVolumes",
    title: "No volume is a directory of the node",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[Revision::new(
        "hostPathVolumes",
        Standard::Baseline,
        0,
        Demand::Nothing,
    )],
    overridden_by: Some("restrictedVolumes"),
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "",
    }),
    words: |offence| {
        let volumes = plural(offence.subjects.len(), "volume", "volumes");
        let detail = format!("{volumes} {}", quoted(&offence.subjects));
        let detail = match offence.anonymous {
            true => format!("must not use the hostPath {detail}"),
            false => detail,
        };
        Forbidden::new("hostPath volumes", detail)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let volumes = search.volumes();
    let grants = volumes.filter_map(|(name, volume)| {
        Some(
            Grant::new(
                None,
                present(search.tree, volume, &["hostPath"])?,
                Remedy::None,
            )
            .of(name),
        )
    });
    grants.collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_11, "5.2.12"),
    cis(FROM_1_12, "5.2.11"),
    soc2("CC6.8").note("allowed host paths"),
    soc2("CC8.1").note("allowed host paths"),
    kubescape("C-0048"),
    kubescape("C-0045").note("writable ones"),
    kubescape("C-0203").note("its form of the CIS item"),
    checkov("CKV_K8S_27").note("docker.sock"),
    kube_linter("sensitive-host-mounts"),
    kube_linter("docker-sock"),
    kube_linter("writable-host-mount"),
    trivy("KSV-0023"),
    kyverno("disallow-host-path"),
    polaris("hostPathSet"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Pod, "volumes[*].hostPath")],
    accepts: "any other type of volume",
    what: "The volume is a directory or file of the node. Its content stays on that node, and belongs \
        to everybody who may mount it.",
    why: "Through it a container reads what lies on the node: other pods' secrets, the kubelet's \
        certificate. Where it is writable, or is a runtime's socket, it is a way to run code on \
        the node.",
    example: r"volumes:
- name: logs
  hostPath:
    path: /var/log
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |volumes: &str| format!("volumes: {volumes}\ncontainers: [{{name: a}}]");
        table(
            "hostPathVolumes",
            "hostPath volumes",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline(&pod("[{name: v, hostPath: null}, {name: w, emptyDir: {}}]")),
                Case::baseline(&pod("[{name: v, hostPath: {path: /}}]")).forbids("volume \"v\""),
                Case::baseline(&pod(
                    "[{name: w, hostPath: {path: /}}, {name: v, hostPath: {}}]",
                ))
                .forbids("volumes \"w\", \"v\""),
                Case::restricted(&pod("[{name: v, hostPath: {path: /}}]")),
            ],
        );
    }
}
