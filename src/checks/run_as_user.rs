//! `runAsUser`: the uid of the container's first process.

use super::{
    Check, Demand, FieldRule, Forbidden, Level, Offence, PSS, Relaxation, Revision, Standard,
    Value, id_state,
};

/// PSA `check_runAsUser.go`; that it is set at all is the `hardened` profile's own demand.
pub(super) const CHECK: Check = Check {
    id: "runAsUser",
    title: "Containers run as a user that is not root",
    link: PSS,
    controls: &[],
    revisions: &[
        Revision::new(ID, Standard::Restricted, 23, Demand::NotInsecure),
        Revision::new(ID, Standard::Restricted, 35, Demand::NotInsecure)
            .relaxed_for(&[Relaxation::UserNamespace]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "runAsUser"],
        state: id_state,
        value: |policy| Value::Int(policy.run_as_user),
        on_windows: false,
    }),
    grant: None,
    words,
};

const ID: &str = "runAsUser";

fn words(offence: &Offence<'_>) -> Forbidden {
    let must = "must set securityContext.runAsUser to a non-zero uid";
    match offence.is_written() {
        true if offence.values.iter().any(|value| is_zero(value)) => {
            let detail = offence.who_sets() + "must not set runAsUser=0";
            Forbidden::new("runAsUser=0", detail)
        }
        true => Forbidden::new("runAsUser out of range", offence.who_sets() + must),
        false => Forbidden::new("runAsUser unset", offence.pod_or_containers() + must),
    }
}

/// Zero in any of YAML's spellings; other insecure values are no uids at all.
fn is_zero(value: &str) -> bool {
    value
        .trim_matches(['0', 'x', 'o', 'b', '_', '+', '-'])
        .is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let zero = "securityContext: {runAsUser: 0}\ncontainers: [{name: a}]";
        table(
            "runAsUser",
            "runAsUser=0",
            &[
                Case::restricted("containers: [{name: a}]"),
                Case::restricted("securityContext: {runAsUser: 1}\ncontainers: [{name: a}]"),
                Case::restricted(zero).forbids("pod must not set runAsUser=0"),
                Case::restricted(zero).at(22),
                Case::restricted("securityContext: {runAsUser: 0}\ncontainers: [{name: a, securityContext: {runAsUser: 1}}]")
                    .forbids("pod must not set runAsUser=0"),
                Case::restricted("securityContext: {runAsUser: 0}\ncontainers: [{name: a, securityContext: {runAsUser: 0}}]")
                    .forbids("pod and container \"a\" must not set runAsUser=0"),
                Case::restricted(&format!("hostUsers: false\n{zero}")),
                Case::restricted(&format!("hostUsers: false\n{zero}")).at(34).forbids("pod must not set runAsUser=0"),
                Case::baseline(zero),
            ],
        );
        table(
            "runAsUser",
            "runAsUser unset",
            &[Case::hardened("containers: [{name: a}, {name: b}]")
                .forbids("pod or containers \"a\", \"b\" must set securityContext.runAsUser to a non-zero uid")],
        );
    }
}
