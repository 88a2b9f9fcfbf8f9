//! What a person should know about keeping the application running, beside what is wrong.

use super::Judge;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Why a value is not the default.
    Value,
    /// What to do about the kubelet's verdict.
    Kubelet,
    /// Directories that the program writes to, on a root that becomes read-only.
    WritableDirs,
    /// Ports below 1024.
    LowPorts,
    /// Files on persistent volumes.
    Data,
    /// An agent of the node.
    Agent,
}

impl Topic {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Kubelet => "kubelet",
            Self::WritableDirs => "writableDirs",
            Self::LowPorts => "lowPorts",
            Self::Data => "data",
            Self::Agent => "agent",
        }
    }

    /// What it is about, for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Value => "reason of a value",
            Self::Kubelet => "start by the kubelet",
            Self::WritableDirs => "directories to write to",
            Self::LowPorts => "ports below 1024",
            Self::Data => "persistent data",
            Self::Agent => "agent of the node",
        }
    }
}

/// A note on a container or on its pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub topic: Topic,
    /// The container by its place in [`crate::workload::PodSpec::containers`]; `None` for the pod.
    pub container: Option<usize>,
    /// Byte offset of that container, or of the pod spec.
    pub at: usize,
    /// What to know and what to do, in one sentence.
    pub text: String,
}

impl Judge<'_> {
    pub(super) fn note(&mut self, topic: Topic, container: Option<usize>, text: String) {
        let holder = container.and_then(|i| self.pod.containers.get(i));
        let at = self.tree.start(holder.map_or(self.pod.node, |c| c.node));
        self.out.notes.push(Note {
            topic,
            container,
            at,
            text,
        });
    }
}
