//! `hostPorts`: a container that takes a port of the node.

use super::{
    Check, Demand, Forbidden, Grant, GrantRule, PSS, Remedy, Revision, Search, Standard, Value,
    plural,
};

/// PSA `check_hostPorts.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPorts",
    title: "No container takes a port of the node",
    link: PSS,
    controls: &[],
    revisions: &[Revision::new(
        "hostPorts",
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
        let ports = offence.sorted_values();
        Forbidden::new(
            "hostPort",
            format!(
                "{}{} {} {}",
                offence.who_sets(),
                offence.verb("uses", "use"),
                plural(ports.len(), "hostPort", "hostPorts"),
                ports.join(", ")
            ),
        )
    },
};

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let lists = search.in_containers(&["ports"]);
    let ports = lists.flat_map(|(c, ports)| tree.items(ports).map(move |port| (c, port)));
    ports
        .filter_map(|(c, port)| Some((c, tree.get(tree.resolve(port), "hostPort")?)))
        .filter(|&(_, port)| !tree.is_null(port) && tree.as_int(port) != Some(0))
        .map(|(container, at)| Grant {
            container,
            at,
            subject: None,
            values: vec![tree.value(at).to_owned()],
            remedy: Remedy::Replace(at, Value::Int(0)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        table(
            "hostPorts",
            "hostPort",
            &[
                Case::baseline("containers: [{name: a, ports: [{containerPort: 80}, {hostPort: 0}]}]"),
                Case::baseline("containers: [{name: a, ports: [{hostPort: 80}]}]")
                    .forbids("container \"a\" uses hostPort 80"),
                Case::baseline("containers: [{name: a, ports: [{hostPort: 9090}, {hostPort: 80}]}, {name: b, ports: [{hostPort: 80}]}]")
                    .forbids("containers \"a\", \"b\" use hostPorts 80, 9090"),
                Case::baseline("initContainers: [{name: i, ports: [{hostPort: 1}]}]\ncontainers: [{name: a}]")
                    .forbids("container \"i\" uses hostPort 1"),
            ],
        );
    }
}
