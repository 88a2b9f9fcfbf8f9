//! What a pod's status says of its containers.

use serde_json::Value;

use super::Reason;
use super::fields::{items, last_of, number, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Runs to its end before the containers start.
    Init,
    /// An init container with `restartPolicy: Always`, which runs beside the containers.
    Sidecar,
    Main,
}

/// A container of a pod, by its status. Ephemeral containers are left out: somebody debugs with them.
pub(super) struct Container<'p> {
    pub(super) pod: &'p Value,
    pub(super) role: Role,
    status: &'p Value,
}

/// The containers that the kubelet has reported on, in the order in which they start.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = Container<'_>> {
    let init = items(pod, "/status/initContainerStatuses").iter();
    let init = init.map(|status| {
        let name = text(status, "/name");
        let mut specs = items(pod, "/spec/initContainers").iter();
        let spec = specs.find(|spec| text(spec, "/name") == name);
        let stays = spec.is_some_and(|spec| text(spec, "/restartPolicy") == "Always");
        let role = if stays { Role::Sidecar } else { Role::Init };
        Container { pod, role, status }
    });
    let main = items(pod, "/status/containerStatuses").iter();
    let role = Role::Main;
    init.chain(main.map(move |status| Container { pod, role, status }))
}

impl<'p> Container<'p> {
    pub(super) fn name(&self) -> &'p str {
        text(self.status, "/name")
    }

    pub(super) fn restarts(&self) -> i64 {
        number(self.status, "/restartCount")
    }

    /// The reason for which it waits; empty where it does not.
    pub(super) fn waits_for(&self) -> &'p str {
        text(self.status, "/state/waiting/reason")
    }

    /// What the kubelet says to that.
    pub(super) fn waiting_message(&self) -> &'p str {
        text(self.status, "/state/waiting/message")
    }

    /// Its run that is over, where no other has begun.
    pub(super) fn ended(&self) -> Option<&'p Value> {
        self.status.pointer("/state/terminated")
    }

    /// The run before.
    pub(super) fn ended_before(&self) -> Option<&'p Value> {
        self.status.pointer("/lastState/terminated")
    }

    /// Whether it has run since its pod was set up; a pod whose node was rebooted is set up again.
    pub(super) fn has_started(&self) -> bool {
        self.status.pointer("/state/running").is_some() || self.ended().is_some()
    }

    pub(super) fn reason(&self, word: &str, message: String) -> Reason {
        Reason {
            word: word.to_owned(),
            message,
            pod: text(self.pod, "/metadata/name").to_owned(),
            container: self.name().to_owned(),
        }
    }
}

/// How a run ended: `OOMKilled, exit code 137`, with what the program left in its termination message.
pub(super) fn ending(terminated: &Value) -> String {
    let code = number(terminated, "/exitCode");
    let mut words = match text(terminated, "/reason") {
        "" | "Error" => format!("exit code {code}"),
        reason => format!("{reason}, exit code {code}"),
    };
    let message = last_of(text(terminated, "/message"));
    if !message.is_empty() {
        words += &format!(": {message}");
    }
    words
}

/// Whether somebody or something has already asked for the pod's end.
pub(super) fn is_terminating(pod: &Value) -> bool {
    !text(pod, "/metadata/deletionTimestamp").is_empty()
}

/// Whether the pod takes traffic.
pub fn is_ready(pod: &Value) -> bool {
    super::fields::holds(pod, "Ready").is_some()
}
