//! From kubeconfig and flags to a client, by the rules of client-go.

use std::env;

use kube::config::{
    AuthInfo, Cluster, Context, InClusterError, KubeConfigOptions, Kubeconfig, KubeconfigError,
    NamedCluster, NamedContext,
};
use kube::{Client, Config};

use super::failure::Failure;
use super::kubeconfig::{config_failure, read};
use super::proxy::proxy;
use crate::cli::Connection;

/// A client, and what the context says.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// Host and port, as kubectl names them in its messages.
    pub(crate) host: String,
    /// The context's namespace.
    pub(crate) namespace: String,
    /// The name of the context; empty where there is none.
    pub(crate) context: String,
}

/// Makes a client.
///
/// # Errors
/// What is wrong with the kubeconfig, the flags or the credentials.
pub(crate) async fn connect(flags: &Connection) -> Result<Connected, Failure> {
    check(flags)?;
    let kubeconfig = read(flags)?;
    let context = flags.context.clone();
    let current = kubeconfig
        .as_ref()
        .and_then(|config| config.current_context.clone());
    let context = context.or(current).unwrap_or_default();
    let (mut config, proxy_url) = match kubeconfig {
        Some(kubeconfig) => from_kubeconfig(kubeconfig, flags).await?,
        None => (
            Config::incluster().map_err(|error| no_service_account(&error))?,
            None,
        ),
    };
    config.default_retry = false;
    let agent =
        http::HeaderValue::from_static(concat!("kubectl-harden/", env!("CARGO_PKG_VERSION")));
    config.headers.push((http::header::USER_AGENT, agent));
    config.proxy_url = proxy(proxy_url, &config.cluster_url)?;
    override_user(&mut config.auth_info, flags);
    let authority = config.cluster_url.authority();
    let host = authority.map_or(String::new(), ToString::to_string);
    let namespace = config.default_namespace.clone();
    let install = config.auth_info.exec.as_ref();
    let install = install.and_then(|exec| exec.install_hint.clone());
    let client = Client::try_from(config).map_err(|error| Failure::credentials(&error, install))?;
    Ok(Connected {
        client,
        host,
        namespace,
        context,
    })
}

fn check(flags: &Connection) -> Result<(), Failure> {
    if flags.insecure_skip_tls_verify && flags.certificate_authority.is_some() {
        return Err(Failure::new(
            "specifying a root certificates file with the insecure flag is not allowed",
            "leave out --insecure-skip-tls-verify",
        ));
    }
    if flags.as_user.is_none() && (!flags.as_group.is_empty() || flags.as_uid.is_some()) {
        return Err(Failure::new(
            "requesting uid, groups or user-extra without impersonating a user",
            "name the user with --as",
        ));
    }
    Ok(())
}

fn no_service_account(error: &InClusterError) -> Failure {
    if env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
        return no_kubeconfig();
    }
    Failure::new(
        format!("no kubeconfig, and the pod's service account cannot be used: {error}"),
        "mount its token: automountServiceAccountToken, or name a file with --kubeconfig",
    )
}

fn no_kubeconfig() -> Failure {
    Failure::new(
        "no kubeconfig: neither $KUBECONFIG nor ~/.kube/config names a cluster, and this is not a pod",
        "name one with --kubeconfig, or harden files with -f",
    )
}

