//! One registry: how it is spoken to, and as whom.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use form_urlencoded::Serializer;
use http::header::HeaderValue;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::super::credentials::{Credentials, basic};
use super::super::failure::Failure;
use super::super::reference::{Reference, repository};
use super::Remote;
use super::challenge::{Challenge, challenge};
use super::http::{Answered, Ask, Http};

/// The largest answer of a token server, in bytes.
const MAX_TOKEN: usize = 1 << 20;

const JSON: &str = "application/json";

/// A registry.
pub(super) struct Host {
    name: String,
    /// Scheme, host and port.
    base: OnceCell<String>,
    has_failed: AtomicBool,
    /// The value of `Authorization` for each repository that wanted one.
    granted: Mutex<HashMap<String, HeaderValue>>,
}

/// The answer of a token server.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

impl Host {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            base: OnceCell::new(),
            has_failed: AtomicBool::new(false),
            granted: Mutex::default(),
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Whether this is its first failure, which is the one that is said.
    pub(super) fn fail(&self) -> bool {
        !self.has_failed.swap(true, Ordering::Relaxed)
    }

    /// Asks for something of a repository, with credentials once they are wanted.
    ///
    /// # Errors
    /// No answer, or another one than success.
    pub(super) async fn ask(
        &self,
        remote: &Remote,
        reference: &Reference,
        method: Method,
        path: &str,
        accept: &'static str,
    ) -> Result<Answered, Failure> {
        let base = self
            .base
            .get_or_try_init(|| self.find_base(&remote.http))
            .await?;
        let repository = repository(reference);
        let mut ask = Ask {
            method,
            url: format!("{base}/v2/{repository}/{path}"),
            accept,
            authorization: self.granted().get(&repository).cloned(),
            form: None,
        };
        let answer = remote.http.send(&self.name, ask.clone()).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return self.checked(answer);
        }
        let granted = self.authorize(remote, reference, &answer.headers).await?;
        ask.authorization = Some(granted.clone());
        let answer = remote.http.send(&self.name, ask).await?;
        let is_basic = granted.as_bytes().starts_with(b"Basic ");
        if answer.status == StatusCode::UNAUTHORIZED && is_basic {
            return Err(self.refuses());
        }
        let answer = self.checked(answer)?;
        self.granted().insert(repository, granted);
        Ok(answer)
    }

    fn granted(&self) -> std::sync::MutexGuard<'_, HashMap<String, HeaderValue>> {
        self.granted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// TLS; where it need not be, plain HTTP if TLS is not understood.
    async fn find_base(&self, http: &Http) -> Result<String, Failure> {
        let authority = match self.name.as_str() {
            "docker.io" => "registry-1.docker.io",
            name => name,
        };
        let base = format!("https://{authority}");
        if !http.is_insecure(authority) {
            return Ok(base);
        }
        let ask = Ask {
            method: Method::GET,
            url: format!("{base}/v2/"),
            accept: JSON,
            authorization: None,
            form: None,
        };
        let speaks_tls = http.send(&self.name, ask).await.is_ok();
        Ok(if speaks_tls {
            base
        } else {
            format!("http://{authority}")
        })
    }

    fn checked(&self, answer: Answered) -> Result<Answered, Failure> {
        let host = &self.name;
        let code = answer.status;
        match code.as_u16() {
            200..=299 => Ok(answer),
            401 | 403 => Err(self.denied()),
            404 => Err(Failure::image("not found")),
            429 => Err(
                Failure::registry(host, "answers no more for now: too many requests").hint(
                    &format!("try again later; {} may raise the limit", self.log_in()),
                ),
            ),
            500..=599 => Err(Failure::registry(host, &format!("answers with {code}"))),
            _ => Err(Failure::image(format!("{host} answers with {code}"))),
        }
    }

    fn denied(&self) -> Failure {
        Failure::image("access denied").hint(&self.log_in())
    }

    fn refuses(&self) -> Failure {
        Failure::registry(&self.name, "does not accept the credentials that there are")
            .hint(&self.log_in())
    }

    fn wants(&self) -> Failure {
        Failure::registry(&self.name, "asks for credentials, and there are none")
            .hint(&self.log_in())
    }

    fn log_in(&self) -> String {
        match self.name.as_str() {
            "docker.io" => String::from("docker login"),
            name => format!("docker login {name}"),
        }
    }

    /// Gets what a registry wants to see.
    async fn authorize(
        &self,
        remote: &Remote,
        reference: &Reference,
        headers: &HeaderMap,
    ) -> Result<HeaderValue, Failure> {
        let challenge = challenge(headers).ok_or_else(|| {
            Failure::registry(
                &self.name,
                "asks for credentials in a way that is not known",
            )
        })?;
        let found = remote.keyring.find(reference).await;
        remote.warnings.extend(found.warnings);
        let value = match (challenge, found.credentials) {
            (_, Some(Credentials::Bearer(token))) => format!("Bearer {token}"),
            (Challenge::Basic, Some(Credentials::Password { user, password })) => {
                basic(&user, &password)
            }
            (Challenge::Basic, Some(Credentials::Refresh(_)) | None) => return Err(self.wants()),
            (Challenge::Bearer { realm, service }, credentials) => {
                let scope = format!("repository:{}:pull", repository(reference));
                let ask = token_request(&realm, service.as_deref(), &scope, credentials.as_ref());
                let token = self.token(&remote.http, ask, credentials.is_some()).await?;
                format!("Bearer {token}")
            }
        };
        let broken = |_| Failure::registry(&self.name, "gives a token that is none");
        let mut value = HeaderValue::from_str(&value).map_err(broken)?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn token(&self, http: &Http, ask: Ask, has_credentials: bool) -> Result<String, Failure> {
        let answer = http.send(&self.name, ask).await?;
        match answer.status.as_u16() {
            401 if has_credentials => return Err(self.refuses()),
            401 | 403 => return Err(self.denied()),
            _ => {}
        }
        let bytes = self.checked(answer)?.whole(&self.name, MAX_TOKEN).await?;
        // What serde says of a value may repeat it.
        let token: Option<Token> = serde_json::from_slice(&bytes).ok();
        let token = token.and_then(|said| said.token.or(said.access_token));
        token.filter(|token| !token.is_empty()).ok_or_else(|| {
            Failure::registry(
                &self.name,
                "cannot be asked: its token server gives no token",
            )
        })
    }
}

/// Source: github.com/distribution/distribution `docs/content/spec/auth/`, `token.md` and `oauth.md`.
fn token_request(
    realm: &str,
    service: Option<&str>,
    scope: &str,
    credentials: Option<&Credentials>,
) -> Ask {
    let mut form = Serializer::new(String::new());
    if let Some(service) = service {
        form.append_pair("service", service);
    }
    form.append_pair("scope", scope);
    let ask = Ask {
        method: Method::GET,
        url: realm.to_owned(),
        accept: JSON,
        authorization: None,
        form: None,
    };
    if let Some(Credentials::Refresh(token)) = credentials {
        form.append_pair("grant_type", "refresh_token");
        form.append_pair("client_id", "kubectl-harden");
        form.append_pair("refresh_token", token);
        return Ask {
            method: Method::POST,
            form: Some(form.finish()),
            ..ask
        };
    }
    let authorization = match credentials {
        Some(Credentials::Password { user, password }) => {
            HeaderValue::from_str(&basic(user, password)).ok()
        }
        _ => None,
    };
    let mark = if realm.contains('?') { '&' } else { '?' };
    Ask {
        url: format!("{realm}{mark}{}", form.finish()),
        authorization,
        ..ask
    }
}
