//! What goes wrong between here and a cluster, in kubectl's words.

use std::error::Error;
use std::io::ErrorKind;

use serde::Deserialize;
use serde_json::Value;

/// Something that could not be had, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// The HTTP status, 0 where there was no answer.
    pub(crate) code: u16,
    /// Kubernetes' reason, such as `Conflict`; empty where the answer has none.
    pub(crate) reason: String,
    /// What of the object it is about.
    pub(crate) causes: Vec<Cause>,
    pub(crate) message: String,
    pub(crate) hint: &'static str,
    /// The token with which an expired list goes on.
    pub(crate) continue_token: Option<String>,
    /// Whether to ask again.
    pub(crate) is_passing: bool,
    /// Whether asking for anything else would fail in the same way.
    pub(crate) is_general: bool,
}

/// What a failure is about (`StatusCause`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) field: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            code: 0,
            reason: String::new(),
            causes: Vec::new(),
            message: message.into(),
            hint,
            continue_token: None,
            is_passing: false,
            is_general: false,
        }
    }

    /// A failure of the whole connection.
    pub(crate) fn general(message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            is_general: true,
            ..Self::new(message, hint)
        }
    }

    /// An answer that is an error: a `Status` of Kubernetes, or what something on the way said.
    pub(crate) fn answer(code: u16, body: &[u8]) -> Self {
        let status = serde_json::from_slice(body).unwrap_or(Value::Null);
        let text = |key: &str| status.get(key).and_then(Value::as_str).unwrap_or_default();
        let (reason, said) = (text("reason"), text("message"));
        let message = match (code, said, reason) {
            (401, ..) => "You must be logged in to the server (Unauthorized)".into(),
            (_, "", _) => {
                let said = String::from_utf8_lossy(body.get(..200).unwrap_or(body)).into_owned();
                let said = said.lines().next().unwrap_or_default().trim().to_owned();
                format!("Error from server: HTTP status {code}: {said}")
            }
            (_, said, "") => format!("Error from server: {said}"),
            (_, said, reason) => format!("Error from server ({reason}): {said}"),
        };
        let token = status.pointer("/metadata/continue").and_then(Value::as_str);
        let causes = status.pointer("/details/causes").cloned();
        Self {
            code,
            reason: reason.to_owned(),
            causes: causes
                .and_then(|causes| serde_json::from_value(causes).ok())
                .unwrap_or_default(),
            message,
            hint: hint(code),
            continue_token: token.filter(|token| !token.is_empty()).map(str::to_owned),
            is_passing: matches!(code, 429 | 500 | 502 | 503 | 504),
            is_general: code == 401,
        }
    }

    /// Whether this user has no right to do it, and not the object is at fault. Admission forbids too (403), in other
    /// words than an authorizer (`ForbiddenMessage` of k8s.io/apiserver `pkg/endpoints/handlers/responsewriters`).
    pub(crate) fn is_missing_right(&self) -> bool {
        self.code == 403
            && self.message.contains(" cannot ")
            && self.message.contains(" resource \"")
    }

    /// No answer.
    pub(crate) fn transport(error: &(dyn Error + 'static), host: &str) -> Self {
        let chain: Vec<_> = std::iter::successors(Some(error), |error| (*error).source()).collect();
        let of_system = |error: &&(dyn Error + 'static)| {
            let error = error.downcast_ref::<std::io::Error>();
            error.map(std::io::Error::kind)
        };
        let kinds: Vec<_> = chain.iter().filter_map(of_system).collect();
        let reason = chain.last().map_or(String::new(), ToString::to_string);
        let says = |words: &str| {
            let mut texts = chain.iter().map(|error| error.to_string().to_lowercase());
            texts.any(|text| text.contains(words))
        };
        if kinds.contains(&ErrorKind::ConnectionRefused) {
            return Self::general(
                format!(
                    "The connection to the server {host} was refused - did you specify the right host or port?"
                ),
                "start the cluster, or choose another with --context",
            );
        }
        let message = format!("Unable to connect to the server: {reason}");
        if says("certificate") {
            let hint = match says("expired") {
                true => "renew it, and check the clock of this machine",
                false => "check certificate-authority and tls-server-name in the kubeconfig",
            };
            return Self::general(message, hint);
        }
        if says("dns error") || says("lookup") {
            let message = format!("{message} ({host})");
            return Self::general(
                message,
                "check the server's name in the kubeconfig and the network",
            );
        }
        let is_passing = kinds.iter().any(|kind| {
            let cut = [
                ErrorKind::ConnectionReset,
                ErrorKind::ConnectionAborted,
                ErrorKind::BrokenPipe,
                ErrorKind::UnexpectedEof,
            ];
            cut.contains(kind)
        }) || says("closed before message completed")
            || says("end of file before message length");
        Self {
            is_passing,
            ..Self::general(
                message,
                "check the network, VPN and proxy between here and there",
            )
        }
    }

    /// Credentials that could not be had; `install` is what the kubeconfig says on how to get the plugin.
    pub(crate) fn credentials(error: &kube::Error, install: Option<String>) -> Self {
        let kube::Error::Auth(auth) = error else {
            return Self::general(
                format!("cannot use the kubeconfig: {error}"),
                "kubectl config view shows what kubectl makes of it",
            );
        };
        let install = install.map(|install| format!("; {}", install.trim()));
        Self::general(
            format!("getting credentials: {auth}{}", install.unwrap_or_default()),
            "run the plugin's command by hand: the kubeconfig names it under users, exec",
        )
    }

    /// What does not read as an answer of Kubernetes.
    pub(crate) fn garbage(host: &str, why: &str) -> Self {
        Self::new(
            format!("the answer of {host} is not one of Kubernetes: {why}"),
            "check that the server is an API server: kubectl version",
        )
    }
}

fn hint(code: u16) -> &'static str {
    match code {
        400 => "check the selectors",
        401 => {
            "log in again: the token or certificate of the kubeconfig is not valid, or no longer"
        }
        403 => {
            "ask for the rights to get and list it, or name a namespace with -n: kubectl auth can-i list TYPE"
        }
        404 => "kubectl get shows what there is, kubectl config current-context where",
        429 => "the server is busy: try again later",
        _ => "try again; kubectl get shows whether it is the server",
    }
}
