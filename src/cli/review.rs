//! The command line of a review.

use std::path::PathBuf;

use clap::Args;

use super::connection::{Connection, Selection};
use super::rollout::Planning;
use super::values::Values;
use crate::color::When;

/// What `review --help` says first.
pub(super) const LONG: &str = "\
Go through what would change and decide: workload by workload, field by field. What is the same change for many is one \
question. Each answer is kept at once, so that a review goes on after quitting or a crash with --resume; nothing is \
written before the question at the end. A review of files ends by writing them, one of live objects by writing a plan \
for kubectl harden apply.";

/// What it says last.
pub(super) const EXAMPLES: &str = "\
Keys, as git add -p has them (? shows them all):
  y n  accept or decline        1-9  leave a field as it is       u  undo, without limit
  a d  the rest of the group    s    split it into workloads      w  why: what a check is
  A    all without a risk note  e    choose uid and gids          p  show all of it
  j k  next, previous undecided r    remember with a reason       q  save and quit

Examples:
  # Every manifest below a directory
  kubectl harden review -f manifests/ -R

  # Go on where the last review was left
  kubectl harden review --resume

  # What runs in a cluster, into a plan of what was accepted
  kubectl harden review deploy,sts -n shop --out=tonight.yaml
  kubectl harden apply -f tonight.yaml

  # For a screen reader: numbered questions, nothing is redrawn
  kubectl harden review -f manifests/ -R --accessible

Exit codes: 0 written, saved or nothing to do, 2 error";

/// `review`.
#[derive(Clone, Debug, Args)]
pub struct ReviewArgs {
    /// Files or directories to review
    #[arg(short = 'f', long, value_name = "PATH", value_delimiter = ',')]
    pub filename: Vec<String>,

    /// Look into the subdirectories of directories too
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// Live objects: TYPE[/NAME]..., TYPE NAME... or TYPE,TYPE...
    #[arg(value_name = "TYPE[/NAME]", conflicts_with = "filename")]
    pub resources: Vec<String>,

    /// Files, as a shell or a hook passes them
    #[arg(last = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Go on with a review that was left: the last one, or ID
    #[arg(long, value_name = "ID", num_args = 0..=1, conflicts_with_all = ["filename", "resources", "files"])]
    #[allow(clippy::option_option)]
    pub resume: Option<Option<String>>,

    /// Numbered questions instead of keys, nothing is redrawn; also with ACCESSIBLE=1
    #[arg(long)]
    pub accessible: bool,

    /// Write also files with changes that are in no commit
    #[arg(long)]
    pub allow_dirty: bool,

    /// The plan to write, of live objects
    #[arg(long, value_name = "PLAN")]
    pub out: Option<PathBuf>,

    /// When to use colour; NO_COLOR and CLICOLOR_FORCE count too
    #[arg(long, value_name = "WHEN", default_value = "auto", num_args = 0..=1, default_missing_value = "always")]
    pub color: When,

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
