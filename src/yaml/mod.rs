//! YAML as bytes: documents, node trees with positions, node ends, style, comments, scalars.
//!
//! The only place that names a parser. Two implementations of different families read the same
//! [`Tree`]: [`locate`] (yaml-rust2) for the positions that edits need and [`prove`] (libyaml, the family
//! that Kubernetes reads with) for the proof. Nothing in here knows about Kubernetes.

mod builder;
mod comments;
mod emit;
mod extent;
mod faults;
mod json;
mod libyaml;
mod lookup;
mod path;
mod peek;
mod relax;
mod rust2;
mod scalar;
mod split;
mod text;
mod tree;

pub use comments::{Comment, comments, may_have_comments};
pub use emit::{ToJsonError, node_to_json, to_json, to_yaml};
pub use extent::end_of;
pub use json::{is_json, json_values};
pub use libyaml::parse as prove;
pub use path::{Path, Positions};
pub use peek::{Peek, peek};
pub use rust2::parse as locate;
pub use split::{Chunk, split};
pub use text::{LineIndex, Position, Span, indent_of, line_end, line_start, line_terminator};
pub use tree::{Kind, Layout, NodeId, Style, Tree};

/// The deepest nesting of collections that is read; deeper documents are refused.
pub const MAX_DEPTH: usize = 250;

/// The most nodes of one document that are read; larger ones are refused.
pub const MAX_NODES: usize = 4_000_000;

/// The largest single document, in bytes, that is parsed; larger ones are refused.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// The most keys that merge keys may add up to; documents with more are refused.
pub const MAX_MERGED: usize = 1_000_000;

/// The most directives (`%TAG`) of one document that are read; documents with more are refused.
pub const MAX_DIRECTIVES: usize = 100;

/// Why a document cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// Byte offset into the document.
    pub at: usize,
    /// What is wrong, in lower case.
    pub message: String,
}

impl ParseError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

/// What bounds the time of the parsers: libyaml compares each directive with those before it.
fn check_bounds(text: &[u8]) -> Result<(), ParseError> {
    if text.len() > MAX_DOCUMENT {
        let message = format!("a document larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(ParseError::new(0, message));
    }
    let has_any = text.starts_with(b"%") || memchr::memmem::find(text, b"\n%").is_some();
    let lines = text.split(|&b| b == b'\n');
    let head = lines.take_while(|line| !line.starts_with(b"---"));
    let mut directives = head.filter(|line| line.starts_with(b"%"));
    if has_any && directives.nth(MAX_DIRECTIVES).is_some() {
        let message = format!("more than {MAX_DIRECTIVES} directives");
        return Err(ParseError::new(0, message));
    }
    Ok(())
}
