//! The last lines on stderr: what a run saw, and what is left.

use std::collections::BTreeMap;

use crate::cli::Output;
use crate::render::Mode;
use crate::tally::{Tally, count};

/// Where what a run saw is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In files.
    Files,
    /// In a cluster.
    Cluster,
}

impl Place {
    fn of(self, tally: &Tally) -> String {
        match self {
            Self::Files => count(tally.files, "file", "files"),
            Self::Cluster => "the cluster".into(),
        }
    }
}

/// Says what a run saw, where there is anything to say.
pub(super) fn summary(mode: Mode, place: Place, tally: &Tally) {
    if mode == Mode::Check {
        return check_summary(place, tally);
    }
    let left = tally.decisions + tally.refused + tally.not_covered + tally.exempt;
    if tally.changed == 0 && left == 0 {
        return;
    }
    let verb = match mode {
        Mode::Print(Output::Diff | Output::Name) => "to harden",
        _ => "hardened",
    };
    let fields = match (tally.fields, mode) {
        (0, _) => String::new(),
        (n, Mode::Print(Output::Diff | Output::Name)) => {
            let how = match place {
                Place::Files => " with -w",
                Place::Cluster => "",
            };
            format!("; {} to write{how}", count(n, "field", "fields"))
        }
        (n, Mode::Write) => format!("; {} written", count(n, "field", "fields")),
        (n, _) => format!("; {} set", count(n, "field", "fields")),
    };
    eprintln!("{}{fields}", tally.summary(verb, &place.of(tally)));
}

/// What a person should know besides, up to a screen of each: a run over thousands of files keeps no more.
#[derive(Default)]
pub(super) struct Notes {
    hints: Vec<String>,
    more_hints: usize,
    reasons: BTreeMap<String, usize>,
    more_reasons: usize,
}

/// How many hints, and how many reasons, are said.
const MOST: usize = 20;

impl Notes {
    /// Adds what one file has.
    pub(super) fn add(&mut self, hints: Vec<String>, reasons: BTreeMap<String, usize>) {
        for hint in hints {
            match self.hints.len() < MOST {
                true => self.hints.push(hint),
                false => self.more_hints += 1,
            }
        }
        for (reason, containers) in reasons {
            let has_room = self.reasons.len() < MOST;
            match self.reasons.get_mut(&reason) {
                Some(known) => *known += containers,
                None if has_room => {
                    self.reasons.insert(reason, containers);
                }
                None => self.more_reasons += 1,
            }
        }
    }

    /// Says what to do so that programs keep running, and why values are not the defaults: a line for each image.
    pub(super) fn say(&self) {
        self.hints.iter().for_each(|hint| eprintln!("{hint}"));
        if self.more_hints > 0 {
            let more = count(self.more_hints, "hint", "hints");
            eprintln!("hint: {more} more: --report json=FILE has all");
        }
        self.say_reasons();
    }

    fn say_reasons(&self) {
        for (reason, containers) in &self.reasons {
            match containers {
                1 => eprintln!("{reason}"),
                n => eprintln!("{reason}, {n} times"),
            }
        }
        if self.more_reasons > 0 {
            eprintln!("and more images: --report json=FILE has all");
        }
    }
}

fn check_summary(place: Place, tally: &Tally) {
    let violations = tally.fixable + tally.need_unsafe + tally.need_person;
    let fixed = match place {
        Place::Files => "fixed by kubectl harden -w",
        Place::Cluster => "fixed by hardening",
    };
    let parts = [
        (tally.fixable, fixed),
        (tally.need_unsafe, "only by --unsafe-fixes"),
        (tally.need_person, "for a person to decide"),
        (tally.excused, "exempt beside them"),
    ];
    let parts = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"));
    let parts: Vec<_> = parts.collect();
    if !parts.is_empty() {
        let violations = match violations {
            0 => "no violations".into(),
            n => count(n, "violation", "violations"),
        };
        eprintln!("{violations}: {}", parts.join(", "));
    }
    let left = tally.fixed + tally.decisions + tally.exempt + tally.refused + tally.not_covered;
    if left > 0 {
        eprintln!("{}", tally.summary("to harden", &place.of(tally)));
    }
}
