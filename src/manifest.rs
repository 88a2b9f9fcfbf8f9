//! A whole text: its documents filtered by bytes, hardened one by one, their edits put together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use memchr::memmem;

use crate::document::{Hardened, harden};
use crate::examine::Settings;
use crate::patch::Edits;
use crate::workload::{self, Kinds};
use crate::yaml::{self, Peek, Span, is_json, json_values, peek, split};

/// One document of a text that was looked into.
#[derive(Debug)]
pub struct Document {
    /// Where it stands in the text.
    pub span: Span,
    /// What became of it.
    pub hardened: Hardened,
}

/// Hardens every document of a text that may hold a workload. An error in one never reaches the others.
pub fn harden_all(text: &[u8], settings: &Settings) -> Vec<Document> {
    if !names_containers(text) {
        return Vec::new();
    }
    let mut documents = Vec::new();
    for chunk in split(text) {
        if may_hold_workload(chunk.span.of(text), &settings.kinds) {
            documents.extend(harden_chunk(text, chunk.span, settings));
        }
    }
    documents
}

/// Hardens every document of a text, for callers that want to know what is wrong with any of them.
pub fn harden_every(text: &[u8], settings: &Settings) -> Vec<Document> {
    let chunks = split(text).into_iter();
    chunks
        .flat_map(|chunk| harden_chunk(text, chunk.span, settings))
        .collect()
}

/// All edits of a text; empty where nothing changes.
///
/// Documents are disjoint and in order, so the edits are too.
pub fn edits_of(documents: &[Document]) -> Edits {
    Edits::of_parts(documents.iter().filter_map(|document| {
        let verified = document.hardened.result.as_ref().ok()?.as_ref()?;
        Some((document.span.start, verified.edits()))
    }))
}

/// A chunk is one document, or a stream of JSON objects that nothing separates.
fn harden_chunk(text: &[u8], span: Span, settings: &Settings) -> Vec<Document> {
    let chunk = span.of(text);
    let values = match chunk.trim_ascii_start().starts_with(b"{") {
        true => json_values(chunk),
        false => Vec::new(),
    };
    if values.len() > 1 && values.iter().all(|value| is_json(value.of(chunk))) {
        let values = values.into_iter().map(|value| {
            let span = Span::new(span.start + value.start, span.start + value.end);
            let hardened = harden(span.of(text), settings);
            Document { span, hardened }
        });
        return values.collect();
    }
    let hardened = harden(chunk, settings);
    vec![Document { span, hardened }]
}

/// What every text with a workload names, covered or not: Tekton calls its containers steps.
static NAMES: LazyLock<[memmem::Finder; 3]> =
    LazyLock::new(|| ["ontainer", "securityContext", "tekton.dev"].map(memmem::Finder::new));

/// Whether a text names containers or a securityContext at all.
fn names_containers(text: &[u8]) -> bool {
    NAMES.iter().any(|name| name.find(text).is_some())
}

/// Whether a document can hold a workload: most documents that only talk about containers are told by the
/// kind of their root.
fn may_hold_workload(text: &[u8], kinds: &Kinds) -> bool {
    names_containers(text)
        && match peek(text, "kind") {
            Peek::Absent => false,
            Peek::Unclear => memmem::find(text, b"kind").is_some(),
            Peek::Word(kind) => {
                std::str::from_utf8(kind).is_ok_and(|kind| kinds.may_run_pods(kind, text))
            }
        }
}

/// The images that a text's workloads name. Documents that cannot be read name none: that is said when they are hardened.
pub fn images_of(text: &[u8], settings: &Settings) -> BTreeSet<String> {
    let trees = split(text).into_iter().filter_map(|chunk| {
        let document = chunk.span.of(text);
        match may_hold_workload(document, &settings.kinds) {
            true => yaml::locate(document).ok(),
            false => None,
        }
    });
    let workloads = trees.flat_map(|tree| {
        let found = workload::locate(&tree, &settings.kinds);
        found.map(|found| found.workloads).unwrap_or_default()
    });
    let pods = workloads.flat_map(|workload| workload.pods);
    let containers = pods.flat_map(|pod| pod.containers);
    let images = containers.map(|container| container.image);
    images.filter(|image| !image.is_empty()).collect()
}
