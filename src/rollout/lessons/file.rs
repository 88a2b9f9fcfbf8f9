//! `--remember`: what was learned, added to a configuration file.

use std::path::Path;

use anyhow::{Context, anyhow};

use crate::config::{self, Added, Exemption, ImageFacts, Remembered};
use crate::sink::{create_file, replace_file};
use crate::source::{Origin, read};
use crate::tally::count;

/// Says early whether something can be added to a file at all.
///
/// # Errors
/// Why not.
pub(in crate::rollout) fn can_remember(path: &Path) -> anyhow::Result<()> {
    let reason = "a try".to_owned();
    let any = Remembered {
        images: vec![ImageFacts {
            image: "a".into(),
            reason: reason.clone(),
            ..ImageFacts::default()
        }],
        exemptions: vec![Exemption {
            kind: "Deployment".into(),
            namespace: String::new(),
            name: "a".into(),
            container: None,
            checks: vec!["runAsUser"],
            reason,
            expires: None,
        }],
        mounts_dirs: true,
        opens_ports: true,
    };
    with(path, &any).map(|_| ())
}

/// Adds what was learned to a configuration file, which is made where it is not there. Returns what is to be said.
///
/// # Errors
/// Why it cannot be added.
pub(in crate::rollout) fn remember(
    path: &Path,
    remembered: &Remembered,
) -> anyhow::Result<Vec<String>> {
    let shown = path.display();
    let (before, added) = with(path, remembered)?;
    let mut said: Vec<_> = added
        .remarks
        .iter()
        .map(|remark| format!("Warning: {shown}: {remark}"))
        .collect();
    if added.text.as_bytes() == before {
        said.push(format!("{shown}: nothing to add"));
        return Ok(said);
    }
    let text = added.text.as_bytes();
    match config::is_there(path) {
        true => replace_file(path, &before, text).map_err(|error| anyhow!("{error}")),
        false => create_file(path, text).map_err(anyhow::Error::from),
    }
    .with_context(|| format!("cannot write {shown}"))?;
    let images = count(added.images, "image", "images");
    let exemptions = count(added.exemptions, "exemption", "exemptions");
    said.push(format!("{shown} written: {images}, {exemptions} added"));
    Ok(said)
}

fn with(path: &Path, remembered: &Remembered) -> anyhow::Result<(Vec<u8>, Added)> {
    let before = match config::is_there(path) {
        true => read(&Origin::File(path.to_owned()))?.into_owned(),
        false => Vec::new(),
    };
    let text = std::str::from_utf8(&before).map_err(|error| error.to_string());
    let added = text.and_then(|text| remembered.add_to(text));
    let added =
        added.map_err(|why| anyhow!("nothing can be added to {}: {why}", path.display()))?;
    Ok((before, added))
}
