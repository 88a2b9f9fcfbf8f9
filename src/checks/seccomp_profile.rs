//! `seccompProfile`: the filter of system calls.

use super::about::{About, Breakage};
use super::controls::{
    Control, FROM_1_11, TO_1_10, checkov, cis, kubescape, kyverno, nsa, polaris, trivy,
};
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
    controls: CONTROLS,
    about: ABOUT,
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
        value: |_| Value::Map(vec![("type", Value::word("RuntimeDefault"))]),
        on_windows: false,
    }),
    grant: Some(GrantRule {
        find: annotated,
        holds: false,
        taken_away: "an annotation becomes runtime/default",
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
        (!allowed && !value.starts_with("localhost/")).then(|| {
            Grant::new(
                container,
                at,
                Remedy::Replace(at, Value::word("runtime/default")),
            )
            .of(format!("{key}={value:?}"))
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

const CONTROLS: &[Control] = &[
    cis(TO_1_10, "5.7.2"),
    cis(FROM_1_11, "5.6.2"),
    nsa("1.10", "the seccomp profile"),
    kubescape("C-0055"),
    kubescape("C-0210").note("its form of the CIS item"),
    checkov("CKV_K8S_31"),
    trivy("KSV-0030"),
    trivy("KSV-0104"),
    kyverno("restrict-seccomp-strict"),
    polaris("linuxHardening"),
];

const ABOUT: About = About {
    looks_at: &[(
        Level::Pod,
        "annotations *seccomp.security.alpha.kubernetes.io/*, before v1.19",
    )],
    accepts: "type RuntimeDefault or Localhost",
    what: "A filter of system calls. RuntimeDefault is the runtime's own list, Localhost a profile on \
        the node. Where none is set, and the kubelet has no default, every system call is open.",
    why: "The way out of a container leads through a flaw in the kernel, and many flaws are in \
        system calls that no server makes. The filter closes those calls before the next flaw is \
        found.",
    example: r"securityContext:
  seccompProfile:
    type: Unconfined
containers:
- name: web",
    breaks: &[
        Breakage {
            symptoms: &["Failed to move to new namespace: ... Operation not permitted"],
            status: "CrashLoopBackOff",
            cause: "The program makes namespaces of its own: Chrome's sandbox, bubblewrap, rootless \
                BuildKit. The default profile allows that with CAP_SYS_ADMIN only.",
            remedies: &[
                "Use the way that the program has for containers, such as running without its own \
                sandbox.",
                "Set type: Localhost with a profile that allows clone and unshare.",
                "Leave the field out for this container, with a reason.",
            ],
            sources: &["containerd/containerd contrib/seccomp/seccomp_default.go"],
        },
        Breakage {
            symptoms: &["Operation not permitted (from io_uring_setup)"],
            status: "Running, slower, or CrashLoopBackOff",
            cause: "containerd 2.0 and the profile of Docker no longer allow io_uring. Some libraries \
                do without it, others fail.",
            remedies: &[
                "Turn io_uring off in the program's settings.",
                "Set type: Localhost with a profile that allows it.",
            ],
            sources: &[
                "containerd/containerd docs/containerd-2.0.md",
                "https://github.com/moby/profiles/commit/0e2acd4",
            ],
        },
        Breakage {
            symptoms: &[
                "Operation not permitted (from perf_event_open, bpf, keyctl, mount or ptrace)",
            ],
            status: "Running; the tool fails",
            cause: "A profiler or debugger makes calls that the default profile closes. ptrace is open \
                on kernels from 4.8 on.",
            remedies: &[
                "Keep the tool out of the image that serves, and run it in a pod of its own.",
                "Leave the field out for that pod only, with a reason.",
            ],
            sources: &["containerd/containerd contrib/seccomp/seccomp_default.go"],
        },
        Breakage {
            symptoms: &["Operation not permitted (from clone3)"],
            status: "CrashLoopBackOff",
            cause: "The runtime is old: its profile answers clone3 with EPERM, and a new C library \
                waits for ENOSYS to try another call.",
            remedies: &["Upgrade the runtime."],
            sources: &[
                "containerd/containerd contrib/seccomp/seccomp_default.go",
                "moby/moby#42681",
            ],
        },
    ],
};

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
