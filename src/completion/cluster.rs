//! Candidates from a cluster: quickly, or none.

use std::time::Duration;

use serde::Deserialize;

use super::typed::Typed;
use crate::cluster::{Connected, Failure, Resource, Server, Types, connect};
use crate::workload::{Coverage, Kinds};

/// A person who pressed Tab waits no longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// More names than this help nobody to choose.
const MOST: u16 = 500;
/// Names without the objects.
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

/// The cluster's types whose objects run pods.
pub(super) fn types(typed: &Typed) -> Vec<Resource> {
    asked(typed, async |server, _| {
        let mut types = Types::default();
        let kinds = Kinds::default();
        let all = types.all(server).await?.iter();
        let runs_pods = |resource: &&Resource| {
            let coverage = kinds.coverage(&resource.api_version(), &resource.kind);
            coverage == Coverage::Covered && resource.is_namespaced
        };
        Ok(all.filter(runs_pods).cloned().collect())
    })
}

/// The names of the objects of a TYPE in the namespace that counts.
pub(super) fn names(typed: &Typed, of: &str) -> Vec<String> {
    asked(typed, async |server, connected| {
        let found = Types::default().find(server, of).await?;
        let namespace = typed.namespace.as_deref();
        let namespace = namespace.unwrap_or(&connected.namespace);
        let Some(resource) = found.first() else {
            return Ok(Vec::new());
        };
        listed(server, &resource.path(Some(namespace))).await
    })
}

/// The cluster's namespaces.
pub(super) fn namespaces(typed: &Typed) -> Vec<String> {
    asked(typed, async |server, _| {
        listed(server, "/api/v1/namespaces").await
    })
}

async fn listed(server: &Server, path: &str) -> Result<Vec<String>, Failure> {
    let listed: Listed = server
        .get_as(&format!("{path}?limit={MOST}"), METADATA)
        .await?;
    let names = listed.items.into_iter().map(|item| item.metadata.name);
    Ok(names.collect())
}

/// Asks, and says nothing where there is no answer in time.
fn asked<T>(
    typed: &Typed,
    ask: impl AsyncFnOnce(&Server, &Connected) -> Result<Vec<T>, Failure>,
) -> Vec<T> {
    let answer = async {
        let connected = connect(&typed.connection).await?;
        let server = Server::new(&connected, Some(PATIENCE));
        ask(&server, &connected).await
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return Vec::new();
    };
    let answer = runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
    answer.ok().and_then(Result::ok).unwrap_or_default()
}
