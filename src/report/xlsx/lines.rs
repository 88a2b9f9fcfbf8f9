//! Lines of the summary, one below the other.

use rust_xlsxwriter::utility::column_number_to_name;
use rust_xlsxwriter::{ColNum, Formula, RowNum, Worksheet, XlsxError};

use super::sheets::{clipped, height};
use super::style::Style;
use crate::report::words::yes_or_no;

/// A sheet that is written from top to bottom.
pub(super) struct Lines<'s> {
    pub(super) sheet: &'s mut Worksheet,
    pub(super) style: &'s Style,
    /// The next row.
    pub(super) row: RowNum,
    /// How many rows the sheet "Fields" has below its header.
    pub(super) fields: usize,
    /// How many statuses a field can have; their sum stands in the column after them.
    pub(super) statuses: ColNum,
}

impl Lines<'_> {
    /// A count for each status and their sum.
    pub(super) fn fields_by_status(
        &mut self,
        counts: &[usize],
        formula: impl Fn(&str) -> String,
    ) -> Result<(), XlsxError> {
        for (count, column) in counts.iter().zip(1..=self.statuses) {
            self.count(column, &formula(&column_number_to_name(column)), *count)?;
        }
        let (row, last) = (self.row + 1, column_number_to_name(self.statuses));
        let sum = format!("SUM(B{row}:{last}{row})");
        self.count(self.statuses + 1, &sum, counts.iter().sum())
    }

    /// Under a sum: the same number from elsewhere, and whether they agree.
    pub(super) fn adds_up(
        &mut self,
        column: ColNum,
        formula: &str,
        words: &str,
        count: usize,
    ) -> Result<(), XlsxError> {
        let letter = column_number_to_name(column);
        self.row += 1;
        self.text(self.row, 0, words)?;
        self.count(column, formula, count)?;
        self.row += 1;
        self.text(self.row, 0, "adds up")?;
        let formula = format!(
            "IF({letter}{}={letter}{},\"yes\",\"NO\")",
            self.row - 1,
            self.row
        );
        let formula = Formula::new(formula).set_result(yes_or_no(true));
        self.sheet
            .write_formula_with_format(self.row, column, formula, &self.style.total)?;
        self.row += 1;
        Ok(())
    }

    pub(super) fn heading(&mut self, words: &str, columns: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        self.sheet
            .write_string_with_format(self.row, 0, words, &self.style.heading)?;
        self.row += 1;
        for (name, column) in columns.iter().zip(0..) {
            self.sheet
                .write_string_with_format(self.row, column, *name, &self.style.head)?;
        }
        self.sheet.set_row_height(self.row, height(2))?;
        self.row += 1;
        Ok(())
    }

    pub(super) fn text(
        &mut self,
        row: RowNum,
        column: ColNum,
        text: &str,
    ) -> Result<(), XlsxError> {
        self.sheet
            .write_string_with_format(row, column, clipped(text), &self.style.text)?;
        Ok(())
    }

    pub(super) fn note(&mut self, column: ColNum, text: &str) -> Result<(), XlsxError> {
        self.sheet
            .write_string_with_format(self.row, column, text, &self.style.note)?;
        Ok(())
    }

    pub(super) fn count(
        &mut self,
        column: ColNum,
        formula: &str,
        result: usize,
    ) -> Result<(), XlsxError> {
        let formula = Formula::new(formula).set_result(result.to_string());
        self.sheet
            .write_formula_with_format(self.row, column, formula, &self.style.number)?;
        Ok(())
    }

    pub(super) fn total(
        &mut self,
        column: ColNum,
        formula: &str,
        result: usize,
    ) -> Result<(), XlsxError> {
        let formula = Formula::new(formula).set_result(result.to_string());
        self.sheet
            .write_formula_with_format(self.row, column, formula, &self.style.total)?;
        Ok(())
    }
}
