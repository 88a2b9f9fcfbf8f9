//! `kubectl harden completion`: the scripts, and putting them in place.

use std::io::{self, Write};

use super::install::install;
use super::script;
use crate::cli::{CompletionArgs, CompletionCommand};

/// Runs `completion`.
///
/// # Errors
/// No shell that is known, a file that cannot be written or is somebody else's.
pub fn run(args: &CompletionArgs) -> anyhow::Result<()> {
    match (&args.command, args.shell) {
        (Some(CompletionCommand::Install { shell }), _) => install(*shell),
        (None, Some(shell)) => Ok(io::stdout().write_all(&script(shell)?)?),
        (None, None) => anyhow::bail!("name a shell: bash, zsh, fish or powershell"),
    }
}
