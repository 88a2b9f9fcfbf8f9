//! Text from the input inside HTML.

use super::words::visible;

/// Text as HTML's text or in a quoted attribute: nothing in it is markup, and nothing in it is hidden.
pub(super) fn html(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn nothing_is_markup() {
        let text = "<b a='x'>&amp;\"\u{0}</b>";
        let escaped = "&lt;b a=&#39;x&#39;&gt;&amp;amp;&quot;\\u{0}&lt;/b&gt;";
        assert_eq!(html(text), escaped);
    }
}
