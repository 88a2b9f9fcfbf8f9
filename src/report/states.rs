//! The states of a rollout in words, and what a person has to look at first.

use super::{LiveResult, Outcome, Report, Rollout, Subject};

/// What a state asks of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concern {
    /// A person has to look.
    Person,
    /// The run is not done with it.
    Open,
    /// Nothing.
    Done,
}

/// A state's name, what it asks, and what it means in a line for people.
type Words = (&'static str, Concern, &'static str);

/// Every state, in the order in which a person wants to read of them.
const STATES: [Words; 15] = [
    (
        "unrestored",
        Concern::Person,
        "the change failed, and so did setting it back",
    ),
    (
        "restored",
        Concern::Person,
        "the change failed, the fields are set back, and its pods are ready again",
    ),
    (
        "blocked",
        Concern::Person,
        "nothing was changed, for the reason that is given",
    ),
    (
        "overtaken",
        Concern::Person,
        "somebody else changed the fields in the meantime: left as they made it",
    ),
    (
        "restoring",
        Concern::Open,
        "the change failed; the fields are being set back",
    ),
    (
        "settling",
        Concern::Open,
        "the fields are set back; its pods are being replaced again",
    ),
    (
        "failing",
        Concern::Open,
        "the change failed; logs, events and status are being saved",
    ),
    ("applying", Concern::Open, "the change is being sent"),
    (
        "watching",
        Concern::Open,
        "the change is there; its pods are being replaced",
    ),
    (
        "soaking",
        Concern::Open,
        "its new pods are ready, and have to stay so",
    ),
    (
        "trying",
        Concern::Open,
        "a trial Job of its hardened template runs",
    ),
    ("pending", Concern::Open, "its turn has not come"),
    ("gone", Concern::Done, "it was deleted in the meantime"),
    (
        "unwatched",
        Concern::Done,
        "the change is there; nothing that could be watched has happened yet",
    ),
    ("hardened", Concern::Done, "the change is there and held"),
];

/// A state that is not known stands between what needs a person and what is open.
const UNKNOWN: usize = 4;

/// A state's place in the order of reading.
pub(super) fn rank(state: &str) -> usize {
    let known = STATES.iter().position(|(id, ..)| *id == state);
    match known {
        Some(place) if place < UNKNOWN => place,
        Some(place) => place + 1,
        None => UNKNOWN,
    }
}

/// What a state asks of the reader; one that is not known wants a person.
pub(super) fn concern(state: &str) -> Concern {
    let known = STATES.iter().find(|(id, ..)| *id == state);
    known.map_or(Concern::Person, |(_, concern, _)| *concern)
}

/// What a state means.
pub(super) fn meaning(state: &str) -> &'static str {
    let known = STATES.iter().find(|(id, ..)| *id == state);
    known.map_or("a state that this version does not know", |(.., words)| {
        words
    })
}

/// What a workload asks of the reader: also one that has changed since the run left it wants a person.
pub(super) fn concern_of(rollout: &Rollout) -> Concern {
    match rollout.has_changed_since() {
        true => Concern::Person,
        false => concern(&rollout.state),
    }
}

/// Outcomes as a person wants to read of them: what is left to do before what is fine.
pub(super) const OUTCOMES: [Outcome; 6] = [
    Outcome::Refused,
    Outcome::NeedsDecision,
    Outcome::NotCovered,
    Outcome::Fixed,
    Outcome::Exempt,
    Outcome::Compliant,
];

/// The subjects with their numbers in the order of the report, as a person wants to read of them.
pub(super) fn by_urgency(report: &Report) -> Vec<(&Subject, usize)> {
    let mut subjects: Vec<_> = report.subjects.iter().zip(1..).collect();
    subjects.sort_by_key(|(subject, _)| urgency(subject));
    subjects
}

/// The same for a rollout; else in the order of the report.
pub(super) fn in_order(report: &Report) -> Vec<(&Subject, usize)> {
    match report.rollout {
        Some(_) => by_urgency(report),
        None => report.subjects.iter().zip(1..).collect(),
    }
}

