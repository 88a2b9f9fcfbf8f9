//! Looking at one pod: what it declares, what its status says, and what is read in its containers.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::actual::{Actual, NotRead, Source};
use super::container::{Container, Kind, State, containers};
use super::debug::Beside;
use super::declared::{Declared, Surroundings};
use super::finding::{Finding, findings};
use super::probe::{LIMIT, PATIENCE, Probe, Readings};
use crate::cluster::{Exec, ExecError, Said, Server};
use crate::source::LivePod;

/// How pods are looked at.
pub(super) struct Looker<'l> {
    pub(super) server: &'l Server,
    /// Names of containers; empty is all.
    pub(super) containers: &'l [String],
    /// Whether commands may be run in containers.
    pub(super) may_exec: bool,
    /// The image of a container beside one that tells nothing.
    pub(super) debug_image: Option<&'l str>,
    /// How long a command may take.
    pub(super) time: Option<Duration>,
}

/// A pod that was looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InspectedPod {
    pub(super) namespace: String,
    pub(super) name: String,
    /// kubectl's name of the workload that it belongs to.
    pub(super) workload: String,
    pub(super) node: String,
    #[serde(flatten)]
    pub(super) surroundings: Surroundings,
    pub(super) containers: Vec<InspectedContainer>,
}

impl InspectedPod {
    /// Its containers, each with the pod.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Self, &InspectedContainer)> {
        self.containers
            .iter()
            .map(move |container| (self, container))
    }
}

/// A container that was looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InspectedContainer {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) image: String,
    #[serde(flatten)]
    pub(super) state: State,
    pub(super) declared: Declared,
    pub(super) actual: Actual,
    pub(super) not_read: Vec<NotRead>,
    pub(super) findings: Vec<Finding>,
}

/// Why nothing was read, and what to do about it.
struct Unread {
    reason: String,
    hint: &'static str,
}

impl Unread {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: "",
        }
    }

    fn and(self, reason: &str) -> Self {
        Self::new(format!("{}; {reason}", self.reason))
    }
}

/// Programs that may read, in the order in which they are tried.
#[derive(Clone, Copy)]
enum Reader {
    Shell,
    Cat,
    Busybox,
}

const READERS: [Reader; 3] = [Reader::Shell, Reader::Cat, Reader::Busybox];

