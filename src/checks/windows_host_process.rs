//! `windowsHostProcess`: a container that runs as a process of the Windows node.

use super::about::About;
use super::controls::{Control, FROM_1_12, TO_1_11, cis, kubescape, kyverno, polaris, trivy};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    Value,
};

/// PSA `check_windowsHostProcess.go`.
pub(super) const CHECK: Check = Check {
    id: "windowsHostProcess",
    title: "No container is a process of the Windows node",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[Revision::new(
        "windowsHostProcess",
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
        let must_not = "must not set securityContext.windowsOptions.hostProcess=true";
        Forbidden::new("hostProcess", offence.who_sets() + must_not)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let fields = search.everywhere(&["securityContext", "windowsOptions", "hostProcess"]);
    let grants = fields.filter(|&(_, node)| search.tree.as_bool(node) != Some(false));
    grants
        .map(|(container, at)| Grant::new(container, at, Remedy::Replace(at, Value::Bool(false))))
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_11, "5.2.11"),
    cis(FROM_1_12, "5.2.10"),
    kubescape("C-0202"),
    trivy("KSV-0103"),
    kyverno("disallow-host-process"),
    polaris("hostProcess"),
];

const ABOUT: About = About {
    looks_at: &[(
        Level::PodOrContainer,
        "securityContext.windowsOptions.hostProcess",
    )],
    accepts: "false, or absent",
    what: "A HostProcess container is a process of the Windows node, with the node's network, files \
        and accounts. Agents that manage nodes are made so.",
    why: "There is no wall to get through: code in it runs on the node, up to NT AUTHORITY\\SYSTEM.",
    example: r"securityContext:
  windowsOptions:
    hostProcess: true
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let must_not = "must not set securityContext.windowsOptions.hostProcess=true";
        let on = "securityContext: {windowsOptions: {hostProcess: true}}";
        table(
            "windowsHostProcess",
            "hostProcess",
            &[
                Case::baseline(
                    "containers: [{name: a, securityContext: {windowsOptions: {hostProcess: false}}}]",
                ),
                Case::baseline(&format!("{on}\ncontainers: [{{name: a}}]"))
                    .forbids(&format!("pod {must_not}")),
                Case::baseline(&format!("containers: [{{name: a, {on}}}]"))
                    .forbids(&format!("container \"a\" {must_not}")),
                Case::restricted(&format!(
                    "{on}\ncontainers: [{{name: a, {on}}}, {{name: b, {on}}}]"
                ))
                .forbids(&format!("pod and containers \"a\", \"b\" {must_not}")),
            ],
        );
    }
}
