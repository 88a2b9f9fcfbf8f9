//! The command line with what can stand in each place.

use std::ffi::OsStr;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use super::cluster;
use super::typed::Typed;
use crate::checks::{CHECKS, Profile};
use crate::cli::Cli;
use crate::cluster::{Resource, TypeName, built_in, named_in_kubeconfig};
use crate::report::FORMATS;
use crate::{inspect, review, rollout};

type Candidates = Vec<CompletionCandidate>;

/// The command line, its arguments knowing their values.
pub(super) fn command(typed: &Typed) -> Command {
    let typed = Arc::new(typed.clone());
    let mut command = with_values(Cli::command(), &typed);
    command.build();
    command.mut_subcommands(|command| with_values(command, &typed))
}

fn with_values(command: Command, typed: &Arc<Typed>) -> Command {
    let name = command.get_name().to_owned();
    command.mut_args(|arg| match values_of(&name, &arg, typed) {
        Some(values) => arg.add(values),
        None => arg,
    })
}

fn values_of(command: &str, arg: &Arg, typed: &Arc<Typed>) -> Option<ArgValueCompleter> {
    let typed = Arc::clone(typed);
    let values = match (command, arg.get_id().as_str()) {
        ("inspect", "resources") => {
            ArgValueCompleter::new(move |word: &OsStr| inspected(&typed, word))
        }
        (_, "resources") => ArgValueCompleter::new(move |word: &OsStr| objects(&typed, word)),
        ("undo", "what") => ArgValueCompleter::new(move |word: &OsStr| {
            let mut found = begun(rollout::run_ids(), word);
            found.extend(objects(&typed, word));
            found
        }),
        (_, "namespace") => {
            ArgValueCompleter::new(move |word: &OsStr| begun(cluster::namespaces(&typed), word))
        }
        (_, "context" | "cluster" | "user") => {
            let which = arg.get_id().to_string();
            ArgValueCompleter::new(move |word: &OsStr| {
                begun(named_in_kubeconfig(&typed.connection, &which), word)
            })
        }
        (_, "skip" | "only") | ("explain", "name") => ArgValueCompleter::new(checks),
        ("inspect", "report") => {
            ArgValueCompleter::new(|word: &OsStr| reports(&inspect::FORMATS, word))
        }
        (_, "report") => ArgValueCompleter::new(|word: &OsStr| reports(&FORMATS, word)),
        (_, "profile") => ArgValueCompleter::new(profiles),
        ("review", "resume") => {
            ArgValueCompleter::new(|word: &OsStr| begun(review::review_ids(), word))
        }
        (_, "run" | "resume") => {
            ArgValueCompleter::new(|word: &OsStr| begun(rollout::run_ids(), word))
        }
        (_, "filename") => ArgValueCompleter::new(PathCompleter::any().stdio()),
        _ => return None,
    };
    Some(values)
}

/// Of texts those that begin as what is typed.
fn begun(texts: impl IntoIterator<Item = impl Into<String>>, word: &OsStr) -> Candidates {
    let word = word.to_string_lossy();
    let texts = texts.into_iter().map(Into::into);
    let begun = texts.filter(|text| text.starts_with(word.as_ref()));
    begun.map(CompletionCandidate::new).collect()
}

fn checks(word: &OsStr) -> Candidates {
    let word = word.to_string_lossy();
    let begun = CHECKS
        .iter()
        .filter(|check| check.id.starts_with(word.as_ref()));
    begun
        .map(|check| CompletionCandidate::new(check.id).help(Some(StyledStr::from(check.title))))
        .collect()
}

/// `json=`, and behind it paths.
fn reports(formats: &[&str], word: &OsStr) -> Candidates {
    let text = word.to_string_lossy();
    match text.split_once('=') {
        Some((format, file)) => PathCompleter::any()
            .stdio()
            .complete(OsStr::new(file))
            .into_iter()
            .map(|path| path.add_prefix(format!("{format}=")))
            .collect(),
        None => begun(formats.iter().map(|format| format!("{format}=")), word),
    }
}

fn profiles(word: &OsStr) -> Candidates {
    begun(Profile::ALL.map(|(name, _)| name), word)
}

/// kubectl's forms: TYPE, TYPE,TYPE, TYPE NAME and TYPE/NAME.
fn objects(typed: &Typed, word: &OsStr) -> Candidates {
    let text = word.to_string_lossy();
    if let Some((of, name)) = text.split_once('/') {
        let names = cluster::names(typed, of).into_iter();
        let names = names.filter(|found| found.starts_with(name));
        return begun(names.map(|name| format!("{of}/{name}")), word);
    }
    match typed.words.first() {
        // Behind a pair only pairs may stand.
        Some(first) if first.contains('/') => types(typed, "", &text, "/"),
        Some(first) if first.contains(',') => Vec::new(),
        Some(first) => {
            let named = typed.words.iter().skip(1);
            let mut names = cluster::names(typed, first);
            names.retain(|name| named.clone().all(|other| other != name));
            begun(names, word)
        }
        None => {
            let (before, last) = text.rsplit_once(',').unwrap_or(("", &text));
            let before = text.strip_suffix(last).unwrap_or(before);
            types(typed, before, last, "")
        }
    }
}

/// The forms of `inspect`: kubectl's, and pods by their names alone, also behind one another.
fn inspected(typed: &Typed, word: &OsStr) -> Candidates {
    let is_type =
        |word: &String| word.contains(',') || TypeName::new(word).find_built_in().is_some();
    if typed.words.first().is_some_and(is_type) || word.to_string_lossy().contains('/') {
        return objects(typed, word);
    }
    let mut pods = cluster::names(typed, "pods");
    pods.retain(|pod| !typed.words.contains(pod));
    let mut found = begun(pods, word);
    let behind = if typed.words.is_empty() { "" } else { "/" };
    found.extend(types(typed, "", &word.to_string_lossy(), behind));
    found
}

/// Types that begin as `word`: those that are built in without a question to the cluster.
fn types(typed: &Typed, before: &str, word: &str, behind: &str) -> Candidates {
    let mut found: Vec<Resource> = built_in()
        .filter(|one| one.plural.starts_with(word))
        .collect();
    let is_built_in = |other: &Resource| built_in().any(|one| one.qualified() == other.qualified());
    let others = cluster::types(typed).into_iter();
    found.extend(others.filter(|other| !is_built_in(other) && other.qualified().starts_with(word)));
    let name = |one: &Resource| match is_built_in(one) {
        true => one.plural.clone(),
        false => one.qualified(),
    };
    let mut names: Vec<_> = found
        .iter()
        .map(|one| (name(one), one.kind.clone()))
        .collect();
    names.dedup();
    names
        .into_iter()
        .map(|(name, kind)| {
            let value = format!("{before}{name}{behind}");
            CompletionCandidate::new(value).help(Some(StyledStr::from(kind)))
        })
        .collect()
}
