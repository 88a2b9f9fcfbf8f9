//! Puts the scripts in place, and says what it did.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};

use super::places::{is_on_path, of_plugin, of_shell};
use super::{REQUEST, script};
use crate::cli::{PROGRAM, Shell};

/// What kubectl runs to complete the plugin's arguments; it looks for this name on `PATH`.
const HELPER: &str = "kubectl_complete-harden";

pub(super) fn install(shell: Option<Shell>) -> anyhow::Result<()> {
    let shell = match shell {
        Some(shell) => shell,
        None => of_user()?,
    };
    let place = of_shell(shell)?;
    put(&place.file, &script(shell)?, false)?;
    let directory = of_plugin()?;
    let (name, text) = helper();
    put(&directory.join(name), text.as_bytes(), true)?;
    if let Some(hint) = place.hint {
        say(&format!("add a line {hint}"))?;
    }
    if !is_on_path(&directory) {
        say(&format!(
            "put {} on PATH, or kubectl does not find {HELPER}",
            directory.display()
        ))?;
    }
    say("kubectl's own completion has to be there too: kubectl completion --help")?;
    say("it works in new sessions")
}

fn of_user() -> anyhow::Result<Shell> {
    let named = env::var_os("SHELL").unwrap_or_default();
    let name = Path::new(&named).file_stem().unwrap_or_default();
    match name.to_str() {
        Some("bash") => Ok(Shell::Bash),
        Some("zsh") => Ok(Shell::Zsh),
        Some("fish") => Ok(Shell::Fish),
        Some("pwsh" | "powershell") => Ok(Shell::Powershell),
        _ if cfg!(windows) => Ok(Shell::Powershell),
        _ => bail!(
            "$SHELL is \"{}\": name a shell: bash, zsh, fish or powershell",
            named.display()
        ),
    }
}

fn helper() -> (String, String) {
    match cfg!(windows) {
        true => (
            format!("{HELPER}.cmd"),
            format!("@{PROGRAM} {REQUEST} %*\r\n"),
        ),
        false => (
            HELPER.into(),
            format!("#!/bin/sh\nexec {PROGRAM} {REQUEST} \"$@\"\n"),
        ),
    }
}

/// Writes a file, unless what is there is somebody else's.
fn put(file: &Path, text: &[u8], runs: bool) -> anyhow::Result<()> {
    let shown = file.display();
    match fs::read(file) {
        Ok(there) if there == text => return say(&format!("{shown} is there already")),
        Ok(there) if !is_ours(&there) => {
            bail!("{shown} is there and not ours\nhint: move it away, and run this again")
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
    }
    write(file, text, runs).with_context(|| format!("cannot write {shown}"))?;
    say(&format!("wrote {shown}"))
}

fn is_ours(text: &[u8]) -> bool {
    memchr::memmem::find(text, PROGRAM.as_bytes()).is_some()
}

/// All of it or nothing.
fn write(file: &Path, text: &[u8], runs: bool) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(directory)?;
    let mut new = tempfile::NamedTempFile::new_in(directory)?;
    new.write_all(text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if runs { 0o755 } else { 0o644 };
        new.as_file()
            .set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = runs;
    new.persist(file)?;
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}
