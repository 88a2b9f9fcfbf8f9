//! The command line of a rollout: plan, apply, status, undo, report.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::connection::{Connection, Selection, timeout};
use super::values::Values;
use crate::color::When;
use crate::report::Target;

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

    /// Add what --retry learned of images to a configuration file [default: .kubectl-harden.yaml]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = ".kubectl-harden.yaml", help_heading = "Rollout")]
    pub remember: Option<PathBuf>,

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
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always", help_heading = "Other")]
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

    /// A command to run on every transition of a workload: see docs/overnight-reference.md for its environment
    #[arg(long, value_name = "COMMAND")]
    pub notify_cmd: Option<String>,

    /// A command that has to succeed before the change and at the end of the soak: see docs/overnight-reference.md
    #[arg(long, value_name = "COMMAND")]
    pub probe_cmd: Option<String>,

    /// How long --probe-cmd may take [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub probe_timeout: Option<Duration>,

    /// Set back what is ready, but whose log says that the change denied it something; without this it is a warning
    #[arg(long)]
    pub strict_soak: bool,

    /// Try the hardened template of a CronJob in a Job first: this runs the job once
    #[arg(long)]
    pub trial_jobs: bool,

    /// Try a copy of a hardened pod first, which nothing counts or sends traffic to: its workload is changed once that is ready and
    /// stays so
    #[arg(long)]
    pub trial: bool,

    /// With --trial, let the copy mount claims that are for one node alone
    #[arg(long)]
    pub trial_volumes: bool,

    /// Try a workload that failed again, so many times, 5 without N: with what it needs, or without the field that it does not run
    /// with
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "5", value_parser = clap::value_parser!(u16).range(0..=20))]
    pub retry: Option<u16>,

    /// With --retry, fill volumes from the image by an init container where it has files in the directory
    #[arg(long)]
    pub retry_seed: bool,

    /// With --retry, set HOME=/tmp where a program writes to a home that it cannot write
    #[arg(long)]
    pub retry_env: bool,

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

    /// Change nothing: list what would be set back (client)
    #[arg(long, value_name = "WHAT", default_value = "none", num_args = 0..=1, default_missing_value = "client", hide_possible_values = true)]
    pub dry_run: DryRun,

    /// How the rollout goes.
    #[command(flatten)]
    pub pace: Pace,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,

    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always", help_heading = "Other")]
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
