//! From everything that was seen to the causes in it.

use super::evidence::{evidence, without_colours};
use super::matching::{Found, first};
use super::stack::{with_stack, wrapping};
use super::{Cause, Confidence, FilePath, Foreign, Kind, Place, Seen, particulars, words};
use crate::container_path::{is_within, without_links};

/// How many of the last lines of a log are looked at.
const LINES: usize = 1_000;
/// How much of a line is looked at, in bytes.
const LINE: usize = 8 << 10;

/// What the kubelet gives in the place of a log that the runtime has removed.
const NO_LOG: &str = "unable to retrieve container logs for";

/// A cause with where it stood: later lines are nearer to the end of the program.
type Placed = (usize, Cause);

pub(super) fn causes(seen: &Seen) -> Vec<Cause> {
    let mut found: Vec<Placed> = Vec::new();
    for (place, text) in sentences(seen) {
        found.extend(in_line(&text, place, seen).map(|cause| (0, cause)));
    }
    for (place, log) in logs(seen) {
        found.extend(in_log(log, place, seen));
    }
    let mut causes = ordered(found);
    if causes
        .iter()
        .all(|cause| cause.confidence < Confidence::Likely)
        && !causes.iter().any(Cause::is_ours)
    {
        let code = seen.exit_code.map(|code| format!("exit code {code}"));
        causes.extend(code.and_then(|text| in_line(&text, Place::ExitCode, seen)));
    }
    if seen.exit_code.is_some() {
        // A program that ended does not answer its probes.
        causes.retain(|cause| cause.kind != Kind::Probe);
    }
    if causes.is_empty() && has_failed(seen) {
        causes.push(unknown(seen));
    }
    causes
}

/// The causes in a log, with the numbers of their lines.
pub(super) fn in_log(log: &str, place: Place, seen: &Seen) -> Vec<Placed> {
    let lines: Vec<String> = last_lines(log).map(without_colours).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let cause = |at: usize| Some((at, in_lines(&lines, at, place, seen)?));
    (0..lines.len()).filter_map(cause).collect()
}

/// The last lines of a log, each cut.
pub(super) fn last_lines(log: &str) -> impl Iterator<Item = &str> {
    let mut lines: Vec<&str> = log.lines().rev().take(LINES).collect();
    lines.reverse();
    lines.into_iter().map(|line| {
        let mut end = line.len().min(LINE);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.get(..end).unwrap_or_default()
    })
}

/// The cause in a line of a log; where the line does not say what it is about, its stack is asked.
fn in_lines(lines: &[&str], at: usize, place: Place, seen: &Seen) -> Option<Cause> {
    let line = lines.get(at)?;
    // Node.js prints the code once more, below the error that says all.
    if line.trim_start().starts_with("code: '") {
        return None;
    }
    let cause = in_line(line, place, seen)?;
    if words::has_subject(&cause.kind) || !cause.is_ours() {
        return Some(cause);
    }
    let by_stack = with_stack(lines, at)
        .filter(|_| words::is_bare(&cause.kind))
        .and_then(|text| {
            let told = |found: &Found| {
                meaning(found, place, seen).filter(|told| !words::is_bare(&told.kind))
            };
            first(&text, place, false, told)
        });
    // The line is the evidence also where the stack told what it means.
    let by_stack = by_stack.map(|told| Cause {
        evidence: cause.evidence.clone(),
        ..told
    });
    let by_wrapping = || {
        let around = format!("{}: {}", wrapping(lines, at)?, line.trim());
        let told = in_line(&around, place, seen)?;
        words::has_subject(&told.kind).then_some(told)
    };
    by_stack.or_else(by_wrapping).or(Some(cause))
}

pub(super) fn in_line(line: &str, place: Place, seen: &Seen) -> Option<Cause> {
    first(line, place, true, |found| meaning(found, place, seen))
}

fn meaning(found: &Found, place: Place, seen: &Seen) -> Option<Cause> {
    let symptom = &found.row.symptom;
    let kind = particulars::kind(found)?;
    let is_root = seen.uid == Some(0) && !symptom.as_root.is_empty();
    let (kind, fields) = match kind {
        Kind::Hidden { path, .. } => {
            let volume = Some(volume_over(path.as_ref()?, seen)?);
            (Kind::Hidden { path, volume }, &symptom.fields)
        }
        Kind::Denied { path, .. } if is_root => {
            (Kind::RootWithoutCapability { path }, &symptom.as_root)
        }
        Kind::Probe if seen.probe_failed_before => {
            let what = Foreign::ProbeFailedBefore;
            (Kind::Foreign { what }, &symptom.fields)
        }
        Kind::Denied {
            path: Some(path), ..
        }
        | Kind::ReadOnly { path: Some(path) }
            if is_in_home(&path, seen) =>
        {
            (Kind::Home { path: Some(path) }, &symptom.fields)
        }
        kind if is_root => (kind, &symptom.as_root),
        kind => (kind, &symptom.fields),
    };
    Some(Cause {
        row: &symptom.id,
        container: seen.container.clone(),
        fields: fields.split_whitespace().collect(),
        place,
        evidence: evidence(found.text(), &found.words),
        confidence: words::confidence(&kind, symptom.confidence),
        remedy: words::filled(&symptom.remedy, &kind),
        fix: words::filled(&symptom.fix, &kind),
        kind,
    })
}