/// Persons, what is open, other outcomes, what is fine.
fn urgency(subject: &Subject) -> (usize, usize, usize) {
    let outcome = OUTCOMES.iter().position(|of| *of == subject.outcome);
    let outcome = outcome.unwrap_or_default();
    let Some(rollout) = &subject.rollout else {
        return (3, outcome, 0);
    };
    let state = rank(&rollout.state);
    match concern_of(rollout) {
        Concern::Person if concern(&rollout.state) == Concern::Person => (0, state, outcome),
        Concern::Person => (1, state, outcome),
        Concern::Open => (2, state, outcome),
        Concern::Done => (3, outcome, state),
    }
}

/// How many workloads were found how when they were read again, in the order of [`LiveResult`]; last, how many were
/// not asked for.
pub(super) fn read_back(report: &Report) -> Vec<(&'static str, usize)> {
    let results = [
        LiveResult::AsPlanned,
        LiveResult::AsBefore,
        LiveResult::Differs,
        LiveResult::Gone,
        LiveResult::NotRead(String::new()),
    ];
    let rollouts = || report.subjects.iter().filter_map(|s| s.rollout.as_ref());
    let reads = || rollouts().filter_map(|rollout| rollout.live.as_ref());
    let mut counts: Vec<_> = results
        .iter()
        .map(|result| {
            let of = reads().filter(|read| read.result.id() == result.id());
            (result.words(), of.count())
        })
        .collect();
    counts.push(("not asked", rollouts().count() - reads().count()));
    counts.retain(|(_, count)| *count > 0);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::rollout::State;

    #[test]
    fn every_state_has_words() {
        assert_eq!(STATES.len(), State::ALL.len());
        for state in State::ALL {
            let id = state.id();
            let found = STATES.iter().find(|(known, ..)| *known == id).expect(id);
            let wanted = match state {
                State::Gone => Concern::Done,
                _ if state.is_success() => Concern::Done,
                _ if state.is_final() => Concern::Person,
                _ => Concern::Open,
            };
            assert_eq!(found.1, wanted, "{id}");
        }
        assert_eq!(concern("exploded"), Concern::Person);
        assert!(rank("overtaken") < rank("exploded") && rank("exploded") < rank("restoring"));
    }

    #[test]
    fn what_needs_a_person_comes_first_and_nothing_is_lost() {
        let report = sample::rollout();
        let order = by_urgency(&report);
        let names: Vec<_> = order
            .iter()
            .map(|(subject, _)| subject.object.as_ref().map_or("-", |o| o.name.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                "db", "cache", "argo", "hand", "odd", "drifted", "queue", "late", "report",
                "agent", "flow", "api", "web", "old"
            ]
        );
        let mut numbers: Vec<_> = order.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1..=report.subjects.len()));
    }

    #[test]
    fn states_and_what_was_read_back_add_up() {
        let report = sample::rollout();
        let rolled_out = report.subjects.iter().filter(|s| s.rollout.is_some());
        let rolled_out = rolled_out.count();
        let sum = |counts: &[(&str, usize)]| counts.iter().map(|(_, count)| count).sum::<usize>();
        assert_eq!(sum(&report.states()), rolled_out);
        assert_eq!(sum(&read_back(&report)), rolled_out);
        assert_eq!(report.states()[0].0, "unrestored");
        assert_eq!(sample::report().states(), []);
    }

    #[test]
    fn what_was_changed_since_is_seen() {
        let mut rollout = sample::rollout().subjects[0].rollout.clone().expect("one");
        for (state, result, wanted) in [
            ("hardened", LiveResult::AsPlanned, false),
            ("hardened", LiveResult::AsBefore, true),
            ("hardened", LiveResult::Gone, true),
            ("hardened", LiveResult::NotRead("no".into()), false),
            ("unwatched", LiveResult::Differs, true),
            ("restored", LiveResult::AsBefore, false),
            ("restored", LiveResult::AsPlanned, true),
            ("overtaken", LiveResult::Differs, false),
            ("blocked", LiveResult::AsBefore, false),
            ("gone", LiveResult::AsBefore, true),
        ] {
            rollout.state = state.into();
            rollout.live.as_mut().expect("a read").result = result.clone();
            assert_eq!(rollout.has_changed_since(), wanted, "{state} {result:?}");
        }
        rollout.live = None;
        assert!(!rollout.has_changed_since());
    }
}
