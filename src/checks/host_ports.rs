//! `hostPorts`: a container that takes a port of the node.

use super::about::About;
use super::controls::{
    Control, FROM_1_12, TO_1_11, checkov, cis, kubescape, kyverno, polaris, soc2, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    Value, plural,
};

/// PSA `check_hostPorts.go`.
pub(super) const CHECK: Check = Check {
    id: "hostPorts",
    title: "No container takes a port of the node",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
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
        taken_away: "it is set to 0",
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
        .map(|(container, at)| {
            Grant::new(container, at, Remedy::Replace(at, Value::Int(0))).saying(tree.value(at))
        })
        .collect()
}

const CONTROLS: &[Control] = &[
    cis(TO_1_11, "5.2.13"),
    cis(FROM_1_12, "5.2.12"),
    soc2("CC6.8"),
    soc2("CC8.1"),
    kubescape("C-0044"),
    kubescape("C-0204").note("its form of the CIS item"),
    checkov("CKV_K8S_26"),
    trivy("KSV-0024"),
    kyverno("disallow-host-ports"),
    polaris("hostPortSet"),
];

const ABOUT: About = About {
    looks_at: &[(Level::Container, "ports[*].hostPort")],
    accepts: "0, or absent",
    what: "The container takes a port of the node itself, past Services. Two pods with the same port \
        cannot share a node.",
    why: "The port is open to whoever reaches the node, past Services and Ingresses. It can also \
        stand in the place of a service that others expect there.",
    example: r"containers:
- name: web
  ports:
  - hostPort: 80",
    breaks: &[],
};

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
