//! `lowPorts`: ports below 1024 are open to a user that is not root. Not part of Pod Security Standards; demanded by
//! `--low-ports=sysctl`.

use super::about::{About, Breakage, SEEN};
use super::{Check, Forbidden, Level};

/// Judged in `judge/ports.rs`, from the manifest, the flag and what is known of the image. The sysctl is a safe one since
/// 1.22, and allowed at the restricted level.
pub(super) const CHECK: Check = Check {
    id: "lowPorts",
    title: "Ports below 1024 are open to the container's user",
    link: "https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",
    controls: &[],
    about: ABOUT,
    revisions: &[],
    overridden_by: None,
    field: None,
    grant: None,
    words: |offence| {
        let ports = match offence.values.is_empty() {
            true => "ports below 1024".to_owned(),
            false => format!("port {}", offence.values.join(", ")),
        };
        let must = "must set the sysctl net.ipv4.ip_unprivileged_port_start for";
        Forbidden::new(
            "a port below 1024",
            offence.pod_must(&format!("{must} {ports}")),
        )
    },
};

const ABOUT: About = About {
    looks_at: &[(Level::Pod, "securityContext.sysctls")],
    accepts: "the sysctl net.ipv4.ip_unprivileged_port_start, or ports from 1024 on",
    what: "Only root may bind a port below 1024, unless the sysctl net.ipv4.ip_unprivileged_port_start of the pod's network says \
        otherwise. containerd 2 and Docker set it to 0; containerd 1 and CRI-O leave it at 1024. \
        --low-ports=sysctl sets it in the pod, which Pod Security Standards allow at every level.",
    why: "A web server on port 80 is the usual reason that an image runs as root.",
    example: r"containers:
- name: web
  ports:
  - containerPort: 80
  securityContext:
    runAsUser: 1000",
    breaks: &[Breakage {
        symptoms: &["bind() to 0.0.0.0:80 failed (13: Permission denied)"],
        status: "CrashLoopBackOff, exit code 1",
        cause: "The container is not root any more, and its runtime keeps ports below 1024 for root. An added NET_BIND_SERVICE \
            does nothing for a program without that capability on its file. A pod with hostNetwork has the node's \
            sysctl, which it cannot set.",
        remedies: &[
            "Listen on a port from 1024 on. The Service keeps its port: set its targetPort.",
            "Set the sysctl: --low-ports=sysctl.",
        ],
        sources: &["containerd/containerd docs/containerd-2.0.md", SEEN],
    }],
};
