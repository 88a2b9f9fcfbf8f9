//! What kinds of causes there are.

use super::FilePath;

/// What a cause is, with its particulars as far as the line gives them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A write to the read-only root file system.
    ReadOnly {
        /// What could not be written, made or removed.
        path: Option<FilePath>,
    },
    /// A path that the program's user may not use (EACCES).
    Denied {
        /// The path.
        path: Option<FilePath>,
        /// What it wanted to do.
        access: Access,
    },
    /// Listening on a port below 1024.
    LowPort {
        /// The port.
        port: Option<u16>,
    },
    /// Changing the owner, mode or times of a file that is another user's (EPERM).
    Ownership {
        /// Which call was refused.
        call: OwnershipCall,
        /// The file.
        path: Option<FilePath>,
    },
    /// Becoming another user or group: setuid, setgid, setgroups, initgroups.
    SwitchUser {
        /// The user by name or number, else the group.
        user: Option<String>,
    },
    /// A program that does its work as root alone, and says so.
    NeedsRoot,
    /// Executing a file.
    Exec {
        /// The file.
        program: Option<String>,
        /// Why it was refused.
        refusal: Refusal,
    },
    /// A program that wants to gain privileges by executing another, as sudo.
    NoNewPrivileges {
        /// The program.
        program: Option<String>,
    },
    /// A user id that `/etc/passwd` of the image does not have.
    NoPasswdEntry {
        /// The id.
        uid: Option<i64>,
    },
    /// A home directory that is `/`, or that cannot be written.
    Home {
        /// What could not be written in it.
        path: Option<FilePath>,
    },
    /// No directory for temporary files.
    TempDir {
        /// The directories that were tried.
        tried: Vec<FilePath>,
    },
    /// Installing packages at start.
    PackageInstall {
        /// The package manager.
        tool: Option<String>,
    },
    /// A system call that the seccomp profile or the dropped capabilities do not let through.
    Syscall {
        /// Which.
        call: Syscall,
    },
    /// A raw socket, as ping opens it.
    RawSocket,
    /// The kubelet or the runtime does not start the container.
    Kubelet {
        /// Its verdict.
        verdict: Verdict,
    },
    /// Data that has to belong to the user who runs the program.
    WrongOwner {
        /// The file or directory.
        path: Option<FilePath>,
    },
    /// A key, cookie or data directory that others can read, which its program does not accept.
    TooOpen {
        /// The file or directory.
        path: Option<FilePath>,
    },
    /// A file or directory of the image that an empty volume hides.
    Hidden {
        /// What is missing.
        path: Option<FilePath>,
        /// Where the volume is mounted.
        volume: Option<FilePath>,
    },
    /// The kubelet is still changing the group of a volume's files.
    VolumeOwnership,
    /// Root that may not do what root usually may: no DAC_OVERRIDE, CHOWN, FOWNER, KILL.
    RootWithoutCapability {
        /// The path, where there is one.
        path: Option<FilePath>,
    },
    /// A probe fails that did not fail before, and nothing says why.
    Probe,
    /// The API server or an admission controller refuses the pod or the change.
    Api,
    /// Not caused by the hardening.
    Foreign {
        /// What it is instead.
        what: Foreign,
    },
    /// No row of the table knows the symptom. The evidence is the last line of the log.
    Unknown {
        /// The exit code of the last run.
        exit_code: Option<i32>,
    },
}

/// What a program wanted to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read it, or list or enter the directory.
    Read,
    /// Write, make, move or remove it.
    Write,
    /// The line does not tell.
    Any,
}

/// A call that changes what a file has besides its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnershipCall {
    /// chown, chgrp
    Chown,
    /// chmod
    Chmod,
    /// utime, utimes
    Utime,
}

/// Why a file is not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// It has a file capability that is not in the container's bounding set (EPERM).
    FileCapability,
    /// The user may not execute it (EACCES).
    NotExecutable,
}

/// A kind of system call that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syscall {
    /// clone, unshare, setns with new namespaces
    Namespaces,
    /// io_uring_setup
    IoUring,
    /// ptrace, process_vm_readv
    Ptrace,
    /// mount, umount, pivot_root, chroot
    Mount,
    /// perf_event_open, bpf
    Bpf,
    /// keyctl, add_key
    Keyring,
    /// setpriority, sched_setscheduler, mlock, setrlimit: what CAP_SYS_NICE, CAP_IPC_LOCK and CAP_SYS_RESOURCE give
    Resources,
    /// Network administration: interfaces, routes, iptables
    Network,
    /// Setting the clock or the host name
    System,
    /// The line does not tell.
    Other,
}

/// Why a container is not started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// `runAsNonRoot` and an image without a USER.
    WillRunAsRoot,
    /// `runAsNonRoot` and an image with a USER by name.
    NonNumericUser {
        /// The name.
        user: Option<String>,
    },
    /// `runAsNonRoot` and `runAsUser: 0`.
    BreaksNonRoot,
    /// A USER that is no valid id.
    InvalidUid,
    /// `runAsGroup` without a user.
    GroupWithoutUser,
    /// The runtime does not find the USER in the image.
    UserNotFound {
        /// The name.
        user: Option<String>,
    },
    /// A seccomp or AppArmor profile that the node does not have.
    ProfileNotFound,
    /// A sysctl that the kubelet does not allow.
    SysctlForbidden,
    /// A directory for a mount that the runtime could not make in the image's file system.
    MountPoint,
}

/// What is not caused by the hardening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// The image cannot be had.
    ImagePull,
    /// Killed for its memory.
    OutOfMemory,
    /// A config map, a secret or a key of one is not there.
    MissingConfig,
    /// No node takes the pod.
    Unschedulable,
    /// A probe fails that failed before, too.
    ProbeFailedBefore,
    /// A disk is full.
    OutOfDisk,
    /// Another service is not there: its name or its port.
    Network,
    /// A volume cannot be mounted or attached.
    Volume,
    /// A program or file that the image does not have, or for another architecture.
    BadImage,
    /// The port is taken.
    PortInUse,
    /// The program says that something else is wrong.
    Application,
    /// The node or its runtime.
    Node,
}
