//! `procMount`: an unmasked `/proc`.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Relaxation, Remedy, Revision, Search,
    Standard, Value, quoted,
};

/// PSA `check_procMount_baseline.go` and `check_procMount_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "procMount",
    title: "/proc is masked as the runtime masks it",
    link: PSS,
    controls: &[],
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
        .map(|(container, at, value)| Grant {
            container,
            at,
            subject: None,
            values: vec![value.to_owned()],
            remedy: Remedy::Replace(at, Value::Text("Default")),
        })
        .collect()
}

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
