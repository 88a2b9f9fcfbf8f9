//! A whole text: its documents filtered by bytes, hardened one by one, their edits put together.

use memchr::memmem;

use crate::document::{Hardened, harden};
use crate::examine::Settings;
use crate::patch::Edits;
use crate::yaml::{Span, json_values, split};

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
    if !may_hold_workload(text) {
        return Vec::new();
    }
    let mut documents = Vec::new();
    for chunk in split(text) {
        if may_hold_workload(chunk.span.of(text)) {
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

fn harden_chunk(text: &[u8], span: Span, settings: &Settings) -> Vec<Document> {
    let hardened = harden(span.of(text), settings);
    if hardened.result.is_err() && span.of(text).trim_ascii_start().starts_with(b"{") {
        let values = json_values(span.of(text));
        if values.len() > 1 {
            let values = values.into_iter().map(|value| {
                let span = Span::new(span.start + value.start, span.start + value.end);
                let hardened = harden(span.of(text), settings);
                Document { span, hardened }
            });
            return values.collect();
        }
    }
    vec![Document { span, hardened }]
}

/// Whether a text can hold a workload at all: it names containers or a securityContext, and a kind that is
/// not one of those that only talk about them.
fn may_hold_workload(text: &[u8]) -> bool {
    let names = memmem::find(text, b"ontainers").is_some()
        || memmem::find(text, b"securityContext").is_some();
    names && memmem::find(text, b"kind").is_some() && !is_schema(text)
}

/// A CustomResourceDefinition describes containers; it has none. They are among the largest documents.
fn is_schema(text: &[u8]) -> bool {
    let kind = b"\nkind: CustomResourceDefinition";
    let is_first = text.starts_with(kind.get(1..).unwrap_or_default());
    (is_first || memmem::find(text, kind).is_some())
        && memmem::find_iter(text, b"\nkind:").count() + usize::from(is_first) == 1
}
