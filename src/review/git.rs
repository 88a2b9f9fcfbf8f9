//! Which files have changes that are in no commit: writing them mixes two changes, and nothing brings the first back.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many names one command gets.
const AT_A_TIME: usize = 500;

/// The files with changes that are in no commit, new ones included. Where there is no git, or no repository, none.
pub(super) fn uncommitted<'p>(paths: impl Iterator<Item = &'p Path>) -> BTreeSet<PathBuf> {
    let mut folders: BTreeMap<PathBuf, Vec<OsString>> = BTreeMap::new();
    for path in paths {
        let Some(name) = path.file_name() else {
            continue;
        };
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        folders.entry(folder).or_default().push(name.to_owned());
    }
    let mut found = BTreeSet::new();
    for (folder, names) in folders {
        for names in names.chunks(AT_A_TIME) {
            let changed = status(&folder, names);
            let known = names.iter().filter(|name| {
                let name = name.to_string_lossy();
                changed
                    .iter()
                    .any(|path| path.rsplit('/').next() == Some(&*name))
            });
            found.extend(known.map(|name| match folder.as_path() == Path::new(".") {
                true => PathBuf::from(name),
                false => folder.join(name),
            }));
        }
    }
    found
}

/// The paths, from the root of the repository, that `git status` names.
fn status(folder: &Path, names: &[OsString]) -> Vec<String> {
    let output = Command::new("git")
        .arg("--literal-pathspecs")
        .arg("-C")
        .arg(folder)
        .args([
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--",
        ])
        .args(names)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output();
    match output {
        Ok(output) if output.status.success() => parse(&String::from_utf8_lossy(&output.stdout)),
        _ => Vec::new(),
    }
}

/// `XY path`, ended by NUL; a rename or copy has its old path behind it.
fn parse(text: &str) -> Vec<String> {
    let mut fields = text.split('\0');
    let mut paths = Vec::new();
    while let Some(field) = fields.next() {
        let Some((state, path)) = field.split_at_checked(3) else {
            continue;
        };
        paths.push(path.to_owned());
        if state.contains(['R', 'C']) {
            fields.next();
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_have_two_paths() {
        let text = " M a b.yaml\0R  new.yaml\0old.yaml\0?? c/d.yaml\0";
        assert_eq!(parse(text), ["a b.yaml", "new.yaml", "c/d.yaml"]);
        assert_eq!(parse(""), [""; 0]);
    }
}
