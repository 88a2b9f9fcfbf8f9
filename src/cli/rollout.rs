//! The command line of a rollout: plan, apply, status, undo, report.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::connection::{Connection, Selection, timeout};
use super::values::Values;
use crate::color::When;
use crate::report::Target;

/// What `plan --help` says first.
pub(super) const PLAN: &str = "\
Write what would change in a cluster into a file: which workloads, which fields with their reasons, who owns them, what \
is risky about rolling them out. Nothing in the cluster changes.

The file is for reading and editing: take out workloads or single changes, or change their order. 'apply -f' carries it \
out, and leaves every workload alone whose pod template is no longer the one that was planned for. What Argo CD, Flux, Helm, \
OLM or an operator owns is in the file as blocked, with a patch for its source.";

/// What `apply --help` says first.
pub(super) const APPLY: &str = "\
Harden workloads of a cluster, a few at a time. Each is changed, watched until its new pods are ready, watched for some \
time more, and set back where it fails: its logs, events and status are saved first, and only the fields that were changed \
are touched.

Before anything changes: every right is looked up, every change is sent to the server as a dry run, and you are asked once. \
What happens is kept in a journal below $XDG_STATE_HOME/kubectl-harden (~/.local/state), so that a run that was stopped, \
killed or cut off goes on with --resume.

Ctrl-C once: nothing more starts, and what is under way ends or is set back. Twice: everything is left as it is. Both can be \
resumed.";

/// What `status --help` says first.
pub(super) const STATUS: &str = "\
Show how a run stands: each workload with its state, for how long, and why. It reads the journal alone, on the machine that \
the run was started on, and asks the cluster nothing.

  pending, trying, applying, watching, soaking      on the way
  failing, restoring, settling                      failed, and being set back
  hardened     the change is there and held
  unwatched    the change is there; nothing that could be watched has happened yet (CronJob, paused, OnDelete)
  restored     failed, set back, and ready again
  unrestored   failed, and so did setting it back: a person has to look
  blocked      nothing was changed, for the reason that is given
  overtaken    somebody else changed the same fields: left as they made it
  gone         deleted in the meantime";

/// What `undo --help` says first.
pub(super) const UNDO: &str = "\
Set back what runs have hardened, watched like every change: the fields of the plan, to the values that the run recorded, where \
nobody has changed them since. Without arguments it is everything that the last run hardened.";

/// What `report --help` says first.
pub(super) const REPORT: &str = "\
Show what a run did, as evidence: every field of every container before, after, and as the cluster says now, with times, who \
did it, how each workload ended and why. Before and after are judged anew from the objects that the run kept.";

pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  # What would change in all namespaces; one workload is tried before all others
  kubectl harden plan deploy,sts,ds,cj -A --canary=1 --out=tonight.yaml

  # Then carry it out
  kubectl harden apply -f tonight.yaml

  # One namespace, read at once
  kubectl harden plan deploy -n shop --out=- | less

Exit codes:
  0 written, 2 error";

pub(super) const APPLY_EXAMPLES: &str = "\
Examples:
  # One deployment, watched for a minute after it is ready
  kubectl harden apply deploy/web -n shop --soak=1m

  # Overnight: four at a time, stop after three failures, nothing starts that cannot end by five
  kubectl harden apply -f tonight.yaml --yes --concurrency=4 --max-failures=3 --window=01:00-05:00

  # What the API server would say to each change, and what you would be asked
  kubectl harden apply -f tonight.yaml --dry-run=server

  # Tell somebody about what failed
  kubectl harden apply -f tonight.yaml --yes --notify-cmd='[ \"$HARDEN_STATE\" != restored ] || mail -s \"$HARDEN_OBJECT\" me'

  # After an interruption, and in the morning
  kubectl harden apply --resume
  kubectl harden status
  kubectl harden report --report html=night.html

Exit codes:
  0    every workload is as planned
  2    error: nothing was begun, or the run could not go on; it may be resumable, and says so
  3    all have ended; some failed and were set back, or were blocked, overtaken or gone
  4    stopped before the end: --max-failures, a failed canary, the window, no answer; --resume goes on
  130  stopped by a second Ctrl-C; --resume goes on";

pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  # The last run; -w goes on showing it until it ends
  kubectl harden status
  kubectl harden status -w

  # All runs of this machine
  kubectl harden status --all

  # What is not hardened, with pod and container
  kubectl harden status -o wide | grep -v ' hardened '

  # For a program
  kubectl harden status -o json

Exit codes:
  0 shown, 2 error";

pub(super) const UNDO_EXAMPLES: &str = "\
Examples:
  # What would be set back
  kubectl harden undo --dry-run

  # One workload, by the newest run that hardened it
  kubectl harden undo deploy/web -n shop

  # A whole run, eight at a time
  kubectl harden undo 20261125-010203 --yes --concurrency=8

Exit codes:
  0    everything is set back, or there was nothing to set back
  2    error
  3    something could not be set back, or somebody else had changed it
  4    stopped before the end; apply --resume goes on
  130  stopped by a second Ctrl-C; apply --resume goes on";

pub(super) const REPORT_EXAMPLES: &str = "\
Examples:
  # For a pull request or a ticket: Markdown on standard output
  kubectl harden report

  # For people and for the auditor, with the auditor's own row numbers
  kubectl harden report --report html=night.html --report xlsx=night.xlsx --control-map rows.csv

  # Of an older run, from what was recorded alone
  kubectl harden report 20261125-010203 --offline --report json=-

Exit codes:
  0 written, 2 error";

