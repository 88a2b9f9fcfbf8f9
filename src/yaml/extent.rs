//! Where a node ends in the text. yaml-rust2 reports where scalars start, not where they end.

use super::text::{line_end, line_start};
use super::tree::{Kind, Layout, NodeId, Style, Tree};

/// The offset past a node's last byte; a block scalar's final line break is not counted, except for the blank
/// lines that `|+` and `>+` keep. `None` where the text does not read as the tree says.
pub fn end_of(text: &[u8], tree: &Tree, id: NodeId) -> Option<usize> {
    if let Some(end) = tree.reported_end(id) {
        return Some(end);
    }
    match tree.kind(id) {
        Kind::Sequence(Layout::Block) | Kind::Mapping(Layout::Block) => {
            let last = tree.last_written(id);
            (last != id).then(|| end_of(text, tree, last))?
        }
        Kind::Sequence(Layout::Flow) | Kind::Mapping(Layout::Flow) => None,
        Kind::Alias(_) => Some(word_end(text, tree.start(id))),
        Kind::Scalar(Style::Plain) if tree.value(id).is_empty() => end_of_nothing(text, tree, id),
        Kind::Scalar(Style::Plain) => plain_end(text, tree.start(id), tree.value(id)),
        Kind::Scalar(Style::SingleQuoted) => single_quoted_end(text, tree.start(id)),
        Kind::Scalar(Style::DoubleQuoted) => double_quoted_end(text, tree.start(id)),
        Kind::Scalar(Style::Literal | Style::Folded) => block_scalar_end(text, tree, id),
    }
}

/// A value that is not there ends behind its key's colon and the anchor or tag that follows.
fn end_of_nothing(text: &[u8], tree: &Tree, id: NodeId) -> Option<usize> {
    let parent = tree.parent(id)?;
    let (mut end, indicator) = match tree.key_of(id) {
        Some(key) => (end_of(text, tree, key)?, b':'),
        None => {
            let before = tree.items(parent).take_while(|&item| item != id).last()?;
            (end_of(text, tree, before)?, b'-')
        }
    };
    end = skip_blank(text, end);
    if text.get(end) != Some(&indicator) {
        return None;
    }
    end += 1;
    loop {
        let next = end + spaces(text, end);
        match text.get(next) {
            Some(b'&' | b'!') => end = word_end(text, next),
            _ => return Some(end),
        }
    }
}

fn plain_end(text: &[u8], start: usize, value: &str) -> Option<usize> {
    let mut at = start;
    for c in value.chars() {
        if c.is_ascii_whitespace() {
            at += count(text, at, |b| b.is_ascii_whitespace());
        } else {
            let mut encoded = [0; 4];
            let bytes = c.encode_utf8(&mut encoded).as_bytes();
            at = text
                .get(at..)?
                .starts_with(bytes)
                .then_some(at + bytes.len())?;
        }
    }
    Some(at)
}

fn single_quoted_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += count(text, at, |b| b != b'\'') + 1;
        match text.get(at) {
            Some(b'\'') => at += 1,
            _ => return (at <= text.len()).then_some(at),
        }
    }
}

