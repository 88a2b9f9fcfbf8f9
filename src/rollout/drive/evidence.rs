//! What is saved of a workload that failed, before it is set back: logs, events, status.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::observe::Observer;
use crate::rollout::health::Observed;
use crate::rollout::journal::file_name;

/// Of how many pods logs are saved.
const PODS: usize = 5;

/// How long collecting may take: nothing is set back before it ends.
const LONGEST: Duration = Duration::from_secs(20);

/// How much of a log is saved.
const LOG_LINES: usize = 1_000;
const LOG_BYTES: usize = 1 << 20;

/// A file of evidence.
pub(super) struct Piece {
    /// Its name below the run's directory.
    pub(super) file: String,
    pub(super) bytes: Vec<u8>,
    /// Of a log whose it is.
    pub(super) log_of: Option<LogOf>,
}

/// Whose log.
#[derive(Clone, Debug)]
pub(super) struct LogOf {
    pub(super) pod: String,
    pub(super) container: String,
    /// Whether it is of the run before.
    pub(super) is_previous: bool,
}

fn plain(file: String, bytes: Vec<u8>) -> Piece {
    Piece {
        file,
        bytes,
        log_of: None,
    }
}

impl Observer<'_> {
    /// Collects what there is. What cannot be had is said in the second list: evidence must not keep a workload
    /// from being set back.
    pub(super) async fn evidence(&self, observed: &Observed) -> (Vec<Piece>, Vec<String>) {
        let folder = format!("evidence/{}", file_name(&self.workload.object));
        let (mut pieces, mut missing) = (Vec::new(), Vec::new());
        let status = json!({
            "status": observed.object.get("status"),
            "pods": observed.new_pods.iter().map(without_managed_fields).collect::<Vec<_>>(),
        });
        pieces.push(plain(format!("{folder}/status.json"), pretty(&status)));
        match self.events(observed).await {
            Ok(events) => {
                pieces.push(plain(format!("{folder}/events.json"), pretty(&events)));
            }
            Err(message) => missing.push(format!("its events could not be saved: {message}")),
        }
        let logs = observed.new_pods.iter().take(PODS);
        let logs = logs.flat_map(|pod| self.logs(&folder, pod));
        match timeout(LONGEST, join_all(logs)).await {
            Ok(logs) => logs.into_iter().for_each(|log| match log {
                Ok(piece) => pieces.push(piece),
                Err(message) => missing.push(message),
            }),
            Err(_) => missing.push(format!("its logs could not be had within {LONGEST:?}")),
        }
        (pieces, missing)
    }

    async fn events(&self, observed: &Observed) -> Result<Value, String> {
        let path = format!(
            "/api/v1/namespaces/{}/events",
            self.workload.object.namespace
        );
        let list: Value = self
            .server
            .get(&path)
            .await
            .map_err(|failure| failure.message)?;
        let name_of = |object: &Value| {
            let name = object.pointer("/metadata/name").and_then(Value::as_str);
            name.unwrap_or_default().to_owned()
        };
        let pods: Vec<_> = observed.new_pods.iter().map(name_of).collect();
        let is_ours = |event: &&Value| {
            let about = event
                .pointer("/involvedObject/name")
                .and_then(Value::as_str);
            let about = about.unwrap_or_default();
            let set = about.strip_prefix(self.workload.object.name.as_str());
            pods.iter().any(|pod| pod == about)
                || set.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let items = list
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let items: Vec<_> = items.filter(is_ours).map(without_managed_fields).collect();
        Ok(json!({"apiVersion": "v1", "kind": "List", "items": items}))
    }

    fn logs(&self, folder: &str, pod: &Value) -> Vec<impl Future<Output = Result<Piece, String>>> {
        let name = pod.pointer("/metadata/name").and_then(Value::as_str);
        let name = name.unwrap_or_default();
        let mut logs = Vec::new();
        for (container, restarts) in containers(pod) {
            let kinds = [("", ""), (".previous", "&previous=true")];
            for (suffix, query) in kinds.into_iter().take(if restarts > 0 { 2 } else { 1 }) {
                let path = format!(
                    "/api/v1/namespaces/{}/pods/{name}/log?container={container}&tailLines={LOG_LINES}&limitBytes={LOG_BYTES}{query}",
                    self.workload.object.namespace
                );
                let file = format!("{folder}/{name}_{container}{suffix}.log");
                let of = LogOf {
                    pod: name.to_owned(),
                    container: container.clone(),
                    is_previous: !suffix.is_empty(),
                };
                logs.push(self.log(path, file, of));
            }
        }
        logs
    }

    async fn log(&self, path: String, file: String, of: LogOf) -> Result<Piece, String> {
        match self.server.bytes_once(&path, "*/*").await {
            Ok(bytes) => Ok(Piece {
                file,
                bytes,
                log_of: Some(of),
            }),
            Err(failure) => {
                let run = if of.is_previous { ".previous" } else { "" };
                let LogOf { pod, container, .. } = of;
                Err(format!(
                    "no log of {pod}/{container}{run}: {}",
                    failure.message
                ))
            }
        }
    }
}

/// The containers of a pod that have started, with their restarts.
fn containers(pod: &Value) -> Vec<(String, u64)> {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = lists
        .iter()
        .filter_map(|list| pod.pointer(list)?.as_array())
        .flatten();
    let started = statuses.filter(|status| {
        let restarts = status
            .get("restartCount")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        restarts > 0 || status.pointer("/state/waiting").is_none()
    });
    let named = started.filter_map(|status| {
        let restarts = status.get("restartCount").and_then(Value::as_u64);
        Some((
            status.get("name")?.as_str()?.to_owned(),
            restarts.unwrap_or_default(),
        ))
    });
    named.collect()
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    metadata.map(|metadata| metadata.shift_remove("managedFields"));
    object
}

fn pretty(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}
