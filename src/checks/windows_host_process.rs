//! `windowsHostProcess`: a container that runs as a process of the Windows node.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Remedy, Revision, Search, Standard, Value,
};

/// PSA `check_windowsHostProcess.go`.
pub(super) const CHECK: Check = Check {
    id: "windowsHostProcess",
    title: "No container is a process of the Windows node",
    link: PSS,
    controls: &[],
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
