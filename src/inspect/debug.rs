//! A container beside another one, where nothing in that one can be run: an ephemeral container, which sees its processes.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::probe::{LIMIT, Probe, Readings};
use crate::cluster::{Mutation, Server};

/// How the names of these containers begin.
pub(super) const NAME_PREFIX: &str = "kubectl-harden-inspect";

/// How long its image may take to be there, and it to end. It ends by itself.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is looked at.
const TICK: Duration = Duration::from_millis(500);

/// The uid where the container's own is not known: that of distroless images' `nonroot`.
const NOBODY: u32 = 65_532;

/// Beside which container, and by which image.
pub(super) struct Beside<'b> {
    pub(super) server: &'b Server,
    pub(super) pod: &'b Value,
    pub(super) container: &'b str,
    /// As whom the container runs, where that is known: its own user may read most of its processes.
    pub(super) uid: Option<u32>,
    pub(super) image: &'b str,
    pub(super) probe: Probe,
}

impl Beside<'_> {
    /// Adds the container, waits for its end and reads what it said.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn ask(&self) -> Result<Readings, String> {
        let path = self.path()?;
        // Others may have been added since the pod was read.
        let now: Value = self
            .server
            .get(&path)
            .await
            .map_err(|failure| failure.message)?;
        let name = free_name(&now);
        let body = self.patch(&name);
        let target = format!("{path}/ephemeralcontainers");
        let mutation = Mutation {
            method: Method::PATCH,
            path: &target,
            content_type: "application/strategic-merge-patch+json",
            body: &body,
        };
        self.server
            .change(&mutation)
            .await
            .map_err(|failure| failure.message)?;
        self.wait(&path, &name).await?;
        let log = format!("{path}/log?container={name}&limitBytes={LIMIT}");
        let said = self.server.bytes_once(&log, "*/*").await;
        let said = said.map_err(|failure| failure.message)?;
        let readings = Readings::of_script(&String::from_utf8_lossy(&said), self.probe);
        match readings.processes.iter().any(|process| process.pid == 1) {
            true => Ok(readings),
            false => Err(format!(
                "{name} does not see its processes: the runtime gave it none of them"
            )),
        }
    }

    fn path(&self) -> Result<String, String> {
        let text = |pointer: &str| self.pod.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/metadata/namespace").ok_or("the pod has no namespace")?;
        let name = text("/metadata/name").ok_or("the pod has no name")?;
        Ok(format!("/api/v1/namespaces/{namespace}/pods/{name}"))
    }

    /// It passes the Pod Security Standard "restricted" where it does not have to be root to see root's processes.
    fn patch(&self, name: &str) -> Value {
        let uid = self.uid.unwrap_or(NOBODY);
        json!({"spec": {"ephemeralContainers": [{
            "name": name,
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "targetContainerName": self.container,
            "command": ["sh", "-c", literally(&format!("exec 2>/dev/null\n{}", self.probe.script()))],
            "securityContext": {
                "runAsUser": uid,
                "runAsNonRoot": uid != 0,
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }]}})
    }

    async fn wait(&self, path: &str, name: &str) -> Result<(), String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let pod: Value = self
                .server
                .get(path)
                .await
                .map_err(|failure| failure.message)?;
            match progress(&pod, name) {
                Progress::Ended => return Ok(()),
                Progress::Failed(reason) => return Err(format!("{name} did not start: {reason}")),
                Progress::UnderWay if Instant::now() > deadline => {
                    return Err(format!("{name} did not end within {DEADLINE:?}"));
                }
                Progress::UnderWay => sleep(TICK).await,
            }
        }
    }
}

/// A word of a command as the kubelet leaves it: it puts variables in the place of `$(NAME)`, and `$` in that of `$$`.
fn literally(word: &str) -> String {
    word.replace('$', "$$")
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    UnderWay,
    Ended,
    Failed(String),
}

/// Reasons to wait for: all others of a container that has not started are failures.
const PASSING: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

fn progress(pod: &Value, name: &str) -> Progress {
    let statuses = pod
        .pointer("/status/ephemeralContainerStatuses")
        .and_then(Value::as_array);
    let mut statuses = statuses.into_iter().flatten();
    let status = statuses.find(|status| status.get("name").and_then(Value::as_str) == Some(name));
    let Some(state) = status.and_then(|status| status.get("state")) else {
        return Progress::UnderWay;
    };
    let waiting = |key: &str| {
        let text = state
            .pointer(&format!("/waiting/{key}"))
            .and_then(Value::as_str);
        text.unwrap_or_default()
    };
    match state.get("terminated") {
        Some(_) => Progress::Ended,
        None if PASSING.contains(&waiting("reason")) => Progress::UnderWay,
        None => Progress::Failed(format!("{}: {}", waiting("reason"), waiting("message"))),
    }
}

/// A name that no container of the pod has: it stays in the pod, so each look takes the next one.
fn free_name(pod: &Value) -> String {
    let added = pod
        .pointer("/spec/ephemeralContainers")
        .and_then(Value::as_array);
    let taken: Vec<_> = added
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("name")?.as_str())
        .collect();
    let first = NAME_PREFIX.to_owned();
    let more = (2..).map(|number| format!("{NAME_PREFIX}-{number}"));
    let mut names = std::iter::once(first).chain(more);
    names
        .find(|name| !taken.contains(&name.as_str()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_takes_a_name_of_its_own() {
        assert_eq!(free_name(&json!({})), "kubectl-harden-inspect");
        let names = [
            "kubectl-harden-inspect",
            "debugger",
            "kubectl-harden-inspect-2",
        ];
        let added: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        assert_eq!(
            free_name(&json!({"spec": {"ephemeralContainers": added}})),
            "kubectl-harden-inspect-3"
        );
    }

    #[test]
    fn it_is_waited_for_until_it_ends_or_cannot_start() {
        let of = |state: Value| {
            let status = json!({"name": "x", "state": state});
            progress(
                &json!({"status": {"ephemeralContainerStatuses": [status]}}),
                "x",
            )
        };
        assert_eq!(progress(&json!({}), "x"), Progress::UnderWay);
        assert_eq!(of(json!({"running": {}})), Progress::UnderWay);
        assert_eq!(
            of(json!({"waiting": {"reason": "PodInitializing"}})),
            Progress::UnderWay
        );
        assert_eq!(of(json!({"terminated": {"exitCode": 0}})), Progress::Ended);
        let failed = of(json!({"waiting": {"reason": "ErrImagePull", "message": "no such host"}}));
        assert_eq!(
            failed,
            Progress::Failed("ErrImagePull: no such host".into())
        );
    }
}
