//! Keeping runs apart: a Lease (coordination.k8s.io/v1) that a run holds while it works.

use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cluster::{Failure, Mutation, Server};

/// The name of the Lease.
const NAME: &str = "kubectl-harden";

/// Where the Lease of a whole cluster is kept.
const NAMESPACE: &str = "kube-system";

/// How long a Lease holds without being renewed.
const LASTS: Duration = Duration::from_secs(60);

/// How often it is renewed.
pub(super) const RENEWAL: Duration = Duration::from_secs(15);

/// The Leases that a run holds: one for the cluster, or one for each namespace where this user has no right to that.
#[derive(Debug)]
pub(super) struct Lease {
    paths: Vec<String>,
    holder: String,
}

/// Why there is no Lease.
#[derive(Debug)]
pub(super) enum NoLease {
    /// Another run is at work.
    Held {
        /// Who holds it.
        by: String,
        /// For how long it still does, if nobody renews it.
        left: Duration,
    },
    /// This user has no right to Leases.
    Forbidden(Failure),
    /// No answer.
    Failed(Failure),
}

impl Lease {
    /// Takes the Lease for a run: `holder` names it and who started it. The same holder takes it again at once.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn take(
        server: &Server,
        holder: &str,
        namespaces: &[String],
    ) -> Result<Self, NoLease> {
        let of_cluster = Self {
            paths: vec![collection(NAMESPACE)],
            holder: holder.to_owned(),
        };
        match of_cluster.renew(server).await {
            Err(NoLease::Forbidden(_)) => {}
            Err(other) => return Err(other),
            Ok(()) => return Ok(of_cluster),
        }
        let paths = namespaces
            .iter()
            .map(|namespace| collection(namespace))
            .collect();
        let of_namespaces = Self {
            paths,
            holder: holder.to_owned(),
        };
        of_namespaces.renew(server).await?;
        Ok(of_namespaces)
    }

    /// Takes or renews every Lease.
    ///
    /// # Errors
    /// Somebody else holds one; no right, no answer.
    pub(super) async fn renew(&self, server: &Server) -> Result<(), NoLease> {
        for path in &self.paths {
            self.renew_one(server, path).await?;
        }
        Ok(())
    }

    async fn renew_one(&self, server: &Server, collection: &str) -> Result<(), NoLease> {
        let path = format!("{collection}/{NAME}");
        let found: Value = match server.get(&path).await {
            Ok(found) => found,
            Err(failure) if failure.code == 404 => Value::Null,
            Err(failure) => return Err(refused(failure)),
        };
        let now = Timestamp::now();
        if let Some(held) = held(&found, &self.holder, now) {
            return Err(held);
        }
        let body = self.body(&found, now);
        let (method, path) = match found.is_null() {
            true => (Method::POST, collection.to_owned()),
            false => (Method::PUT, path),
        };
        match write(server, method, &path, &body).await {
            Ok(()) => Ok(()),
            // Somebody else was faster; the next attempt sees who.
            Err(failure) if failure.code == 409 => Err(NoLease::Held {
                by: "another run".into(),
                left: LASTS,
            }),
            Err(failure) => Err(refused(failure)),
        }
    }

    fn body(&self, found: &Value, now: Timestamp) -> Value {
        let now = now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        let was_ours = holder_of(found) == self.holder;
        let acquired = found
            .pointer("/spec/acquireTime")
            .cloned()
            .filter(|_| was_ours);
        let mut body = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NAME},
            "spec": {
                "holderIdentity": self.holder,
                "leaseDurationSeconds": LASTS.as_secs(),
                "acquireTime": acquired.unwrap_or_else(|| json!(now)),
                "renewTime": now,
            },
        });
        let version = found.pointer("/metadata/resourceVersion");
        if let (Some(version), Some(metadata)) = (version, body.get_mut("metadata")) {
            *metadata = json!({"name": NAME, "resourceVersion": version});
        }
        body
    }

    /// Gives every Lease back that is still ours.
    pub(super) async fn release(&self, server: &Server) {
        for path in &self.paths {
            let path = format!("{path}/{NAME}");
            let Ok(found) = server.get::<Value>(&path).await else {
                continue;
            };
            if holder_of(&found) != self.holder {
                continue;
            }
            let version = found.pointer("/metadata/resourceVersion");
            let body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": version}});
            let _ = write(server, Method::DELETE, &path, &body).await;
        }
    }
}

fn collection(namespace: &str) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases")
}

async fn write(server: &Server, method: Method, path: &str, body: &Value) -> Result<(), Failure> {
    let mutation = Mutation {
        method,
        path,
        content_type: "application/json",
        body,
    };
    server.change(&mutation).await.map(|_| ())
}

fn refused(failure: Failure) -> NoLease {
    match failure.code {
        // 404 for a write: the namespace is not there.
        403 | 404 => NoLease::Forbidden(failure),
        _ => NoLease::Failed(failure),
    }
}

fn holder_of(lease: &Value) -> &str {
    let holder = lease
        .pointer("/spec/holderIdentity")
        .and_then(Value::as_str);
    holder.unwrap_or_default()
}

/// Who else holds a Lease that has not run out.
fn held(lease: &Value, us: &str, now: Timestamp) -> Option<NoLease> {
    let by = holder_of(lease);
    if by.is_empty() || by == us {
        return None;
    }
    let renewed: Timestamp = lease.pointer("/spec/renewTime")?.as_str()?.parse().ok()?;
    let lasts = lease
        .pointer("/spec/leaseDurationSeconds")
        .and_then(Value::as_u64);
    let lasts = Duration::from_secs(lasts.unwrap_or(LASTS.as_secs()).min(3600));
    let passed = now.duration_since(renewed).unsigned_abs();
    let left = match now < renewed {
        // A clock that is ahead of ours: from now on at most.
        true => lasts,
        false => lasts.checked_sub(passed)?,
    };
    (!left.is_zero()).then(|| NoLease::Held {
        by: by.to_owned(),
        left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_holds_until_it_runs_out() {
        let now: Timestamp = "2026-11-25T01:00:30Z".parse().expect("a time");
        let lease = |holder: &str, renewed: &str| json!({"spec": {"holderIdentity": holder, "renewTime": renewed, "leaseDurationSeconds": 60}});
        for (lease, left) in [
            (lease("other", "2026-11-25T01:00:00.000000Z"), Some(30)),
            (lease("other", "2026-11-25T00:59:30.000000Z"), None),
            (lease("other", "2026-11-25T02:00:00.000000Z"), Some(60)),
            (lease("us", "2026-11-25T01:00:00.000000Z"), None),
            (lease("", "2026-11-25T01:00:00.000000Z"), None),
            (Value::Null, None),
        ] {
            let held = held(&lease, "us", now).map(|held| match held {
                NoLease::Held { left, .. } => left.as_secs(),
                _ => 0,
            });
            assert_eq!(held, left, "{lease}");
        }
    }
}
