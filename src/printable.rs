//! Text from outside, fit to be shown.

/// Names come from the input: control characters in them do not reach the terminal.
pub fn printable(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    let escape = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_escaped_and_the_rest_stays() {
        assert_eq!(printable("na\u{ef}ve \u{1f512}"), "na\u{ef}ve \u{1f512}");
        assert_eq!(printable("a\u{1b}[2J\r\n\tb"), "a\\u{1b}[2J\\r\\n\\tb");
        assert_eq!(printable("\0\u{7f}\u{9b}1A"), "\\u{0}\\u{7f}\\u{9b}1A");
    }
}
