//! The command line: clap's structs and what they mean.

mod connection;
mod help;
mod review;
mod rollout;
mod values;

pub use connection::{Connection, Selection};
pub use review::ReviewArgs;
pub use rollout::{
    ApplyArgs, DryRun, Pace, PlanArgs, Planning, ReportArgs, StatusArgs, StatusOutput, UndoArgs,
};
pub use values::Values;

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

use crate::color::When;
use crate::config::Flags;
use crate::explain::{self, ExplainArgs};
use crate::report::Target;

const EXAMPLES: &str = "\
Examples:
  # What would change in a file, as a diff
  kubectl harden -f deployment.yaml

  # Every manifest below a directory, written in place
  kubectl harden -f manifests/ -R -w

  # What a chart or a pipe renders, hardened
  helm template shop ./chart | kubectl harden -f - -o yaml | kubectl apply -f -

  # What is wrong, one line each, for a terminal or a CI job
  kubectl harden -f manifests/ -R --check

  # Another uid, and a field left out
  kubectl harden -f app.yaml --run-as-user=10001 --skip=readOnlyRootFilesystem

  # Each change looked at and decided on, before anything is written
  kubectl harden review -f manifests/ -R

  # What runs in a cluster: one deployment, or every workload of all namespaces
  kubectl harden deploy/web -n shop
  kubectl harden deploy,sts,ds,cj -A --check

  # Overnight, in a cluster: plan, carry it out watched, see how it went, prove it
  kubectl harden plan deploy,sts,ds,cj -A --canary=1 --out=tonight.yaml
  kubectl harden apply -f tonight.yaml
  kubectl harden status
  kubectl harden report --report html=night.html

  # Evidence for an auditor, with the auditor's own row numbers beside it
  kubectl harden -f manifests/ -R --check --report xlsx=evidence.xlsx --control-map rows.csv

  # From a pre-commit hook
  kubectl harden --check -- deploy/web.yaml deploy/api.yaml

  # What a check is, and what to do when it breaks a pod
  kubectl harden explain runAsNonRoot

Exit codes:
  (none), -o diff    0 no differences, 1 differences, 2 error
  --check            0 hardened, 1 not hardened, 2 error
  -w, -o yaml|json|name   0 done, 2 error
  apply, undo        0 all done, 2 error, 3 some failed or blocked, 4 stopped and resumable, 130 interrupted
  any command        130 on SIGINT

Leave something alone, with a reason:
  # harden: ignore[readOnlyRootFilesystem] writes its cache below /app
  metadata.annotations: kubectl-harden.dev/ignore, .../reason, .../expires
  exemptions: in .kubectl-harden.yaml";

const LONG: &str = "\
Insert the baseline securityContext into manifests and live objects and prove that nothing else changed.

Finds every pod spec in the manifests or objects, inserts or corrects the eight fields of the baseline, keeps every \
comment and every other byte, and prints a unified diff. A document is written only after five proofs, the \
second parser's agreement among them. What somebody granted on purpose (privileged, added capabilities) is \
listed, not taken away.

  pod        runAsNonRoot, runAsUser, runAsGroup, fsGroup, seccompProfile
  container  allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities

Without a command nothing in a cluster is changed. 'apply' does that: one workload after another, watched, and set back \
where it fails; 'undo' sets back what it did.";

