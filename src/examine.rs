//! A document's workloads, judged: what is wrong with each and what this run fixes.

use std::sync::Arc;

use crate::checks::{Fix, Judgement, Policy, judge};
use crate::exempt::{Exemptions, Remark, Rule};
use crate::images::Images;
use crate::workload::{Kinds, LocateError, Object, Workload, locate};
use crate::yaml::Tree;

/// Everything that decides what happens to a document.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where pod specs are.
    pub kinds: Kinds,
    /// What is demanded.
    pub policy: Policy,
    /// What is known of images.
    pub images: Arc<Images>,
    /// Exemptions that hold for many documents.
    pub rules: Vec<Rule>,
    /// Whether the values of every field are kept, for a report.
    pub keeps_evidence: bool,
}

impl Settings {
    /// What a policy demands, of the built-in kinds, with nothing configured.
    pub fn new(policy: Policy) -> Self {
        Self {
            kinds: Kinds::default(),
            policy,
            images: Arc::default(),
            rules: Vec::new(),
            keeps_evidence: false,
        }
    }
}

/// A workload with a judgement for each of its pod specs.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The workload.
    pub workload: Workload,
    /// In the order of [`Workload::pods`].
    pub judgements: Vec<Judgement>,
}

/// What a document holds and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// The workloads in order.
    pub workloads: Vec<Examined>,
    /// Objects that run containers in a form that is not edited, and why.
    pub not_covered: Vec<(Object, String)>,
    /// How many Kubernetes objects there are.
    pub objects: usize,
    /// What the authors of exemptions should know.
    pub remarks: Vec<Remark>,
}

impl Examination {
    /// The changes that this run makes, in the order in which they are written.
    pub fn fixes(&self) -> Vec<Fix> {
        let judgements = self.workloads.iter().flat_map(|w| &w.judgements);
        let fixes = judgements.flat_map(|judgement| judgement.fixes.iter().cloned());
        fixes.collect()
    }
}

/// Examines a document. Pure: the same text and settings give the same answer.
///
/// # Errors
/// Where a pod spec cannot be located with certainty.
pub fn examine(text: &[u8], tree: &Tree, settings: &Settings) -> Result<Examination, LocateError> {
    let found = locate(tree, &settings.kinds)?;
    let today = settings.policy.today;
    let (exemptions, remarks) =
        Exemptions::read(text, tree, &found.workloads, &settings.rules, today);
    let workloads = found.workloads.into_iter().map(|workload| {
        let judgements = workload.pods.iter().map(|pod| {
            let excuse = |check, container| exemptions.find(&workload, pod, container, check);
            judge(tree, pod, &settings.policy, &settings.images, &excuse)
        });
        let judgements = judgements.collect();
        Examined {
            workload,
            judgements,
        }
    });
    Ok(Examination {
        workloads: workloads.collect(),
        not_covered: found.not_covered,
        objects: found.objects,
        remarks,
    })
}
