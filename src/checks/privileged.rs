//! `privileged`: a container with all of the node's powers.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Remedy, Revision, Search, Standard, Value,
};

/// PSA `check_privileged.go`.
pub(super) const CHECK: Check = Check {
    id: "privileged",
    title: "No container has all of the node's powers",
    link: PSS,
    controls: &[],
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
        .map(|(container, at)| Grant {
            container,
            at,
            subject: None,
            values: Vec::new(),
            remedy: Remedy::Replace(at, Value::Bool(false)),
        })
        .collect()
}

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
