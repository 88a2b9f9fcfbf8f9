//! The lines of a unified diff, with the words that differ between a line that goes and the one that takes its place.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::line::{Line, Piece, Style};

/// Lines longer than this are not searched for words.
const LONGEST: usize = 2000;

/// The lines of a diff within a width.
pub(super) fn lines(diff: &[String], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = diff;
    while let Some((first, others)) = rest.split_first() {
        let run = |sign: char, from: &[String]| {
            from.iter()
                .take_while(|line| line.starts_with(sign))
                .count()
        };
        let gone = run('-', rest);
        if gone == 0 {
            lines.extend(broken(plain(first), first, width));
            rest = others;
            continue;
        }
        let (old, after) = rest.split_at_checked(gone).unwrap_or((rest, &[]));
        let (new, behind) = after
            .split_at_checked(run('+', after))
            .unwrap_or((after, &[]));
        let partner = |lines: &[String], i: usize| lines.get(i).cloned();
        for (i, line) in old.iter().enumerate() {
            let marked = marked(line, partner(new, i).as_deref());
            lines.extend(broken(marked, line, width));
        }
        for (i, line) in new.iter().enumerate() {
            let marked = marked(line, partner(old, i).as_deref());
            lines.extend(broken(marked, line, width));
        }
        rest = behind;
    }
    lines
}

fn plain(line: &str) -> Line {
    let style = match line.chars().next() {
        Some('@') => Style::Hunk,
        Some('+') => Style::Added,
        Some('-') => Style::Removed,
        Some('\\') => Style::Dim,
        _ => Style::Plain,
    };
    Line::of(style, line)
}

/// What is too long goes on below, behind its sign.
fn broken(line: Line, text: &str, width: usize) -> Vec<Line> {
    let style = line.0.first().map(|piece| piece.style).unwrap_or_default();
    let sign = text.get(..1).filter(|sign| matches!(*sign, "+" | "-"));
    let hang = Piece {
        style,
        text: format!("{}    ", sign.unwrap_or(" ")),
    };
    line.broken(width, &hang)
}

/// A line with the words marked that are not in the other one.
fn marked(line: &str, other: Option<&str>) -> Line {
    let other = other.filter(|other| line.len().max(other.len()) <= LONGEST);
    let Some(other) = other else {
        return plain(line);
    };
    let (sign, text) = line.split_at_checked(1).unwrap_or((line, ""));
    let other = other.get(1..).unwrap_or_default();
    let (own, others) = (words(text), words(other));
    let (style, strong) = match sign {
        "+" => (Style::Added, Style::AddedWord),
        _ => (Style::Removed, Style::RemovedWord),
    };
    let mut found = Line::of(style, sign);
    for op in capture_diff_slices(Algorithm::Myers, &own, &others) {
        let words: String = own.get(op.old_range()).unwrap_or_default().concat();
        if !words.is_empty() {
            let is_same = op.tag() == DiffTag::Equal || words.trim().is_empty();
            found.push(if is_same { style } else { strong }, &words);
        }
    }
    found
}

/// Runs of letters and digits, and every other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first.is_alphanumeric() {
            true => rest
                .find(|c: char| !c.is_alphanumeric())
                .unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        words.push(word);
        rest = behind;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(diff: &[&str], width: usize) -> Vec<Line> {
        let diff: Vec<_> = diff.iter().map(|line| (*line).to_owned()).collect();
        lines(&diff, width)
    }

    #[test]
    fn the_words_that_differ_are_marked() {
        let lines = of(&["-  drop: [NET_RAW, CHOWN]", "+  drop: [ALL]", " x"], 80);
        let strong = |line: &Line| -> Vec<String> {
            let pieces = line.0.iter();
            let strong =
                pieces.filter(|p| matches!(p.style, Style::AddedWord | Style::RemovedWord));
            strong.map(|piece| piece.text.clone()).collect()
        };
        assert_eq!(strong(&lines[0]).concat(), "NET_RAW, CHOWN");
        assert_eq!(strong(&lines[1]).concat(), "ALL");
        assert_eq!(strong(&lines[2]), [""; 0]);
        assert_eq!(lines[0].text(), "-  drop: [NET_RAW, CHOWN]");
    }

    #[test]
    fn what_has_no_partner_is_marked_by_its_sign_alone() {
        let lines = of(&["@@ -1 +1,2 @@", " a", "+b", "-c"], 80);
        let styles: Vec<_> = lines.iter().map(|line| line.0[0].style).collect();
        assert_eq!(
            styles,
            [Style::Hunk, Style::Plain, Style::Added, Style::Removed]
        );
    }

    #[test]
    fn long_lines_go_on_behind_their_sign() {
        let lines = of(&["+ abcdefghijklmnop"], 10);
        let texts: Vec<_> = lines.iter().map(Line::text).collect();
        assert_eq!(texts, ["+ abcdefgh", "+    ijklm", "+    nop"]);
    }
}
