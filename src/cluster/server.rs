//! One request: sent, answered, and sent again where that may help.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use kube::Client;
use kube::client::Body;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connect::{Connected, connect};
use super::failure::Failure;
use crate::cli::Connection;

/// How often a request is sent before its failure counts.
const ATTEMPTS: u32 = 6;

/// The pause before a request is sent again; it doubles.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest pause that a server's `Retry-After` gets.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long credentials that were read anew count as fresh.
const RENEWAL: Duration = Duration::from_secs(3);

/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 30;

const JSON: &str = "application/json";

/// An API server.
pub(crate) struct Server {
    client: RefCell<Client>,
    /// When credentials were read anew last.
    renewed: Cell<Option<Instant>>,
    host: String,
    timeout: Option<Duration>,
}

/// A request that changes something.
pub(crate) struct Mutation<'c> {
    pub(crate) method: Method,
    /// With its query.
    pub(crate) path: &'c str,
    pub(crate) content_type: &'static str,
    pub(crate) body: &'c Value,
}

/// What a server answered to a change.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) object: Value,
    /// The texts of its `Warning` headers.
    pub(crate) warnings: Vec<String>,
}

/// An answer that goes on for as long as there is something to say.
pub(crate) struct Stream(Body);

/// Why a request has to be sent again, and what the server said on when.
struct Again {
    failure: Failure,
    after: Option<Duration>,
}

impl Server {
    pub(crate) fn new(connected: &Connected, timeout: Option<Duration>) -> Self {
        Self {
            client: RefCell::new(connected.client.clone()),
            renewed: Cell::new(None),
            host: connected.host.clone(),
            timeout: timeout.filter(|timeout| !timeout.is_zero()),
        }
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The client, with the credentials that were read last.
    pub(super) fn client(&self) -> Client {
        self.client.borrow().clone()
    }

    /// Reads kubeconfig and credentials anew, which somebody may have renewed; not more often than every few seconds,
    /// whoever asks.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) async fn reconnect(&self, flags: &Connection) -> Result<(), Failure> {
        let is_fresh = |at: Instant| at.elapsed() < RENEWAL;
        if self.renewed.get().is_some_and(is_fresh) {
            return Ok(());
        }
        self.renewed.set(Some(Instant::now()));
        let connected = connect(flags).await?;
        self.client.replace(connected.client);
        Ok(())
    }

