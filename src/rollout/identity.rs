//! Who does this, for the record.

use http::Method;
use serde_json::{Value, json};

use crate::cluster::{Mutation, Server};

/// `user@host` of this machine.
pub(super) fn local() -> String {
    let user = whoami::username().unwrap_or_else(|_| "unknown".into());
    let host = whoami::hostname().unwrap_or_else(|_| "unknown".into());
    format!("{user}@{host}")
}

/// The user as the API server knows it (`SelfSubjectReview` of authentication.k8s.io/v1, Kubernetes 1.28); empty
/// where it does not say.
pub(super) async fn of_cluster(server: &Server) -> String {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let mutation = Mutation {
        method: Method::POST,
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        content_type: "application/json",
        body: &body,
    };
    let answer = server.change(&mutation).await;
    let name = answer.ok().and_then(|answer| {
        let name = answer.object.pointer("/status/userInfo/username");
        name.and_then(Value::as_str).map(str::to_owned)
    });
    name.unwrap_or_default()
}
