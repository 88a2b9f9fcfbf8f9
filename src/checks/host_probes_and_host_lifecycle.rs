//! `hostProbesAndHostLifecycle`: a probe or hook that makes the kubelet connect to another host.

use super::about::About;
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, PSS, Remedy, Revision, Search, Standard,
    Value, plural, quoted,
};
use crate::workload::present;

/// PSA `check_hostProbesAndhostLifecycle.go`.
pub(super) const CHECK: Check = Check {
    id: "hostProbesAndHostLifecycle",
    title: "Probes and hooks connect to the pod itself",
    link: PSS,
    controls: &[],
    about: ABOUT,
    revisions: &[Revision::new(
        "hostProbesAndHostLifecycle",
        Standard::Baseline,
        34,
        Demand::Nothing,
    )],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "the host becomes empty",
    }),
    words: |offence| {
        let mut offence = offence.clone();
        offence.setters.sort_unstable();
        let hosts = offence.sorted_values();
        Forbidden::new(
            "probe or lifecycle host",
            format!(
                "{}{} {} {}",
                offence.who_sets(),
                offence.verb("uses", "use"),
                plural(
                    hosts.len(),
                    "probe or lifecycle host",
                    "probe or lifecycle hosts"
                ),
                quoted(&hosts)
            ),
        )
    },
};

const HANDLERS: &[&[&str]] = &[
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let mut grants = Vec::new();
    for (i, container) in search.containers() {
        let handlers = HANDLERS
            .iter()
            .filter_map(|path| present(tree, container.node, path));
        let hosts = handlers.flat_map(|handler| {
            ["httpGet", "tcpSocket"].map(|action| present(tree, handler, &[action, "host"]))
        });
        for at in hosts.flatten().filter(|&host| !tree.value(host).is_empty()) {
            grants.push(
                Grant::new(Some(i), at, Remedy::Replace(at, Value::word("")))
                    .saying(tree.value(at)),
            );
        }
    }
    grants
}

const ABOUT: About = About {
    looks_at: &[
        (Level::Container, "livenessProbe.{httpGet,tcpSocket}.host"),
        (Level::Container, "readinessProbe.{httpGet,tcpSocket}.host"),
        (Level::Container, "startupProbe.{httpGet,tcpSocket}.host"),
        (
            Level::Container,
            "lifecycle.{postStart,preStop}.{httpGet,tcpSocket}.host",
        ),
    ],
    accepts: "absent, or empty",
    what: "The kubelet makes probes and hooks. With a host in them it connects to that host, not to \
        the pod.",
    why: "The kubelet stands where the pod cannot: on the node's network. Whoever may write a probe \
        can have it connect to the loopback of the node, or to hosts behind a network policy, and \
        learn from the result.",
    example: r"containers:
- name: web
  livenessProbe:
    tcpSocket:
      host: 127.0.0.1
      port: 10250",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        table(
            "hostProbesAndHostLifecycle",
            "probe or lifecycle host",
            &[
                Case::baseline("containers: [{name: a, livenessProbe: {httpGet: {port: 80, host: \"\"}}}]"),
                Case::baseline("containers: [{name: a, livenessProbe: {httpGet: {port: 80, host: h}}}]").at(33),
                Case::baseline("containers: [{name: a, livenessProbe: {httpGet: {port: 80, host: h}}}]")
                    .forbids("container \"a\" uses probe or lifecycle host \"h\""),
                Case::baseline("containers: [{name: z, startupProbe: {tcpSocket: {host: y}}}, {name: a, lifecycle: {preStop: {tcpSocket: {host: x}}}}]")
                    .forbids("containers \"a\", \"z\" use probe or lifecycle hosts \"x\", \"y\""),
            ],
        );
    }
}
