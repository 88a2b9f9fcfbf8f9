//! From a row and what it found to the kind of cause.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::matching::Found;
use super::{Access, FilePath, Foreign, Kind, OwnershipCall, Refusal, Syscall, Verdict};
use crate::printable::printable;

/// The first port that a program needs no privilege for.
const FIRST_FREE_PORT: u16 = 1024;

static PORT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let before = r#"port\s*[=:#,]?\s*|\]:|\*:|[\d.]{7,15}[:#]|::+:?|localhost:|(?:tcp|udp|http|https)[46]?:?\s?(?://[^\s/:]*)?:|['"],\s*|[\s(]:|any:|[\d.]{7,15},\s*"#;
    Regex::new(&format!(r"(?i)(?:{before})(?P<port>\d{{1,5}})\b")).ok()
});

/// What a row makes of a text; `None` where its particulars contradict it.
pub(super) fn kind(found: &Found) -> Option<Kind> {
    let (name, detail) = match found.row.symptom.kind.split_once(':') {
        Some((name, detail)) => (name, detail),
        None => (found.row.symptom.kind.as_str(), ""),
    };
    Some(match name {
        "read-only" => Kind::ReadOnly { path: found.path() },
        "denied" => Kind::Denied {
            path: found.path(),
            access: access(found, detail),
        },
        "low-port" => Kind::LowPort {
            port: low_port(found, detail == "named")?,
        },
        "ownership" => Kind::Ownership {
            call: call(detail)?,
            path: found.path(),
        },
        "switch-user" => Kind::SwitchUser {
            user: owned(found, "user"),
        },
        "needs-root" => Kind::NeedsRoot,
        "exec" => exec(found, detail),
        "no-new-privileges" => Kind::NoNewPrivileges {
            program: owned(found, "program"),
        },
        "no-passwd-entry" => {
            let uid = found.group("uid").and_then(|uid| uid.parse().ok());
            Kind::NoPasswdEntry { uid }
        }
        "home" => Kind::Home { path: found.path() },
        "temp-dir" => Kind::TempDir {
            tried: tried(found),
        },
        "package-install" => Kind::PackageInstall {
            tool: owned(found, "tool"),
        },
        "syscall" => Kind::Syscall {
            call: syscall(detail),
        },
        "raw-socket" => Kind::RawSocket,
        "kubelet" => Kind::Kubelet {
            verdict: verdict(found, detail)?,
        },
        "wrong-owner" => Kind::WrongOwner { path: found.path() },
        "too-open" => Kind::TooOpen { path: found.path() },
        "hidden" => Kind::Hidden {
            path: found.path(),
            volume: None,
        },
        "volume-ownership" => Kind::VolumeOwnership,
        "probe" => Kind::Probe,
        "api" => Kind::Api,
        "foreign" => Kind::Foreign {
            what: foreign(detail)?,
        },
        _ => return None,
    })
}

fn owned(found: &Found, group: &str) -> Option<String> {
    found.group(group).map(printable)
}

fn exec(found: &Found, detail: &str) -> Kind {
    let program = owned(found, "program").or_else(|| found.path().map(|path| path.to_string()));
    let refusal = match detail {
        "file-capability" => Refusal::FileCapability,
        _ => Refusal::NotExecutable,
    };
    Kind::Exec { program, refusal }
}

/// The port of a bind that was refused; `None` where it is a socket in the file system or needs no privilege.
fn low_port(found: &Found, must_be_named: bool) -> Option<Option<u16>> {
    let named = || {
        PORT.as_ref()?
            .captures(found.text())?
            .name("port")
            .map(|port| port.as_str())
    };
    let port: Option<u16> = found
        .group("port")
        .or_else(named)
        .and_then(|port| port.parse().ok());
    match port {
        Some(port) => (1..FIRST_FREE_PORT).contains(&port).then_some(Some(port)),
        None if must_be_named || found.path().is_some() => None,
        None => Some(None),
    }
}

fn tried(found: &Found) -> Vec<FilePath> {
    let Some(text) = found.group("tried") else {
        return found.path().into_iter().collect();
    };
    let parts = text.split([',', ' ', '\'', '"', '[', ']']);
    parts
        .filter(|part| part.starts_with('/'))
        .filter_map(FilePath::new)
        .collect()
}

/// What a program wanted to do, by the row or by the words of the line.
fn access(found: &Found, detail: &str) -> Access {
    const WRITES: [&str; 22] = [
        "creat",
        "writ",
        "mkdir",
        "touch",
        "remov",
        "unlink",
        "delet",
        "renam",
        "append",
        "lock",
        "pid",
        "log file",
        "temp",
        "tmp",
        "mknod",
        "save",
        "saving",
        "rmdir",
        "chmod",
        "symlink",
        "socket",
        "cannot move",
    ];
    const READS: [&str; 14] = [
        "read",
        "load",
        "stat",
        "scandir",
        "opendir",
        "open directory",
        "search permission",
        "cat:",
        "ls:",
        "include",
        ": cd:",
        "chdir",
        "access",
        "lstat",
    ];
    match detail {
        "write" => return Access::Write,
        "read" => return Access::Read,
        _ => {}
    }
    // The path itself says nothing: /var/lib/readers.
    let path = found
        .path()
        .map(|path| path.to_string())
        .unwrap_or_default();
    let text = found.text().replace(&path, "").to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (says(&WRITES), says(&READS)) {
        (true, _) => Access::Write,
        (false, true) => Access::Read,
        (false, false) => Access::Any,
    }
}

fn call(detail: &str) -> Option<OwnershipCall> {
    Some(match detail {
        "chown" => OwnershipCall::Chown,
        "chmod" => OwnershipCall::Chmod,
        "utime" => OwnershipCall::Utime,
        _ => return None,
    })
}

fn syscall(detail: &str) -> Syscall {
    match detail {
        "namespaces" => Syscall::Namespaces,
        "io-uring" => Syscall::IoUring,
        "ptrace" => Syscall::Ptrace,
        "mount" => Syscall::Mount,
        "bpf" => Syscall::Bpf,
        "keyring" => Syscall::Keyring,
        "resources" => Syscall::Resources,
        "network" => Syscall::Network,
        "system" => Syscall::System,
        _ => Syscall::Other,
    }
}

fn verdict(found: &Found, detail: &str) -> Option<Verdict> {
    let user = || owned(found, "user");
    Some(match detail {
        "will-run-as-root" => Verdict::WillRunAsRoot,
        "non-numeric-user" => Verdict::NonNumericUser { user: user() },
        "breaks-non-root" => Verdict::BreaksNonRoot,
        "invalid-uid" => Verdict::InvalidUid,
        "group-without-user" => Verdict::GroupWithoutUser,
        "user-not-found" => Verdict::UserNotFound { user: user() },
        "profile-not-found" => Verdict::ProfileNotFound,
        "sysctl-forbidden" => Verdict::SysctlForbidden,
        "mount-point" => Verdict::MountPoint,
        _ => return None,
    })
}

fn foreign(detail: &str) -> Option<Foreign> {
    Some(match detail {
        "image-pull" => Foreign::ImagePull,
        "out-of-memory" => Foreign::OutOfMemory,
        "missing-config" => Foreign::MissingConfig,
        "unschedulable" => Foreign::Unschedulable,
        "out-of-disk" => Foreign::OutOfDisk,
        "network" => Foreign::Network,
        "volume" => Foreign::Volume,
        "bad-image" => Foreign::BadImage,
        "port-in-use" => Foreign::PortInUse,
        "application" => Foreign::Application,
        "node" => Foreign::Node,
        _ => return None,
    })
}
