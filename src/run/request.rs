//! What the command line asks for that is not there, or does not go together.

use std::path::Path;

use anyhow::bail;

use crate::cli::Cli;

/// kubectl's sentence for `-f` beside TYPE.
const BOTH: &str = "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well";

/// Refuses what cannot be done.
///
/// # Errors
/// What it is, and a hint.
pub(super) fn refuse(cli: &Cli, writes: bool) -> anyhow::Result<()> {
    if let Some(directory) = &cli.kustomize {
        bail!("-k is not read\nhint: kubectl kustomize {directory} | kubectl harden -f -");
    }
    let has_files = !cli.filename.is_empty() || !cli.files.is_empty();
    match cli.resources.first() {
        Some(word) => refuse_live(cli, word, has_files, writes),
        None if !has_files => bail!(
            "must specify one of -f PATH, TYPE[/NAME] or -- FILE...\nhint: kubectl harden -f deployment.yaml, or \
             kubectl harden deploy/web; see 'kubectl harden --help' for examples"
        ),
        None => refuse_files(cli, writes),
    }
}

fn refuse_files(cli: &Cli, writes: bool) -> anyhow::Result<()> {
    if let Some(flag) = cli.selection.live_only() {
        bail!(
            "{flag} selects live objects, not files\nhint: kubectl harden TYPE {flag}, without -f"
        );
    }
    if writes && cli.filename.iter().any(|name| name == "-") {
        bail!("-w cannot write standard input in place\nhint: kubectl harden -f - -o yaml");
    }
    Ok(())
}

fn refuse_live(cli: &Cli, word: &str, has_files: bool, writes: bool) -> anyhow::Result<()> {
    let path = Path::new(word);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let is_manifest = matches!(extension, Some("json" | "yaml" | "yml"));
    let is_file = path.is_file() && (is_manifest || !word.contains('/'));
    if is_file || path.is_absolute() || word.starts_with('.') {
        let what = if path.is_file() { "file" } else { "path" };
        bail!("\"{word}\" is a {what}, not a resource\nhint: kubectl harden -f {word}");
    }
    if has_files {
        bail!("{BOTH}\nhint: name either files or live objects: {word} is a TYPE");
    }
    if writes {
        let words = cli.resources.join(" ");
        bail!("-w writes files, and {word} is a live object\nhint: kubectl harden apply {words}");
    }
    Ok(())
}
