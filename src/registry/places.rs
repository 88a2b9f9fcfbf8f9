//! Where credentials and the cache are.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::base_directory::{base_directory, named};

/// Files outside of what a run is told to read.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Files as `docker login`, `podman login` or `skopeo login` write them; the first that has credentials for a
    /// registry decides.
    pub credentials: Vec<PathBuf>,
    /// Where configurations of images are kept; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// The directories of credential helpers, as in `PATH`; `None` is `PATH`.
    pub helpers: Option<OsString>,
}

impl Places {
    /// Those that the environment names: what `$REGISTRY_AUTH_FILE` names, docker's file, podman's; and the cache
    /// directory of the XDG Base Directory Specification.
    pub fn of_environment() -> Self {
        let below = |directory: Option<PathBuf>, name: &str| Some(directory?.join(name));
        let variable = |name: &str| {
            let value = env::var_os(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let docker = variable("DOCKER_CONFIG").or_else(|| below(env::home_dir(), ".docker"));
        let config = base_directory("XDG_CONFIG_HOME", ".config");
        let cache = base_directory("XDG_CACHE_HOME", ".cache");
        let credentials = [
            variable("REGISTRY_AUTH_FILE"),
            below(docker, "config.json"),
            below(named("XDG_RUNTIME_DIR"), "containers/auth.json"),
            below(config, "containers/auth.json"),
        ];
        Self {
            credentials: credentials.into_iter().flatten().collect(),
            cache: below(cache, "kubectl-harden/images"),
            helpers: None,
        }
    }
}
