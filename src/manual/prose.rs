//! The texts of the help as paragraphs of a page.

use clap_mangen::roff::{Roff, roman};

/// A part of the help that has a title.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// In capitals, as a page has it.
    pub(super) title: String,
    pub(super) text: String,
}

/// Adds paragraphs. What is indented is shown as it is, as tables and commands have to be.
pub(super) fn prose(roff: &mut Roff, text: &str) {
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            roff.control("PP", []);
        }
        let is_as_it_is = paragraph.starts_with(' ');
        if is_as_it_is {
            roff.control("nf", []);
        }
        for line in paragraph.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        if is_as_it_is {
            roff.control("fi", []);
        }
    }
}

/// What stands below each line that is not indented: `Exit codes:`, with a text behind it or below it.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in text.lines() {
        let title = match line.starts_with(' ') {
            true => None,
            false => line.split_once(':'),
        };
        match (title, sections.last_mut()) {
            (Some((title, rest)), _) => sections.push(Section {
                // "Keys, as git add -p has them"
                title: title.split(',').next().unwrap_or(title).to_uppercase(),
                text: rest.trim_start().to_owned(),
            }),
            (None, Some(section)) => {
                if !section.text.is_empty() {
                    section.text.push('\n');
                }
                section.text.push_str(line);
            }
            (None, None) => {}
        }
    }
    for section in &mut sections {
        section.text.truncate(section.text.trim_end().len());
    }
    sections
}
