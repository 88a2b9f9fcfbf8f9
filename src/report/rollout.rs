//! A rollout to a cluster: the run, and what it did to each workload.
//!
//! Plain data: the rollout itself is not known here. States are named as its journal names them.

use jiff::Timestamp;

use super::{Outcome, Report, RowStatus, Subject};

/// The run that a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id, which is the name of its directory too.
    pub id: String,
    /// The address of the API server.
    pub server: String,
    /// The context of the kubeconfig; empty where there was none.
    pub context: String,
    /// Who changed the cluster, as the API server knows them.
    pub user: String,
    /// The account on the machine that the command ran on.
    pub account: String,
    /// The machine's name.
    pub machine: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; `None` where it has not, and can be resumed.
    pub ended: Option<Timestamp>,
    /// The version of kubectl harden that ran.
    pub version: String,
    /// Options worth knowing, by name: `timeout`, `soak`, `concurrency`, `max-failures`, `window`.
    pub options: Vec<(String, String)>,
}

/// What a run did to one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Where it stands, as the journal names it: `hardened`, `restored`, `blocked`, `pending`.
    pub state: String,
    /// Why it stands there; empty where there is nothing to say.
    pub reason: String,
    /// When its turn came; `None` where it has not.
    pub started: Option<Timestamp>,
    /// When nothing more was to be done to it; `None` where there still is.
    pub ended: Option<Timestamp>,
    /// How it came there, in the order of the journal.
    pub transitions: Vec<Transition>,
    /// How often it was set back and tried again.
    pub retries: usize,
    /// What its containers were given besides, because their programs need it.
    pub learned: Vec<Learned>,
    /// What its containers run without, because their programs do not run with it.
    pub left_out: Vec<LeftOut>,
    /// Kinds of error lines that are new in its logs, though it was hardened.
    pub log_warnings: Vec<LogWarning>,
    /// Files with the logs, events and status that were saved when it failed, relative to the run's directory.
    pub evidence: Vec<String>,
    /// The field managers from which fields were taken over.
    pub took_over: Vec<String>,
    /// What the cluster said when it was asked again for this report; `None` where it was not asked.
    pub live: Option<LiveRead>,
}

/// What a container was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The container.
    pub container: String,
    /// `runs as 33:33`.
    pub text: String,
}

/// Fields that are left out for a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The container.
    pub container: String,
    /// The ids of their checks.
    pub checks: Vec<String>,
    /// The line that shows that the program does not run with them.
    pub evidence: String,
    /// What the application or its image has to change.
    pub fix: String,
}

/// A kind of error line that a container did not write before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogWarning {
    /// The container.
    pub container: String,
    /// The first such line.
    pub line: String,
    /// How many lines are like it.
    pub count: usize,
    /// The id of the check that is to blame; empty where none is known to be.
    pub check: String,
}

/// One step of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The state that it came to.
    pub state: String,
    /// Why; empty where there is nothing to say.
    pub reason: String,
}

/// A workload as it was found when the report was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveRead {
    /// When it was read.
    pub at: Timestamp,
    /// What was found.
    pub result: LiveResult,
}

/// What the fields of a workload say now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveResult {
    /// What the plan wants.
    AsPlanned,
    /// What they said before.
    AsBefore,
    /// Neither.
    Differs,
    /// It is not there any more.
    Gone,
    /// It could not be read, and why.
    NotRead(String),
}

impl LiveResult {
    /// Its name in machine-readable formats.
    pub fn id(&self) -> &'static str {
        match self {
            Self::AsPlanned => "asPlanned",
            Self::AsBefore => "asBefore",
            Self::Differs => "differs",
            Self::Gone => "gone",
            Self::NotRead(_) => "notRead",
        }
    }

    /// Its name for a person.
    pub fn words(&self) -> &'static str {
        match self {
            Self::AsPlanned => "as planned",
            Self::AsBefore => "as before",
            Self::Differs => "different",
            Self::Gone => "gone",
            Self::NotRead(_) => "not read",
        }
    }

    /// Why it could not be read; empty where it was.
    pub fn why(&self) -> &str {
        match self {
            Self::NotRead(why) => why,
            _ => "",
        }
    }
}

