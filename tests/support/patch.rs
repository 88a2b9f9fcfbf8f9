//! A strict applier of unified diffs: every context and removed line has to be there, byte for byte, at the
//! line that the hunk names.

use std::collections::BTreeMap;

/// Lines with their terminators.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&b| b == b'\n').collect()
}

/// The files of a diff by path, each with its hunks.
pub fn files(diff: &[u8]) -> Result<BTreeMap<String, Vec<&[u8]>>, String> {
    let mut files: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    let mut path = None;
    let all = lines(diff);
    let mut at = 0;
    while at < all.len() {
        let line = all[at];
        if line.starts_with(b"--- ") && all.get(at + 1).is_some_and(|l| l.starts_with(b"+++ ")) {
            let (old, new) = (header(line, "--- a/")?, header(all[at + 1], "+++ b/")?);
            if old != new {
                return Err(format!("{old} and {new} in one header"));
            }
            if files.insert(old.clone(), Vec::new()).is_some() {
                return Err(format!("{old} twice"));
            }
            path = Some(old);
            at += 2;
            continue;
        }
        let path = path.as_ref().ok_or("a line before the first header")?;
        files.get_mut(path).expect("inserted").push(line);
        at += 1;
    }
    Ok(files)
}

fn header(line: &[u8], prefix: &str) -> Result<String, String> {
    let line = String::from_utf8_lossy(line);
    let path = line
        .strip_prefix(prefix)
        .ok_or_else(|| format!("no {prefix} in {line:?}"))?;
    Ok(path.trim_end_matches(['\n', '\t']).to_owned())
}

/// Applies the hunks of one file.
pub fn apply(original: &[u8], hunks: &[&[u8]]) -> Result<Vec<u8>, String> {
    let old = lines(original);
    let mut out: Vec<u8> = Vec::new();
    let (mut at, mut written) = (0usize, 0usize);
    let mut hunk = 0;
    while hunk < hunks.len() {
        let head = String::from_utf8_lossy(hunks[hunk]).into_owned();
        let ((from, gone), (to, new)) = ranges(&head)?;
        let start = if gone == 0 { from } else { from - 1 };
        if start < at {
            return Err(format!("{head:?} goes back"));
        }
        for line in &old[at..start] {
            out.extend_from_slice(line);
            written += 1;
        }
        at = start;
        if written != if new == 0 { to } else { to - 1 } {
            return Err(format!("{head:?}: line {} of the result", written + 1));
        }
        hunk += 1;
        let (mut gone, mut new) = (gone, new);
        while gone > 0 || new > 0 {
            let line = *hunks.get(hunk).ok_or("a hunk that ends early")?;
            let open = hunks.get(hunk + 1).is_some_and(|l| l.starts_with(b"\\"));
            let body = if open {
                &line[1..line.len() - 1]
            } else {
                &line[1..]
            };
            if matches!(line[0], b' ' | b'-') {
                let found = old.get(at).ok_or("a hunk past the end")?;
                if *found != body {
                    return Err(format!("line {}: {found:?} is not {body:?}", at + 1));
                }
                at += 1;
                gone = gone.checked_sub(1).ok_or("too many old lines")?;
            }
            if matches!(line[0], b' ' | b'+') {
                out.extend_from_slice(body);
                written += 1;
                new = new.checked_sub(1).ok_or("too many new lines")?;
            }
            if !matches!(line[0], b' ' | b'+' | b'-') {
                return Err(format!("{line:?} in a hunk"));
            }
            hunk += if open { 2 } else { 1 };
        }
    }
    for line in &old[at..] {
        out.extend_from_slice(line);
    }
    Ok(out)
}

type Range = (usize, usize);

fn ranges(head: &str) -> Result<(Range, Range), String> {
    let bad = || format!("{head:?} is not a hunk's head");
    let inner = head
        .strip_prefix("@@ -")
        .and_then(|rest| rest.strip_suffix(" @@\n"))
        .ok_or_else(bad)?;
    let (old, new) = inner.split_once(" +").ok_or_else(bad)?;
    let range = |text: &str| -> Option<Range> {
        match text.split_once(',') {
            Some((start, len)) => Some((start.parse().ok()?, len.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    Ok((range(old).ok_or_else(bad)?, range(new).ok_or_else(bad)?))
}
