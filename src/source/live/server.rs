//! One request: sent, answered, and sent again where that may help.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Limited};
use kube::Client;
use kube::client::Body;
use serde::de::DeserializeOwned;

use super::connect::Connected;
use super::failure::Failure;

/// How often a request is sent before its failure counts.
const ATTEMPTS: u32 = 6;

/// The pause before a request is sent again; it doubles.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest pause that a server's `Retry-After` gets.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const MAX_ANSWER: usize = 1 << 30;

const JSON: &str = "application/json";

/// An API server.
pub(super) struct Server {
    client: Client,
    host: String,
    timeout: Option<Duration>,
}

/// Why a request has to be sent again, and what the server said on when.
struct Again {
    failure: Failure,
    after: Option<Duration>,
}

impl Server {
    pub(super) fn new(connected: &Connected, timeout: Option<Duration>) -> Self {
        Self {
            client: connected.client.clone(),
            host: connected.host.clone(),
            timeout: timeout.filter(|timeout| !timeout.is_zero()),
        }
    }

    /// Reads what a path gives.
    ///
    /// # Errors
    /// The server's answer where it is an error; no answer after several attempts; an answer that does not
    /// read as what is wanted.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.get_as(path, JSON).await
    }

    /// As [`Self::get`], in another form.
    pub(super) async fn get_as<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: &str,
    ) -> Result<T, Failure> {
        let body = self.body(path, accept).await?;
        serde_json::from_slice(&body)
            .map_err(|error| Failure::garbage(&self.host, &error.to_string()))
    }

    async fn body(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failure> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let again = match self.attempt(path, accept).await {
                Ok(body) => return Ok(body),
                Err(again) if again.failure.is_passing && attempt < ATTEMPTS => again,
                Err(again) => return Err(again.failure),
            };
            tokio::time::sleep(again.after.unwrap_or(pause)).await;
            attempt += 1;
            pause *= 2;
        }
    }

    async fn attempt(&self, path: &str, accept: &str) -> Result<Vec<u8>, Again> {
        let Some(timeout) = self.timeout else {
            return self.send(path, accept).await;
        };
        let answer = tokio::time::timeout(timeout, self.send(path, accept)).await;
        answer.unwrap_or_else(|_| {
            let message = format!(
                "Unable to connect to the server: no answer from {} within {timeout:?}",
                self.host
            );
            let failure = Failure::general(message, "a larger --request-timeout waits longer");
            Err(failure.into())
        })
    }

    async fn send(&self, path: &str, accept: &str) -> Result<Vec<u8>, Again> {
        let request = Request::get(path).header(http::header::ACCEPT, accept);
        let request = request.body(Body::empty()).map_err(|error| {
            Failure::new(format!("cannot ask for {path}: {error}"), "check the names")
        })?;
        let answer = self.client.send(request).await;
        let answer = answer.map_err(|error| self.unanswered(&error))?;
        let (parts, body) = answer.into_parts();
        let after = parts.headers.get(http::header::RETRY_AFTER);
        let after = after.and_then(|text| text.to_str().ok()?.trim().parse().ok());
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body
            .map_err(|error| Failure::transport(&*error, &self.host))?
            .to_bytes()
            .to_vec();
        if parts.status.is_success() {
            return Ok(body);
        }
        Err(Again {
            failure: Failure::answer(parts.status.as_u16(), &body),
            after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE)),
        })
    }

    fn unanswered(&self, error: &kube::Error) -> Failure {
        match error {
            kube::Error::Auth(_) => Failure::credentials(error, None),
            error => Failure::transport(error, &self.host),
        }
    }
}

impl From<Failure> for Again {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            after: None,
        }
    }
}
