//! Edits as a unified diff that `git apply` and `patch -p1` accept.

use colored::Colorize;
use memchr::memchr_iter;
use similar::{DiffOp, DiffTag, group_diff_ops};

use crate::patch::{Edit, Edits, splice};
use crate::yaml::{Span, line_end, line_start};

const CONTEXT: usize = 3;

/// The diff from `original` to what `edits` make of it. The edits say where lines differ, so nothing is
/// searched for; the time is linear in the text.
pub fn unified(path: &str, original: &[u8], edits: &Edits, color: bool) -> Vec<u8> {
    diff(path, original, edits, color, 0)
}

/// [`unified`] without colour, in time that is linear in the lines around the edits. `line_of` knows how many
/// lines there are before an offset.
pub fn unified_around(
    path: &str,
    text: &[u8],
    edits: &Edits,
    line_of: impl FnOnce(usize) -> usize,
) -> Vec<u8> {
    let mut spans = edits.iter().map(|edit| edit.span);
    let Some(first) = spans.next() else {
        return Vec::new();
    };
    let last = spans.next_back().unwrap_or(first);
    let above = |at: usize| line_start(text, at.saturating_sub(1));
    let below = |at: usize| (line_end(text, at) + 1).min(text.len());
    let start = (0..CONTEXT).fold(line_start(text, first.start), |at, _| above(at));
    let end = (0..=CONTEXT).fold(last.end, |at, _| below(at));
    let shifted = edits.iter().map(|edit| {
        let span = Span::new(edit.span.start - start, edit.span.end - start);
        Edit::replace(span, edit.text.clone())
    });
    let shifted = Edits::new(shifted.collect()).unwrap_or_default();
    let window = Span::new(start, end).of(text);
    diff(path, window, &shifted, false, line_of(start))
}

/// The diff of a text that begins after `lines` others.
fn diff(path: &str, original: &[u8], edits: &Edits, color: bool, lines: usize) -> Vec<u8> {
    let patched = splice(original, edits);
    let (old, new) = (Lines::new(original), Lines::new(&patched));
    let ops = operations(original, edits, &old, &new);
    let mut out = Vec::new();
    let (a, b) = (quoted("a/", path), quoted("b/", path));
    paint(&mut out, format!("--- {a}\n").as_bytes(), color, |s| {
        s.bold()
    });
    paint(&mut out, format!("+++ {b}\n").as_bytes(), color, |s| {
        s.bold()
    });
    for group in group_diff_ops(ops, CONTEXT) {
        hunk(&mut out, &group, &old, &new, (color, lines));
    }
    out
}

/// A text by lines, each with its terminator.
struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 16 + 1);
        starts.push(0);
        starts.extend(memchr_iter(b'\n', text).map(|newline| newline + 1));
        if starts.last() == Some(&text.len()) {
            starts.pop();
        }
        Self { text, starts }
    }

    fn line(&self, index: usize) -> &'t [u8] {
        let end = self
            .starts
            .get(index + 1)
            .copied()
            .unwrap_or(self.text.len());
        let start = self.starts.get(index).copied().unwrap_or(end);
        Span::new(start, end).of(self.text)
    }

    fn index_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start < offset)
    }
}

/// The runs of whole lines that edits replace, touching runs joined, and how much longer each becomes.
fn regions(text: &[u8], edits: &Edits) -> Vec<(Span, isize)> {
    let mut regions: Vec<(Span, isize)> = Vec::new();
    for edit in edits.iter() {
        let span = edit.span;
        let start = line_start(text, span.start);
        let whole = span.end == line_start(text, span.end)
            && (span.end > span.start || edit.text.ends_with(b"\n"));
        let end = match whole {
            true => span.end,
            false => (line_end(text, span.end) + 1).min(text.len()),
        };
        let growth = edit.text.len() as isize - (span.end - span.start) as isize;
        match regions.last_mut() {
            Some((region, grown)) if start <= region.end => {
                region.end = region.end.max(end);
                *grown += growth;
            }
            _ => regions.push((Span::new(start, end), growth)),
        }
    }
    regions
}

fn operations(text: &[u8], edits: &Edits, old: &Lines, new: &Lines) -> Vec<DiffOp> {
    let mut ops = Vec::new();
    let (mut old_line, mut new_line, mut shift) = (0, 0, 0isize);
    for (region, growth) in regions(text, edits) {
        let (from, to) = (old.index_of(region.start), old.index_of(region.end));
        let new_to = new.index_of(region.end.saturating_add_signed(shift + growth));
        shift += growth;
        let equal = from - old_line;
        ops.push(DiffOp::Equal {
            old_index: old_line,
            new_index: new_line,
            len: equal,
        });
        new_line += equal;
        ops.push(DiffOp::Replace {
            old_index: from,
            old_len: to - from,
            new_index: new_line,
            new_len: new_to - new_line,
        });
        (old_line, new_line) = (to, new_to);
    }
    ops.push(DiffOp::Equal {
        old_index: old_line,
        new_index: new_line,
        len: old.starts.len() - old_line,
    });
    ops
}

