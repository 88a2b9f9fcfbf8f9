//! Which proxy a cluster is reached through.

use std::env;
use std::net::IpAddr;

use hyper_util::client::proxy::matcher::Matcher;
use kube::config::KubeconfigError;

use super::failure::Failure;
use super::kubeconfig::config_failure;

/// The proxy that is asked, by Go's rules: the kubeconfig's, else the environment's, from which NO_PROXY and
/// this machine are exempt. kube compares NO_PROXY with the address of the proxy instead of the server's.
pub(crate) fn proxy(
    of_kubeconfig: Option<String>,
    server: &http::Uri,
) -> Result<Option<http::Uri>, Failure> {
    let of_kubeconfig = of_kubeconfig.filter(|text| !text.is_empty());
    let of_kubeconfig = of_kubeconfig.map(with_scheme);
    let Some(text) = of_kubeconfig.or_else(|| proxy_of_environment(server)) else {
        return Ok(None);
    };
    let proxy = text.parse().map_err(KubeconfigError::ParseProxyUrl);
    proxy.map(Some).map_err(|error| config_failure(&error))
}

/// The proxy that the environment names for a server, with its scheme.
pub(crate) fn proxy_of_environment(server: &http::Uri) -> Option<String> {
    let names = match server.scheme_str() {
        Some("http") => ["HTTP_PROXY", "http_proxy"],
        _ => ["HTTPS_PROXY", "https_proxy"],
    };
    let mut values = names.into_iter().filter_map(|name| env::var(name).ok());
    let value = values.find(|text| !text.is_empty())?;
    let host = server.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    let is_here = host == "localhost" || address.parse().is_ok_and(is_loopback);
    let is_wanted = !is_here && Matcher::from_env().intercept(server).is_some();
    is_wanted.then(|| with_scheme(value))
}

fn with_scheme(text: String) -> String {
    match text.contains("://") {
        true => text,
        false => format!("http://{text}"),
    }
}
