//! `capabilities`: root's privileges one by one. All are dropped; those added were granted on purpose.

use super::{
    Check, Demand, FieldRule, Forbidden, Grant, GrantRule, Level, Offence, PSS, Relaxation, Remedy,
    Revision, Search, Standard, State, Value, quoted,
};
use crate::yaml::{NodeId, Tree};

/// PSA `check_capabilities_baseline.go` and `check_capabilities_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "capabilities",
    title: "All capabilities are dropped, and none beyond the allowed ones added",
    link: PSS,
    controls: &[],
    revisions: &[
        Revision::new(
            "capabilities_baseline",
            Standard::Baseline,
            0,
            Demand::Nothing,
        )
        .allowing(BASELINE),
        restricted(22),
        restricted(25).relaxed_for(&[Relaxation::Windows]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::Container,
        path: &["securityContext", "capabilities", "drop"],
        state: drop_state,
        value: |_| Value::List(vec!["ALL"]),
        on_windows: false,
    }),
    grant: Some(GrantRule {
        find: added,
        holds: true,
    }),
    words,
};

const fn restricted(minor: u16) -> Revision {
    Revision::new(
        "capabilities_restricted",
        Standard::Restricted,
        minor,
        Demand::Required,
    )
    .allowing(&["NET_BIND_SERVICE"])
}

const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn drop_state(tree: &Tree, node: NodeId) -> State {
    let mut items = tree.items(node).map(|item| tree.resolve(item)).peekable();
    if tree.is_null(node) || (tree.is_sequence(node) && items.peek().is_none()) {
        State::Missing
    } else if items.any(|item| tree.as_str(item) == Some("ALL")) {
        State::Compliant
    } else {
        State::Insecure
    }
}

fn added(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let lists = search.in_containers(&["securityContext", "capabilities", "add"]);
    let grants = lists.filter_map(|(container, add)| {
        let value = |&item: &NodeId| tree.value(tree.resolve(item));
        let items: Vec<_> = tree
            .items(add)
            .filter(|item| !search.allows(value(item)))
            .collect();
        let values: Vec<_> = items.iter().map(|item| value(item).to_owned()).collect();
        (!items.is_empty()).then_some(Grant {
            container,
            at: add,
            subject: None,
            values,
            remedy: Remedy::Remove(items),
        })
    });
    grants.collect()
}

fn words(offence: &Offence<'_>) -> Forbidden {
    let mut details = Vec::new();
    if !offence.lacking.is_empty() {
        let must = "must set securityContext.capabilities.drop=[\"ALL\"]";
        details.push(offence.containers() + must);
    }
    if offence.is_written() {
        let values = quoted(&offence.sorted_values());
        let who = offence.who_sets();
        details.push(format!(
            "{who}must not include {values} in securityContext.capabilities.add"
        ));
    }
    let reason = match offence.revision {
        "capabilities_baseline" => "non-default capabilities",
        _ => "unrestricted capabilities",
    };
    Forbidden::new(reason, details.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let drop = "container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]";
        let container = |capabilities: &str| {
            format!("containers: [{{name: a, securityContext: {{capabilities: {capabilities}}}}}]")
        };
        table(
            "capabilities",
            "unrestricted capabilities",
            &[
                Case::restricted("containers: [{name: a}]").forbids(drop),
                Case::restricted(&container("{drop: []}")).forbids(drop),
                Case::restricted(&container("{drop: [NET_RAW, all]}")).forbids(drop),
                Case::restricted(&container("{drop: [NET_RAW, ALL]}")),
                Case::restricted(&container("{drop: [ALL], add: [NET_BIND_SERVICE]}")),
                Case::restricted(&container("{drop: [ALL], add: [SYS_ADMIN, CHOWN, SYS_ADMIN]}"))
                    .forbids("container \"a\" must not include \"CHOWN\", \"SYS_ADMIN\" in securityContext.capabilities.add"),
                Case::restricted(&container("{add: [KILL]}"))
                    .forbids("container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container \"a\" must not include \"KILL\" in securityContext.capabilities.add"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]").at(24).forbids(drop),
                Case::restricted("containers: [{name: a}]").at(21),
            ],
        );
        table(
            "capabilities",
            "non-default capabilities",
            &[
                Case::baseline(&container("{add: [KILL, CHOWN]}")),
                Case::baseline(&container("{add: [NET_RAW]}"))
                    .forbids("container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add"),
                Case::restricted(&container("{add: [NET_RAW]}")).at(21)
                    .forbids("container \"a\" must not include \"NET_RAW\" in securityContext.capabilities.add"),
            ],
        );
    }
}
