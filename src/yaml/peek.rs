//! A look at a document's root mapping without parsing it.

use memchr::memmem;

use super::text::line_end;

/// What a document's root has under a key, as far as its bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peek<'t> {
    /// Certainly nothing.
    Absent,
    /// This plain or quoted word.
    Word(&'t [u8]),
    /// Only parsing tells.
    Unclear,
}

/// Looks for a key of the root mapping: at the start of a line of a block mapping, at the first level of a
/// JSON object.
pub fn peek<'t>(text: &'t [u8], key: &str) -> Peek<'t> {
    let start = content_start(text);
    let rest = text.get(start..).unwrap_or_default();
    match rest {
        [] | [b'-', b' ' | b'\n' | b'\r', ..] => Peek::Absent,
        [b'{', ..] => peek_json(rest, key.as_bytes()),
        [
            b' ' | b'\t' | b'-' | b'?' | b'&' | b'*' | b'!' | b'%' | b'<',
            ..,
        ] => Peek::Unclear,
        _ => peek_block(text, start, key),
    }
}

/// The first byte of the first line that is not blank, a comment, a directive or a bare `---`.
fn content_start(text: &[u8]) -> usize {
    let mut line = 0;
    while line < text.len() {
        let end = line_end(text, line);
        let content = text.get(line..end).unwrap_or_default();
        let body = content.strip_prefix(b"---").unwrap_or(content).trim_ascii();
        let is_marker = content.starts_with(b"---");
        let skip = body
            .first()
            .is_none_or(|&b| b == b'#' || (b == b'%' && !is_marker));
        if !skip {
            return line;
        }
        line = end + 1;
    }
    text.len()
}

fn peek_block<'t>(text: &'t [u8], start: usize, key: &str) -> Peek<'t> {
    if memmem::find(text, b"\n<<").is_some() || memmem::find(text, b"\n?").is_some() {
        return Peek::Unclear;
    }
    let mut found = Peek::Absent;
    for spelled in [key.to_owned(), format!("\"{key}\""), format!("'{key}'")] {
        let at_start = text
            .get(start..)
            .unwrap_or_default()
            .starts_with(spelled.as_bytes());
        let line_start = format!("\n{spelled}");
        let line_starts = memmem::find_iter(text, line_start.as_bytes());
        let places = at_start.then_some(start).into_iter();
        let below = line_starts
            .map(|at| at + 1)
            .filter(|&at| at > start)
            .collect::<Vec<_>>();
        for place in places.chain(below) {
            let line = text
                .get(place + spelled.len()..line_end(text, place))
                .unwrap_or_default();
            let Some(value) = line.trim_ascii_start().strip_prefix(b":") else {
                continue;
            };
            if found != Peek::Absent {
                return Peek::Unclear;
            }
            found = word(value);
        }
    }
    found
}

/// The word that a value on the key's own line is.
fn word(value: &[u8]) -> Peek<'_> {
    let value = match memmem::find(value, b" #") {
        Some(comment) => value.get(..comment).unwrap_or_default(),
        None => value,
    };
    let value = value.trim_ascii();
    let value = match value {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        plain => plain,
    };
    let is_word = !value.is_empty() && value.iter().all(u8::is_ascii_alphanumeric);
    if is_word {
        Peek::Word(value)
    } else {
        Peek::Unclear
    }
}

fn peek_json<'t>(text: &'t [u8], key: &[u8]) -> Peek<'t> {
    let (mut depth, mut at) = (0usize, 0);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return Peek::Absent,
            b'}' | b']' => depth -= 1,
            b'"' => {
                let start = at;
                at = match string_end(text, at) {
                    Some(end) => end,
                    None => return Peek::Unclear,
                };
                let string = text.get(start..at - 1).unwrap_or_default();
                let after = text.get(at..).unwrap_or_default().trim_ascii_start();
                if depth == 1 && string == key && after.starts_with(b":") {
                    let value = after.get(1..).unwrap_or_default().trim_ascii_start();
                    let end = value.get(1..).and_then(|value| memchr::memchr(b'"', value));
                    let quoted = value.get(..end.map_or(0, |end| end + 2));
                    return word(quoted.unwrap_or_default());
                }
            }
            b':' | b',' | b'.' | b'+' | b'-' | b'_' => {}
            blank if blank.is_ascii_whitespace() || blank.is_ascii_alphanumeric() => {}
            _ => return Peek::Unclear,
        }
        if depth == 1 && matches!(byte, b',' | b'{') {
            let next = text
                .get(at..)
                .unwrap_or_default()
                .trim_ascii_start()
                .first();
            if next.is_some_and(|b| !matches!(b, b'"' | b'}')) {
                return Peek::Unclear;
            }
        }
    }
    Peek::Unclear
}

/// The offset behind the quote that ends the string whose first character is at `at`.
fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_kind_is_seen_or_left_to_the_parser() {
        for (text, expected) in [
            ("kind: Pod\n", Peek::Word(b"Pod")),
            (
                "# c\n---\napiVersion: v1\n\"kind\" : 'Pod' # c\n",
                Peek::Word(b"Pod"),
            ),
            ("a:\n  kind: Pod\n", Peek::Absent),
            ("- kind: Pod\n", Peek::Absent),
            ("kind: |\n  Pod\n", Peek::Unclear),
            ("kind:\n  Pod\n", Peek::Unclear),
            ("kind: Pod\na: 'x\nkind: y'\n", Peek::Unclear),
            ("  kind: Pod\n", Peek::Unclear),
            ("--- {kind: Pod}\n", Peek::Unclear),
            ("<<: *a\n", Peek::Unclear),
            ("{kind: Pod}", Peek::Unclear),
            (
                "{\"a\": {\"kind\": \"x}\"}, \"kind\":\"Pod\"}",
                Peek::Word(b"Pod"),
            ),
            ("{\"a\": [{\"kind\": \"\\\"\"}]}", Peek::Absent),
            ("{\"kind\": 1}", Peek::Unclear),
            ("", Peek::Absent),
        ] {
            assert_eq!(peek(text.as_bytes(), "kind"), expected, "{text}");
        }
    }
}
