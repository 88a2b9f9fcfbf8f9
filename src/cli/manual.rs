//! `kubectl harden man` on the command line.

use std::path::PathBuf;

use clap::Args;

/// What `man --help` says first.
pub(super) const LONG: &str = "\
Show the manual page of a command: on a terminal by man(1), else as it is written, in roff.

Releases have the pages in the directory man of their archives. krew and cargo install no pages: with --out they are written \
to where man looks for them.";

pub(super) const EXAMPLES: &str = "\
Examples:
  # The page of the plugin, and that of a command
  kubectl harden man
  kubectl harden man apply

  # All pages, for man kubectl-harden-apply
  kubectl harden man --out ~/.local/share/man/man1

  # Where man cannot find them
  kubectl harden man apply | man -l -

Exit codes:
  0 done, 2 error";

/// The arguments of `kubectl harden man`.
#[derive(Args, Clone, Debug)]
pub struct ManArgs {
    /// The command whose page is shown; without it that of the plugin
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,

    /// Write all pages into a directory, which is made if need be
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub out: Option<PathBuf>,
}
