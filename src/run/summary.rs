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

/// Says why values are not the defaults: a line for each image, up to a screen of them.
pub(super) fn say_reasons(reasons: &BTreeMap<String, usize>) {
    const MOST: usize = 20;
    for (reason, containers) in reasons.iter().take(MOST) {
        match containers {
            1 => eprintln!("{reason}"),
            n => eprintln!("{reason}, {n} times"),
        }
    }
    if let Some(more @ 1..) = reasons.len().checked_sub(MOST) {
        eprintln!("and {more} more; --report json=FILE has all");
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
