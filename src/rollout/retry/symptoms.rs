//! What is seen of a workload's containers, as the table of symptoms reads it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cause::{Said, Seen};

/// The end of a log that is read for symptoms, in bytes.
const LOG_END: usize = 64 << 10;

/// The logs of a container: of the run before, and of the last.
#[derive(Clone, Debug, Default)]
pub(in crate::rollout) struct Logs {
    pub(in crate::rollout) previous: String,
    pub(in crate::rollout) current: String,
}

/// Logs by pod and container.
pub(in crate::rollout) type AllLogs = BTreeMap<(String, String), Logs>;

/// What is seen of the containers of pods that are not well.
pub(in crate::rollout) fn seen(pods: &[Value], warnings: &[Value], logs: &AllLogs) -> Vec<Seen> {
    let mut all = Vec::new();
    for pod in pods {
        for list in ["initContainerStatuses", "containerStatuses"] {
            let statuses = pod.pointer(&format!("/status/{list}"));
            let all_of = statuses.and_then(Value::as_array).into_iter().flatten();
            for status in all_of.filter(|status| !has_succeeded(list, status)) {
                all.push(one(pod, status, warnings, logs));
            }
        }
    }
    all
}

/// Whether it is an init container that has done its work: what it said in doing so did not stop it.
fn has_succeeded(list: &str, status: &Value) -> bool {
    let code = status.pointer("/state/terminated/exitCode");
    list == "initContainerStatuses" && code.and_then(Value::as_i64) == Some(0)
}

fn one(pod: &Value, status: &Value, warnings: &[Value], logs: &AllLogs) -> Seen {
    let name = text(pod, "/metadata/name").to_owned();
    let container = text(status, "/name").to_owned();
    let places = ["/state/terminated", "/lastState/terminated"];
    let ended = places.iter().find_map(|place| status.pointer(place));
    let number = |pointer: &str| {
        let number = ended?.pointer(pointer)?.as_i64()?;
        i32::try_from(number).ok()
    };
    let logs = logs.get(&(name.clone(), container.clone()));
    let log = |of: fn(&Logs) -> &String| logs.map(of).map_or(String::new(), |log| end(log));
    Seen {
        waiting: said(status.pointer("/state/waiting")),
        terminated: said(ended),
        exit_code: number("/exitCode"),
        signal: number("/signal").filter(|signal| *signal > 0),
        restarts: status
            .pointer("/restartCount")
            .and_then(Value::as_u64)
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or_default(),
        previous_log: log(|logs| &logs.previous),
        current_log: log(|logs| &logs.current),
        events: events(pod, &container, warnings),
        sentences: sentences(pod),
        uid: uid(pod, &container),
        home: home(pod, &container),
        volumes: empty_volumes(pod, &container),
        container,
        ..Seen::default()
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn said(value: Option<&Value>) -> Said {
    let text = |key: &str| {
        let text = value.and_then(|value| value.get(key)?.as_str());
        text.unwrap_or_default().to_owned()
    };
    Said {
        reason: text("reason"),
        message: text("message"),
    }
}

/// The warnings about a pod, but for those about another of its containers.
fn events(pod: &Value, container: &str, warnings: &[Value]) -> Vec<Said> {
    let of_pod = |event: &&Value| {
        let field = text(event, "/involvedObject/fieldPath");
        let is_other = field.contains('{') && !field.contains(&format!("{{{container}}}"));
        text(event, "/involvedObject/name") == text(pod, "/metadata/name") && !is_other
    };
    warnings
        .iter()
        .filter(of_pod)
        .map(|event| said(Some(event)))
        .collect()
}

fn sentences(pod: &Value) -> Vec<String> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let of_conditions = conditions.into_iter().flatten();
    let of_conditions = of_conditions.filter_map(|condition| condition.get("message")?.as_str());
    let all = of_conditions.chain([text(pod, "/status/message")]);
    all.filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

fn spec<'p>(pod: &'p Value, container: &str) -> Option<&'p Value> {
    let lists = ["/spec/initContainers", "/spec/containers"];
    let lists = lists
        .iter()
        .filter_map(|list| pod.pointer(list)?.as_array());
    lists.flatten().find(|one| text(one, "/name") == container)
}

/// The user that the pod gives the container.
fn uid(pod: &Value, container: &str) -> Option<i64> {
    let holders = [spec(pod, container), pod.get("spec")];
    let mut holders = holders.into_iter().flatten();
    holders.find_map(|holder| holder.pointer("/securityContext/runAsUser")?.as_i64())
}

fn home(pod: &Value, container: &str) -> Option<String> {
    let env = spec(pod, container)?.get("env")?.as_array()?;
    let home = env
        .iter()
        .find(|variable| text(variable, "/name") == "HOME")?;
    Some(text(home, "/value").to_owned())
}

/// Where the container mounts volumes that are empty at the start of a pod, but for those that are filled from the image.
fn empty_volumes(pod: &Value, container: &str) -> Vec<String> {
    let list = |value: Option<&Value>, key: &str| {
        let list = value.and_then(|value| value.get(key)?.as_array());
        list.cloned().unwrap_or_default()
    };
    let volumes = list(pod.get("spec"), "volumes");
    let is_empty = |name: &str| {
        let mut empty = volumes
            .iter()
            .filter(|volume| volume.get("emptyDir").is_some());
        empty.any(|volume| text(volume, "/name") == name)
    };
    let mounts = list(spec(pod, container), "volumeMounts");
    let empty = mounts
        .iter()
        .filter(|mount| mount.get("subPath").is_none() && is_empty(text(mount, "/name")));
    empty
        .map(|mount| text(mount, "/mountPath").to_owned())
        .collect()
}

/// The end of a log, on a line's start.
fn end(log: &str) -> String {
    let mut from = log.len().saturating_sub(LOG_END);
    while !log.is_char_boundary(from) {
        from += 1;
    }
    log.get(from..).unwrap_or_default().to_owned()
}
