//! Commands and what they print, one after another, as an SVG that moves by CSS alone: GitHub shows it as a picture, in
//! which no script runs. Who wants no motion sees the first screen.

use std::fmt::Write;

use super::line::{COLUMN, Line, ROW};
use super::{COLUMNS, ROWS};

/// Pixels around them.
const MARGIN: f32 = 14.0;
const PROMPT: &str = "$ ";

/// Seconds: before the first key, for each key, and from the last to the output.
const START: f32 = 0.6;
const KEY: f32 = 0.04;
const ENTER: f32 = 0.3;

/// A command with its output.
pub struct Command {
    typed: String,
    output: Vec<Line>,
    seconds: f32,
}

impl Command {
    /// `seconds` is how long the output stands before the next command is typed.
    pub fn new(typed: &str, output: Vec<Line>, seconds: f32) -> Self {
        let typed = typed.to_owned();
        Self {
            typed,
            output,
            seconds,
        }
    }

    fn typing(&self) -> f32 {
        self.typed.chars().count() as f32 * KEY
    }
}

struct Movie {
    seconds: f32,
    style: String,
    lines: String,
    /// Times, and the rows that are written by then.
    rows: Vec<(f32, usize)>,
}

/// The SVG.
pub fn movie(commands: &[Command]) -> String {
    let all = commands.iter();
    let length = all.map(|command| command.typing() + ENTER + command.seconds);
    let mut movie = Movie {
        seconds: START + length.sum::<f32>(),
        style: String::new(),
        lines: String::new(),
        rows: Vec::new(),
    };
    let mut time = START;
    for (index, command) in commands.iter().enumerate() {
        time = movie.play(index, command, time);
    }
    movie.scroll();
    movie.svg()
}

impl Movie {
    /// Adds a command that is typed from a time on; the time at which the next one is.
    fn play(&mut self, index: usize, command: &Command, time: f32) -> f32 {
        let row = self.rows.last().map_or(0, |(_, rows)| *rows);
        let typed = time + command.typing();
        let printed = typed + ENTER;

        if index > 0 {
            self.rows.push((time, row + 1));
        }
        let begin = if index > 0 { time } else { 0.0 };
        self.group(&format!("p{index}"), begin);
        Line::plain(&format!("{PROMPT}{}", command.typed)).draw(&mut self.lines, row);
        self.cover(index, command, row, (begin, time, typed, printed));
        self.lines.push_str("</g>\n");

        self.group(&format!("o{index}"), printed);
        for (below, line) in command.output.iter().enumerate() {
            line.draw(&mut self.lines, row + 1 + below);
        }
        self.lines.push_str("</g>\n");
        self.rows.push((printed, row + 1 + command.output.len()));
        printed + command.seconds
    }

    fn percent(&self, time: f32) -> f32 {
        time / self.seconds * 100.0
    }

    /// Begins what is seen from a time on.
    fn group(&mut self, name: &str, time: f32) {
        let percent = self.percent(time);
        writeln!(self.lines, "<g class=\"{name}\">").unwrap();
        if time > 0.0 {
            writeln!(
                self.style,
                "@keyframes {name}{{0%{{opacity:0}}{percent:.2}%,to{{opacity:1}}}}\n.{name}{{animation-name:{name}}}"
            )
            .unwrap();
        }
    }

    /// A cursor and all that is behind it, which moves over a line key by key.
    fn cover(&mut self, index: usize, command: &Command, row: usize, times: (f32, f32, f32, f32)) {
        let (begin, time, typed, printed) = times;
        let keys = command.typed.chars().count();
        let (x, y) = (PROMPT.len() as f32 * COLUMN, row as f32 * ROW);
        let (end, width) = (keys as f32 * COLUMN, f32::from(COLUMNS) * COLUMN);
        writeln!(
            self.lines,
            "<g class=\"cover k{index}\"><path class=\"bg\" d=\"M{x:.1} {y:.1}h{width:.1}v{ROW}h-{width:.1}z\"/>\
             <path class=\"cursor\" d=\"M{x:.1} {y:.1}h{COLUMN}v{ROW}h-{COLUMN}z\"/></g>"
        )
        .unwrap();
        let at = [begin, time, typed, printed].map(|time| self.percent(time));
        writeln!(
            self.style,
            "@keyframes k{index}{{0%{{opacity:0}}{:.2}%{{opacity:1;transform:none}}\
             {:.2}%{{opacity:1;transform:none;animation-timing-function:steps({keys})}}\
             {:.2}%{{opacity:1;transform:translateX({end:.1}px)}}\
             {:.2}%,to{{opacity:0}}}}\n.k{index}{{animation-name:k{index}}}",
            at[0], at[1], at[2], at[3]
        )
        .unwrap();
    }

    /// Moves everything up where the last rows would not be seen.
    fn scroll(&mut self) {
        let mut frames = String::from("0%{transform:none}");
        for (time, rows) in &self.rows {
            let hidden = rows.saturating_sub(usize::from(ROWS)) as f32 * ROW;
            let percent = self.percent(*time);
            write!(frames, "{percent:.2}%{{transform:translateY(-{hidden}px)}}").unwrap();
        }
        writeln!(
            self.style,
            "@keyframes scroll{{{frames}}}\n.scroll{{animation-name:scroll}}"
        )
        .unwrap();
    }

    fn svg(&self) -> String {
        let (width, height) = (f32::from(COLUMNS) * COLUMN, f32::from(ROWS) * ROW);
        let (whole, high) = (width + 2.0 * MARGIN, height + 2.0 * MARGIN);
        let Self {
            seconds,
            style,
            lines,
            ..
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {high}\" width=\"{whole}\" height=\"{high}\">\n\
             <style>\n{STYLE}g{{animation:{seconds:.2}s step-end infinite}}\n{style}\
             @media (prefers-reduced-motion:reduce){{g{{animation:none!important}}}}\n</style>\n\
             <rect class=\"bg edge\" x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n\
             <svg x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"{width}\" height=\"{height}\" xml:space=\"preserve\">\n\
             <g class=\"scroll\">\n{lines}</g>\n</svg>\n</svg>\n",
            whole - 2.0,
            high - 2.0
        )
    }
}

/// The colours of a terminal, on a light and on a dark page.
const STYLE: &str = "\
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}
text,.fg{fill:#1f2328}
.bg{fill:#f6f8fa}
.edge{stroke:#d1d9e0}
.cursor{fill:#59636e}
.cover{opacity:0}
.b{font-weight:700}
.d{fill:#59636e}
.c1{fill:#cf222e}
.c2{fill:#116329}
.c3{fill:#7d4e00}
.c4{fill:#0969da}
.c5{fill:#8250df}
.c6{fill:#1b7c83}
@media (prefers-color-scheme:dark){
text,.fg{fill:#e6edf3}
.bg{fill:#0d1117}
.edge{stroke:#3d444d}
.cursor,.d{fill:#9198a1}
.c1{fill:#ff7b72}
.c2{fill:#56d364}
.c3{fill:#e3b341}
.c4{fill:#79c0ff}
.c5{fill:#d2a8ff}
.c6{fill:#56d4dd}
}
";
