//! The name that the user called the plugin by, in what it says of its usage.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Command;
use clap::builder::StyledStr;

/// The program, as a shell finds it.
pub(crate) const PROGRAM: &str = "kubectl-harden";
/// The same behind kubectl. Usage texts are written with it.
const PLUGIN: &str = "kubectl harden";

/// The program that a shell, and kubectl, finds on `PATH`.
pub(crate) fn found_on(path: &OsStr) -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let mut programs = env::split_paths(path).map(|directory| directory.join(&name));
    programs.find(|program| program.is_file())
}

/// kubectl starts a plugin by the path at which it found it on `PATH`, a shell by the word that was typed.
/// Source: `DefaultPluginHandler` in `k8s.io/kubectl/pkg/cmd`.
fn is_called_by_kubectl(argument: &OsStr, path: Option<&OsStr>) -> bool {
    let argument = Path::new(argument);
    // Only then is PATH looked through.
    argument.is_absolute()
        && path
            .and_then(found_on)
            .is_some_and(|found| found == argument)
}

/// Usage texts with the name that this process was called by.
pub(super) fn as_called(command: Command) -> Command {
    let argument = env::args_os().next().unwrap_or_default();
    match is_called_by_kubectl(&argument, env::var_os("PATH").as_deref()) {
        true => command,
        false => renamed(command).bin_name(PROGRAM),
    }
}

fn renamed(command: Command) -> Command {
    let new = |text: Option<&StyledStr>| {
        let text = text.map(ToString::to_string);
        text.filter(|text| text.contains(PLUGIN))
            .map(|text| StyledStr::from(text.replace(PLUGIN, PROGRAM)))
    };
    let long_about = new(command.get_long_about());
    let after_help = new(command.get_after_help());
    let after_long_help = new(command.get_after_long_help());
    let usage = command.get_overridden_usage().map(ToString::to_string);
    let usage = usage.map(|text| text.replace(PLUGIN, PROGRAM));
    let mut command = command;
    if let Some(text) = long_about {
        command = command.long_about(text);
    }
    if let Some(text) = after_help {
        command = command.after_help(text);
    }
    if let Some(text) = after_long_help {
        command = command.after_long_help(text);
    }
    if let Some(text) = usage {
        command = command.override_usage(text);
    }
    command.mut_subcommands(renamed)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[test]
    #[cfg(unix)]
    fn kubectl_passes_the_path_at_which_it_found_the_plugin() {
        let folder = tempfile::tempdir().unwrap();
        let directory = |name: &str| {
            let directory = folder.path().join(name);
            std::fs::create_dir(&directory).unwrap();
            directory
        };
        let (krew, other, empty) = (directory("krew"), directory("other"), directory("empty"));
        std::fs::write(other.join(PROGRAM), "").unwrap();
        std::os::unix::fs::symlink(other.join(PROGRAM), krew.join(PROGRAM)).unwrap();
        let path = env::join_paths([&empty, &krew, &other]).unwrap();
        let is = |argument: &Path| is_called_by_kubectl(argument.as_os_str(), Some(&path));
        assert!(is(&krew.join(PROGRAM)));
        // By its name, by a path that a person typed, by one that is hidden by another on PATH.
        assert!(!is(Path::new(PROGRAM)));
        assert!(!is(Path::new("./target/debug/kubectl-harden")));
        assert!(!is(&other.join(PROGRAM)));
        assert!(!is_called_by_kubectl(krew.join(PROGRAM).as_os_str(), None));
    }
}
