use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::images::table::{LINES, Line, find};
use crate::images::{MAX_ID, Reference};

fn rows() -> impl Iterator<Item = (&'static str, Row)> {
    TEXT.lines()
        .skip(1)
        .filter_map(|line| Some((line, Row::read(line)?)))
}

fn is_clean(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("")
        && parts.all(|part| !matches!(part, "" | "." | ".."))
        && !["/", "/dev", "/etc", "/proc", "/sys", "/usr", "/var"].contains(&path)
}

#[test]
fn every_line_is_a_row() {
    let mut reader = csv::Reader::from_reader(TEXT.as_bytes());
    let whole: Vec<_> = reader.records().filter_map(Result::ok).collect();
    assert_eq!(whole.len() + 1, TEXT.lines().count());
    assert_eq!(rows().count(), whole.len());
    assert!(whole.len() > 200);
}

#[test]
fn every_row_has_the_right_shape() {
    for (line, row) in rows() {
        let known = |words: &[&str], word: &str| words.contains(&word);
        let is_id = |id: Option<i64>, least| id.is_none_or(|id| (least..=MAX_ID).contains(&id));
        assert!(is_id(row.uid, 1) && is_id(row.gid, 0), "{line}");
        assert!(row.uid.is_some() || row.gid.is_none(), "{line}");
        assert!(known(&["verified", "inferred"], &row.basis), "{line}");
        assert!(
            known(&["", "always", "host-path"], &row.stays_root),
            "{line}"
        );
        assert!(known(&["", "yes"], &row.agent), "{line}");
        assert!(row.user.is_ascii() && !row.user.contains(' '), "{line}");
        assert!(row.source.contains([':', '#', '/']), "{line}");
        assert!(!line.contains(", ") && !line.contains(" ,"), "{line}");
    }
}

#[test]
fn every_directory_is_clean_sorted_and_named_once() {
    for (line, row) in rows() {
        let sorted = |text| words(text).collect::<Vec<_>>();
        let (writable, filled) = (sorted(&row.writable), sorted(&row.filled));
        for paths in [&writable, &filled] {
            assert!(paths.iter().all(|path| is_clean(path)), "{line}");
            assert!(paths.is_sorted_by(|one, next| one < next), "{line}");
        }
        for path in &filled {
            let hides = |over: &String| Path::new(path).starts_with(over);
            assert!(!writable.iter().any(hides), "{line}");
        }
    }
}

#[test]
fn every_port_and_capability_is_one() {
    for (line, row) in rows() {
        for port in words(&row.low_ports) {
            assert!(
                port.parse()
                    .is_ok_and(|port: u16| (1..1024).contains(&port)),
                "{line}"
            );
        }
        for name in words(&row.file_capabilities) {
            let is_capital = |c: char| c.is_ascii_uppercase() || c == '_';
            assert!(
                name.chars().all(is_capital) && !name.starts_with("CAP_"),
                "{line}"
            );
        }
    }
}

#[test]
fn every_name_can_be_referred_to() {
    for name in LINES.keys() {
        let image = name.replace('*', "any");
        let found = Reference::parse(&image).as_ref().and_then(find);
        assert!(image.split('/').count() <= 2, "{name}");
        assert_eq!(found.map(|(name, _)| name), Some(*name));
    }
}

/// A pattern after `*` would never count, nor one that stands there twice.
#[test]
fn every_row_can_be_reached() {
    for (name, lines) in LINES.iter() {
        let rows: Vec<_> = lines.iter().filter_map(Line::row).collect();
        let mut seen = BTreeSet::new();
        for glob in rows.iter().flat_map(|row| row.tags.split(' ')) {
            assert!(Pattern::new(glob).is_ok(), "{name}: {glob}");
            assert!(!seen.contains("*"), "{name}: {glob} after *");
            assert!(seen.insert(glob), "{name}: {glob} twice");
        }
        assert!(seen.contains("*"), "{name}: not for every tag");
    }
}
