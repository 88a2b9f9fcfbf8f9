//! JSON that YAML does not take: kubectl reads JSON as JSON.

use std::borrow::Cow;

use memchr::memmem;
use serde::de::IgnoredAny;

use super::text::Span;

/// What JSON strings may hold and a YAML parser refuses, or takes for a line break.
const FOREIGN: [&[u8]; 6] = [
    b"\\ud",
    b"\\uD",
    b"\x7f",
    "\u{85}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{2029}".as_bytes(),
];

/// A copy of the same length that YAML parsers read alike, where the text is JSON; the text itself elsewhere.
/// Halves of surrogate pairs and the characters that only JSON allows become question marks.
pub(super) fn as_yaml(text: &[u8]) -> Cow<'_, [u8]> {
    let is_object = text.trim_ascii_start().starts_with(b"{");
    let foreign = |found: &[u8]| memmem::find(text, found).is_some();
    if !is_object || !FOREIGN.into_iter().any(foreign) || !is_json(text) {
        return Cow::Borrowed(text);
    }
    let mut copy = text.to_vec();
    for found in FOREIGN {
        for at in memmem::find_iter(text, found) {
            if found.first() != Some(&b'\\') {
                fill(&mut copy, at, at + found.len(), b'?');
            } else if is_surrogate(text, at) {
                fill(&mut copy, at + 2, at + 6, b'3');
            }
        }
    }
    Cow::Owned(copy)
}

/// Whether a text is one JSON value.
pub fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

fn fill(copy: &mut [u8], start: usize, end: usize, byte: u8) {
    copy.get_mut(start..end)
        .into_iter()
        .flatten()
        .for_each(|b| *b = byte);
}

/// Whether the escape at `at` is half of a pair, and its backslash not itself escaped.
fn is_surrogate(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let backslashes = before.iter().rev().take_while(|&&b| b == b'\\').count();
    let high = text
        .get(at + 3)
        .is_some_and(|b| b"89abAB".contains(b) || b"cdefCDEF".contains(b));
    backslashes % 2 == 0 && high
}

/// The values of a stream of JSON objects that nothing separates, as kubectl accepts it; empty where the
/// text is not one.
pub fn json_values(text: &[u8]) -> Vec<Span> {
    let mut values = Vec::new();
    let (mut depth, mut start, mut in_string, mut escaped) = (0usize, None, false, false);
    for (at, &byte) in text.iter().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                start.get_or_insert(at);
            }
            b'}' | b']' if depth == 0 => return Vec::new(),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0
                    && let Some(start) = start.take()
                {
                    values.push(Span::new(start, at + 1));
                }
            }
            _ if start.is_none() && !byte.is_ascii_whitespace() => return Vec::new(),
            _ => {}
        }
    }
    if depth == 0 { values } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{locate, prove};

    #[test]
    fn surrogates_and_line_separators_are_read() {
        let text = "{\"a\": \"\\ud83d\\ude00 \\\\ud83d \u{85}\u{2028}\u{7f}\", \"b\": 1}";
        for parse in [locate, prove] {
            let tree = parse(text.as_bytes()).expect("JSON");
            let b = tree.root().and_then(|root| tree.get(root, "b"));
            assert_eq!(b.map(|b| tree.value(b)), Some("1"));
        }
    }

    #[test]
    fn json_streams_split_outside_strings() {
        let text = br#"{"a": "}{\""} {"b": [1]}"#;
        let spans: Vec<_> = json_values(text).iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(spans, [(0, 13), (14, 24)]);
        assert_eq!(json_values(b"a: {b: 1}"), []);
        assert_eq!(json_values(b"{"), []);
    }
}