    /// Reads what a path gives.
    ///
    /// # Errors
    /// The server's answer where it is an error; no answer after several attempts; an answer that does not
    /// read as what is wanted.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.get_as(path, JSON).await
    }

    /// As [`Self::get`], in another form.
    pub(crate) async fn get_as<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: &str,
    ) -> Result<T, Failure> {
        self.read(&self.bytes(path, accept).await?)
    }

    async fn bytes(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failure> {
        let request = || request(Method::GET, path, accept, None, Vec::new());
        let (_, body) = self.repeated(request, |failure| failure.is_passing).await?;
        Ok(body)
    }

    /// What a path gives, as it is, asked for once: the log of a container, whose node may be gone.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn bytes_once(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failure> {
        let request = || request(Method::GET, path, accept, None, Vec::new());
        let (_, body) = self.repeated(request, |_| false).await?;
        Ok(body)
    }

    /// Changes something. It is sent again only where the server says that it did nothing yet (429): after any
    /// other failure the caller has to look at what there is.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) async fn change(&self, change: &Mutation<'_>) -> Result<Answer, Failure> {
        let body = serde_json::to_vec(change.body).unwrap_or_default();
        let of = |body| {
            let method = change.method.clone();
            request(method, change.path, JSON, Some(change.content_type), body)
        };
        let refused = |failure: &Failure| failure.code == 429;
        let (headers, body) = self.repeated(|| of(body.clone()), refused).await?;
        Ok(Answer {
            object: self.read(&body)?,
            warnings: warnings(&headers),
        })
    }

    /// An answer that goes on, such as a watch.
    ///
    /// # Errors
    /// As [`Self::get`], without further attempts.
    pub(crate) async fn stream(&self, path: &str) -> Result<Stream, Failure> {
        let request = request(Method::GET, path, JSON, None, Vec::new())?;
        let answer = self.sent(request).await.map_err(|again| again.failure)?;
        if answer.status().is_success() {
            return Ok(Stream(answer.into_body()));
        }
        let (parts, body) = answer.into_parts();
        let body = self.whole(body).await?;
        Err(Failure::answer(parts.status.as_u16(), &body))
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Failure> {
        serde_json::from_slice(body)
            .map_err(|error| Failure::garbage(&self.host, &error.to_string()))
    }

    async fn repeated(
        &self,
        request: impl Fn() -> Result<Request<Body>, Failure>,
        helps: impl Fn(&Failure) -> bool,
    ) -> Result<(HeaderMap, Vec<u8>), Failure> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let again = match self.attempt(request()?).await {
                Ok(answer) => return Ok(answer),
                Err(again) if helps(&again.failure) && attempt < ATTEMPTS => again,
                Err(again) => return Err(again.failure),
            };
            tokio::time::sleep(again.after.unwrap_or(pause)).await;
            attempt += 1;
            pause *= 2;
        }
    }

    async fn attempt(&self, request: Request<Body>) -> Result<(HeaderMap, Vec<u8>), Again> {
        let Some(timeout) = self.timeout else {
            return self.answered(request).await;
        };
        match tokio::time::timeout(timeout, self.answered(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                let message = format!(
                    "Unable to connect to the server: no answer from {} within {timeout:?}",
                    self.host
                );
                let hint = "a larger --request-timeout waits longer";
                Err(Failure::general(message, hint).into())
            }
        }
    }

    async fn answered(&self, request: Request<Body>) -> Result<(HeaderMap, Vec<u8>), Again> {
        let (parts, body) = self.sent(request).await?.into_parts();
        let after = parts.headers.get(http::header::RETRY_AFTER);
        let after = after.and_then(|text| text.to_str().ok()?.trim().parse().ok());
        let body = self.whole(body).await?;
        if parts.status.is_success() {
            return Ok((parts.headers, body));
        }
        Err(Again {
            failure: Failure::answer(parts.status.as_u16(), &body),
            after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE)),
        })
    }

    async fn sent(&self, request: Request<Body>) -> Result<Response<Body>, Again> {
        let answer = self.client().send(request).await;
        answer.map_err(|error| match &error {
            kube::Error::Auth(_) => Failure::credentials(&error, None).into(),
            error => Failure::transport(error, &self.host).into(),
        })
    }

    async fn whole(&self, body: Body) -> Result<Vec<u8>, Failure> {
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| Failure::transport(&*error, &self.host))?;
        Ok(body.to_bytes().to_vec())
    }
}

impl Stream {
    /// Waits for more; `None` where there is no more.
    pub(crate) async fn next(&mut self) -> Option<()> {
        self.0.frame().await?.ok().map(|_| ())
    }
}

fn request(
    method: Method,
    path: &str,
    accept: &str,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Result<Request<Body>, Failure> {
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(http::header::ACCEPT, accept);
    if let Some(content_type) = content_type {
        request = request.header(http::header::CONTENT_TYPE, content_type);
    }
    let request = request.body(Body::from(body));
    request
        .map_err(|error| Failure::new(format!("cannot ask for {path}: {error}"), "check the names"))
}

/// The texts of `Warning: 299 - "text"` headers (RFC 7234, 5.5).
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(http::header::WARNING).iter();
    let texts = values.filter_map(|value| {
        let quoted = std::str::from_utf8(value.as_bytes())
            .ok()?
            .split_once('"')?
            .1;
        let (text, _) = quoted.rsplit_once('"')?;
        Some(text.replace("\\\"", "\"").replace("\\\\", "\\"))
    });
    texts.collect()
}

impl From<Failure> for Again {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_as_the_api_server_writes_them() {
        let mut headers = HeaderMap::new();
        for text in [
            r#"299 - "would violate PodSecurity \"restricted:latest\"""#,
            "no warning",
        ] {
            let value = http::HeaderValue::from_static(text);
            headers.append(http::header::WARNING, value);
        }
        assert_eq!(
            warnings(&headers),
            ["would violate PodSecurity \"restricted:latest\""]
        );
    }
}
