//! `kubectl harden completion` on the command line.

use clap::{Args, Subcommand, ValueEnum};

/// What `completion --help` says first.
pub(super) const LONG: &str = "\
Print the script that makes a shell complete the command line of kubectl-harden, or put it in place.

'completion install' also puts 'kubectl_complete-harden' beside the plugin: with it kubectl's own completion \
(kubectl 1.26 or later) goes on behind the plugin's name. Types, names and namespaces come from the cluster, if it answers within two \
seconds.";

pub(super) const EXAMPLES: &str = "\
Examples:
  # In place for the shell that $SHELL names, and for kubectl
  kubectl harden completion install

  # For this session of bash
  source <(kubectl harden completion bash)

  # Where fish looks for it
  kubectl harden completion fish > ~/.config/fish/completions/kubectl-harden.fish

Exit codes:
  0 done, 2 error";

/// The arguments of `kubectl harden completion`.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct CompletionArgs {
    /// The shell whose script is printed
    #[arg(value_name = "SHELL")]
    pub shell: Option<Shell>,

    /// What to do instead of printing it.
    #[command(subcommand)]
    pub command: Option<CompletionCommand>,
}

/// `completion install`.
#[derive(Clone, Debug, Subcommand)]
pub enum CompletionCommand {
    /// Put the scripts where the shell and kubectl look for them
    Install {
        /// The shell; without it the one that $SHELL names
        #[arg(value_name = "SHELL")]
        shell: Option<Shell>,
    },
}

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}
