//! Names of images, normalised as docker and the container runtimes do it.

use std::fmt;

/// An image by its full name.
///
/// Source: github.com/distribution/reference, `normalize.go` and `regexp.go`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    /// The registry: `docker.io`, `registry.example:5000`.
    pub(super) host: String,
    /// `library/nginx`.
    pub(super) repository: String,
    /// `latest` where neither a tag nor a digest is written.
    pub(super) tag: Option<String>,
    /// `sha256:...`; it decides, whatever the tag says.
    pub(super) digest: Option<String>,
}

impl Reference {
    /// `None` where it is no name of an image.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, digest) = match text.split_once('@') {
            Some((_, digest)) if !is_digest(digest) => return None,
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (first, rest),
            _ => ("docker.io", name),
        };
        let host = match host {
            "index.docker.io" => "docker.io",
            host => host,
        };
        let repository = match host == "docker.io" && !path.contains('/') {
            true => format!("library/{path}"),
            false => path.to_owned(),
        };
        let is_sound = repository.len() <= 255 && repository.split('/').all(is_path_component);
        let tag = tag.or(digest.is_none().then_some("latest"));
        (is_sound && is_domain(host) && tag.is_none_or(is_tag)).then(|| Self {
            host: host.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

/// Whether the part before the first slash is a registry and not a user of Docker Hub.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase)
}

fn is_domain(host: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
    !host.is_empty() && host.chars().all(allowed)
}

fn is_path_component(part: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_plain)
        && part.ends_with(is_plain)
        && part.chars().all(|c| is_plain(c) || "._-".contains(c))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(is_word)
        && tag.chars().all(|c| is_word(c) || ".-".contains(c))
}

/// SHA-256, which all registries use.
pub(super) fn is_digest(text: &str) -> bool {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.chars().all(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_as_docker_does_it() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("nginx:1.25@{digest}");
        let full = format!("docker.io/library/nginx:1.25@{digest}");
        let untagged = format!("quay.io/a/b@{digest}");
        for (text, normalised) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.25", "docker.io/library/nginx:1.25"),
            ("grafana/grafana", "docker.io/grafana/grafana:latest"),
            ("index.docker.io/nginx", "docker.io/library/nginx:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/app:2", "localhost:5000/app:2"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
            ("ghcr.io/a/b/c:v1.0", "ghcr.io/a/b/c:v1.0"),
            (&pinned, &full),
            (&untagged, &untagged),
        ] {
            let read = Reference::parse(text).map(|name| name.to_string());
            assert_eq!(read.as_deref(), Some(normalised), "{text}");
        }
        for text in [
            "",
            "Nginx",
            "a//b",
            "../etc",
            "nginx:",
            "nginx:a b",
            "nginx@sha256:1",
            "a/b?c",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }
}