/// The arguments of `kubectl harden`.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-harden",
    bin_name = "kubectl harden",
    version,
    about = "Insert the baseline securityContext into manifests and prove that nothing else changed",
    long_about = LONG,
    after_help = "See 'kubectl harden --help' for examples and exit codes.",
    after_long_help = EXAMPLES,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    override_usage = "kubectl harden (-f PATH... [-R] | TYPE[/NAME]... | -- FILE...) [flags]\n       kubectl harden COMMAND"
)]
pub struct Cli {
    /// What to do instead of hardening.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Files, directories or - to harden
    #[arg(
        short = 'f',
        long,
        value_name = "PATH",
        value_delimiter = ',',
        help_heading = "Input"
    )]
    pub filename: Vec<String>,

    /// Look into the subdirectories of directories too
    #[arg(short = 'R', long, help_heading = "Input")]
    pub recursive: bool,

    /// Live objects: TYPE[/NAME]..., TYPE NAME... or TYPE,TYPE...
    #[arg(value_name = "TYPE[/NAME]", help_heading = "Input")]
    pub resources: Vec<String>,

    /// Which live objects.
    #[command(flatten)]
    pub selection: Selection,

    /// In which cluster, and as whom.
    #[command(flatten)]
    pub connection: Connection,

    /// Files, as a pre-commit hook passes them: a Helm template among them is only a warning
    #[arg(last = true, value_name = "FILE", help_heading = "Input")]
    pub files: Vec<PathBuf>,

    /// Output format
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "diff",
        help_heading = "Output"
    )]
    pub output: Output,

    /// Write the files in place
    #[arg(
        short,
        long,
        visible_alias = "in-place",
        conflicts_with_all = ["check", "output"],
        help_heading = "Output"
    )]
    pub write: bool,

    /// List what is not hardened, one line each; exit 1 if there is anything
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    pub check: bool,

    /// Also write a report: json, sarif, csv, xlsx, junit, markdown, html or github; FILE - is stdout; repeat it
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        value_parser = Target::parse,
        help_heading = "Output"
    )]
    pub report: Vec<Target>,

    /// The auditor's own row ids for reports: a CSV file with the columns check (or control) and row
    #[arg(
        long,
        value_name = "FILE",
        requires = "report",
        help_heading = "Output"
    )]
    pub control_map: Option<PathBuf>,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE count too
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        num_args = 0..=1,
        default_missing_value = "always",
        help_heading = "Output"
    )]
    pub color: When,

    /// What is demanded, and the values to write.
    #[command(flatten)]
    pub values: Values,

    /// Help; --help has examples and exit codes
    #[arg(short, long, action = ArgAction::Help, global = true, help_heading = "Other")]
    pub help: Option<bool>,

    /// Version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Other")]
    pub version: Option<bool>,

    /// A kustomization, as kubectl takes it
    #[arg(short = 'k', long, hide = true)]
    pub kustomize: Option<String>,
}

/// The words that come first on the command line.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Explain a check: what it is, what breaks and what to do then
    #[command(long_about = explain::LONG)]
    Explain(ExplainArgs),

    /// Go through what would change and decide, key by key
    #[command(long_about = review::LONG, after_long_help = review::EXAMPLES)]
    Review(Box<ReviewArgs>),

    /// Write what would change in a cluster into a file, to be read first
    #[command(
        long_about = help::PLAN,
        after_help = "See 'kubectl harden plan --help' for examples and exit codes.",
        after_long_help = help::PLAN_EXAMPLES,
        override_usage = "kubectl harden plan TYPE[/NAME]... --out=FILE [flags]"
    )]
    Plan(Box<PlanArgs>),

    /// Harden workloads of a cluster: change, watch, set back what fails
    #[command(
        long_about = help::APPLY,
        after_help = "See 'kubectl harden apply --help' for examples and exit codes.",
        after_long_help = help::APPLY_EXAMPLES,
        override_usage = "kubectl harden apply (-f PLAN | TYPE[/NAME]...) [flags]\n       kubectl harden apply --resume [RUN] [flags]"
    )]
    Apply(Box<ApplyArgs>),

    /// Show how a run of apply stands
    #[command(
        long_about = help::STATUS,
        after_help = "See 'kubectl harden status --help' for examples and exit codes.",
        after_long_help = help::STATUS_EXAMPLES,
        override_usage = "kubectl harden status [RUN] [flags]"
    )]
    Status(StatusArgs),

    /// Set back what a run changed
    #[command(
        long_about = help::UNDO,
        after_help = "See 'kubectl harden undo --help' for examples and exit codes.",
        after_long_help = help::UNDO_EXAMPLES,
        override_usage = "kubectl harden undo [RUN | TYPE/NAME...] [flags]"
    )]
    Undo(Box<UndoArgs>),

    /// Show what a run did, as evidence: before, after, and what the cluster says now
    #[command(
        long_about = help::REPORT,
        after_help = "See 'kubectl harden report --help' for examples and exit codes.",
        after_long_help = help::REPORT_EXAMPLES,
        override_usage = "kubectl harden report [RUN] [--report FORMAT=FILE]... [flags]"
    )]
    Report(Box<ReportArgs>),
}

/// `-o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A unified diff
    Diff,
    /// The hardened documents as YAML
    Yaml,
    /// The hardened documents as JSON
    Json,
    /// The names of the objects that change
    Name,
}

impl Cli {
    /// The flags that win over the configuration.
    pub fn flags(&self) -> Flags {
        self.values.flags(!self.report.is_empty())
    }

    /// Whether standard output is coloured.
    pub fn colors(&self) -> bool {
        self.color.colors()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
