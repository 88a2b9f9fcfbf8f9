//! How many columns a text takes on a terminal.

use unicode_width::UnicodeWidthChar;

/// What stands where something was cut off.
const CUT: &str = "...";

/// The columns that `text` takes: two for a wide character, none for one that combines with the one before it.
pub(crate) fn columns(text: &str) -> usize {
    each(text).map(|(_, _, columns)| columns).sum()
}

/// `text` in at most `most` columns, its end cut off.
pub(crate) fn start_of(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let dots = CUT.get(..most.min(CUT.len())).unwrap_or_default();
    let room = most.saturating_sub(CUT.len());
    let mut taken = 0;
    let fitting = each(text).take_while(|(_, _, columns)| {
        taken += columns;
        taken <= room
    });
    let kept: String = fitting.map(|(_, c, _)| c).collect();
    kept + dots
}

/// `text` in at most `most` columns, its start cut off: what names end in says more.
pub(crate) fn end_of(text: &str, most: usize) -> String {
    let mut over = columns(text).saturating_sub(most);
    if over == 0 {
        return text.to_owned();
    }
    let dots = CUT.get(..most.min(CUT.len())).unwrap_or_default();
    over += dots.len();
    let mut dropped = 0;
    // What combines with a dropped character goes along.
    let kept = each(text).find(|(_, _, columns)| {
        let is_kept = dropped >= over && *columns > 0;
        dropped += columns;
        is_kept
    });
    let kept = kept.and_then(|(at, _, _)| text.get(at..));
    dots.to_owned() + kept.unwrap_or_default()
}

/// `text` with blanks behind it up to `width` columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(columns(text));
    text.to_owned() + &" ".repeat(blanks)
}

/// The characters with their places and columns. U+FE0F makes an emoji, two columns wide, of the one before it.
fn each(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut before = 0;
    text.char_indices().map(move |(at, c)| {
        let columns = match c {
            '\u{fe0f}' if before == 1 => 1,
            c => c.width().unwrap_or(0),
        };
        before = columns;
        (at, c, columns)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_are_shown() {
        for (text, expected) in [
            ("", 0),
            ("web", 3),
            ("na\u{ef}ve", 5),
            ("nai\u{308}ve", 5),
            ("\u{6771}\u{4eac}", 4),
            ("\u{ff37}\u{ff45}", 4),
            ("\u{1f512}", 2),
            ("\u{2601}\u{fe0f}", 2),
            ("a\u{200b}b", 2),
        ] {
            assert_eq!(columns(text), expected, "{text}");
        }
    }

    #[test]
    fn the_end_is_cut_off() {
        for (text, most, expected) in [
            ("watching", 8, "watching"),
            ("watching", 7, "watc..."),
            ("watching", 4, "w..."),
            ("watching", 3, "..."),
            ("watching", 2, ".."),
            ("watching", 0, ""),
            ("\u{6771}\u{4eac}\u{90fd}", 6, "\u{6771}\u{4eac}\u{90fd}"),
            ("\u{6771}\u{4eac}\u{90fd}", 5, "\u{6771}..."),
            ("\u{6771}\u{4eac}\u{90fd}", 4, "..."),
            ("ae\u{301}\u{301}bcdef", 5, "ae\u{301}\u{301}..."),
            ("abc\u{301}", 3, "abc\u{301}"),
        ] {
            let cut = start_of(text, most);
            assert_eq!(cut, expected, "{text} in {most}");
            assert!(columns(&cut) <= most);
        }
    }

    #[test]
    fn the_start_is_cut_off() {
        for (text, most, expected) in [
            ("deployment.apps/web", 19, "deployment.apps/web"),
            ("deployment.apps/web", 10, "...pps/web"),
            ("deployment.apps/web", 3, "..."),
            ("deployment.apps/web", 1, "."),
            ("deployment.apps/web", 0, ""),
            ("\u{6771}\u{4eac}\u{90fd}", 5, "...\u{90fd}"),
            ("\u{6771}\u{4eac}\u{90fd}", 4, "..."),
            ("abcde\u{301}\u{301}fg", 5, "...fg"),
            ("a\u{301}bcd", 3, "..."),
        ] {
            let cut = end_of(text, most);
            assert_eq!(cut, expected, "{text} in {most}");
            assert!(columns(&cut) <= most);
        }
    }

    #[test]
    fn a_flood_of_combining_characters_takes_no_time() {
        let flood = "\u{301}".repeat(1 << 20) + "web";
        assert_eq!(columns(&flood), 3);
        assert_eq!(end_of(&flood, 2), "..");
    }
}
