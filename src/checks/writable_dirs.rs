//! `writableDirs`: a volume at each directory that the program writes to, beside a read-only root. Not part of Pod Security
//! Standards; demanded by `--writable-dirs`.

use super::about::{About, Breakage, SEEN};
use super::{Check, Forbidden, Level, SECURITY_CONTEXT};

/// Judged in `judge/writable.rs`, from the manifest, the flag and what is known of the image.
pub(super) const CHECK: Check = Check {
    id: "writableDirs",
    title: "Directories that the program writes to are on a volume",
    link: SECURITY_CONTEXT,
    controls: &[],
    about: ABOUT,
    revisions: &[],
    overridden_by: None,
    field: None,
    grant: None,
    words: |offence| {
        let dirs = match offence.values.is_empty() {
            true => "each directory that the program writes to".to_owned(),
            false => offence.values.join(", "),
        };
        let detail = format!("{}must mount a volume at {dirs}", offence.containers());
        Forbidden::new("no volume to write to", detail)
    },
};

const ABOUT: About = About {
    looks_at: &[(Level::Container, "volumeMounts")],
    accepts: "a volume mounted at the directory or above it",
    what: "With readOnlyRootFilesystem a program can write to volumes alone. --writable-dirs mounts an emptyDir at each directory \
        that a known image writes to, and at /tmp; --writable-dirs=tmp at /tmp alone; --writable-dirs=/a,/b at these. Each \
        container has volumes of its own.",
    why: "Most programs write somewhere: a pid file, a cache, temporary files. Without a place for them the root \
        stays writable, and with it the program's own files.",
    example: r"containers:
- name: web
  securityContext:
    readOnlyRootFilesystem: true",
    breaks: &[Breakage {
        symptoms: &[
            "nginx: [emerg] mkdir() \"/var/cache/nginx/client_temp\" failed (30: Read-only file system)",
        ],
        status: "CrashLoopBackOff, or Running while requests fail",
        cause: "The directory is not on a volume. Or it is, and the emptyDir hides files that the image has there.",
        remedies: &[
            "Mount an emptyDir there: --writable-dirs=PATH.",
            "Where the image has files there, fill the emptyDir from an init container of the same image, which copies them.",
        ],
        sources: &["nginx/docker-nginx-unprivileged#175", SEEN],
    }],
};