fn hunk(
    out: &mut Vec<u8>,
    ops: &[DiffOp],
    old: &Lines,
    new: &Lines,
    (color, lines): (bool, usize),
) {
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else {
        return;
    };
    let old_range = range(lines, first.old_range().start, last.old_range().end);
    let new_range = range(lines, first.new_range().start, last.new_range().end);
    let header = format!("@@ -{old_range} +{new_range} @@\n");
    paint(out, header.as_bytes(), color, |s| s.cyan());
    for op in ops {
        if op.tag() == DiffTag::Equal {
            op.old_range()
                .for_each(|i| line(out, b' ', old.line(i), false));
        } else {
            op.old_range()
                .for_each(|i| line(out, b'-', old.line(i), color));
            op.new_range()
                .for_each(|i| line(out, b'+', new.line(i), color));
        }
    }
}

fn range(lines: usize, start: usize, end: usize) -> String {
    let first = lines + start;
    match end - start {
        0 => format!("{first},0"),
        1 => format!("{}", first + 1),
        len => format!("{},{len}", first + 1),
    }
}

fn line(out: &mut Vec<u8>, sign: u8, content: &[u8], color: bool) {
    let whole = content.ends_with(b"\n");
    let body = content.strip_suffix(b"\n").unwrap_or(content);
    if color {
        paint(out, &[&[sign], body].concat(), color, |s| match sign {
            b'-' => s.red(),
            _ => s.green(),
        });
    } else {
        out.push(sign);
        out.extend_from_slice(body);
    }
    out.push(b'\n');
    if !whole {
        out.extend_from_slice(b"\\ No newline at end of file\n");
    }
}

fn paint(
    out: &mut Vec<u8>,
    text: &[u8],
    color: bool,
    how: impl Fn(colored::ColoredString) -> colored::ColoredString,
) {
    match std::str::from_utf8(text) {
        Ok(string) if color => {
            let body = string.strip_suffix('\n').unwrap_or(string);
            out.extend_from_slice(how(body.normal()).to_string().as_bytes());
            out.extend_from_slice(string.get(body.len()..).unwrap_or_default().as_bytes());
        }
        _ => out.extend_from_slice(text),
    }
}

/// A path as git writes it in a diff's header: in C quotes where a character needs it, with a tab behind it
/// where it holds a blank.
fn quoted(prefix: &str, path: &str) -> String {
    let path = path.trim_start_matches('/');
    if path
        .chars()
        .any(|c| c.is_control() || c == '"' || c == '\\')
    {
        let escape = |c: char| match c {
            '"' | '\\' => format!("\\{c}"),
            '\n' => "\\n".into(),
            '\t' => "\\t".into(),
            c if c.is_control() => format!("\\{:03o}", c as u32),
            c => c.to_string(),
        };
        let escaped: String = path.chars().map(escape).collect();
        return format!("\"{prefix}{escaped}\"");
    }
    let tab = if path.contains(' ') { "\t" } else { "" };
    format!("{prefix}{path}{tab}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Edit;

    #[test]
    fn inserted_and_replaced_lines_make_a_diff() {
        let text = b"a\nb\nc\nd\ne\nf";
        let edits = vec![Edit::insert(2, "x\n"), Edit::insert(11, "\ny")];
        let edits = Edits::new(edits).expect("disjoint");
        let diff = unified("p q", text, &edits, false);
        let expected = "--- a/p q\t\n+++ b/p q\t\n@@ -1,6 +1,8 @@\n a\n+x\n b\n c\n d\n e\n-f\n\\ No newline at end of file\n+f\n+y\n\\ No newline at end of file\n";
        assert_eq!(String::from_utf8_lossy(&diff), expected);
    }

    #[test]
    fn the_lines_around_the_edits_make_the_same_diff() {
        let text: String = (0..40).map(|i| format!("line {i}\n")).collect();
        for text in [text.as_str(), text.trim_end()] {
            let index = crate::yaml::LineIndex::new(text.as_bytes());
            for first in 0..text.len() {
                let ends = [first, first + 1, first + 60, text.len()];
                for end in ends.into_iter().filter(|&end| end <= text.len()) {
                    let edits = vec![
                        Edit::insert(first, "x\ny"),
                        Edit::replace(Span::new(end, end), "z"),
                    ];
                    let Ok(edits) = Edits::new(edits) else {
                        continue;
                    };
                    let whole = unified("p", text.as_bytes(), &edits, false);
                    let line_of = |at| index.position(at).line - 1;
                    let around = unified_around("p", text.as_bytes(), &edits, line_of);
                    assert_eq!(
                        String::from_utf8_lossy(&around),
                        String::from_utf8_lossy(&whole),
                        "{first} {end}"
                    );
                }
            }
        }
    }

    #[test]
    fn whole_lines_go_without_their_neighbours() {
        let edits = vec![Edit::replace(Span::new(2, 4), ""), Edit::insert(4, "x\n")];
        let edits = Edits::new(edits).expect("disjoint");
        let diff = unified("p", b"a\nb\nc\n", &edits, false);
        let expected = "--- a/p\n+++ b/p\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n";
        assert_eq!(String::from_utf8_lossy(&diff), expected);
    }
}
