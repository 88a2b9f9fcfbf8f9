//! The command line: clap's structs and what they mean.

mod called;
mod completion;
mod connection;
mod help;
mod inspect;
mod manual;
mod review;
mod rollout;
mod values;

pub(crate) use called::{PROGRAM, found_on};
pub use completion::{CompletionArgs, CompletionCommand, Shell};
pub use connection::{Connection, Selection};
pub use inspect::{InspectArgs, InspectOutput};
pub use manual::ManArgs;
pub use review::ReviewArgs;
pub use rollout::{
    ApplyArgs, DryRun, Pace, PlanArgs, Planning, ReportArgs, StatusArgs, StatusOutput, UndoArgs,
};
pub use values::{Images, Values};

use std::path::PathBuf;

use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::color::When;
use crate::config::Flags;
use crate::explain::{self, ExplainArgs};
use crate::report::Target;
use crate::version::{self, VersionArgs};

/// The arguments of `kubectl harden`.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-harden",
    bin_name = "kubectl harden",
    version = version::line(),
    about = "Insert the baseline securityContext into manifests and prove that nothing else changed",
    long_about = help::ROOT,
    after_help = "See 'kubectl harden --help' for examples and exit codes.",
    after_long_help = help::ROOT_EXAMPLES,
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

    /// Files, as a hook passes them: a Helm template among them is only a warning
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
        help_heading = "Output",
        hide_short_help = true
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

    /// Show who pods are really running as, beside what they declare
    #[command(
        long_about = inspect::LONG,
        after_help = "See 'kubectl harden inspect --help' for examples and exit codes.",
        after_long_help = inspect::EXAMPLES,
        override_usage = "kubectl harden inspect (POD | TYPE/NAME | TYPE [NAME...])... [flags]\n       kubectl harden inspect (-l SELECTOR | -n NAMESPACE | -A) [flags]"
    )]
    Inspect(Box<InspectArgs>),

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

    /// Print or install the script that completes the command line in a shell
    #[command(
        long_about = completion::LONG,
        after_help = "See 'kubectl harden completion --help' for examples.",
        after_long_help = completion::EXAMPLES,
        override_usage = "kubectl harden completion SHELL\n       kubectl harden completion install [SHELL]"
    )]
    Completion(CompletionArgs),

    /// Show the manual page of a command, or write all pages into a directory
    #[command(
        long_about = manual::LONG,
        after_help = "See 'kubectl harden man --help' for examples.",
        after_long_help = manual::EXAMPLES,
        override_usage = "kubectl harden man [COMMAND]\n       kubectl harden man --out=DIR"
    )]
    Man(ManArgs),

    /// Show the version, its commit and what it knows
    #[command(override_usage = "kubectl harden version [-o text|json|yaml]")]
    Version(VersionArgs),
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
    /// Reads this process's arguments; says what is wrong with them, or the help that they ask for, and exits.
    pub fn of_process() -> Self {
        let matches = called::as_called(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

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
        Cli::command().debug_assert();
    }
}
