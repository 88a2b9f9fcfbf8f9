//! Where shells and kubectl look for completion.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::base_directory::base_directory;
use crate::cli::{PROGRAM, Shell, found_on};

const NO_HOME: &str = "no home directory: set $HOME";

/// Where a shell's script goes, and what is to be done that the file does not do.
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) hint: Option<String>,
}

/// The user's place for a shell's script.
///
/// # Errors
/// No home directory.
pub(super) fn of_shell(shell: Shell) -> anyhow::Result<Place> {
    let data = directory("XDG_DATA_HOME", ".local/share")?;
    let (file, hint) = match shell {
        Shell::Bash => {
            let directory = env::var_os("BASH_COMPLETION_USER_DIR").map(PathBuf::from);
            let directory = directory.unwrap_or_else(|| data.join("bash-completion"));
            (directory.join("completions").join(PROGRAM), None)
        }
        Shell::Zsh => {
            let directory = data.join("zsh/site-functions");
            let hint = format!(
                "in ~/.zshrc, before compinit: fpath=({} $fpath)",
                directory.display()
            );
            (directory.join(format!("_{PROGRAM}")), Some(hint))
        }
        Shell::Fish => {
            let config = directory("XDG_CONFIG_HOME", ".config")?;
            (
                config.join(format!("fish/completions/{PROGRAM}.fish")),
                None,
            )
        }
        Shell::Powershell => {
            let file = data.join(format!("kubectl-harden/{PROGRAM}.ps1"));
            let hint = format!("in the file that $PROFILE names: . '{}'", file.display());
            (file, Some(hint))
        }
    };
    Ok(Place { file, hint })
}

/// The directory that holds the plugin, where kubectl finds its helper too; else the user's own for programs.
///
/// # Errors
/// No home directory.
pub(super) fn of_plugin() -> anyhow::Result<PathBuf> {
    let program = found_on(&env::var_os("PATH").unwrap_or_default());
    let directory = program.as_deref().and_then(Path::parent);
    match directory.filter(|directory| is_writable(directory)) {
        Some(directory) => Ok(directory.to_owned()),
        None => Ok(home()?.join(".local/bin")),
    }
}

pub(super) fn is_on_path(directory: &Path) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|other| other == directory)
}

fn is_writable(directory: &Path) -> bool {
    tempfile::tempfile_in(directory).is_ok()
}

fn directory(variable: &str, below_home: &str) -> anyhow::Result<PathBuf> {
    base_directory(variable, below_home).context(NO_HOME)
}

fn home() -> anyhow::Result<PathBuf> {
    env::home_dir().context(NO_HOME)
}