impl Learned {
    /// In a line: `app: runs as 33:33`.
    pub fn line(&self) -> String {
        format!("{}: {}", self.container, self.text)
    }
}

impl LeftOut {
    /// In a line: `app runs without seccompProfile: clone: Operation not permitted; fix: ...`.
    pub fn line(&self) -> String {
        let head = format!("{} runs without {}", self.container, self.checks.join(", "));
        let evidence = Some(&self.evidence).filter(|text| !text.is_empty());
        let evidence = evidence.map_or(String::new(), |text| format!(": {text}"));
        let fix = Some(&self.fix).filter(|text| !text.is_empty());
        let fix = fix.map_or(String::new(), |text| format!("; fix: {text}"));
        format!("{head}{evidence}{fix}")
    }
}

impl LogWarning {
    /// In a line: `app, 3 times, by readOnlyRootFilesystem: mkdir: ...`.
    pub fn line(&self) -> String {
        let times = match self.count {
            0 | 1 => String::new(),
            count => format!(", {count} times"),
        };
        let check = Some(&self.check).filter(|check| !check.is_empty());
        let check = check.map_or(String::new(), |check| format!(", by {check}"));
        format!("{}{times}{check}: {}", self.container, self.line)
    }
}

impl Rollout {
    /// What is new in its logs, a line each.
    pub(super) fn log_lines(&self) -> Vec<String> {
        self.log_warnings.iter().map(LogWarning::line).collect()
    }

    /// What its containers were given, a line each.
    pub(super) fn learned_lines(&self) -> Vec<String> {
        self.learned.iter().map(Learned::line).collect()
    }

    /// What its containers run without, a line each.
    pub(super) fn left_out_lines(&self) -> Vec<String> {
        self.left_out.iter().map(LeftOut::line).collect()
    }

    /// How often it was tried again; empty where it was not.
    pub(super) fn tries(&self) -> String {
        match self.retries {
            0 => String::new(),
            count => count.to_string(),
        }
    }

    /// Whether it was found otherwise than the run left it: somebody changed it since.
    pub fn has_changed_since(&self) -> bool {
        let Some(read) = &self.live else {
            return false;
        };
        if matches!(read.result, LiveResult::NotRead(_)) {
            return false;
        }
        match self.state.as_str() {
            "hardened" | "unwatched" => read.result != LiveResult::AsPlanned,
            "restored" => read.result != LiveResult::AsBefore,
            "gone" => read.result != LiveResult::Gone,
            _ => false,
        }
    }
}

impl Subject {
    /// Takes back what was to become of a workload whose change is not in the cluster: it was set back, or never made.
    /// Its fields stay, with the values of before.
    pub fn not_done(&mut self, message: &str, hint: &str) {
        self.outcome = Outcome::Refused;
        self.message = message.to_owned();
        self.hint = hint.to_owned();
        self.replacements.clear();
        self.diff.clear();
        for row in &mut self.rows {
            row.after.clone_from(&row.before);
            if row.status == RowStatus::Fixed {
                row.status = RowStatus::NotDone;
            }
        }
    }
}

impl Report {
    /// How many workloads stand in each state, what needs a person first. Their sum is the number of subjects with a
    /// [`Rollout`].
    pub fn states(&self) -> Vec<(&str, usize)> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for rollout in self.subjects.iter().filter_map(|s| s.rollout.as_ref()) {
            match counts.iter_mut().find(|(state, _)| *state == rollout.state) {
                Some((_, count)) => *count += 1,
                None => counts.push((&rollout.state, 1)),
            }
        }
        counts.sort_by_key(|(state, _)| super::states::rank(state));
        counts
    }
}
