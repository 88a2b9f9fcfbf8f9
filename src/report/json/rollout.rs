//! The run of a rollout, and what it did to a subject, key by key.

use serde::Serialize;

use super::super::{
    Learned, LeftOut, LiveRead, LogWarning, Report, Rollout, RunRecord, Transition,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RunEntry<'r> {
    id: &'r str,
    server: &'r str,
    context: &'r str,
    user: &'r str,
    account: &'r str,
    machine: &'r str,
    started_at: String,
    ended_at: Option<String>,
    version: &'r str,
    options: Vec<OptionEntry<'r>>,
    states: Vec<StateEntry<'r>>,
}

#[derive(Serialize)]
struct OptionEntry<'r> {
    name: &'r str,
    value: &'r str,
}

#[derive(Serialize)]
struct StateEntry<'r> {
    state: &'r str,
    count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct RolloutEntry<'r> {
    state: &'r str,
    reason: &'r str,
    started_at: Option<String>,
    ended_at: Option<String>,
    transitions: Vec<TransitionEntry<'r>>,
    retries: usize,
    learned: Vec<LearnedEntry<'r>>,
    left_out: Vec<LeftOutEntry<'r>>,
    log_warnings: Vec<LogWarningEntry<'r>>,
    evidence: &'r [String],
    took_over: &'r [String],
    live: Option<LiveEntry<'r>>,
    changed_since: bool,
}

#[derive(Serialize)]
struct TransitionEntry<'r> {
    at: String,
    state: &'r str,
    reason: &'r str,
}

#[derive(Serialize)]
struct LearnedEntry<'r> {
    container: &'r str,
    text: &'r str,
}

#[derive(Serialize)]
struct LeftOutEntry<'r> {
    container: &'r str,
    checks: &'r [String],
    evidence: &'r str,
    fix: &'r str,
}

#[derive(Serialize)]
struct LogWarningEntry<'r> {
    container: &'r str,
    line: &'r str,
    count: usize,
    check: &'r str,
}

#[derive(Serialize)]
struct LiveEntry<'r> {
    at: String,
    result: &'static str,
    reason: &'r str,
}

// The patterns below name every field, so that a new one cannot be forgotten.

impl<'r> RunEntry<'r> {
    /// The run, with the counts of its workloads.
    pub(in super::super) fn of(report: &'r Report) -> Option<Self> {
        let RunRecord {
            id,
            server,
            context,
            user,
            account,
            machine,
            started,
            ended,
            version,
            options,
        } = report.rollout.as_ref()?;
        let options = options
            .iter()
            .map(|(name, value)| OptionEntry { name, value });
        let states = report.states().into_iter();
        Some(Self {
            id,
            server,
            context,
            user,
            account,
            machine,
            started_at: started.to_string(),
            ended_at: ended.map(|at| at.to_string()),
            version,
            options: options.collect(),
            states: states
                .map(|(state, count)| StateEntry { state, count })
                .collect(),
        })
    }
}

impl<'r> From<&'r Rollout> for RolloutEntry<'r> {
    fn from(rollout: &'r Rollout) -> Self {
        let Rollout {
            state,
            reason,
            started,
            ended,
            transitions,
            retries,
            learned,
            left_out,
            log_warnings,
            evidence,
            took_over,
            live,
        } = rollout;
        Self {
            state,
            reason,
            started_at: started.map(|at| at.to_string()),
            ended_at: ended.map(|at| at.to_string()),
            transitions: transitions.iter().map(TransitionEntry::from).collect(),
            retries: *retries,
            learned: learned.iter().map(LearnedEntry::from).collect(),
            left_out: left_out.iter().map(LeftOutEntry::from).collect(),
            log_warnings: log_warnings.iter().map(LogWarningEntry::from).collect(),
            evidence,
            took_over,
            live: live.as_ref().map(LiveEntry::from),
            changed_since: rollout.has_changed_since(),
        }
    }
}

impl<'r> From<&'r Transition> for TransitionEntry<'r> {
    fn from(Transition { at, state, reason }: &'r Transition) -> Self {
        let at = at.to_string();
        Self { at, state, reason }
    }
}

impl<'r> From<&'r Learned> for LearnedEntry<'r> {
    fn from(Learned { container, text }: &'r Learned) -> Self {
        Self { container, text }
    }
}

impl<'r> From<&'r LeftOut> for LeftOutEntry<'r> {
    fn from(left_out: &'r LeftOut) -> Self {
        let LeftOut {
            container,
            checks,
            evidence,
            fix,
        } = left_out;
        Self {
            container,
            checks,
            evidence,
            fix,
        }
    }
}

impl<'r> From<&'r LogWarning> for LogWarningEntry<'r> {
    fn from(warning: &'r LogWarning) -> Self {
        let LogWarning {
            container,
            line,
            count,
            check,
        } = warning;
        Self {
            container,
            line,
            count: *count,
            check,
        }
    }
}

impl<'r> From<&'r LiveRead> for LiveEntry<'r> {
    fn from(LiveRead { at, result }: &'r LiveRead) -> Self {
        Self {
            at: at.to_string(),
            result: result.id(),
            reason: result.why(),
        }
    }
}
