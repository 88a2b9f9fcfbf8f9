//! `seccompProfile`: the filter of system calls.

use super::{
    Check, Demand, FieldRule, Forbidden, Grant, GrantRule, Level, Offence, PSS, Relaxation, Remedy,
    Revision, Search, Standard, State, Value, Version, plural, quoted,
};
use crate::yaml::{NodeId, Tree};

/// PSA `check_seccompProfile_baseline.go` and `check_seccompProfile_restricted.go`.
pub(super) const CHECK: Check = Check {
    id: "seccompProfile",
    title: "System calls are filtered by the runtime's seccomp profile",
    link: PSS,
    controls: &[],
    revisions: &[
        Revision::new(BASELINE, Standard::Baseline, 0, Demand::Nothing),
        Revision::new(BASELINE, Standard::Baseline, 19, Demand::NotInsecure),
        Revision::new(RESTRICTED, Standard::Restricted, 19, Demand::Required),
        Revision::new(RESTRICTED, Standard::Restricted, 25, Demand::Required)
            .relaxed_for(&[Relaxation::Windows]),
    ],
    overridden_by: None,
    field: Some(FieldRule {
        level: Level::PodOrContainer,
        path: &["securityContext", "seccompProfile"],
        state,
        value: |_| Value::Map(vec![("type", Value::Text("RuntimeDefault"))]),
        on_windows: false,
    }),
    grant: Some(GrantRule {
        find: annotated,
        holds: false,
    }),
    words,
};

const BASELINE: &str = "seccompProfile_baseline";
const RESTRICTED: &str = "seccompProfile_restricted";

/// A profile without a type overrides the pod's all the same, and the API server refuses it.
fn state(tree: &Tree, profile: NodeId) -> State {
    if tree.is_null(profile) {
        return State::Missing;
    }
    let kind = tree.get(profile, "type").and_then(|kind| tree.as_str(kind));
    match kind {
        Some("RuntimeDefault" | "Localhost") => State::Compliant,
        _ => State::Insecure,
    }
}

/// Before the field there were annotations (v1.19 took the field in their place).
fn annotated(search: Search<'_>) -> Vec<Grant> {
    if search.revision.since >= Version(19) {
        return Vec::new();
    }
    let of_pod = [(None, "seccomp.security.alpha.kubernetes.io/pod".to_owned())];
    let of_containers = search.containers().map(|(i, container)| {
        let key = format!(
            "container.seccomp.security.alpha.kubernetes.io/{}",
            container.name
        );
        (Some(i), key)
    });
    let keys = of_pod.into_iter().chain(of_containers);
    let written = keys.filter_map(|(container, key)| {
        let at = search.annotation(&key)?;
        let value = search.tree.value(at);
        let allowed = matches!(value, "runtime/default" | "docker/default");
        (!allowed && !value.starts_with("localhost/")).then(|| Grant {
            container,
            at,
            subject: Some(format!("{key}={value:?}")),
            values: Vec::new(),
            remedy: Remedy::Replace(at, Value::Text("runtime/default")),
        })
    });
    written.collect()
}

fn words(offence: &Offence<'_>) -> Forbidden {
    let annotations = offence.sorted_subjects();
    if !annotations.is_empty() {
        let noun = plural(annotations.len(), "annotation", "annotations");
        let detail = format!("forbidden {noun} {}", annotations.join(", "));
        return Forbidden::new("seccompProfile", detail);
    }
    let values = quoted(&offence.sorted_values());
    let detail = offence.written_or_lacking(
        &format!("must not set securityContext.seccompProfile.type to {values}"),
        "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
    );
    Forbidden::new("seccompProfile", detail)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |profile: &str| {
            format!("securityContext: {{seccompProfile: {profile}}}\ncontainers: [{{name: a}}]")
        };
        let lacks = "pod or container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
        let unconfined = "pod must not set securityContext.seccompProfile.type to \"Unconfined\"";
        table(
            "seccompProfile",
            "seccompProfile",
            &[
                Case::restricted("containers: [{name: a}]").forbids(lacks),
                Case::restricted(&pod("null")).forbids(lacks),
                Case::restricted(&pod("{type: RuntimeDefault}")),
                Case::restricted(&pod("{type: Localhost, localhostProfile: p}")),
                Case::restricted(&pod("{type: Unconfined}")).forbids(unconfined),
                Case::restricted(&pod("{}")).forbids("pod must not set securityContext.seccompProfile.type to \"\""),
                Case::baseline(&pod("{type: Unconfined}")).forbids(unconfined),
                Case::baseline("containers: [{name: a}]"),
                Case::restricted("containers: [{name: a, securityContext: {seccompProfile: {type: x}}}, {name: b, securityContext: {seccompProfile: {type: Unconfined}}}]")
                    .forbids("containers \"a\", \"b\" must not set securityContext.seccompProfile.type to \"Unconfined\", \"x\""),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]"),
                Case::restricted("os: {name: windows}\ncontainers: [{name: a}]").at(24).forbids(lacks),
                Case::restricted(&pod("{type: Unconfined}")).at(18),
            ],
        );
    }

    #[test]
    fn annotations_count_before_the_field() {
        let annotated = |value: &str| {
            Case::baseline("containers: [{name: a}]")
                .annotated("seccomp.security.alpha.kubernetes.io/pod", "unconfined")
                .annotated("container.seccomp.security.alpha.kubernetes.io/a", value)
        };
        let pod = "seccomp.security.alpha.kubernetes.io/pod=\"unconfined\"";
        table(
            "seccompProfile",
            "seccompProfile",
            &[
                annotated("localhost/x"),
                annotated("docker/default").at(18).forbids(&format!("forbidden annotation {pod}")),
                annotated("x").at(0).forbids(&format!(
                    "forbidden annotations container.seccomp.security.alpha.kubernetes.io/a=\"x\", {pod}"
                )),
            ],
        );
    }
}
