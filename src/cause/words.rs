//! What a kind says of itself.

use std::fmt;
use std::mem::discriminant;

use super::{
    Access, Confidence, FilePath, Foreign, Kind, OwnershipCall, Refusal, Syscall, Verdict,
};

/// What a kind is about: a path, a port, a user, a program.
fn subject(kind: &Kind) -> Option<String> {
    let text = |path: &Option<FilePath>| path.as_ref().map(FilePath::to_string);
    match kind {
        Kind::ReadOnly { path }
        | Kind::Denied { path, .. }
        | Kind::Ownership { path, .. }
        | Kind::Home { path }
        | Kind::WrongOwner { path }
        | Kind::TooOpen { path }
        | Kind::Hidden { path, .. }
        | Kind::RootWithoutCapability { path } => text(path),
        Kind::LowPort { port } => port.map(|port| port.to_string()),
        Kind::SwitchUser { user } => user.clone(),
        Kind::Exec { program, .. } | Kind::NoNewPrivileges { program } => program.clone(),
        Kind::NoPasswdEntry { uid } => uid.map(|uid| uid.to_string()),
        Kind::TempDir { tried } => tried.first().map(FilePath::to_string),
        Kind::PackageInstall { tool } => tool.clone(),
        Kind::Kubelet {
            verdict: Verdict::NonNumericUser { user } | Verdict::UserNotFound { user },
        } => user.clone(),
        _ => None,
    }
}

/// Whether it names what it is about.
pub(super) fn has_subject(kind: &Kind) -> bool {
    subject(kind).is_some()
}

/// Whether it says no more than that something was refused.
pub(super) fn is_bare(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Denied { path: None, .. }
            | Kind::Syscall {
                call: Syscall::Other
            }
    )
}

/// Whether both name the same thing.
pub(super) fn is_about_same(one: &Kind, other: &Kind) -> bool {
    subject(one).is_some_and(|one| subject(other).as_ref() == Some(&one))
}

/// Whether one kind says all that the other says.
pub(super) fn says_more(one: &Kind, other: &Kind) -> bool {
    let is_same_path = match (one, other) {
        (Kind::Denied { path, .. }, Kind::Denied { path: same, .. }) => path == same,
        _ => false,
    };
    let is_like = discriminant(one) == discriminant(other) && !has_subject(other);
    one == other || is_same_path || is_like && is_general(one, other)
}

/// Whether two kinds differ by nothing but what they are about.
fn is_general(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::Ownership { call, .. }, Kind::Ownership { call: same, .. }) => call == same,
        (Kind::Exec { refusal, .. }, Kind::Exec { refusal: same, .. }) => refusal == same,
        (Kind::Syscall { .. } | Kind::Kubelet { .. } | Kind::Foreign { .. }, _) => false,
        _ => true,
    }
}

/// A path that is refused is less sure where the line does not say which.
pub(super) fn confidence(kind: &Kind, of_row: Confidence) -> Confidence {
    match kind {
        Kind::Denied { path: None, .. } => Confidence::Possible,
        Kind::LowPort { port: None } => of_row.min(Confidence::Likely),
        _ => of_row,
    }
}

/// The text with what the kind is about in the place of `{path}` and the like.
pub(super) fn filled(text: &str, kind: &Kind) -> String {
    let subject = subject(kind);
    let path = subject.as_deref().and_then(FilePath::new);
    let directory = path
        .as_ref()
        .and_then(FilePath::parent)
        .map(|parent| parent.to_string());
    let tried = match kind {
        Kind::TempDir { tried } => tried.first().map(FilePath::to_string),
        _ => None,
    };
    let or =
        |found: &Option<String>, words: &str| found.clone().unwrap_or_else(|| words.to_owned());
    text.replace("{path}", &or(&subject, "the path"))
        .replace("{dir}", &or(&directory, "its directory"))
        .replace("{tried}", &or(&tried, "/tmp"))
        .replace("{user}", &or(&subject, "the user"))
        .replace("{port}", &or(&subject, "the port"))
        .replace("{program}", &or(&subject, "the program"))
        .replace("{uid}", &or(&subject, "the uid"))
        .replace("{tool}", &or(&subject, "the package manager"))
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.words())?;
        match subject(self) {
            Some(subject) => write!(to, ": {subject}"),
            None => Ok(()),
        }
    }
}