/// `plan`.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// Live objects: TYPE[/NAME]..., TYPE NAME... or TYPE,TYPE...
    #[arg(value_name = "TYPE[/NAME]", required = true)]
    pub resources: Vec<String>,

    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE", required = true)]
    pub out: PathBuf,

    /// How the plan is made.
    #[command(flatten)]
    pub planning: Planning,

    /// Which live objects.
    #[command(flatten)]
    pub selection: Selection,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,

    /// What is demanded, and the values to write.
    #[command(flatten)]
    pub values: Values,
}

/// What goes into a plan, and in which order.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Plan")]
pub struct Planning {
    /// Try so many workloads before all others: those with the fewest risks and replicas
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub canary: usize,

    /// Change also what Argo CD, Flux, Helm or OLM owns, which may set it back
    #[arg(long)]
    pub include_managed: bool,
}

/// `apply`.
#[derive(Clone, Debug, Args)]
pub struct ApplyArgs {
    /// Live objects: TYPE[/NAME]..., TYPE NAME... or TYPE,TYPE...
    #[arg(value_name = "TYPE[/NAME]", conflicts_with_all = ["filename", "resume"])]
    pub resources: Vec<String>,

    /// A plan to carry out
    #[arg(short = 'f', long, value_name = "PLAN", conflicts_with = "resume")]
    pub filename: Option<PathBuf>,

    /// Go on with a run that was interrupted or stopped: the last one, or RUN
    #[arg(long, value_name = "RUN", num_args = 0..=1)]
    #[allow(clippy::option_option)]
    pub resume: Option<Option<String>>,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// Change nothing: say what would be sent (client), or what the API server says to it (server)
    #[arg(long, value_name = "WHAT", default_value = "none", num_args = 0..=1, default_missing_value = "client")]
    pub dry_run: DryRun,

    /// How the rollout goes.
    #[command(flatten)]
    pub pace: Pace,

    /// How the plan is made.
    #[command(flatten)]
    pub planning: Planning,

    /// Which live objects.
    #[command(flatten)]
    pub selection: Selection,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,

    /// What is demanded, and the values to write.
    #[command(flatten)]
    pub values: Values,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always")]
    pub color: When,
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// Carry it out
    None,
    /// Say what would be sent
    Client,
    /// Send it to be checked, not kept
    Server,
}

/// How a rollout goes. What is not given is as it was when a run is resumed.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Rollout")]
pub struct Pace {
    /// How many workloads at a time [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: Option<u16>,

    /// Start nothing more after so many workloads failed, in the whole run; 0 is no limit [default: 0]
    #[arg(long, value_name = "N")]
    pub max_failures: Option<usize>,

    /// How long a workload may take until the next of its new pods is ready [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub timeout: Option<Duration>,

    /// How long it has to stay ready after that: no restarts, no new warnings [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub soak: Option<Duration>,

    /// Start workloads only within these hours, and only if they can end in them, such as 01:00-05:00
    #[arg(long, value_name = "HOURS")]
    pub window: Option<String>,

    /// Time zone of --window, such as Europe/Berlin [default: this machine's]
    #[arg(long, value_name = "NAME", requires = "window")]
    pub timezone: Option<String>,

    /// A command to run on every transition of a workload: see docs/overnight.md for its environment
    #[arg(long, value_name = "COMMAND")]
    pub notify_cmd: Option<String>,

    /// Try the hardened template of a CronJob in a Job first: this runs the job once
    #[arg(long)]
    pub trial_jobs: bool,

    /// Take fields over from controllers too, not only from people
    #[arg(long)]
    pub force_conflicts: bool,

    /// Name under which the fields are owned [default: kubectl-harden]
    #[arg(long, value_name = "NAME")]
    pub field_manager: Option<String>,
}

/// `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The run; without it the last one
    #[arg(value_name = "RUN")]
    pub run: Option<String>,

    /// List all runs
    #[arg(long, conflicts_with_all = ["run", "watch"])]
    pub all: bool,

    /// Go on showing it until it ends
    #[arg(short = 'w', long)]
    pub watch: bool,

    /// wide has start, end, pod and container
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<StatusOutput>,
}

/// `status -o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusOutput {
    /// More columns
    Wide,
    /// One JSON object
    Json,
    /// The names of the objects
    Name,
}

/// `undo`.
#[derive(Clone, Debug, Args)]
pub struct UndoArgs {
    /// A run, or objects TYPE/NAME that a run changed; without any the last run
    #[arg(value_name = "RUN|TYPE/NAME")]
    pub what: Vec<String>,

    /// Namespace of the objects
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,

    /// Do not ask
    #[arg(short = 'y', long)]
    pub yes: bool,

    /// Change nothing: say what would be set back
    #[arg(long, value_name = "WHAT", default_value = "none", num_args = 0..=1, default_missing_value = "client")]
    pub dry_run: DryRun,

    /// How the rollout goes.
    #[command(flatten)]
    pub pace: Pace,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always")]
    pub color: When,
}

/// `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// The run; without it the last one
    #[arg(value_name = "RUN")]
    pub run: Option<String>,

    /// The report: json, sarif, csv, xlsx, junit, markdown, html or github; FILE - is stdout; repeat it [default: markdown=-]
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Target::parse)]
    pub report: Vec<Target>,

    /// The auditor's own row ids: a CSV file with the columns check (or control) and row
    #[arg(long, value_name = "FILE")]
    pub control_map: Option<PathBuf>,

    /// Do not read the workloads again
    #[arg(long)]
    pub offline: bool,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,
}
