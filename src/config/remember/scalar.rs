//! Texts as scalars of YAML.

/// A word as it is where it can be nothing else, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    let is_other = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    match is_word
        && !is_other
            .iter()
            .any(|other| text.eq_ignore_ascii_case(other))
    {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// JSON's strings are YAML's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A list in brackets.
pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    format!("[{}]", items.join(", "))
}
