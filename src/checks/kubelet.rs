//! `kubelet`: whether the kubelet starts the container at all. Not part of Pod Security Standards.

use super::about::{About, Breakage, SEEN};
use super::{Check, Forbidden, Level, SECURITY_CONTEXT};

/// The rule is in `images/kubelet.rs`; it is judged from the manifest and what is known of the image.
pub(super) const CHECK: Check = Check {
    id: "kubelet",
    title: "The kubelet starts the container",
    link: SECURITY_CONTEXT,
    controls: &[],
    about: ABOUT,
    revisions: &[],
    overridden_by: None,
    field: None,
    grant: None,
    words: |offence| {
        let said = offence.values.first();
        let detail = said.map_or("must be a container that the kubelet starts", |said| said);
        Forbidden::new("refused by the kubelet", detail.to_owned())
    },
};

const ABOUT: About = About {
    looks_at: &[(Level::PodOrContainer, "securityContext.runAsUser")],
    accepts: "a runAsUser that is not 0, or an image whose USER is a number that is not 0",
    what: "Before it starts a container with runAsNonRoot: true, the kubelet looks at runAsUser, or else at USER in the image. \
        Here its verdict is predicted, in its own words, for images that are known: by --inspect-images, by the \
        configuration, or as well-known ones.",
    why: "A container that the kubelet refuses never runs, so nothing is gained, and the rollout hangs.",
    example: r"securityContext:
  runAsNonRoot: true
  runAsUser: 0
containers:
- name: web",
    breaks: &[Breakage {
        symptoms: &[
            "container has runAsNonRoot and image has non-numeric user",
            "container's runAsUser breaks non-root policy",
        ],
        status: "CreateContainerConfigError; no restarts, and no log",
        cause: "The kubelet cannot tell that the user is not root: it has a name, which stands for a number that only the image \
            knows, or it is 0.",
        remedies: &[
            "Write USER as a number in the image's Dockerfile.",
            "Set runAsUser to that number.",
        ],
        sources: &[
            "kubernetes/kubernetes pkg/kubelet/kuberuntime/security_context_others.go",
            SEEN,
        ],
    }],
};
