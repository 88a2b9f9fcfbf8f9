//! Directories of the XDG Base Directory Specification.

use std::env;
use std::path::PathBuf;

/// The directory that a variable such as `XDG_STATE_HOME` names, else the one below the home directory. A relative one does
/// not count; `None` where there is no home directory either.
pub(crate) fn base_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    named(variable).or_else(|| Some(env::home_dir()?.join(below_home)))
}

/// The directory that a variable names which has no default: `XDG_RUNTIME_DIR`.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from);
    named.filter(|path| path.is_absolute())
}