impl Looker<'_> {
    /// Looks at the containers of a pod, one after the other.
    pub(super) async fn look(&self, pod: LivePod) -> InspectedPod {
        let LivePod { object, workload } = pod;
        let text = |pointer: &str| {
            let text = object.pointer(pointer).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let surroundings = Surroundings::of(&object);
        let all = containers(&object);
        let running = all.iter().filter(|one| one.state == State::Running).count();
        let mut inspected = Vec::new();
        for container in all.iter().filter(|one| self.is_wanted(one.name)) {
            inspected.push(
                self.container(&object, container, surroundings, running <= 1)
                    .await,
            );
        }
        InspectedPod {
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            workload,
            node: text("/spec/nodeName"),
            surroundings,
            containers: inspected,
        }
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.containers.is_empty() || self.containers.iter().any(|wanted| wanted == name)
    }

    async fn container(
        &self,
        pod: &Value,
        container: &Container<'_>,
        around: Surroundings,
        is_alone: bool,
    ) -> InspectedContainer {
        let declared = Declared::of(pod, container.spec);
        let mut actual = Actual::of_status(container.status);
        let probe = Probe {
            shares_processes: around.shares_processes,
            wants_sockets: !is_alone || around.host_network,
            is_beside: false,
        };
        let uid = actual.user.as_ref().map(|user| user.uid);
        let uid = uid.or_else(|| u32::try_from(declared.run_as_user?).ok());
        let asked = match why_not(container, around) {
            Some(reason) => Err(Unread::new(reason)),
            None => self.ask(pod, container.name, uid, probe).await,
        };
        let not_read = match asked {
            Ok((readings, source)) => actual.add(&readings, source, around, is_alone),
            Err(Unread { reason, hint }) => vec![NotRead {
                what: if actual.user.is_some() {
                    "process"
                } else {
                    "all"
                },
                reason,
                hint,
            }],
        };
        InspectedContainer {
            name: container.name.to_owned(),
            kind: container.kind,
            image: container.image.to_owned(),
            state: container.state.clone(),
            findings: findings(&declared, &actual, around),
            declared,
            actual,
            not_read,
        }
    }

    /// What a running container tells, itself or through one beside it.
    async fn ask(
        &self,
        pod: &Value,
        container: &str,
        uid: Option<u32>,
        probe: Probe,
    ) -> Result<(Readings, Source), Unread> {
        let unread = match self.may_exec {
            true => match self.exec(pod, container, probe).await {
                Ok(readings) => return Ok((readings, Source::Exec)),
                Err(unread) => unread,
            },
            false => Unread::new("--no-exec"),
        };
        let Some(image) = self.debug_image else {
            return Err(unread);
        };
        if probe.shares_processes {
            return Err(unread.and("--debug-image cannot tell shared processes apart"));
        }
        let beside = Beside {
            server: self.server,
            pod,
            container,
            uid,
            image,
            probe: Probe {
                is_beside: true,
                ..probe
            },
        };
        let readings = beside.ask().await;
        let readings = readings.map_err(|failure| unread.and(&failure))?;
        Ok((readings, Source::DebugContainer))
    }

    async fn exec(&self, pod: &Value, container: &str, probe: Probe) -> Result<Readings, Unread> {
        for reader in READERS {
            match self.run(pod, container, reader, probe).await {
                Ok(said) if said.stdout.is_empty() => return Err(Unread::new(nothing(&said))),
                Ok(said) => return Ok(read(&said, reader, probe)),
                Err(ExecError::NoProgram { .. }) => {}
                Err(error) => {
                    return Err(Unread {
                        reason: error.to_string(),
                        hint: error.hint(),
                    });
                }
            }
        }
        Err(Unread {
            reason: "no sh, cat or busybox in the image".into(),
            hint: match self.debug_image {
                None => "--debug-image looks from a container beside it",
                Some(_) => "",
            },
        })
    }

    async fn run(
        &self,
        pod: &Value,
        container: &str,
        reader: Reader,
        probe: Probe,
    ) -> Result<Said, ExecError> {
        let script = probe.script();
        let command = match reader {
            Reader::Shell => vec!["sh", "-c", &script],
            Reader::Cat => probe.files(),
            Reader::Busybox => vec!["busybox", "sh", "-c", &script],
        };
        let text = |pointer: &str| {
            pod.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let exec = Exec {
            namespace: text("/metadata/namespace"),
            pod: text("/metadata/name"),
            container,
            command: &command,
            limit: LIMIT,
            time: self.time.filter(|time| !time.is_zero()).unwrap_or(PATIENCE),
        };
        self.server.exec(&exec).await
    }
}

fn why_not(container: &Container<'_>, around: Surroundings) -> Option<String> {
    match around.is_windows {
        true => Some("it is a Windows container: it has no uid".into()),
        false => container.state.why_not(),
    }
}

fn read(said: &Said, reader: Reader, probe: Probe) -> Readings {
    let text = String::from_utf8_lossy(&said.stdout);
    let mut readings = match reader {
        Reader::Cat => Readings::of_cat(&text),
        Reader::Shell | Reader::Busybox => Readings::of_script(&text, probe),
    };
    // What was longer than is read ends in the middle of the processes.
    readings.has_all &= said.exit_code.is_some();
    readings
}

fn nothing(said: &Said) -> String {
    let text = String::from_utf8_lossy(&said.stderr);
    let line = text.lines().next().unwrap_or_default().trim();
    match said.exit_code {
        Some(code) => format!("the command said nothing and ended with {code}: {line}"),
        None => format!("the command said nothing: {line}"),
    }
}
