//! An image reference: where an image is, as a container's `image` names it.
//!
//! Source: distribution/reference, `grammar` (reference.go), `splitDockerDomain` (normalize.go); opencontainers/go-digest.

use std::fmt;

/// The registry of a reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// A reference, complete: `nginx` is `docker.io/library/nginx`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The registry, with its port: `docker.io`, `registry.example:5000`, `[::1]:5000`.
    pub host: String,
    /// The repository's path in its parts, at least one: `library`, `nginx`.
    pub path: Vec<String>,
    /// The tag; with neither tag nor digest `latest` is meant.
    pub tag: Option<String>,
    /// The digest, which decides where there is a tag too: `sha256:` and 64 digits.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference as container runtimes do; `None` where they refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = split_tag(rest);
        let (host, path) = split_host(name);
        let mut path: Vec<_> = path.split('/').map(str::to_owned).collect();
        if host == DOCKER_HUB && path.len() == 1 {
            path.insert(0, "library".to_owned());
        }
        let is_valid = is_host(host)
            && path.iter().all(|part| is_part(part))
            && path.join("/").len() <= 255
            && tag.is_none_or(is_tag)
            && digest.is_none_or(is_digest);
        is_valid.then(|| Self {
            host: host.to_owned(),
            path,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

impl Reference {
    /// The tag that is meant: `latest` where neither a tag nor a digest is written.
    pub fn meant_tag(&self) -> Option<&str> {
        let latest = self.digest.is_none().then_some("latest");
        self.tag.as_deref().or(latest)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path.join("/"))?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// A colon begins a tag only behind the last slash: before it, it is that of a port.
pub(super) fn split_tag(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (text, None),
    }
}

fn split_host(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some(("index.docker.io", path)) => (DOCKER_HUB, path),
        Some((host, path)) if host == "localhost" || host.contains(['.', ':']) => (host, path),
        _ => (DOCKER_HUB, name),
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit());
    let is_label = |label: &str| {
        label
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'-')
            && !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = match name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
    {
        Some(address) => {
            !address.is_empty() && address.bytes().all(|c| c.is_ascii_hexdigit() || c == b':')
        }
        None => name.split('.').all(is_label),
    };
    is_name && port.is_none_or(is_port)
}

/// Runs of lower-case letters and digits, with `.`, `_`, `__` or any number of `-` between two of them.
fn is_part(text: &str) -> bool {
    let is_run = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(is_run)
        && text.ends_with(is_run)
        && text.split(is_run).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|c| c == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(is_word)
        && text.len() <= 128
        && text.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

fn is_digest(text: &str) -> bool {
    let length = match text.split_once(':') {
        Some(("sha256", _)) => 64,
        Some(("sha384", _)) => 96,
        Some(("sha512", _)) => 128,
        _ => return false,
    };
    let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    text.split_once(':')
        .is_some_and(|(_, hex)| hex.len() == length && hex.bytes().all(is_hex))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn full(text: &str) -> Option<String> {
        Reference::parse(text).map(|reference| reference.to_string())
    }

    #[test]
    fn references_are_completed_as_runtimes_complete_them() {
        for (text, whole) in [
            ("nginx", "docker.io/library/nginx"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("grafana/grafana", "docker.io/grafana/grafana"),
            ("docker.io/nginx", "docker.io/library/nginx"),
            ("index.docker.io/nginx", "docker.io/library/nginx"),
            ("registry-1.docker.io/nginx", "registry-1.docker.io/nginx"),
            ("localhost/nginx", "localhost/nginx"),
            ("localhost:5000/nginx", "localhost:5000/nginx"),
            ("localhost:5000", "docker.io/library/localhost:5000"),
            ("mirror:5000/a/b/c:v1", "mirror:5000/a/b/c:v1"),
            (
                "registry.example/a__b/c--d:_x",
                "registry.example/a__b/c--d:_x",
            ),
            ("REGISTRY.example/nginx", "REGISTRY.example/nginx"),
            ("[::1]:5000/nginx", "[::1]:5000/nginx"),
            ("team/nginx/x", "docker.io/team/nginx/x"),
        ] {
            assert_eq!(full(text).as_deref(), Some(whole), "{text}");
        }
        assert_eq!(
            full(&format!("nginx:1.27@{DIGEST}")),
            Some(format!("docker.io/library/nginx:1.27@{DIGEST}"))
        );
    }

    #[test]
    fn what_runtimes_refuse_is_refused() {
        let short = DIGEST.get(..20).unwrap_or_default();
        for text in [
            "",
            "/",
            ":",
            "@",
            "nginx:",
            "nginx@",
            ":tag",
            "Nginx",
            "nginx/Nginx",
            "Team/nginx",
            "a//b",
            "/nginx",
            "nginx/",
            "https://registry.example/nginx",
            "registry.example/",
            "registry.example:/nginx",
            "registry.example:x/nginx",
            "-registry.example/nginx",
            "a___b",
            "a._b",
            "nginx:.x",
            "nginx:a b",
            " nginx",
            "nginx@sha256:xyz",
            "nginx@md5:0123456789abcdef0123456789abcdef",
            "ñginx",
            "${IMAGE}",
            "{{ .Values.image }}",
        ] {
            assert_eq!(full(text), None, "{text}");
        }
        for digest in [
            short.to_owned(),
            DIGEST.to_uppercase(),
            format!("{DIGEST}@x"),
        ] {
            assert_eq!(full(&format!("nginx@{digest}")), None, "{digest}");
        }
        assert_eq!(full(&format!("nginx:{}", "x".repeat(129))), None);
        assert_eq!(full(&"x".repeat(256)), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = Reference::parse(&text);
        }

        #[test]
        fn the_full_form_is_read_as_itself(text in "[a-c.:/@_\\-A0\\[\\]]{0,24}") {
            if let Some(reference) = Reference::parse(&text) {
                prop_assert_eq!(Reference::parse(&reference.to_string()), Some(reference));
            }
        }

        #[test]
        fn what_is_put_together_is_found_again(
            host in "([a-z]{1,5}\\.[a-z]{2}|localhost|[a-z]{1,5})(:[0-9]{1,5})?",
            path in "[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?(/[a-z0-9]{1,8}){0,3}",
            tag in proptest::option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}"),
            is_pinned in any::<bool>(),
        ) {
            prop_assume!(host == "localhost" || host.contains(['.', ':']));
            let digest = is_pinned.then(|| DIGEST.to_owned());
            let path = path.split('/').map(str::to_owned).collect();
            let reference = Reference { host, path, tag, digest };
            prop_assert_eq!(Reference::parse(&reference.to_string()), Some(reference));
        }
    }
}
