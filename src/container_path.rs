//! Paths in a container's file system.

use std::borrow::Cow;

/// A path as the container runtime takes it: absolute, `//` and `.` left out, `..` resolved.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `/var/run` and `/var/lock` are links to `/run` in every distribution.
pub fn without_links(path: &str) -> Cow<'_, str> {
    let rest = |link| {
        path.strip_prefix(link)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match (rest("/var/run"), rest("/var/lock")) {
        (Some(rest), _) => format!("/run{rest}").into(),
        (_, Some(rest)) => format!("/run/lock{rest}").into(),
        _ => path.into(),
    }
}

/// Whether a clean path is another one or lies below it.
pub fn is_within(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_the_runtime_does() {
        for (path, cleaned) in [
            ("/tmp", "/tmp"),
            ("/tmp/", "/tmp"),
            ("//var//cache/./nginx/", "/var/cache/nginx"),
            ("/var/x/../run", "/var/run"),
            ("/..", "/"),
            ("/", "/"),
            ("tmp", "/tmp"),
            ("", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn within_is_by_whole_names() {
        for (path, directory, within) in [
            ("/var/cache/nginx", "/var/cache", true),
            ("/var/cache", "/var/cache", true),
            ("/var/cached", "/var/cache", false),
            ("/var", "/var/cache", false),
            ("/tmp", "/", true),
        ] {
            assert_eq!(is_within(path, directory), within, "{path} {directory}");
        }
    }
}