impl Kind {
    /// What it is, in a few words and without what it is about: `the root file system is read-only`.
    pub fn words(&self) -> &'static str {
        match self {
            Self::ReadOnly { .. } => "the root file system is read-only",
            Self::Denied {
                access: Access::Read,
                ..
            } => "its user may not read a path",
            Self::Denied {
                access: Access::Write,
                ..
            } => "its user may not write to a path",
            Self::Denied {
                access: Access::Any,
                ..
            } => "its user may not use a path",
            Self::LowPort { .. } => "its user may not listen on a port below 1024",
            Self::Ownership {
                call: OwnershipCall::Chown,
                ..
            } => "it may not change the owner of a file",
            Self::Ownership {
                call: OwnershipCall::Chmod,
                ..
            } => "it may not change the mode of a file",
            Self::Ownership {
                call: OwnershipCall::Utime,
                ..
            } => "it may not change the times of a file",
            Self::SwitchUser { .. } => "it may not become another user",
            Self::NeedsRoot => "it demands to be root",
            Self::Exec {
                refusal: Refusal::FileCapability,
                ..
            } => "a program has a capability that the container may not have",
            Self::Exec {
                refusal: Refusal::NotExecutable,
                ..
            } => "its user may not execute a program",
            Self::NoNewPrivileges { .. } => "it may not gain privileges by another program",
            Self::NoPasswdEntry { .. } => "its user is not in /etc/passwd",
            Self::Home { .. } => "its home directory cannot be written",
            Self::TempDir { .. } => "there is no directory for temporary files",
            Self::PackageInstall { .. } => "it installs packages at start",
            Self::Syscall { call } => call.words(),
            Self::RawSocket => "it may not open a raw socket",
            Self::Kubelet { verdict } => verdict.words(),
            Self::WrongOwner { .. } => "data belongs to another user",
            Self::TooOpen { .. } => "others may read what must be private",
            Self::Hidden { .. } => "a volume hides what the image has there",
            Self::VolumeOwnership => "the group of a volume's files is still being changed",
            Self::RootWithoutCapability { .. } => {
                "root has no capability to pass over file permissions"
            }
            Self::Probe => "a probe fails",
            Self::Api => "the API server refuses it",
            Self::Foreign { what } => what.words(),
            Self::Unknown { .. } => "the cause is not known",
        }
    }
}

impl Syscall {
    fn words(self) -> &'static str {
        match self {
            Self::Namespaces => "it may not make namespaces",
            Self::IoUring => "it may not use io_uring",
            Self::Ptrace => "it may not trace processes",
            Self::Mount => "it may not mount or chroot",
            Self::Bpf => "it may not use BPF or perf events",
            Self::Keyring => "it may not use the kernel's keyring",
            Self::Resources => "it may not lock memory or raise limits and priorities",
            Self::Network => "it may not configure the network",
            Self::System => "it may not change settings of the system",
            Self::Other => "it may not make a system call",
        }
    }
}

impl Verdict {
    fn words(&self) -> &'static str {
        match self {
            Self::WillRunAsRoot => "the image runs as root",
            Self::NonNumericUser { .. } => "the image's USER is a name",
            Self::BreaksNonRoot => "runAsUser is 0 beside runAsNonRoot",
            Self::InvalidUid => "the image's USER is no valid id",
            Self::GroupWithoutUser => "a group is set without a user",
            Self::UserNotFound { .. } => "the image does not have its USER",
            Self::ProfileNotFound => "the node does not have the profile",
            Self::SysctlForbidden => "the kubelet does not allow a sysctl",
            Self::MountPoint => "a mount has no place in the read-only root file system",
        }
    }
}

impl Foreign {
    fn words(self) -> &'static str {
        match self {
            Self::ImagePull => "the image cannot be had",
            Self::OutOfMemory => "it has too little memory",
            Self::MissingConfig => "a config map or a secret is missing",
            Self::Unschedulable => "no node takes the pod",
            Self::ProbeFailedBefore => "a probe fails that failed before the change",
            Self::OutOfDisk => "a disk is full",
            Self::Network => "another service cannot be reached",
            Self::Volume => "a volume cannot be mounted",
            Self::BadImage => "the image does not have the program",
            Self::PortInUse => "the port is taken",
            Self::Application => "the program says that something else is wrong",
            Self::Node => "the node or its runtime is at fault",
        }
    }
}
