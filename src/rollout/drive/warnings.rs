//! Warning events: those of a namespace, and which of them are about a workload.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::observe::Observer;
use crate::cluster::{Failure, Server};
use crate::rollout::health::Observed;

/// How long the warnings of a namespace are not asked for again.
const FRESH: Duration = Duration::from_secs(2);

/// How many times as long as it took to list them they are not asked for again, where that is longer.
const FRESH_TIMES: u32 = 10;

/// The warning events of namespaces, which all workloads of one share.
#[derive(Default)]
pub(in crate::rollout) struct Warnings(RefCell<BTreeMap<String, Rc<Namespace>>>);

/// Who comes while they are being listed waits for that list.
#[derive(Default)]
struct Namespace(Mutex<Option<Listed>>);

struct Listed {
    fresh_until: Instant,
    warnings: Rc<Vec<Value>>,
}

impl Warnings {
    /// None where this user may not list them: that was said when the run began.
    pub(super) async fn of(
        &self,
        server: &Server,
        namespace: &str,
    ) -> Result<Rc<Vec<Value>>, Failure> {
        let of_namespace = {
            let mut all = self.0.borrow_mut();
            Rc::clone(all.entry(namespace.to_owned()).or_default())
        };
        let mut listed = of_namespace.0.lock().await;
        if let Some(listed) = listed.as_ref()
            && Instant::now() < listed.fresh_until
        {
            return Ok(Rc::clone(&listed.warnings));
        }
        let begun = Instant::now();
        let warnings = Rc::new(list(server, namespace).await?);
        let fresh = FRESH.max(begun.elapsed() * FRESH_TIMES);
        *listed = Some(Listed {
            fresh_until: Instant::now() + fresh,
            warnings: Rc::clone(&warnings),
        });
        Ok(warnings)
    }
}

async fn list(server: &Server, namespace: &str) -> Result<Vec<Value>, Failure> {
    let path = format!("/api/v1/namespaces/{namespace}/events?fieldSelector=type%3DWarning");
    let warnings = match server.get::<Value>(&path).await {
        Ok(mut list) => list.get_mut("items").map(Value::take),
        Err(failure) if failure.code == 403 => None,
        Err(failure) => return Err(failure),
    };
    match warnings {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

impl Observer<'_> {
    /// The warnings since our last write, as the server's clock has it, about the workload and what it made.
    pub(super) async fn warnings_about(&self, observed: &Observed) -> Result<Vec<Value>, Failure> {
        let since = last_write(&observed.object, self.field_manager);
        let all = self
            .warnings
            .of(self.server, &self.workload.object.namespace)
            .await?;
        let pods = observed.new_pods.iter().chain(&observed.old_pods);
        let mut uids: Vec<_> = pods
            .filter_map(|pod| pod.pointer("/metadata/uid")?.as_str())
            .collect();
        uids.push(&self.workload.object.uid);
        let is_ours = |event: &&Value| {
            let about = |key: &str| {
                let text = event
                    .get("involvedObject")
                    .and_then(|about| about.get(key)?.as_str());
                text.unwrap_or_default()
            };
            let set = about("name").strip_prefix(self.workload.object.name.as_str());
            let of_set = about("kind") == "ReplicaSet"
                && set
                    .and_then(|rest| rest.strip_prefix('-'))
                    .is_some_and(|hash| !hash.contains('-'));
            (uids.contains(&about("uid")) || of_set) && last_seen(event) >= since
        };
        Ok(all.iter().filter(is_ours).cloned().collect())
    }
}

/// When a field manager wrote the object last, in the server's time; empty where it never did.
fn last_write<'o>(object: &'o Value, manager: &str) -> &'o str {
    let entries = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let ours = entries.into_iter().flatten();
    let ours = ours.filter(|entry| entry.get("manager").and_then(Value::as_str) == Some(manager));
    let times = ours.filter_map(|entry| entry.get("time")?.as_str());
    times.max().unwrap_or_default()
}

/// When an event happened last, to the second.
fn last_seen(event: &Value) -> &str {
    let at = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let places = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/metadata/creationTimestamp",
    ];
    places.into_iter().find_map(at).unwrap_or_default()
}
