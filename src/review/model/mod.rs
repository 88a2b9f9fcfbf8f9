//! What is reviewed: files or objects, the workloads in them that change, their fields. It does not change while a
//! review goes on; what a person says of it is in [`Decision`](super::decision::Decision)s.

mod build;
mod fields;
mod notes;
mod plan;
mod together;

use std::path::PathBuf;
use std::sync::Arc;

use crate::checks::Check;
use crate::examine::Settings;
use crate::yaml::Span;

pub use build::{Text, build};
pub use plan::{FieldState, Shown};

/// What is reviewed.
#[derive(Debug, Default)]
pub struct Model {
    /// The files or objects.
    pub papers: Vec<Paper>,
    /// The workloads that change, in the order of their papers.
    pub items: Vec<Item>,
    /// Items with the same change and the same notes, each item in one group.
    pub groups: Vec<Vec<usize>>,
    /// What is not fixed, whatever is decided.
    pub left: Vec<Left>,
    /// How many workloads are fine as they are.
    pub compliant: usize,
    /// Files with changes that are in no commit yet.
    pub dirty: Vec<String>,
    /// Whether those are written too.
    pub writes_dirty: bool,
    /// Where the plan goes; empty where files are reviewed.
    pub plan: String,
}

/// A file, or a live object as a manifest.
#[derive(Debug)]
pub struct Paper {
    /// Its path, or the object's name, as shown.
    pub shown: String,
    /// Its bytes.
    pub text: Vec<u8>,
    /// What it is judged by.
    pub settings: Arc<Settings>,
    /// The file; `None` for a live object.
    pub file: Option<PathBuf>,
    /// The documents that were looked into.
    pub documents: Vec<Sheet>,
}

/// A document of a paper.
#[derive(Debug)]
pub struct Sheet {
    /// Where it is in the text.
    pub span: Span,
    /// The items in it.
    pub items: Vec<usize>,
}

/// One workload that changes. Workloads of one document that cannot be told apart, or that share an anchor, are one.
#[derive(Debug)]
pub struct Item {
    /// Its paper.
    pub paper: usize,
    /// Its document in the paper.
    pub sheet: usize,
    /// Its places among the workloads of the document.
    pub workloads: Vec<usize>,
    /// What it is, one for each name.
    pub objects: Vec<Named>,
    /// `deployment.apps/web`, or several.
    pub name: String,
    /// The line where it starts.
    pub line: usize,
    /// What changes.
    pub fields: Vec<Field>,
    /// What a person should know before accepting it.
    pub notes: Vec<String>,
    /// Whether it is alone in its document: then the ids that are written can be chosen.
    pub is_alone: bool,
    /// What it is called from one run to the next.
    pub key: String,
    /// What it was like: a decision does not hold for anything else.
    pub fingerprint: String,
}

/// An object as exemptions know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// `Deployment`.
    pub kind: String,
    /// Empty where none is written.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A field that is written, or a privilege that is taken away.
#[derive(Clone, Debug)]
pub struct Field {
    /// The check that asks for it.
    pub check: &'static Check,
    /// The object that it belongs to, by its place in [`Item::objects`].
    pub object: usize,
    /// The container; `None` for the pod.
    pub container: Option<String>,
    /// `pod`, `containers[0]`, `initContainers[1]`.
    pub place: String,
    /// The violations that go with it.
    pub targets: Vec<Target>,
    /// The containers, or the pod, that an exemption has to name to leave it as it is.
    pub scopes: Vec<Option<String>>,
    /// Its path from the object's root.
    pub path: String,
    /// Its value before, as JSON.
    pub before: Option<String>,
    /// Its value after, as JSON.
    pub after: Option<String>,
    /// Why, in Pod Security Admission's words.
    pub reason: String,
}

/// A violation in an examination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The workload in the document.
    pub workload: usize,
    /// The pod spec in the workload.
    pub pod: usize,
    /// The container in the pod spec.
    pub container: Option<usize>,
}

/// Something that is not fixed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// `path:line`, or the object's name.
    pub place: String,
    /// What it is; empty where it is a whole file.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What is known of a live object beside its manifest.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Owners and risks.
    pub notes: Vec<String>,
    /// The identity of its pod templates.
    pub hash: String,
}
