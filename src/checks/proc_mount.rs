//! `procMount`: an unmasked `/proc`.

use super::about::About;
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, cis, kube_linter, kubescape, kyverno, polaris, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Relaxation, Remedy, Revision, Search,
    Standard, Value, quoted,
};

/// PSA `check_procMount_baseline.go` and `check_procMount_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "procMount",
    title: "/proc is masked as the runtime masks it",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        Revision::new("procMount", Standard::Baseline, 0, Demand::Nothing).allowing(&["Default"]),
        Revision::new("procMount", Standard::Baseline, 35, Demand::Nothing)
            .allowing(&["Default"])
            .relaxed_for(&[Relaxation::UserNamespace]),
        Revision::new(
            "procMount_restricted",
            Standard::Restricted,
            35,
            Demand::Nothing,
        )
        .allowing(&["Default"]),
    ],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: true,
        taken_away: "it is set to Default",
    }),
    words: |offence| {
        let values = quoted(&offence.sorted_values());
        let must_not = format!("must not set securityContext.procMount to {values}");
        Forbidden::new("procMount", offence.who_sets() + &must_not)
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let fields = search.in_containers(&["securityContext", "procMount"]);
    let fields = fields.map(|(container, at)| (container, at, search.tree.value(at)));
    fields
        .filter(|&(_, _, value)| !search.allows(value))
        .map(|(container, at, value)| {
            Grant::new(container, at, Remedy::Replace(at, Value::word("Default"))).saying(value)
        })
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    kubescape("C-0211"),
    kube_linter("unsafe-proc-mount"),
    trivy("KSV-0027"),
    kyverno("disallow-proc-mount"),
    polaris("procMount"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Container, "securityContext.procMount")],
    accepts: "Default, or absent",
    what: "The runtime hides parts of /proc from a container and makes others read-only. Unmasked \
        shows all of it. Containers that build or run containers ask for that.",
    why: "The hidden parts lead to the kernel's memory, keys and switches. For root in the \
        container, without a user namespace, they are a way to the node.",
    example: r"containers:
- name: web
  securityContext:
    procMount: Unmasked",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let unmasked = "containers: [{name: a, securityContext: {procMount: Unmasked}}]";
        let must_not = "container \"a\" must not set securityContext.procMount to \"Unmasked\"";
        let apart = format!("hostUsers: false\n{unmasked}");
        table(
            "procMount",
            "procMount",
            &[
                Case::baseline("containers: [{name: a, securityContext: {procMount: Default}}]"),
                Case::baseline(unmasked).forbids(must_not),
                Case::baseline(&apart),
                Case::baseline(&apart).at(34).forbids(must_not),
                Case::restricted(&apart).forbids(must_not),
                Case::baseline(&format!("hostUsers: true\n{unmasked}")).forbids(must_not),
            ],
        );
    }
}
