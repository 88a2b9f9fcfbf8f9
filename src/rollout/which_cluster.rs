//! Which cluster a plan is for, and which one is there.

use serde_json::Value;

use super::plan::ClusterName;
use crate::cli::Connection;
use crate::cluster::{Connected, Server};

/// Which cluster a server is.
pub(super) async fn cluster_name(
    server: &Server,
    connected: &Connected,
    connection: &Connection,
) -> ClusterName {
    let namespace = server.get::<Value>("/api/v1/namespaces/kube-system").await;
    let uid = namespace
        .ok()
        .and_then(|namespace| Some(namespace.pointer("/metadata/uid")?.as_str()?.to_owned()));
    ClusterName {
        server: server.host().to_owned(),
        context: connection
            .context
            .clone()
            .unwrap_or_else(|| connected.context.clone()),
        uid: uid.unwrap_or_default(),
    }
}

/// Whether a plan's cluster is the one that is there: by its uid, else by its address.
pub(super) fn is_same_cluster(planned: &ClusterName, now: &ClusterName) -> bool {
    match planned.uid.is_empty() || now.uid.is_empty() {
        true => planned.server == now.server,
        false => planned.uid == now.uid,
    }
}
