//! `kubectl harden man`: a page on the terminal or in a pipe, or all pages in a directory.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use super::page::Page;
use super::pages;
use crate::cli::{ManArgs, PROGRAM};

/// Runs `man`.
///
/// # Errors
/// No such command, a directory that cannot be written, a terminal without man(1).
pub fn run(args: &ManArgs) -> anyhow::Result<()> {
    if let Some(directory) = &args.out {
        return write_all(directory);
    }
    let page = page_of(&args.command)?;
    match io::stdout().is_terminal() {
        true => show(&page),
        false => Ok(io::stdout().write_all(page.text.as_bytes())?),
    }
}

fn page_of(words: &[String]) -> anyhow::Result<Page> {
    let mut name = PROGRAM.to_owned();
    for word in words {
        name = format!("{name}-{word}");
    }
    let page = pages().into_iter().find(|page| page.name == name);
    page.with_context(|| {
        let call = words.join(" ");
        format!("there is no command \"{call}\"\nhint: kubectl harden --help lists them")
    })
}

/// By man(1), which takes a name with a slash for a file.
fn show(page: &Page) -> anyhow::Result<()> {
    let directory = tempfile::tempdir().context("no directory for the page")?;
    let file = directory.path().join(page.file());
    fs::write(&file, &page.text).with_context(|| format!("cannot write {}", file.display()))?;
    match Command::new("man").arg(&file).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("man ended with {status}"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "there is no man(1) to show the page\nhint: --help says the same; {PROGRAM} man | less shows the page as it is written"
        ),
        Err(error) => Err(error).context("man cannot be started"),
    }
}

fn write_all(directory: &Path) -> anyhow::Result<()> {
    let pages = pages();
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    for page in &pages {
        let file = directory.join(page.file());
        fs::write(&file, &page.text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let (count, shown) = (pages.len(), directory.display());
    Ok(writeln!(
        io::stdout(),
        "{count} pages written into {shown}"
    )?)
}
