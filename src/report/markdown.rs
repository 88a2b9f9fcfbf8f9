//! Markdown for a comment on a pull request.
//!
//! Text from the input stands in HTML blocks and in fences only, escaped: there a pipe, a backtick or an asterisk
//! means nothing. What GitHub would turn into a mention, a reference or a link stands in `<code>`, where it does not
//! (mentions are looked for in the rendered text, so an escape would not keep `@team` from being told).

mod bounded;
mod rollout;
mod sections;

use std::io::{self, Write};

use super::states::OUTCOMES;
use super::words::{outcome, plural, sum_in_words, time, verdict};
use super::{Format, Report};
use bounded::Bounded;

/// What a comment on GitHub may have, in characters; counted here in bytes, which are at least as many.
const LONGEST: usize = 65_536;

/// The report as a comment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl Format for Markdown {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let bounded = Bounded::new(opening(report), LONGEST);
        out.write_all(bounded.with(sections::all(report)).as_bytes())
    }
}

/// The verdict and the counts.
fn opening(report: &Report) -> String {
    let mut text = format!("## kubectl harden: {}\n\n", verdict(report));
    text += &rollout::head(report);
    if !report.subjects.is_empty() {
        text += &format!("{}.\n\n", sum_in_words(report));
    }
    text += "| outcome | objects | fields |\n|:--|--:|--:|\n";
    let (objects, fields) = (report.counts(), report.row_counts());
    for of in OUTCOMES {
        let (words, objects) = (outcome(report, of), objects.of(of));
        text += &format!("| {words} | {objects} | {} |\n", fields.of(of));
    }
    text += &format!(
        "| **seen** | **{}** | **{}** |\n\n",
        objects.seen(),
        fields.seen()
    );
    let changed = report
        .subjects
        .iter()
        .filter(|subject| !subject.diff.is_empty())
        .count();
    let changed = match (changed, report.applied) {
        (0, _) => "nothing changes".to_owned(),
        (_, true) => format!("{} changed", plural(changed, "object")),
        (_, false) => format!("{} would change with -w", plural(changed, "object")),
    };
    text += &format!(
        "kubectl harden {}, {}: {changed}.\n\n",
        env!("CARGO_PKG_VERSION"),
        time(report)
    );
    text
}

#[cfg(test)]
mod tests;
