//! Reading fields of objects that may lack them.

use serde_json::Value;

/// Longest message, in characters: a Pod Security Admission sentence about a few containers fits.
const LONGEST: usize = 400;

/// A number that is there.
pub(super) fn given(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer).and_then(Value::as_i64)
}

/// A number; absent is 0, as the API server leaves out zeros.
pub(super) fn number(value: &Value, pointer: &str) -> i64 {
    given(value, pointer).unwrap_or(0)
}

/// The replicas that are wanted; 1 where nothing is said, as the API server defaults them.
pub(super) fn replicas(object: &Value) -> i64 {
    given(object, "/spec/replicas").unwrap_or(1)
}

/// A text; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The items of a list; none where there is no list.
pub(super) fn items<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The condition of this type, whatever it says.
pub(super) fn condition<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    items(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == kind)
}

/// The condition of this type, where it is true.
pub(super) fn holds<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    condition(object, kind).filter(|condition| text(condition, "/status") == "True")
}

/// What a component said, in one line; a long one loses its end.
pub(super) fn one_line(said: &str) -> String {
    let line = flat(said);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// What a program left behind, in one line; of a long one the end tells more than the beginning.
pub(super) fn last_of(said: &str) -> String {
    let line = flat(said);
    match line.char_indices().nth_back(LONGEST) {
        Some((at, c)) => format!("...{}", line.get(at + c.len_utf8()..).unwrap_or_default()),
        None => line,
    }
}

/// Line breaks and control characters, which would reach a terminal, become single spaces.
fn flat(said: &str) -> String {
    let words = said.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_and_ill_typed_fields_are_empty() {
        let value = json!({"status": {"replicas": "3", "ready": -1, "conditions": {}}});
        assert_eq!(number(&value, "/status/replicas"), 0);
        assert_eq!(number(&value, "/status/ready"), -1);
        assert_eq!(given(&value, "/spec/replicas"), None);
        assert_eq!(text(&value, "/status/ready"), "");
        assert!(condition(&value, "Ready").is_none());
        assert!(condition(&Value::Null, "Ready").is_none());
    }

    #[test]
    fn a_message_is_one_bounded_line_without_control_characters() {
        assert_eq!(one_line("a\n\tb \u{1b}[31mc\r\n"), "a b [31mc");
        let long = format!("first {}last", "ü".repeat(500));
        let (head, tail) = (one_line(&long), last_of(&long));
        assert!(head.starts_with("first ü") && head.ends_with("ü..."));
        assert!(tail.starts_with("...ü") && tail.ends_with("ülast"));
        assert_eq!(head.chars().count(), LONGEST + 3);
        assert_eq!(tail.chars().count(), LONGEST + 3);
        assert_eq!(last_of(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }
}
