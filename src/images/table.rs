//! The table of well-known images, `table.csv`.
//!
//! To add an image, read what it is built from and add a row beside its kin:
//!
//! - `repository`: its names, separated by spaces. One part is an official image of Docker Hub (`nginx`), found on mirrors
//!   too; two parts are found as the last two of any registry's path (`grafana/grafana`, `bitnami/*`), and may begin with
//!   the registry (`registry.k8s.io/pause`).
//! - `tags`: globs of tags, separated by spaces. The first row of a name that matches counts, so `*` comes last.
//! - `user`: its USER, `unset` where there is none, empty where that is not known.
//! - `uid`, `gid`: what to run as: its own user, else what its chart or custom uses; empty where any does, as in images to
//!   build on.
//! - `writable`: directories that the program cannot do without writing to, and that are empty in the image; `/tmp` only
//!   where the program writes there. What only some feature needs goes into `note`.
//! - `filled`: the same, but with files in the image that the program needs, and an empty volume would hide; or where the
//!   program wants to own the directory, as PostgreSQL its data: an emptyDir belongs to root.
//! - `low_ports`: ports below 1024 that it listens on by default.
//! - `file_capabilities`: those set with `setcap` on its program in the image, not by its entrypoint.
//! - `stays_root`: `always`, or `host-path` where it does its work without root only while it mounts nothing of the node.
//! - `agent`: `yes` where it works for the node: CNI, CSI, log shippers, exporters.
//! - `basis`: `verified` where all of the row was read in `source`, else `inferred`.
//! - `note`: what a person should know besides.
//! - `source`: repository:path@commit, several separated by `;`.

mod mirror;
mod row;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::facts::listed;
use super::reference::Reference;
use super::{Facts, Known, Origin};
use row::Row;

const TEXT: &str = include_str!("table.csv");

/// The lines of each name, in their order. A run pays for this and, once, for the lines of the images that it meets, not
/// for reading all of the table.
static LINES: LazyLock<HashMap<&str, Vec<Line>>> = LazyLock::new(|| {
    let mut lines: HashMap<_, Vec<_>> = HashMap::with_capacity(512);
    for text in TEXT.lines().skip(1) {
        let names = text.split(',').next().unwrap_or_default();
        for name in names.split(' ') {
            let row = OnceLock::new();
            lines.entry(name).or_default().push(Line { text, row });
        }
    }
    lines
});

/// A line of the table, read when somebody first asks what it says.
struct Line {
    text: &'static str,
    row: OnceLock<Option<Row>>,
}

impl Line {
    fn row(&self) -> Option<&Row> {
        self.row.get_or_init(|| Row::read(self.text)).as_ref()
    }
}

/// What the table says of an image; `None` where it does not know it. Where only a digest names the image and the variants
/// differ, what they agree on.
pub fn well_known(reference: &Reference) -> Option<Facts> {
    let (name, lines) = find(reference)?;
    let mut rows = lines.iter().filter_map(Line::row);
    let facts = |row: &Row| row.facts(name);
    match reference.meant_tag() {
        Some(tag) => rows.find(|row| row.is_for(tag)).map(facts),
        None => rows.map(facts).reduce(agreed),
    }
}

fn find(reference: &Reference) -> Option<(&'static str, &'static [Line])> {
    let names = names(reference);
    let mut names = names.iter();
    let (name, lines) = names.find_map(|name| LINES.get_key_value(name.as_str()))?;
    Some((name, lines))
}

/// The names that a row can know an image by, the more exact ones first.
fn names(reference: &Reference) -> Vec<String> {
    let host = reference.host.split(':').next().unwrap_or_default();
    let mut parts = std::iter::once(host)
        .chain(reference.path.iter().map(String::as_str))
        .rev();
    let mut names = Vec::new();
    if let (Some(last), Some(first)) = (parts.next(), parts.next()) {
        names = vec![format!("{first}/{last}"), format!("{first}/*")];
    }
    names.extend(mirror::official(reference).map(str::to_owned));
    names
}

/// What two variants of an image have in common.
fn agreed(one: Facts, other: Facts) -> Facts {
    Facts {
        user: same(one.user, other.user),
        ids: same(one.ids, other.ids),
        writable: common(one.writable, other.writable),
        filled: common(one.filled, other.filled),
        low_ports: common(one.low_ports, other.low_ports),
        file_capabilities: common(one.file_capabilities, other.file_capabilities),
        stays_root: same(one.stays_root, other.stays_root),
        is_agent: one.is_agent && other.is_agent,
        note: if one.note == other.note {
            one.note
        } else {
            String::new()
        },
        ..Facts::default()
    }
}

/// The less sure of two equal facts.
fn same<T: PartialEq>(one: Option<Known<T>>, other: Option<Known<T>>) -> Option<Known<T>> {
    let (one, other) = one.zip(other)?;
    let is_sure = matches!(one.origin, Origin::Table { is_verified, .. } if is_verified);
    (one.value == other.value).then_some(if is_sure { other } else { one })
}

fn common<T: PartialEq>(one: Option<Vec<T>>, other: Option<Vec<T>>) -> Option<Vec<T>> {
    let (one, other) = one.zip(other)?;
    listed(one.into_iter().filter(|it| other.contains(it)))
}