async fn from_kubeconfig(
    mut kubeconfig: Kubeconfig,
    flags: &Connection,
) -> Result<(Config, Option<String>), Failure> {
    let named = |name: &Option<String>, known: bool, what: &str| match name {
        Some(name) if !known => Err(Failure::new(
            format!("{what} \"{name}\" does not exist"),
            "kubectl config view shows the contexts, clusters and users that there are",
        )),
        _ => Ok(()),
    };
    let wanted = flags
        .context
        .as_ref()
        .or(kubeconfig.current_context.as_ref());
    let wanted = wanted.filter(|name| !name.is_empty()).cloned();
    let contexts = &kubeconfig.contexts;
    let knows = |name: &String| contexts.iter().any(|known| &known.name == name);
    named(&wanted, wanted.as_ref().is_some_and(knows), "context")?;
    let clusters = &kubeconfig.clusters;
    let knows = |name: &String| clusters.iter().any(|known| &known.name == name);
    named(
        &flags.cluster,
        flags.cluster.as_ref().is_some_and(knows),
        "cluster",
    )?;
    let users = &kubeconfig.auth_infos;
    let knows = |name: &String| users.iter().any(|known| &known.name == name);
    named(
        &flags.user,
        flags.user.as_ref().is_some_and(knows),
        "auth info",
    )?;
    let name = wanted.unwrap_or_else(|| nameless(&mut kubeconfig, flags));
    let proxy_url = override_cluster(&mut kubeconfig, &name, flags);
    let options = KubeConfigOptions {
        context: Some(name),
        cluster: flags.cluster.clone(),
        user: flags.user.clone(),
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let config = config.map_err(|error| match error {
        KubeconfigError::LoadClusterOfContext(_) | KubeconfigError::MissingClusterUrl => {
            no_kubeconfig()
        }
        other => config_failure(&other),
    })?;
    Ok((config, proxy_url))
}

/// A context of its own for a kubeconfig that names none: `--server` or `--cluster` may be all there is.
fn nameless(kubeconfig: &mut Kubeconfig, flags: &Connection) -> String {
    let name = String::from("kubectl-harden");
    let cluster = flags.cluster.clone().unwrap_or_else(|| name.clone());
    kubeconfig.contexts.push(NamedContext {
        name: name.clone(),
        context: Some(Context {
            cluster,
            ..Context::default()
        }),
        ..NamedContext::default()
    });
    name
}

/// Flags win over the cluster's entry, which `--server` alone makes up where it is missing. Takes out the
/// entry's proxy.
fn override_cluster(
    kubeconfig: &mut Kubeconfig,
    context: &str,
    flags: &Connection,
) -> Option<String> {
    let contexts = kubeconfig.contexts.iter();
    let entry = contexts.clone().find(|named| named.name == context);
    let of_context = entry.and_then(|named| named.context.as_ref().map(|c| c.cluster.clone()));
    let name = flags.cluster.clone().or(of_context).unwrap_or_default();
    if !kubeconfig.clusters.iter().any(|named| named.name == name) {
        flags.server.as_ref()?;
        kubeconfig.clusters.push(NamedCluster {
            name: name.clone(),
            ..NamedCluster::default()
        });
    }
    let mut proxy_url = None;
    for named in kubeconfig.clusters.iter_mut().filter(|n| n.name == name) {
        let cluster = named.cluster.get_or_insert_with(Cluster::default);
        cluster.server = flags.server.clone().or(cluster.server.take());
        cluster.server = cluster.server.take().map(with_scheme);
        if let Some(path) = &flags.certificate_authority {
            cluster.certificate_authority = Some(path.display().to_string());
            cluster.certificate_authority_data = None;
            cluster.insecure_skip_tls_verify = None;
        }
        if flags.insecure_skip_tls_verify {
            cluster.insecure_skip_tls_verify = Some(true);
            cluster.certificate_authority = None;
            cluster.certificate_authority_data = None;
        }
        let server_name = flags.tls_server_name.clone();
        cluster.tls_server_name = server_name.or(cluster.tls_server_name.take());
        proxy_url = proxy_url.or(cluster.proxy_url.take());
    }
    proxy_url
}

/// `localhost:8080` is plain HTTP for kubectl.
fn with_scheme(server: String) -> String {
    match server.contains("://") {
        true => server,
        false => format!("http://{server}"),
    }
}

fn override_user(user: &mut AuthInfo, flags: &Connection) {
    if let Some(token) = &flags.token {
        let impersonation = AuthInfo {
            impersonate: user.impersonate.take(),
            impersonate_uid: user.impersonate_uid.take(),
            impersonate_groups: user.impersonate_groups.take(),
            impersonate_user_extra: user.impersonate_user_extra.take(),
            ..AuthInfo::default()
        };
        *user = AuthInfo {
            token: Some(token.clone().into()),
            client_certificate: user.client_certificate.take(),
            client_certificate_data: user.client_certificate_data.take(),
            client_key: user.client_key.take(),
            client_key_data: user.client_key_data.take(),
            ..impersonation
        };
    }
    if let Some(name) = &flags.as_user {
        user.impersonate = Some(name.clone());
        user.impersonate_uid.clone_from(&flags.as_uid);
        user.impersonate_groups = Some(flags.as_group.clone()).filter(|groups| !groups.is_empty());
        user.impersonate_user_extra = None;
    }
}
