//! `seLinuxOptions`: a label of its own choice instead of the runtime's.

use super::about::About;
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, cis, kubescape, kyverno, nsa, polaris, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, Offence, PSS, Remedy, Revision, Search,
    Standard, Value, plural, quoted,
};
use crate::workload::present;

/// PSA `check_seLinuxOptions.go`.
pub(super) const CHECK: Check = Check {
    id: "seLinuxOptions",
    title: "SELinux labels are those that the runtime confines containers with",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        Revision::new("seLinuxOptions", Standard::Baseline, 0, Demand::Nothing).allowing(&[
            "",
            "container_t",
            "container_init_t",
            "container_kvm_t",
        ]),
        Revision::new("seLinuxOptions", Standard::Baseline, 31, Demand::Nothing).allowing(&[
            "",
            "container_t",
            "container_init_t",
            "container_kvm_t",
            "container_engine_t",
        ]),
    ],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "type becomes container_t, user and role become empty",
    }),
    words,
};

const USER: &str = "user may not be set";
const ROLE: &str = "role may not be set";

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let options = search.everywhere(&["securityContext", "seLinuxOptions"]);
    let grants = options.flat_map(|(container, options)| {
        let text = move |key| Some((present(tree, options, &[key])?, key));
        let keys = ["type", "user", "role"].into_iter().filter_map(text);
        keys.filter_map(move |(at, key)| {
            let value = tree.value(at);
            let forbidden = match key {
                "type" => !search.allows(value),
                _ => !value.is_empty(),
            };
            let (values, remedy) = match key {
                "type" => (vec![value.to_owned()], Value::word("container_t")),
                "user" => (vec![USER.to_owned()], Value::word("")),
                _ => (vec![ROLE.to_owned()], Value::word("")),
            };
            forbidden.then_some(Grant {
                values,
                ..Grant::new(container, at, Remedy::Replace(at, remedy))
            })
        })
    });
    grants.collect()
}

fn words(offence: &Offence<'_>) -> Forbidden {
    let values = offence.sorted_values();
    let types: Vec<_> = values
        .iter()
        .copied()
        .filter(|v| *v != USER && *v != ROLE)
        .collect();
    let mut data = Vec::new();
    if !types.is_empty() {
        let noun = plural(types.len(), "type", "types");
        data.push(format!("{noun} {}", quoted(&types)));
    }
    let said = [USER, ROLE]
        .into_iter()
        .filter(|said| values.contains(said));
    data.extend(said.map(str::to_owned));
    let who = offence.who_sets();
    let verb = if offence.anonymous { "sets" } else { "set" };
    let detail = format!(
        "{who}{verb} forbidden securityContext.seLinuxOptions: {}",
        data.join("; ")
    );
    Forbidden::new("seLinuxOptions", detail)
}

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    nsa("1.8", "the SELinux context of the container"),
    kubescape("C-0055"),
    trivy("KSV-0025"),
    kyverno("disallow-selinux"),
    polaris("linuxHardening"),
];

const ABOUT: About = About {
    looks_at: &[(Level::PodOrContainer, "securityContext.seLinuxOptions")],
    accepts: "type absent or one of those listed below; no user and no role; any level",
    what: "SELinux labels each process and each file, and the kernel compares them. The runtime gives \
        containers a label that confines them; these options replace it.",
    why: "A type such as spc_t confines nothing. A container with it reaches every file of the node \
        that the other walls do not cover.",
    example: r"securityContext:
  seLinuxOptions:
    type: spc_t
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |options: &str| {
            format!("securityContext: {{seLinuxOptions: {options}}}\ncontainers: [{{name: a}}]")
        };
        let engine =
            "pod set forbidden securityContext.seLinuxOptions: type \"container_engine_t\"";
        table(
            "seLinuxOptions",
            "seLinuxOptions",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline(&pod("{}")),
                Case::baseline(&pod("{type: container_t, level: \"s0:c1,c2\"}")),
                Case::baseline(&pod("{type: container_engine_t}")),
                Case::baseline(&pod("{type: container_engine_t}")).at(30).forbids(engine),
                Case::baseline(&pod("{user: u, role: r, type: spc_t}")).forbids(
                    "pod set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be set; role may not be set",
                ),
                Case::restricted("securityContext: {seLinuxOptions: {type: b}}\ncontainers: [{name: a, securityContext: {seLinuxOptions: {type: a}}}]")
                    .forbids("pod and container \"a\" set forbidden securityContext.seLinuxOptions: types \"a\", \"b\""),
            ],
        );
    }
}
