//! Requests to registries and to where they lead: connections, redirects, bounds.

use std::collections::HashMap;
use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use kube::{Client, Config};

use super::super::failure::Failure;
use crate::cluster::proxy_of_environment;

/// How often an answer may lead elsewhere.
const MAX_REDIRECTS: u32 = 5;

/// One request.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) accept: &'static str,
    pub(super) authorization: Option<HeaderValue>,
    /// The body of a form.
    pub(super) form: Option<String>,
}

/// An answer whose body is still to be read.
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// Connections, one client for each scheme, host and port.
pub(super) struct Http {
    insecure: Vec<String>,
    clients: Mutex<HashMap<String, Client>>,
}

impl Http {
    pub(super) fn new(insecure: Vec<String>) -> Self {
        Self {
            insecure,
            clients: Mutex::default(),
        }
    }

    /// Whether a host, with its port, may speak plain HTTP and need not prove who it is. Loopback may, as for docker.
    pub(super) fn is_insecure(&self, authority: &str) -> bool {
        let host = without_port(authority);
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let is_here = address
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let named = |name: &String| name == authority || name == host;
        host == "localhost" || is_here || self.insecure.iter().any(named)
    }

    /// Sends a request and follows where it leads. Credentials stay with the host that they are for.
    ///
    /// # Errors
    /// No answer, or one that leads nowhere.
    pub(super) async fn send(&self, host: &str, mut ask: Ask) -> Result<Answered, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.once(host, &ask).await?;
            let code = answer.status.as_u16();
            let is_redirect = matches!(code, 301 | 302 | 303 | 307 | 308);
            if !is_redirect || ask.form.is_some() {
                return Ok(answer);
            }
            let location = answer
                .headers
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| resolve(&ask.url, location));
            let next =
                next.ok_or_else(|| Failure::image(format!("{host} redirects to nowhere")))?;
            if origin(&next) != origin(&ask.url) {
                ask.authorization = None;
            }
            ask.url = next;
        }
        Err(Failure::image(format!(
            "{host} redirects more than {MAX_REDIRECTS} times"
        )))
    }

    async fn once(&self, host: &str, ask: &Ask) -> Result<Answered, Failure> {
        let client = self.client(host, &ask.url)?;
        let path = ask.url.strip_prefix(origin(&ask.url)).unwrap_or_default();
        let mut request = Request::builder().method(ask.method.clone()).uri(path);
        request = request.header(ACCEPT, ask.accept);
        request = request.header(
            USER_AGENT,
            concat!("kubectl-harden/", env!("CARGO_PKG_VERSION")),
        );
        if let Some(authorization) = &ask.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if ask.form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = ask.form.clone().unwrap_or_default().into_bytes();
        let request = request.body(Body::from(body));
        let request =
            request.map_err(|_| Failure::image(format!("{host} leads to no address: {path}")))?;
        let answer = client.send(request).await;
        let (parts, body) = answer
            .map_err(|error| transport(host, &ask.url, &error))?
            .into_parts();
        Ok(Answered {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    fn client(&self, host: &str, url: &str) -> Result<Client, Failure> {
        let origin = origin(url);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(origin) {
            return Ok(client.clone());
        }
        let authority = origin
            .split_once("://")
            .map_or("", |(_, authority)| authority);
        let is_insecure = self.is_insecure(authority);
        let uri: Option<Uri> = origin.parse().ok().filter(|_| !authority.is_empty());
        let Some(uri) = uri.filter(|_| origin.starts_with("https://") || is_insecure) else {
            let message = format!("{host} leads to {origin}, which is not encrypted");
            return Err(Failure::image(message).hint(&allow(authority)));
        };
        let broken = |why: String| Failure::registry(host, &format!("is not asked: {why}"));
        let proxy = proxy_of_environment(&uri)
            .map(|text| text.parse())
            .transpose();
        let mut config = Config::new(uri);
        config.proxy_url =
            proxy.map_err(|error| broken(format!("the proxy of the environment: {error}")))?;
        config.accept_invalid_certs = is_insecure;
        config.disable_compression = true;
        config.default_retry = false;
        // The time limit is the caller's, for all that happens.
        (
            config.connect_timeout,
            config.read_timeout,
            config.write_timeout,
        ) = (None, None, None);
        let client = Client::try_from(config).map_err(|error| broken(error.to_string()))?;
        clients.insert(origin.to_owned(), client.clone());
        Ok(client)
    }
}

impl Answered {
    /// The whole body.
    ///
    /// # Errors
    /// It is larger, or breaks off.
    pub(super) async fn whole(self, host: &str, most: usize) -> Result<Vec<u8>, Failure> {
        let body = Limited::new(self.body, most)
            .collect()
            .await
            .map_err(|error| {
                let is_large = error
                    .downcast_ref::<http_body_util::LengthLimitError>()
                    .is_some();
                match is_large {
                    true => Failure::image(format!(
                        "the answer of {host} is larger than {} MiB",
                        most >> 20
                    )),
                    false => Failure::image(format!(
                        "the answer of {host} breaks off: {}",
                        last(&*error)
                    )),
                }
            })?;
        Ok(body.to_bytes().to_vec())
    }
}

fn allow(authority: &str) -> String {
    format!("--insecure-registry={authority} allows it")
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..start + end)).unwrap_or(url)
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Where a `Location` leads (RFC 3986, 5.2), without the relative paths that no registry gives.
fn resolve(url: &str, location: &str) -> Option<String> {
    let is_absolute = location.starts_with("https://") || location.starts_with("http://");
    let location = location.split('#').next().unwrap_or_default();
    let whole = match location {
        _ if is_absolute => location.to_owned(),
        _ if location.starts_with("//") => {
            let (scheme, _) = url.split_once("://")?;
            format!("{scheme}:{location}")
        }
        _ if location.starts_with('/') => format!("{}{location}", origin(url)),
        _ => return None,
    };
    let has_user = origin(&whole).contains('@');
    (!has_user).then_some(whole)
}

fn last(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.last().map_or(String::new(), ToString::to_string)
}

/// No answer, in words.
fn transport(host: &str, url: &str, error: &(dyn Error + 'static)) -> Failure {
    let chain: Vec<_> = std::iter::successors(Some(error), |error| (*error).source()).collect();
    let kinds = chain
        .iter()
        .filter_map(|error| error.downcast_ref::<std::io::Error>());
    let kinds: Vec<_> = kinds.map(std::io::Error::kind).collect();
    let texts: Vec<_> = chain.iter().map(|error| error.to_string()).collect();
    let says = |words: &str| texts.iter().any(|text| text.to_lowercase().contains(words));
    let reason = texts.last().map_or("", String::as_str);
    let elsewhere = origin(url)
        .split_once("://")
        .map_or("", |(_, authority)| authority);
    let what = match () {
        () if kinds.contains(&ErrorKind::ConnectionRefused) => {
            "does not answer: connection refused".to_owned()
        }
        () if says("dns error") || says("lookup") => format!("cannot be found: {reason}"),
        () if says("certificate") => format!("is not who it says: {reason}"),
        () if says("corrupt message") || says("invalidcontenttype") => {
            "does not speak TLS".to_owned()
        }
        () => format!("does not answer: {reason}"),
    };
    let failure = match elsewhere == host || elsewhere.starts_with("registry-1.docker.io") {
        true => Failure::registry(host, &what),
        false => Failure::Registry(format!("{host} leads to {elsewhere}, which {what}")),
    };
    match says("certificate") || says("corrupt message") {
        true => failure.hint(&allow(host)),
        false => failure,
    }
}
