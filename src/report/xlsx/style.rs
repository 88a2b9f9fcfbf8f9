//! How cells look. Statuses differ by weight and shade as well as by colour, so that they do on a monochrome print.

use crate::report::states::{Concern, concern};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

const RULE: Color = Color::RGB(0xC9_CF_D6);
const HEAD: Color = Color::RGB(0xDD_E3_EA);

pub(super) struct Style {
    /// The report's name.
    pub(super) title: Format,
    /// A table's name.
    pub(super) heading: Format,
    /// A column's name.
    pub(super) head: Format,
    /// Text in a table, wrapped.
    pub(super) text: Format,
    /// A number in a table.
    pub(super) number: Format,
    /// A day in a table.
    pub(super) day: Format,
    /// A sum.
    pub(super) total: Format,
    /// Remarks.
    pub(super) note: Format,
    fixed: Format,
    unsafe_fixes: Format,
    decision: Format,
    exempt: Format,
    refused: Format,
    not_covered: Format,
}

impl Style {
    pub(super) fn new() -> Self {
        let cell = Format::new()
            .set_font_size(10)
            .set_align(FormatAlign::Top)
            .set_border(FormatBorder::Thin)
            .set_border_color(RULE);
        let text = cell.clone().set_text_wrap();
        let bold = text.clone().set_bold();
        let filled = |format: &Format, color: u32| {
            let color = Color::RGB(color);
            format.clone().set_background_color(color)
        };
        Self {
            title: Format::new().set_bold().set_font_size(16),
            heading: Format::new().set_bold().set_font_size(12),
            head: bold
                .clone()
                .set_background_color(HEAD)
                .set_border_bottom(FormatBorder::Medium),
            number: cell.clone().set_align(FormatAlign::Right),
            day: cell.clone().set_num_format("yyyy-mm-dd"),
            total: cell
                .set_bold()
                .set_background_color(HEAD)
                .set_align(FormatAlign::Right),
            note: Format::new().set_font_size(10).set_italic().set_indent(1),
            fixed: filled(&bold, 0xE3_F1_E5),
            unsafe_fixes: filled(&bold, 0xFF_E8_C7),
            decision: filled(&bold, 0xFF_D0_91),
            exempt: filled(&text, 0xEC_EC_EC).set_italic(),
            refused: filled(&bold, 0x9B_1C_1C).set_font_color(Color::White),
            not_covered: filled(&bold, 0xF6_D4_D4).set_italic(),
            text,
        }
    }

    /// The look of a status or outcome, by the words in the cell.
    pub(super) fn of_status(&self, words: &str) -> &Format {
        match words {
            "fixed" | "fixed by -w" => &self.fixed,
            "needs --unsafe-fixes" => &self.unsafe_fixes,
            "needs a decision" => &self.decision,
            "exempt" => &self.exempt,
            "refused" | "not done" => &self.refused,
            "not covered" => &self.not_covered,
            _ => &self.text,
        }
    }

    /// The look of a state of a rollout, by what it asks of the reader.
    pub(super) fn of_state(&self, state: &str) -> &Format {
        match (state, concern(state)) {
            ("unrestored", _) => &self.refused,
            (_, Concern::Person) => &self.decision,
            (_, Concern::Open) => &self.unsafe_fixes,
            ("hardened" | "unwatched", _) => &self.fixed,
            _ => &self.text,
        }
    }
}