fn double_quoted_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Content are the lines below the header that are blank or indented as deep as the first one (or as the
/// header's digit says).
fn block_scalar_end(text: &[u8], tree: &Tree, id: NodeId) -> Option<usize> {
    let key = tree.key_of(id);
    let header = match key {
        Some(key) if tree.value(id).trim().is_empty() => end_of(text, tree, key)?,
        _ => header_above(text, tree.start(id))?,
    };
    let outer = match key {
        Some(key) => tree.start(key) - line_start(text, tree.start(key)),
        None => spaces(text, line_start(text, header)),
    };
    let mut end = line_end(text, header);
    let indicators = block_indicators(text.get(line_start(text, header)..end)?);
    let keeps = indicators.contains(&b'+');
    let digit = indicators.iter().find(|b| b.is_ascii_digit());
    let indent = match digit {
        Some(digit) => outer + usize::from(digit - b'0'),
        None if tree.value(id).trim().is_empty() => outer + 1,
        None => tree.start(id) - line_start(text, tree.start(id)),
    };
    let mut line = end + 1;
    while line < text.len() {
        let stop = line_end(text, line);
        let blank = count(text, line, |b| matches!(b, b' ' | b'\t' | b'\r')) >= stop - line;
        if !blank && spaces(text, line) < indent {
            break;
        }
        if !blank || keeps {
            end = stop;
        }
        line = stop + 1;
    }
    Some(end)
}

/// The start of the block scalar's header line: the last line above its content that is not blank.
fn header_above(text: &[u8], content: usize) -> Option<usize> {
    let mut line = line_start(text, content);
    loop {
        let stop = line.checked_sub(1)?;
        line = line_start(text, stop);
        if !text.get(line..stop)?.trim_ascii().is_empty() {
            return Some(line);
        }
    }
}

/// The `|` or `>` word of a header line.
fn block_indicators(header: &[u8]) -> &[u8] {
    let comment = header.windows(2).position(|pair| pair == b" #");
    let header = header.get(..comment.unwrap_or(header.len()));
    header
        .unwrap_or_default()
        .split(u8::is_ascii_whitespace)
        .rfind(|word| !word.is_empty())
        .unwrap_or_default()
}

fn skip_blank(text: &[u8], at: usize) -> usize {
    at + count(text, at, |b| b.is_ascii_whitespace())
}

fn spaces(text: &[u8], at: usize) -> usize {
    count(text, at, |b| b == b' ')
}

fn word_end(text: &[u8], at: usize) -> usize {
    at + count(text, at, |b| {
        !b.is_ascii_whitespace() && !matches!(b, b',' | b']' | b'}')
    })
}

fn count(text: &[u8], from: usize, which: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.iter().take_while(|&&b| which(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{locate, prove};

    fn ends(text: &str) -> Vec<(String, String)> {
        let tree = locate(text.as_bytes()).expect("YAML");
        let end = |id| end_of(text.as_bytes(), &tree, id).expect("an end");
        tree.ids()
            .filter(|&id| tree.is_scalar(id))
            .map(|id| (tree.value(id).to_owned(), text[..end(id)].to_owned()))
            .collect()
    }

    fn end_after(text: &str, value: &str) -> String {
        let ends = ends(text);
        let found = ends.into_iter().find(|(v, _)| v == value);
        found.expect("the value").1
    }

    #[test]
    fn scalars_end_where_the_second_parser_says() {
        let text = "a: plain text # c\nb: 'it''s'\nc: \"x\\\"y\" # c\nd: two\n   lines\ne: [1, 'b', {c: *x}]\nf: &x ü\n";
        let text = text.replace("*x", "v");
        let (ours, theirs) = (locate(text.as_bytes()), prove(text.as_bytes()));
        let (ours, theirs) = (ours.expect("YAML"), theirs.expect("YAML"));
        for id in ours.ids().filter(|&id| ours.is_scalar(id)) {
            let end = end_of(text.as_bytes(), &ours, id);
            assert_eq!(end, theirs.reported_end(id), "{}", ours.value(id));
        }
    }

    #[test]
    fn block_scalars_end_after_their_content() {
        let text = "a: |\n  x\n\n  y\n\n# c\nb: 1\n";
        assert_eq!(end_after(text, "x\n\ny\n"), "a: |\n  x\n\n  y");
        let text = "a: |+ # c\n  x\n\n\nb: 1\n";
        assert_eq!(end_after(text, "x\n\n\n"), "a: |+ # c\n  x\n\n");
        let text = "a:\n- >-\n  x\n  y\n- b\n";
        assert_eq!(end_after(text, "x y"), "a:\n- >-\n  x\n  y");
        let text = "a: |2\n    x\n  y\nb: 1\n";
        assert_eq!(end_after(text, "  x\ny\n"), "a: |2\n    x\n  y");
    }

    #[test]
    fn nothing_ends_behind_its_colon() {
        assert_eq!(end_after("a: &x !!null # c\nb: 1\n", ""), "a: &x !!null");
        assert_eq!(end_after("a:\n\n# c\nb: 1\n", ""), "a:");
    }
}