/// Whether it is a dot file or directory of the home directory that the container declares.
fn is_in_home(path: &FilePath, seen: &Seen) -> bool {
    let home = seen.home.as_deref().and_then(FilePath::new);
    home.is_some_and(|home| {
        let rest = path.as_str().strip_prefix(home.as_str());
        rest.is_some_and(|rest| rest.trim_start_matches('/').starts_with('.'))
    })
}

/// The innermost of the volumes that were empty and hold a path.
fn volume_over(path: &FilePath, seen: &Seen) -> Option<FilePath> {
    let path = without_links(path.as_str());
    let mut holding = Vec::new();
    for volume in &seen.volumes {
        let place = without_links(volume);
        if place != path && is_within(&path, &place) {
            holding.push((place.len(), volume));
        }
    }
    let (_, innermost) = holding.into_iter().max()?;
    FilePath::new(innermost)
}

/// What is seen besides logs.
fn sentences(seen: &Seen) -> Vec<(Place, String)> {
    let said = |place, said: &super::Said| {
        (
            place,
            [said.reason.as_str(), said.message.as_str()].join(": "),
        )
    };
    let mut all = vec![said(Place::Waiting, &seen.waiting)];
    // What a program leaves when it ends is the end of its log.
    let reason = (Place::Terminated, seen.terminated.reason.clone());
    all.push(reason);
    all.extend(
        last_lines(&seen.terminated.message).map(|line| (Place::Terminated, line.to_owned())),
    );
    all.extend(seen.events.iter().map(|event| said(Place::Event, event)));
    all.extend(
        seen.sentences
            .iter()
            .map(|sentence| (Place::Sentence, sentence.clone())),
    );
    all.retain(|(_, text)| !text.trim_matches([':', ' ']).is_empty());
    all
}

fn logs(seen: &Seen) -> [(Place, &str); 2] {
    [
        (Place::PreviousLog, seen.previous_log.as_str()),
        (Place::CurrentLog, seen.current_log.as_str()),
    ]
}

/// Each cause once, the best first: the surest; ours before others; the one that was said last.
fn ordered(mut found: Vec<Placed>) -> Vec<Cause> {
    found.sort_by(|(line, one), (other_line, other)| {
        let rank = |cause: &Cause| {
            (
                std::cmp::Reverse(cause.confidence),
                !cause.is_ours(),
                cause.place,
            )
        };
        rank(one).cmp(&rank(other)).then(other_line.cmp(line))
    });
    let mut causes: Vec<Cause> = Vec::new();
    for (_, cause) in found {
        // Of one path, what is surer is enough.
        let is_surer = |known: &Cause| {
            known.confidence > cause.confidence && words::is_about_same(&known.kind, &cause.kind)
        };
        let says_more =
            |known: &Cause| words::says_more(&known.kind, &cause.kind) || is_surer(known);
        if !causes.iter().any(says_more) {
            causes.retain(|known| !words::says_more(&cause.kind, &known.kind));
            causes.push(cause);
        }
    }
    causes
}

fn has_failed(seen: &Seen) -> bool {
    let waits = !matches!(
        seen.waiting.reason.as_str(),
        "" | "ContainerCreating" | "PodInitializing"
    );
    waits
        || seen.restarts > 0
        || seen.exit_code.is_some_and(|code| code != 0)
        || seen.signal.is_some()
}

/// The line of a log that tells most of an end whose cause is not known: the last one that is no part of a stack.
fn telling(log: &str) -> Option<&str> {
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with(NO_LOG);
    let lines: Vec<_> = last_lines(log).filter(said).collect();
    // Go writes the functions of its stack without an indent, below the message.
    let panics = |line: &&&str| line.starts_with("panic: ") || line.starts_with("fatal error: ");
    let by_panic = lines.iter().rfind(panics);
    let is_flush = |line: &&&str| !line.starts_with([' ', '\t']);
    let line = by_panic.or_else(|| lines.iter().rfind(is_flush));
    line.or(lines.last()).copied()
}

fn unknown(seen: &Seen) -> Cause {
    let last = |(place, log): (Place, &str)| Some((place, telling(log)?.to_owned()));
    let said = logs(seen)
        .into_iter()
        .find_map(last)
        .or_else(|| sentences(seen).pop());
    let (place, line) = said.unwrap_or((Place::ExitCode, String::new()));
    Cause {
        row: "unknown",
        container: seen.container.clone(),
        kind: Kind::Unknown {
            exit_code: seen.exit_code,
        },
        fields: Vec::new(),
        place,
        evidence: evidence(&line, &(0..0)),
        confidence: Confidence::Possible,
        remedy: String::new(),
        fix: String::new(),
    }
}
