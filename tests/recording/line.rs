//! A line of a terminal as text of an SVG.

use std::fmt::Write;

use vt100::{Cell, Color, Screen};

/// Columns and rows in pixels.
pub const COLUMN: f32 = 8.4;
pub const ROW: f32 = 19.0;

/// Letters of the same look.
struct Run {
    column: u16,
    text: String,
    class: String,
    /// In the colour of the ground, on a ground of its colour.
    inverse: bool,
}

/// A line of the screen.
pub struct Line(Vec<Run>);

/// The lines of a screen down to the last that is not empty.
pub fn all(screen: &Screen) -> Vec<Line> {
    let (rows, columns) = screen.size();
    let lines = (0..rows.get()).map(|row| Line::of(screen, row, columns.get()));
    let mut lines: Vec<_> = lines.collect();
    while lines.last().is_some_and(|line| line.0.is_empty()) {
        lines.pop();
    }
    lines
}

impl Line {
    fn of(screen: &Screen, row: u16, columns: u16) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column).filter(|cell| cell.has_contents()) else {
                continue;
            };
            let class = class(cell);
            match runs.last_mut() {
                Some(run) if run.looks(&class, cell.inverse()) && run.end() == column => {
                    run.text.push_str(cell.contents());
                }
                _ => runs.push(Run {
                    column,
                    text: cell.contents().into(),
                    class,
                    inverse: cell.inverse(),
                }),
            }
        }
        for run in runs.iter_mut().filter(|run| !run.inverse) {
            let spaces = run.text.len() - run.text.trim_start().len();
            run.column += u16::try_from(spaces).unwrap();
            run.text = run.text.trim().to_owned();
        }
        runs.retain(|run| !run.text.is_empty());
        Self(runs)
    }

    /// A text without colours.
    pub fn plain(text: &str) -> Self {
        let (text, class) = (text.to_owned(), String::new());
        Self(vec![Run {
            column: 0,
            text,
            class,
            inverse: false,
        }])
    }

    pub fn draw(&self, svg: &mut String, row: usize) {
        for run in &self.0 {
            run.draw(svg, row);
        }
    }
}

impl Run {
    fn looks(&self, class: &str, inverse: bool) -> bool {
        self.class == class && self.inverse == inverse
    }

    fn end(&self) -> u16 {
        self.column + u16::try_from(self.text.chars().count()).unwrap()
    }

    /// As wide as its columns, whatever font a browser finds.
    fn draw(&self, svg: &mut String, row: usize) {
        let (x, y) = (f32::from(self.column) * COLUMN, row as f32 * ROW);
        let length = f32::from(self.end() - self.column) * COLUMN;
        let mut class = self.class.as_str();
        if self.inverse {
            let ground = format!(
                "<path class=\"fg {class}\" d=\"M{x:.1} {y:.1}h{length:.1}v{ROW}h-{length:.1}z\"/>"
            );
            writeln!(svg, "{ground}").unwrap();
            class = "bg";
        }
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let text = self.text.replace('&', "&amp;").replace('<', "&lt;");
        let base = y + 0.75 * ROW;
        writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{base:.1}\" textLength=\"{length:.1}\"{class}>{text}</text>"
        )
        .unwrap();
    }
}

/// The classes of the style that a cell has.
fn class(cell: &Cell) -> String {
    let color = match cell.fgcolor() {
        Color::Default => String::new(),
        Color::Idx(index) => format!("c{}", index % 8),
        Color::Rgb(..) => panic!("the program prints only the colours of the terminal"),
    };
    let others = [(cell.bold(), "b"), (cell.dim(), "d")];
    let others = others.iter().filter(|(is, _)| *is).map(|(_, name)| *name);
    let classes: Vec<_> = std::iter::once(color.as_str()).chain(others).collect();
    classes.join(" ").trim().to_owned()
}
