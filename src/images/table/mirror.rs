//! Docker Hub's official images, there and on mirrors.

use crate::images::reference::{DOCKER_HUB, Reference};

/// Other names of Docker Hub's registry.
const ALIASES: [&str; 3] = [
    "registry-1.docker.io",
    "registry.docker.io",
    "registry.hub.docker.com",
];

/// One of these words, and only such and `PLAIN` words, says that what follows is another registry's.
const MIRROR: [&str; 9] = [
    "cache",
    "cached",
    "dockerhub",
    "hub",
    "mirror",
    "mirrors",
    "proxied",
    "proxy",
    "remote",
];
const PLAIN: [&str; 7] = [
    "docker", "images", "io", "official", "pull", "registry", "through",
];

/// The name of the official image that a reference means: `nginx` of `docker.io/library/nginx`,
/// `public.ecr.aws/docker/library/nginx`, `mirror.example/dockerhub/nginx`. `registry.example/nginx` is somebody's own.
pub(super) fn official(reference: &Reference) -> Option<&str> {
    let (name, before) = reference.path.split_last()?;
    let host = reference.host.split(':').next().unwrap_or_default();
    let is_docker_hub = host == DOCKER_HUB || ALIASES.contains(&host);
    let is_official = match before {
        [.., last] if last == "library" => true,
        [] => is_docker_hub || host.split('.').next().is_some_and(says_mirror),
        before => !is_docker_hub && before.iter().all(|part| says_mirror(part)),
    };
    is_official.then_some(name)
}

fn says_mirror(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_plain = words.all(|word| MIRROR.contains(&word) || PLAIN.contains(&word));
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    is_plain && (text.ends_with(DOCKER_HUB) || words.any(|word| MIRROR.contains(&word)))
}
