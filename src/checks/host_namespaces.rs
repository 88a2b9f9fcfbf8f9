//! `hostNamespaces`: a pod that shares the node's network, processes or IPC.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Remedy, Revision, Search, Standard, Value,
};

/// PSA `check_hostNamespaces.go`.
pub(super) const CHECK: Check = Check {
    id: "hostNamespaces",
    title: "The pod does not share the network, processes or IPC of its node",
    link: PSS,
    controls: &[],
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
        .map(|(key, at)| Grant {
            container: None,
            at,
            subject: None,
            values: vec![format!("{key}=true")],
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
