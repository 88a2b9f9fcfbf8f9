//! One document from its bytes to a proved edit.

use crate::evidence::{Fact, Seen, facts};
use crate::examine::{Examination, Settings, examine};
use crate::patch::{lower, resolve};
use crate::verify::{Plan, Unproven, Verified, verify};
use crate::yaml::{MAX_MERGED, ParseError, Tree, locate, prove};

/// Why a document is refused: nothing of it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Byte offset in the document.
    pub at: usize,
    /// What is wrong, in lower case.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
    /// What kind of problem it is.
    pub cause: Cause,
}

/// What a failure means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The document is wrong.
    Invalid,
    /// It is a template that has to be rendered first.
    Template,
}

/// What became of a document.
#[derive(Debug)]
pub struct Hardened {
    /// What was found in it; empty where it could not be read.
    pub examination: Examination,
    /// The proved edit, `None` where nothing changes.
    pub result: Result<Option<Verified>, Failure>,
    /// What each field says, where nothing changes and the settings keep evidence.
    unchanged: Vec<Fact>,
}

impl Hardened {
    /// What each field said before and says after, where the settings keep evidence.
    pub fn facts(&self) -> &[Fact] {
        match &self.result {
            Ok(Some(verified)) => verified.facts(),
            _ => &self.unchanged,
        }
    }
}

/// Examines a document and edits what the settings ask for.
pub fn harden(text: &[u8], settings: &Settings) -> Hardened {
    if let Some(at) = control_line(text) {
        return unread(template(at));
    }
    let tree = match locate(text) {
        Ok(tree) => tree,
        Err(error) if is_template(text) => return unread(template(error.at)),
        Err(error) => return unread(unreadable(text, error)),
    };
    if let Some(mapping) = tree.merges_too_much() {
        let message = format!("merge keys that add up to more than {MAX_MERGED} keys");
        let hint = "write the keys out, or merge smaller mappings";
        return unread(invalid(tree.start(mapping), message, hint));
    }
    // `key: {{ .Values.x }}` is YAML: a mapping whose key is a mapping.
    let templated = is_template(text).then(|| tree.collection_key()).flatten();
    let examination = match (examine(text, &tree, settings), templated) {
        (Ok(found), Some(key)) if !found.workloads.is_empty() => {
            return unread(template(tree.start(key)));
        }
        (Err(_), Some(key)) => return unread(template(tree.start(key))),
        (Ok(found), _) => found,
        (Err(error), None) => {
            let hint = "no pod spec is edited that is not found with certainty";
            let failure = invalid(tree.start(error.at), error.message, hint);
            return unread(failure);
        }
    };
    if examination.workloads.is_empty() {
        return Hardened {
            examination,
            result: Ok(None),
            unchanged: Vec::new(),
        };
    }
    let result = edit(text, &tree, &examination, settings);
    let seen = Seen {
        tree: &tree,
        examination: &examination,
    };
    let unchanged = match result {
        Ok(None) if settings.keeps_evidence => facts(seen, None, &settings.policy),
        _ => Vec::new(),
    };
    Hardened {
        examination,
        result,
        unchanged,
    }
}

fn edit(
    text: &[u8],
    tree: &Tree,
    examination: &Examination,
    settings: &Settings,
) -> Result<Option<Verified>, Failure> {
    if let Some((twice, _)) = tree.duplicate_key() {
        let message = format!("the key \"{}\" is there twice", tree.value(twice));
        let hint = "keep one of them: which one counts depends on who reads the file";
        return Err(invalid(tree.start(twice), message, hint));
    }
    if let Some(value) = tree.invalid_merge() {
        let hint = "merge a mapping, or a list of mappings";
        let message = "a merge key (<<) that merges no mapping".into();
        return Err(invalid(tree.start(value), message, hint));
    }
    if let Some(alias) = tree.recursive_alias() {
        let hint = "kubectl would refuse it too";
        let message = "an alias inside what it stands for".into();
        return Err(invalid(tree.start(alias), message, hint));
    }
    if let Some(key) = tree.collection_key() {
        let hint = "kubectl would refuse it too: the keys of objects are words";
        let message = "a key that is a list or a mapping".into();
        return Err(invalid(tree.start(key), message, hint));
    }
    let fixes = examination.fixes();
    if fixes.is_empty() {
        return Ok(None);
    }
    let workloads: Vec<_> = examination
        .workloads
        .iter()
        .map(|e| e.workload.clone())
        .collect();
    let refused = |refusal: crate::patch::Refusal| {
        let hint = "write the field by hand there";
        invalid(tree.start(refusal.at), refusal.message, hint)
    };
    let second = prove(text).map_err(|error| unreadable(text, error))?;
    let ops = resolve(tree, &workloads, &fixes).map_err(refused)?;
    let edits = lower(text, tree, &ops).map_err(refused)?;
    let plan = Plan {
        text,
        tree,
        second: &second,
        examination,
        ops: &ops,
    };
    let verified = verify(plan, edits, settings).map_err(|unproven| {
        let first = examination.workloads.first();
        let (at, hint) = match &unproven {
            Unproven::Shared { at, .. } => (
                Some(*at),
                "write the fields by hand there, or take the anchor apart",
            ),
            _ => (
                first.map(|e| e.workload.object.node),
                "nothing is written without proof: please report this with the document",
            ),
        };
        invalid(
            at.map_or(0, |at| tree.start(at)),
            unproven.to_string(),
            hint,
        )
    })?;
    Ok(Some(verified))
}

/// A document that one of the parsers does not accept; kubectl reads with the second one's grammar.
fn unreadable(text: &[u8], error: ParseError) -> Failure {
    let hint = match prove(text) {
        Ok(_) => "kubectl may read it, but not with certainty: write it more plainly there",
        Err(_) => "kubectl would refuse it too: check the indentation and quotes there",
    };
    invalid(error.at, error.message, hint)
}

fn unread(failure: Failure) -> Hardened {
    Hardened {
        examination: Examination::default(),
        result: Err(failure),
        unchanged: Vec::new(),
    }
}

fn invalid(at: usize, message: String, hint: &'static str) -> Failure {
    Failure {
        at,
        message,
        hint,
        cause: Cause::Invalid,
    }
}

fn template(at: usize) -> Failure {
    Failure {
        at,
        message: "a Helm template, not a manifest".into(),
        hint: "render it first: helm template RELEASE CHART | kubectl harden -f -",
        cause: Cause::Template,
    }
}

/// A line of template control at column 0: no YAML, whatever stands around it.
fn control_line(text: &[u8]) -> Option<usize> {
    let below = || memchr::memmem::find(text, b"\n{{").map(|at| at + 1);
    text.starts_with(b"{{").then_some(0).or_else(below)
}

fn is_template(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"{{").is_some()
}
