//! All that was seen, and its shape as JSON and YAML.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::look::{InspectedContainer, InspectedPod};
use crate::source;

/// The version of the shape: new keys raise the second number, changed or removed ones the first.
const SCHEMA_VERSION: &str = "1.0";

/// What a run of the command saw.
#[derive(Debug)]
pub(super) struct Inspection {
    pub(super) started: Timestamp,
    /// Host and port of the API server.
    pub(super) server: String,
    /// The kubeconfig's context; empty where there is none.
    pub(super) context: String,
    /// By namespace and name.
    pub(super) pods: Vec<InspectedPod>,
    pub(super) errors: Vec<Missing>,
}

/// Something that could not be had.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    pub(super) object: String,
    pub(super) message: String,
    #[serde(skip)]
    pub(super) hint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'i> {
    schema_version: &'static str,
    kind: &'static str,
    tool: Tool,
    started_at: String,
    cluster: Cluster<'i>,
    pods: &'i [InspectedPod],
    errors: &'i [Missing],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Cluster<'i> {
    server: &'i str,
    context: &'i str,
}

impl Inspection {
    /// Its shape as JSON and YAML.
    pub(super) fn document(&self) -> Document<'_> {
        Document {
            schema_version: SCHEMA_VERSION,
            kind: "inspection",
            tool: Tool {
                name: "kubectl-harden",
                version: env!("CARGO_PKG_VERSION"),
            },
            started_at: self.started_at(),
            cluster: Cluster {
                server: &self.server,
                context: &self.context,
            },
            pods: &self.pods,
            errors: &self.errors,
        }
    }

    /// As text, with a line break at its end.
    ///
    /// # Errors
    /// None that is known.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&self.document()).map(|text| text + "\n")
    }

    /// RFC 3339 in UTC, whole seconds.
    pub(super) fn started_at(&self) -> String {
        format!("{:.0}", self.started)
    }

    /// Every container with its pod.
    pub(super) fn containers(&self) -> impl Iterator<Item = (&InspectedPod, &InspectedContainer)> {
        self.pods.iter().flat_map(InspectedPod::each)
    }

    /// Whether something that runs is known to be root.
    pub(super) fn runs_root(&self) -> bool {
        self.running()
            .any(|container| container.actual.is_root() == Some(true))
    }

    /// Whether it is known of everything that runs.
    pub(super) fn is_known(&self) -> bool {
        self.running()
            .all(|container| container.actual.is_root().is_some())
    }

    /// What to do about what was not read, each once.
    pub(super) fn hints(&self) -> BTreeSet<&'static str> {
        let not_read = self.containers().flat_map(|(_, one)| &one.not_read);
        not_read
            .map(|not_read| not_read.hint)
            .filter(|hint| !hint.is_empty())
            .collect()
    }

    fn running(&self) -> impl Iterator<Item = &InspectedContainer> {
        let containers = self.pods.iter().flat_map(|pod| &pod.containers);
        containers.filter(|container| container.state.why_not().is_none())
    }
}

impl Missing {
    /// A container of `-c` that no pod has.
    pub(super) fn container(name: &str) -> Self {
        Self {
            object: format!("container {name}"),
            message: "no pod that was selected has it".into(),
            hint: "leave out -c to see all containers".into(),
        }
    }
}

impl From<source::Missing> for Missing {
    fn from(missing: source::Missing) -> Self {
        Self {
            object: missing.path,
            message: missing.message,
            hint: missing.hint.to_owned(),
        }
    }
}
