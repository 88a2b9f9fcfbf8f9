//! `privileged`: a container with all of the node's powers.

use super::about::{About, Breakage};
use super::controls::{
    Control, EVERY, checkov, cis, eks, kube_linter, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    Value,
};

/// PSA `check_privileged.go`.
pub(super) const CHECK: Check = Check {
    id: "privileged",
    title: "No container has all of the node's powers",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[Revision::new(
        "privileged",
        Standard::Baseline,
        0,
        Demand::Nothing,
    )],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: true,
        taken_away: "it is set to false",
    }),
    words: |offence| {
        let must_not = "must not set securityContext.privileged=true";
        Forbidden::new("privileged", offence.who_sets() + must_not)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let fields = search.in_containers(&["securityContext", "privileged"]);
    let grants = fields.filter(|&(_, node)| search.tree.as_bool(node) != Some(false));
    grants
        .map(|(container, at)| Grant::new(container, at, Remedy::Replace(at, Value::Bool(false))))
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(EVERY, "5.2.2"),
    eks("4.2.1"),
    nsa("1.2", "preventing privileged containers"),
    soc2("CC6.8"),
    soc2("CC8.1"),
    kubescape("C-0057"),
    kubescape("C-0193").note("its form of the CIS item"),
    checkov("CKV_K8S_16"),
    kube_linter("privileged-container"),
    trivy("KSV-0017"),
    kyverno("disallow-privileged-containers"),
    polaris("runAsPrivileged"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Container, "securityContext.privileged")],
    accepts: "false, or absent",
    what: "A privileged container has every capability, every device of the node, and neither seccomp \
        nor AppArmor.",
    why: "It is root on the node in all but name: mount the node's disk, load a kernel module, read \
        every secret there. Nothing has to be broken out of.",
    example: r"containers:
- name: web
  securityContext:
    privileged: true",
    breaks: &[Breakage {
        symptoms: &["cannot set `allowPrivilegeEscalation` to false and `privileged` to true"],
        status: "refused by the API server (422 Invalid); nothing is applied",
        cause: "Somebody hardened half of the container. harden leaves a privileged container \
                alone whole.",
        remedies: &[
            "Do without privileged: name the capabilities and devices that the program needs.",
            "Remove allowPrivilegeEscalation: false again.",
        ],
        sources: &["kubernetes/kubernetes pkg/apis/core/validation/validation.go"],
    }],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        table(
            "privileged",
            "privileged",
            &[
                Case::baseline("containers: [{name: a, securityContext: {privileged: false}}]"),
                Case::baseline("containers: [{name: a, securityContext: {privileged: null}}]"),
                Case::baseline("containers: [{name: a, securityContext: {privileged: true}}]")
                    .forbids("container \"a\" must not set securityContext.privileged=true"),
                Case::restricted("initContainers: [{name: i, securityContext: {privileged: yes}}]\ncontainers: [{name: a, securityContext: {privileged: true}}]")
                    .forbids("containers \"i\", \"a\" must not set securityContext.privileged=true"),
            ],
        );
    }
}
