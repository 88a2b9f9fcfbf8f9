//! The five proofs. Every sink takes a [`Verified`], and this is the only place that makes one.

mod changed;
mod untouched;

use crate::checks::{Status, Violation};
use crate::evidence::{Fact, Seen, facts};
use crate::examine::{Examination, Settings, examine};
use crate::patch::{Edits, Ops, splice};
use crate::workload::Role;
use crate::yaml::{self, NodeId, Tree, comments, may_have_comments};

/// An edited document of which every proof holds.
#[derive(Clone, Debug)]
pub struct Verified {
    edits: Edits,
    fields: usize,
    facts: Vec<Fact>,
}

impl Verified {
    /// The edits, in offsets of the original document.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// What each field said before and says in the result, where the settings keep evidence.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// How many fields are written.
    pub fn fields(&self) -> usize {
        self.fields
    }
}

/// Which proof failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// Proof 1.
    #[error("undoing the edits does not give the original bytes")]
    Bytes,
    /// The parser that located the nodes and the one that proves read the document differently.
    #[error("two YAML parsers read the document differently: {0}")]
    Ambiguous(String),
    /// Proof 2: the result does not parse.
    #[error("the result would not be YAML: {0}")]
    Unreadable(String),
    /// Proof 2: the result's tree differs beyond the plan.
    #[error("the result would differ beyond the plan at {0}")]
    Beyond(String),
    /// Proof 3.
    #[error("a comment would be lost or moved")]
    Comments,
    /// Proof 4.
    #[error("a second run would change the result again")]
    Again,
    /// Proof 5.
    #[error("the checks would not pass after the change")]
    Checks,
    /// A container that is left alone shares an anchor with one that is changed.
    #[error("{name} is to be left alone, but shares an anchor with what is changed")]
    Shared {
        /// The container, or the pod spec.
        at: NodeId,
        /// What it is called.
        name: String,
    },
}

/// A document before its edit, as it was planned.
#[derive(Clone, Copy)]
pub struct Plan<'p> {
    /// Its text.
    pub text: &'p [u8],
    /// Its nodes as located.
    pub tree: &'p Tree,
    /// Its nodes as the second parser sees them.
    pub second: &'p Tree,
    /// What is wrong with it.
    pub examination: &'p Examination,
    /// What changes.
    pub ops: &'p Ops,
}

/// Carries the edits out and proves the result: that every byte outside them is the original's; that the
/// second parser sees exactly the planned changes; that all comments are there in order; that a second run
/// plans nothing; that what was to be fixed is.
///
/// # Errors
/// The first proof that fails.
pub fn verify(plan: Plan<'_>, edits: Edits, settings: &Settings) -> Result<Verified, Unproven> {
    let patched = splice(plan.text, &edits);
    if splice(&patched, &edits.inverse(plan.text)) != plan.text {
        return Err(Unproven::Bytes);
    }
    let before = plan.second;
    changed::same_shape(plan.tree, before)?;
    let after = yaml::prove(&patched).map_err(|e| Unproven::Unreadable(e.message))?;
    changed::only_planned(before, &after, plan.ops)?;
    same_comments((plan.text, before), (&patched, &after))?;
    let again = examine(&patched, &after, settings).map_err(|_| Unproven::Again)?;
    untouched::left_alone(before, plan.examination, &after, &again)?;
    if !again.fixes().is_empty() {
        return Err(Unproven::Again);
    }
    let is_known = |left: &Remaining| !is_excused_addition(left, plan.examination);
    let left: Vec<_> = remaining(&again).into_iter().filter(is_known).collect();
    if remaining(plan.examination) != left {
        return Err(Unproven::Checks);
    }
    let (old, new) = (plan.examination, &again);
    let seen = |tree, examination| Seen { tree, examination };
    let facts = match settings.keeps_evidence {
        true => facts(
            seen(plan.tree, old),
            Some(seen(&after, new)),
            &settings.policy,
        ),
        false => Vec::new(),
    };
    Ok(Verified {
        edits,
        fields: plan.ops.fields(),
        facts,
    })
}

fn same_comments(before: (&[u8], &Tree), after: (&[u8], &Tree)) -> Result<(), Unproven> {
    if !may_have_comments(before.0) && !may_have_comments(after.0) {
        return Ok(());
    }
    let texts = |(text, tree)| {
        let comments: Vec<_> = comments(text, tree);
        comments
            .into_iter()
            .map(|c| c.span.of(text).trim_ascii_end())
            .collect::<Vec<_>>()
    };
    (texts(before) == texts(after))
        .then_some(())
        .ok_or(Unproven::Comments)
}

/// Something that stays wrong.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Remaining {
    workload: usize,
    pod: usize,
    check: &'static str,
    /// The list of the container and its place there.
    container: Option<(Role, usize)>,
    is_exempt: bool,
}

/// Whether it is wrong with a container that the change adds, and somebody has a reason: one that fills a volume for a container
/// is as much root as that one.
fn is_excused_addition(left: &Remaining, before: &Examination) -> bool {
    let examined = before.workloads.get(left.workload);
    let pod = examined.and_then(|examined| examined.workload.pods.get(left.pod));
    let (Some(pod), Some(place)) = (pod, left.container) else {
        return false;
    };
    let mut known = pod.containers.iter();
    left.is_exempt && !known.any(|container| (container.role, container.index) == place)
}

/// In an order of its own: what is granted by the change itself is found at another time than what was there.
fn remaining(examination: &Examination) -> Vec<Remaining> {
    let mut remaining = Vec::new();
    for (w, examined) in examination.workloads.iter().enumerate() {
        let pods = examined.workload.pods.iter().zip(&examined.judgements);
        for (p, (pod, judgement)) in pods.enumerate() {
            let left = |v: &&Violation| v.status != Status::Fixed;
            let place = |v: &Violation| {
                let container = pod.containers.get(v.container?)?;
                Some((container.role, container.index))
            };
            let left = judgement.violations.iter().filter(left);
            remaining.extend(left.map(|v| Remaining {
                workload: w,
                pod: p,
                check: v.check.id,
                container: place(v),
                is_exempt: matches!(v.status, Status::Exempt(_)),
            }));
        }
    }
    remaining.sort();
    remaining
}
