//! The containers of a pod, and how each of them stands.

use serde::Serialize;
use serde_json::Value;

use super::debug::NAME_PREFIX;

/// A container of a pod.
#[derive(Clone, Debug)]
pub(super) struct Container<'p> {
    pub(super) name: &'p str,
    pub(super) kind: Kind,
    pub(super) image: &'p str,
    /// Its entry in the pod spec.
    pub(super) spec: &'p Value,
    /// Its entry in the pod's status; null where there is none yet.
    pub(super) status: &'p Value,
    pub(super) state: State,
}

/// What a container is in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Init,
    /// An init container with `restartPolicy: Always`.
    Sidecar,
    Container,
    Ephemeral,
}

/// How a container stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum State {
    Running,
    Ended {
        exit_code: i64,
        reason: String,
    },
    /// Not running: the kubelet's reason, empty where it gave none yet.
    Waiting {
        reason: String,
    },
}

impl State {
    fn of(status: &Value) -> Self {
        let text = |pointer: &str| {
            let text = status.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        if status.pointer("/state/running").is_some() {
            return Self::Running;
        }
        match status.pointer("/state/terminated") {
            Some(ended) => Self::Ended {
                exit_code: ended
                    .get("exitCode")
                    .and_then(Value::as_i64)
                    .unwrap_or_default(),
                reason: text("/state/terminated/reason"),
            },
            None => Self::Waiting {
                reason: text("/state/waiting/reason"),
            },
        }
    }

    /// Why nothing can be read in it; `None` where it runs.
    pub(super) fn why_not(&self) -> Option<String> {
        match self {
            Self::Running => None,
            Self::Ended { exit_code, reason } => {
                let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
                let reason = reason.unwrap_or("Ended");
                Some(format!("it has ended: {reason}, exit code {exit_code}"))
            }
            Self::Waiting { reason } if reason.is_empty() => Some("it has not started".into()),
            Self::Waiting { reason } => Some(format!("it is not running: {reason}")),
        }
    }
}

/// The containers of a pod in the order in which they start. Containers that an earlier look added are left out.
pub(super) fn containers(pod: &Value) -> Vec<Container<'_>> {
    let lists = [
        ("initContainers", "initContainerStatuses", Kind::Init),
        ("containers", "containerStatuses", Kind::Container),
        (
            "ephemeralContainers",
            "ephemeralContainerStatuses",
            Kind::Ephemeral,
        ),
    ];
    let all = lists.into_iter().flat_map(|(list, statuses, kind)| {
        let statuses = items(pod, "status", statuses);
        let specs = items(pod, "spec", list).iter();
        specs.map(move |spec| container(spec, statuses, kind))
    });
    all.filter(|one| one.kind != Kind::Ephemeral || !one.name.starts_with(NAME_PREFIX))
        .collect()
}

fn container<'p>(spec: &'p Value, statuses: &'p [Value], kind: Kind) -> Container<'p> {
    let text = |key: &str| spec.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    let of_name = |status: &&Value| status.get("name").and_then(Value::as_str) == Some(name);
    let status = statuses.iter().find(of_name).unwrap_or(&Value::Null);
    let kind = match kind {
        Kind::Init if text("restartPolicy") == "Always" => Kind::Sidecar,
        kind => kind,
    };
    Container {
        name,
        kind,
        image: text("image"),
        spec,
        status,
        state: State::of(status),
    }
}

fn items<'p>(pod: &'p Value, part: &str, list: &str) -> &'p [Value] {
    let items = pod.get(part).and_then(|part| part.get(list)?.as_array());
    items.map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn containers_come_with_their_states() {
        let pod = json!({
            "spec": {
                "initContainers": [{"name": "setup", "image": "a"},
                    {"name": "proxy", "image": "b", "restartPolicy": "Always"}],
                "containers": [{"name": "web", "image": "c"}, {"name": "late", "image": "d"}],
                "ephemeralContainers": [{"name": "debugger-x"}, {"name": "kubectl-harden-inspect"}],
            },
            "status": {
                "initContainerStatuses": [
                    {"name": "setup", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
                    {"name": "proxy", "state": {"running": {}}}],
                "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
            },
        });
        let read = containers(&pod);
        let shown: Vec<_> = read
            .iter()
            .map(|one| (one.name, one.kind, one.state.why_not()))
            .collect();
        let why = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown,
            [
                (
                    "setup",
                    Kind::Init,
                    why("it has ended: Completed, exit code 0")
                ),
                ("proxy", Kind::Sidecar, None),
                (
                    "web",
                    Kind::Container,
                    why("it is not running: CrashLoopBackOff")
                ),
                ("late", Kind::Container, why("it has not started")),
                ("debugger-x", Kind::Ephemeral, why("it has not started")),
            ]
        );
    }
}
