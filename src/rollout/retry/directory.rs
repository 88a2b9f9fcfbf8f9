//! Which directory gets a volume, so that a path can be written.

use std::collections::BTreeSet;

use crate::container_path::is_within;

/// Directories that many programs of an image share, or that the kernel makes: no volume goes over them.
const BROAD: [&str; 28] = [
    "/",
    "",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/sbin",
    "/srv",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/spool",
];

/// Whether a directory is too much to be replaced by a volume.
pub(super) fn is_broad(directory: &str) -> bool {
    let kernel = ["/proc/", "/sys/", "/dev/"];
    BROAD.contains(&directory) || kernel.iter().any(|above| directory.starts_with(above))
}

/// Whether programs have directories of their own in a directory, which the image may have made.
pub(super) fn is_shared(directory: &str) -> bool {
    ["/run", "/var/run", "/var/log"].contains(&directory)
}

/// Whether what is in a directory is made anew by every start, or, as in root's home, for a shell.
pub(super) fn is_transient(directory: &str) -> bool {
    let transient = [
        "/run",
        "/var/run",
        "/var/lock",
        "/var/log",
        "/var/cache",
        "/tmp",
        "/var/tmp",
        "/root",
    ];
    transient.iter().any(|above| is_within(directory, above))
}

/// Whether a directory is one of programs: what they write there, such as Python's `__pycache__`, they do without.
pub(super) fn is_of_programs(directory: &str) -> bool {
    let programs = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];
    programs.iter().any(|above| is_within(directory, above)) || directory.ends_with("/__pycache__")
}

/// The directory that has to be writable for a path to be written: the one that it is in, or itself, where that one is too
/// much and it looks like a directory.
pub(super) fn directory_of(path: &str) -> Option<String> {
    let (parent, name) = path.rsplit_once('/')?;
    if !is_broad(parent) {
        return Some(parent.to_owned());
    }
    let looks_like_one = !name.trim_start_matches('.').contains('.');
    (looks_like_one && !is_broad(path)).then(|| path.to_owned())
}

/// Those that are not within another one.
pub(super) fn outermost(directories: BTreeSet<String>) -> BTreeSet<String> {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for directory in directories {
        if !kept.iter().any(|above| is_within(&directory, above)) {
            kept.insert(directory);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_in_its_directory() {
        for (path, expected) in [
            ("/var/cache/nginx/client_temp", Some("/var/cache/nginx")),
            ("/var/lib/nginx/body", Some("/var/lib/nginx")),
            ("/run/nginx.pid", Some("/run")),
            ("/tmp/x/y", Some("/tmp/x")),
            ("/var/lib/redis", Some("/var/lib/redis")),
            ("/.config", Some("/.config")),
            ("/srv/app", Some("/srv/app")),
            ("/data", Some("/data")),
            ("/data.db", None),
            ("/etc/mtab.new", None),
            ("/etc/redis/redis.conf", Some("/etc/redis")),
            ("/proc/self/oom_score_adj", None),
            ("/dev/shm", None),
            ("/", None),
            ("relative", None),
        ] {
            assert_eq!(directory_of(path).as_deref(), expected, "{path}");
        }
    }
}
