//! What is saved of a workload that failed, before it is set back: logs, events, status.

use serde_json::{Value, json};

use super::logs::{Log, LogOf};
use super::observe::Observer;
use crate::rollout::health::Observed;
use crate::rollout::journal::file_name;
use crate::rollout::plan::ObjectRef;

/// A file of evidence.
pub(super) struct Piece {
    /// Its name below the run's directory.
    pub(super) file: String,
    pub(super) bytes: Vec<u8>,
    /// Of a log whose it is.
    pub(super) log_of: Option<LogOf>,
}

/// Where evidence is kept, below the run's directory.
pub(super) fn evidence_folder(object: &ObjectRef) -> String {
    format!("evidence/{}", file_name(object))
}

impl Piece {
    /// A log of a workload.
    pub(super) fn of_log(log: Log, folder: &str) -> Self {
        Self {
            file: log.of.file(folder),
            bytes: log.bytes,
            log_of: Some(log.of),
        }
    }

    /// Whether it is a log that says what another one says.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let both = self.log_of.as_ref().zip(other.log_of.as_ref());
        let is_same = |(of, other): (&LogOf, &LogOf)| {
            (&of.pod, &of.container) == (&other.pod, &other.container)
        };
        both.is_some_and(is_same) && self.bytes == other.bytes
    }
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
        let folder = evidence_folder(&self.workload.object);
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
        let (logs, no_logs) = self.logs(observed.new_pods.iter(), true).await;
        let of_logs = logs.into_iter().map(|log| Piece::of_log(log, &folder));
        pieces.extend(of_logs);
        missing.extend(no_logs.into_iter().map(|no_log| no_log.message));
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
