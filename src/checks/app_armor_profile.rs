//! `appArmorProfile`: a profile of its own choice, or none, instead of the runtime's.

use super::about::About;
use super::controls::{
    Control, FROM_1_11, GENERIC, TO_1_10, cis, kubescape, kyverno, nsa, polaris, soc2, trivy,
};
use super::{
    Check, Demand, Forbidden, Grant, GrantRule, Level, Offence, PSS, Remedy, Revision, Search,
    Standard, Value, plural, quoted,
};

/// PSA `check_appArmorProfile.go`.
pub(super) const CHECK: Check = Check {
    id: "appArmorProfile",
    title: "AppArmor confines containers with the runtime's profile or a local one",
    link: PSS,
    controls: CONTROLS,
    about: ABOUT,
    revisions: &[
        Revision::new("appArmorProfile", Standard::Baseline, 0, Demand::Nothing)
            .allowing(&["RuntimeDefault", "Localhost"]),
    ],
    overridden_by: None,
    field: None,
    grant: Some(GrantRule {
        find: granted,
        holds: false,
        taken_away: "it becomes RuntimeDefault",
    }),
    words,
};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn granted(search: Search<'_>) -> Vec<Grant> {
    let tree = search.tree;
    let profiles = search.everywhere(&["securityContext", "appArmorProfile"]);
    let by_field = profiles.filter_map(|(container, profile)| {
        let kind = tree.get(profile, "type");
        let value = kind.map_or("", |kind| tree.value(kind));
        let at = kind.unwrap_or(profile);
        (!search.allows(value)).then(|| {
            Grant::new(
                container,
                at,
                match kind {
                    Some(kind) => Remedy::Replace(kind, Value::word("RuntimeDefault")),
                    None => Remedy::None,
                },
            )
            .saying(value)
        })
    });
    by_field.chain(by_annotation(search)).collect()
}

fn by_annotation<'s>(search: Search<'s>) -> impl Iterator<Item = Grant> + use<'s> {
    let tree = search.tree;
    let annotations = search.pod.pod_annotations.into_iter();
    let entries = annotations.flat_map(|annotations| tree.entries(annotations));
    entries.filter_map(|(key, at)| {
        let (key, at) = (tree.value(key), tree.resolve(at));
        let value = tree.value(at);
        let name = key.strip_prefix(ANNOTATION)?;
        let allowed = matches!(value, "" | "runtime/default") || value.starts_with("localhost/");
        let container = search.pod.containers.iter().position(|c| c.name == name);
        (!allowed).then(|| {
            Grant::new(
                container,
                at,
                Remedy::Replace(at, Value::word("runtime/default")),
            )
            .of(format!("{key}={value:?}"))
        })
    })
}

fn words(offence: &Offence<'_>) -> Forbidden {
    let annotations = offence.sorted_subjects();
    let mut values = offence.sorted_values();
    values.extend(&annotations);
    let noun = plural(annotations.len(), "annotation", "annotations");
    let who = match (
        offence.is_written(),
        annotations.is_empty() || offence.anonymous,
    ) {
        (_, true) => offence.who_sets(),
        (true, false) => format!("{}and {noun} ", offence.who_sets()),
        (false, false) => format!("{noun} "),
    };
    let reason = plural(
        values.len(),
        "forbidden AppArmor profile",
        "forbidden AppArmor profiles",
    );
    let values = quoted(&values);
    Forbidden::new(
        reason,
        format!("{who}must not set AppArmor profile type to {values}"),
    )
}

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.3").note(GENERIC),
    cis(FROM_1_11, "5.6.3").note(GENERIC),
    nsa("1.9", "access to resources with AppArmor"),
    soc2("CC6.8").note("allowed AppArmor profiles"),
    soc2("CC8.1").note("allowed AppArmor profiles"),
    kubescape("C-0055"),
    trivy("KSV-0002"),
    kyverno("restrict-apparmor-profiles"),
    polaris("linuxHardening"),
];

const ABOUT: About = About {
    looks_at: &[
        (Level::PodOrContainer, "securityContext.appArmorProfile"),
        (
            Level::Pod,
            "annotation container.apparmor.security.beta.kubernetes.io/CONTAINER",
        ),
    ],
    accepts: "type RuntimeDefault or Localhost, or absent; in the annotation runtime/default or \
        localhost/PROFILE",
    what: "AppArmor limits which files, mounts and capabilities a process may use, by profile. On \
        nodes that have it the runtime gives containers its own profile; Unconfined takes it away.",
    why: "The profile forbids mounts and writes below /proc and /sys, which ways out of a container \
        need. Unconfined opens them again.",
    example: r"securityContext:
  appArmorProfile:
    type: Unconfined
containers:
- name: web",
    breaks: &[],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, table};

    #[test]
    fn table_of_values() {
        let pod = |profile: &str| {
            format!("securityContext: {{appArmorProfile: {profile}}}\ncontainers: [{{name: a}}]")
        };
        let key = "container.apparmor.security.beta.kubernetes.io/a";
        table(
            "appArmorProfile",
            "forbidden AppArmor profile",
            &[
                Case::baseline("containers: [{name: a}]"),
                Case::baseline(&pod("{type: Localhost}")),
                Case::baseline(&pod("{type: Unconfined}"))
                    .forbids("pod must not set AppArmor profile type to \"Unconfined\""),
                Case::baseline(&pod("{}")).forbids("pod must not set AppArmor profile type to \"\""),
                Case::baseline("containers: [{name: a}]").annotated(key, "localhost/x"),
                Case::baseline("containers: [{name: a}]").annotated(key, "unconfined").forbids(
                    "annotation must not set AppArmor profile type to \"container.apparmor.security.beta.kubernetes.io/a=\"unconfined\"\"",
                ),
            ],
        );
        table(
            "appArmorProfile",
            "forbidden AppArmor profiles",
            &[
                Case::restricted("containers: [{name: a, securityContext: {appArmorProfile: {type: x}}}]").annotated(key, "y").forbids(
                    "container \"a\" and annotation must not set AppArmor profile type to \"x\", \"container.apparmor.security.beta.kubernetes.io/a=\"y\"\"",
                ),
            ],
        );
    }
}
