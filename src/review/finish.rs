//! The end of a review: what was accepted is written, and exemptions that are to be remembered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::decision::{Decision, Verdict};
use super::git::uncommitted;
use super::model::{Item, Model, Paper};
use super::state::State;
use crate::config::{self, Exemption, with_exemptions};
use crate::printable::printable;
use crate::rollout::Reviewable;
use crate::sink::{create_file, replace_file};
use crate::source::{Origin, read};

/// What was written, and what was not.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The files.
    pub(super) files: Vec<String>,
    /// What was left undone, with its hint.
    pub(super) errors: Vec<String>,
}

impl Written {
    fn error(&mut self, shown: &str, message: &str, hint: &str) {
        self.errors
            .push(format!("{}: {message}\nhint: {hint}", printable(shown)));
    }
}

/// Writes the files of what was accepted, each with what was shown.
pub(super) fn files(model: &Model, state: &State) -> Written {
    let mut written = Written::default();
    let accepted = accepted_papers(model, state);
    let paths = accepted
        .iter()
        .filter_map(|(_, paper)| paper.file.as_deref());
    let dirty = match model.writes_dirty {
        true => Default::default(),
        false => uncommitted(paths),
    };
    for (place, paper) in accepted {
        let Some(path) = &paper.file else { continue };
        if dirty.contains(path) {
            let hint = "commit them first, or go on with --allow-dirty";
            written.error(
                &paper.shown,
                "not written: it has uncommitted changes",
                hint,
            );
            continue;
        }
        let patched = match model.patched(place, &state.decisions) {
            Ok(patched) => patched,
            Err(why) => {
                written.error(&paper.shown, &why, "the file is as it was");
                continue;
            }
        };
        match replace_file(path, &paper.text, &patched) {
            Ok(()) => written.files.push(paper.shown.clone()),
            Err(error) => written.error(&paper.shown, &error.to_string(), error.hint()),
        }
    }
    written
}

fn accepted_papers<'m>(model: &'m Model, state: &State) -> Vec<(usize, &'m Paper)> {
    let items = model.items.iter().enumerate();
    let accepted = items.filter(|(i, _)| state.verdict(*i) == Some(Verdict::Accepted));
    let mut papers: Vec<_> = accepted.map(|(_, item)| item.paper).collect();
    papers.sort_unstable();
    papers.dedup();
    let papers = papers.into_iter();
    papers
        .filter_map(|p| Some((p, model.papers.get(p)?)))
        .collect()
}

/// Writes the plan of what was accepted.
///
/// # Errors
/// What keeps it from being written.
pub(super) fn plan(
    model: &Model,
    state: &State,
    objects: &Reviewable,
    path: &Path,
) -> anyhow::Result<usize> {
    let plan = objects.decided(|object| {
        let shown = object.shown();
        let mut items = model.items.iter().enumerate();
        let found = items.find(|(_, item)| {
            let paper = model.papers.get(item.paper);
            paper.is_some_and(|paper| paper.shown == shown)
        });
        let (place, item) = found.ok_or("blocked, and so no part of the review")?;
        match state.verdict(place) {
            Some(Verdict::Accepted) => {
                let settings = model.settings(item.paper, item.sheet, &state.decisions, None);
                settings.ok_or_else(|| "it cannot be planned".into())
            }
            Some(Verdict::Declined) => Err("declined in review".into()),
            None => Err("undecided in review".into()),
        }
    });
    plan.write(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(plan.workloads.len())
}

/// Writes the exemptions that are to be remembered, each into the configuration that counts for its file.
pub(super) fn exemptions(model: &Model, state: &State) -> Written {
    let mut written = Written::default();
    let mut files: BTreeMap<PathBuf, Vec<Exemption>> = BTreeMap::new();
    for (item, decision) in model.items.iter().zip(&state.decisions) {
        let exemptions = remembered(item, decision);
        let Some(paper) = model
            .papers
            .get(item.paper)
            .filter(|_| !exemptions.is_empty())
        else {
            continue;
        };
        let known = files.entry(configuration(paper)).or_default();
        known.extend(exemptions);
    }
    for (path, exemptions) in files {
        let shown = path.display().to_string();
        match write_exemptions(&path, &exemptions) {
            Ok(()) => written.files.push(shown),
            Err(why) => {
                let hint = "add them by hand: kubectl harden explain CHECK says how";
                written.error(&shown, &format!("exemptions are not written: {why}"), hint);
            }
        }
    }
    written
}

/// The configuration that counts for a paper; where there is none, one to be made: where the review was begun, if
/// that is above the file.
fn configuration(paper: &Paper) -> PathBuf {
    let directory = paper.file.as_deref().and_then(Path::parent);
    let directory = directory.unwrap_or(Path::new(""));
    config::found(directory).unwrap_or_else(|| {
        let is_below = directory.is_relative() && !directory.starts_with("..");
        match is_below {
            true => PathBuf::from(config::FILE),
            false => directory.join(config::FILE),
        }
    })
}

fn write_exemptions(path: &Path, exemptions: &[Exemption]) -> Result<(), String> {
    let origin = Origin::File(path.to_owned());
    let before = match config::is_there(path) {
        true => read(&origin)
            .map_err(|error| error.to_string())?
            .into_owned(),
        false => Vec::new(),
    };
    let text = String::from_utf8(before.clone()).map_err(|error| error.to_string())?;
    let after = with_exemptions(&text, exemptions)?;
    match config::is_there(path) {
        true => replace_file(path, &before, after.as_bytes()).map_err(|error| error.to_string()),
        false => create_file(path, after.as_bytes()).map_err(|error| error.to_string()),
    }
}

/// What is declined of an item and to be remembered.
fn remembered(item: &Item, decision: &Decision) -> Vec<Exemption> {
    let Some(remember) = decision.remember.as_ref().filter(|_| decision.declines()) else {
        return Vec::new();
    };
    let is_whole = decision.verdict == Some(Verdict::Declined);
    let fields = item.fields.iter().enumerate();
    let declined = fields.filter(|(n, _)| is_whole || decision.off.contains(n));
    let mut exemptions: Vec<Exemption> = Vec::new();
    for (_, field) in declined {
        let Some(object) = item.objects.get(field.object) else {
            continue;
        };
        let container = field.container.clone().filter(|_| !is_whole);
        let same = |one: &&mut Exemption| {
            one.container == container
                && (&one.kind, &one.namespace, &one.name)
                    == (&object.kind, &object.namespace, &object.name)
        };
        match exemptions.iter_mut().find(same) {
            Some(one) if one.checks.contains(&field.check.id) => {}
            Some(one) => one.checks.push(field.check.id),
            None => exemptions.push(Exemption {
                kind: object.kind.clone(),
                namespace: object.namespace.clone(),
                name: object.name.clone(),
                container,
                checks: vec![field.check.id],
                reason: remember.reason.clone(),
                expires: remember.expires,
            }),
        }
    }
    exemptions
}
