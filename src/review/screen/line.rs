//! Lines in pieces of a style, and how they are painted.

use crate::printable::printable;
use crate::width::columns;

/// How something looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    #[default]
    Plain,
    /// What a line is about.
    Strong,
    /// What is less important.
    Dim,
    /// A line that comes.
    Added,
    /// A line that goes.
    Removed,
    /// The words in it that differ from the line that goes.
    AddedWord,
    /// The words in it that differ from the line that comes.
    RemovedWord,
    /// Where a hunk is.
    Hunk,
    /// What a person should know.
    Note,
}

/// A piece of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// How it looks.
    pub style: Style,
    /// Its text, without control characters.
    pub text: String,
}

/// A line on the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Piece>);

impl Line {
    /// A line of one style. Control characters in it are escaped.
    pub fn of(style: Style, text: &str) -> Self {
        let mut line = Self::default();
        line.push(style, text);
        line
    }

    /// Adds a piece.
    pub fn push(&mut self, style: Style, text: &str) {
        self.0.push(Piece {
            style,
            text: printable(text),
        });
    }

    /// Its text alone.
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The columns that it takes.
    pub fn columns(&self) -> usize {
        columns(&self.text())
    }

    /// The same in lines of at most `width` columns, broken anywhere; those after the first begin with `hang`.
    pub fn broken(self, width: usize, hang: &Piece) -> Vec<Self> {
        if self.columns() <= width {
            return vec![self];
        }
        let indent = columns(&hang.text);
        let mut lines = vec![Self::default()];
        let mut taken = 0;
        for piece in self.0 {
            let mut text = String::new();
            for c in piece.text.chars() {
                let wide = columns(c.encode_utf8(&mut [0; 4]));
                if taken + wide > width && wide > 0 {
                    push_to_last(&mut lines, piece.style, &mut text);
                    lines.push(Self(vec![hang.clone()]));
                    taken = indent;
                }
                text.push(c);
                taken += wide;
            }
            push_to_last(&mut lines, piece.style, &mut text);
        }
        lines
    }
}

fn push_to_last(lines: &mut [Line], style: Style, text: &mut String) {
    let text = std::mem::take(text);
    if let Some(last) = lines.last_mut().filter(|_| !text.is_empty()) {
        last.0.push(Piece { style, text });
    }
}

/// Text in words, in lines of at most `width` columns; the first begins with `first`, the others with as many blanks.
pub(super) fn wrapped(style: Style, first: &str, text: &str, width: usize) -> Vec<Line> {
    let indent = " ".repeat(columns(first));
    let text = printable(text);
    let options = textwrap::Options::new(width.max(columns(first) + 8))
        .initial_indent(first)
        .subsequent_indent(&indent);
    let lines = textwrap::wrap(&text, options);
    let lines = lines.iter().map(|line| Line::of(style, line));
    let hang = Piece {
        style,
        text: indent.clone(),
    };
    lines.flat_map(|line| line.broken(width, &hang)).collect()
}

/// A line as it is written: with SGR sequences, or without.
pub fn paint(line: &Line, color: bool) -> String {
    let mut painted = String::new();
    for piece in &line.0 {
        let code = match piece.style {
            Style::Plain => "",
            Style::Strong => "1",
            Style::Dim => "2",
            Style::Added => "32",
            Style::Removed => "31",
            Style::AddedWord => "1;7;32",
            Style::RemovedWord => "1;7;31",
            Style::Hunk => "36",
            Style::Note => "33",
        };
        match color && !code.is_empty() && !piece.text.is_empty() {
            true => painted += &format!("\u{1b}[{code}m{}\u{1b}[0m", piece.text),
            false => painted += &piece.text,
        }
    }
    painted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_the_width_that_is_shown() {
        let hang = Piece {
            style: Style::Dim,
            text: "+ ".into(),
        };
        for (text, width, expected) in [
            ("abcdef", 6, &["abcdef"][..]),
            ("abcdef", 4, &["abcd", "+ ef"]),
            (
                "\u{6771}\u{4eac}\u{90fd}",
                4,
                &["\u{6771}\u{4eac}", "+ \u{90fd}"],
            ),
            ("abce\u{301}\u{301}d", 4, &["abce\u{301}\u{301}", "+ d"]),
        ] {
            let lines = Line::of(Style::Plain, text).broken(width, &hang);
            let texts: Vec<_> = lines.iter().map(Line::text).collect();
            assert_eq!(texts, expected, "{text} in {width}");
            assert!(lines.iter().all(|line| line.columns() <= width));
        }
    }

    #[test]
    fn control_characters_of_the_input_do_not_reach_the_terminal() {
        let line = Line::of(Style::Added, "+a\u{1b}[2J\u{9b}1A\r");
        let painted = paint(&line, true);
        assert_eq!(painted, "\u{1b}[32m+a\\u{1b}[2J\\u{9b}1A\\r\u{1b}[0m");
        assert_eq!(paint(&line, false), line.text());
    }
}
