//! The kubeconfig that counts, merged by the rules of client-go.

use std::env;
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError, LoadDataError};

use super::failure::Failure;
use crate::cli::Connection;

/// The names of the contexts, clusters or users of the kubeconfig that counts, by the name of the flag; none where it
/// cannot be read.
pub(crate) fn named_in_kubeconfig(flags: &Connection, flag: &str) -> Vec<String> {
    let Ok(Some(kubeconfig)) = read(flags) else {
        return Vec::new();
    };
    match flag {
        "context" => names(kubeconfig.contexts, |named| named.name),
        "cluster" => names(kubeconfig.clusters, |named| named.name),
        "user" => names(kubeconfig.auth_infos, |named| named.name),
        _ => Vec::new(),
    }
}

fn names<T>(entries: Vec<T>, name: fn(T) -> String) -> Vec<String> {
    entries.into_iter().map(name).collect()
}

/// The kubeconfig that counts; `None` where there is none, which may be a pod.
pub(super) fn read(flags: &Connection) -> Result<Option<Kubeconfig>, Failure> {
    if let Some(path) = &flags.kubeconfig {
        return read_file(path).map(Some);
    }
    let mut merged = Kubeconfig::default();
    for path in paths().into_iter().filter(|path| path.exists()) {
        let next = read_file(&path)?;
        merged = merged.merge(next).map_err(|error| config_failure(&error))?;
    }
    let is_empty = merged.clusters.is_empty() && merged.contexts.is_empty();
    Ok((!is_empty || flags.server.is_some() || flags.context.is_some()).then_some(merged))
}

/// `$KUBECONFIG`'s files, of which those that are not there do not count, or the file of the home directory.
fn paths() -> Vec<PathBuf> {
    let listed = env::var_os("KUBECONFIG").map(|list| env::split_paths(&list).collect::<Vec<_>>());
    let listed = listed.unwrap_or_default().into_iter();
    let listed: Vec<_> = listed.filter(|path| !path.as_os_str().is_empty()).collect();
    if !listed.is_empty() {
        return listed;
    }
    let home = env::home_dir().map(|home| home.join(".kube").join("config"));
    home.into_iter().collect()
}

fn read_file(path: &Path) -> Result<Kubeconfig, Failure> {
    Kubeconfig::read_from(path).map_err(|error| match &error {
        KubeconfigError::ReadConfig(error, _) => Failure::new(
            format!("cannot read the kubeconfig {}: {error}", path.display()),
            "check --kubeconfig and $KUBECONFIG",
        ),
        KubeconfigError::Parse(_) => Failure::new(
            format!("error loading config file \"{}\": {error}", path.display()),
            "kubectl config view shows what kubectl makes of it",
        ),
        other => config_failure(other),
    })
}

pub(super) fn config_failure(error: &KubeconfigError) -> Failure {
    let hint = match error {
        KubeconfigError::LoadCertificateAuthority(_) => {
            "check --certificate-authority, and certificate-authority in the kubeconfig"
        }
        KubeconfigError::ParseNoProxy(_) => {
            "check NO_PROXY: names and addresses, with commas between"
        }
        KubeconfigError::ParseProxyUrl(_) => "check proxy-url in the kubeconfig, and HTTPS_PROXY",
        KubeconfigError::ParseClusterUrl(_) => "name it as https://HOST:PORT",
        _ => "kubectl config view shows what kubectl makes of it",
    };
    let message = match error {
        KubeconfigError::LoadCertificateAuthority(LoadDataError::ReadFile(error, path)) => {
            let path = path.display();
            format!("unable to read certificate-authority {path}: {error}")
        }
        error => error.to_string(),
    };
    Failure::new(message, hint)
}
