//! Tables as kubectl prints them.

use std::iter::repeat_n;

use crate::printable::printable;
use crate::width::{columns, padded};

/// kubectl's tabwriter: blanks between columns, and the least width of one with them
/// (`GetNewTabWriter` of k8s.io/cli-runtime/pkg/printers).
const PADDING: usize = 3;
const LEAST: usize = 6;

/// A table without borders: each column as wide as its widest cell and three blanks. Control characters are escaped,
/// and no line has blanks at its end.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let head = heads.iter().map(|head| printable(head)).collect();
    let rows = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell)).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let mut widths: Vec<usize> = Vec::new();
    for line in &lines {
        let missing = line.len().saturating_sub(widths.len());
        widths.extend(repeat_n(LEAST, missing));
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (columns(cell) + PADDING).max(*width);
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let line: String = cells.map(|(cell, width)| padded(cell, *width)).collect();
        text += line.trim_end_matches(' ');
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_are_wide_odd_or_missing() {
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows: [Vec<String>; 6] = [
            cells(&["\u{6771}\u{4eac}", "x", "wide"]),
            cells(&["e\u{301}", "combined", ""]),
            cells(&["\u{1b}[31m", "a\nb\tc", "\u{9b}2J"]),
            cells(&["short"]),
            cells(&["", "", "", "more"]),
            cells(&[]),
        ];
        assert_eq!(
            table(&["A", "B", "C"], &rows),
            concat!(
                "A            B          C\n",
                "\u{6771}\u{4eac}         x          wide\n",
                "e\u{301}            combined\n",
                "\\u{1b}[31m   a\\nb\\tc    \\u{9b}2J\n",
                "short\n",
                "                                   more\n",
                "\n",
            )
        );
    }
}
