//! Lines as wide as the terminal.

use std::io;

use textwrap::{Options, WordSplitter, fill};

use super::groups::Groups;
use crate::printable::printable;
use crate::rollout::plan::ObjectRef;

/// Where the terminal does not say how wide it is.
const USUAL: usize = 80;

/// Between these, lines are as wide as the terminal.
const NARROWEST: usize = 40;
const WIDEST: usize = 120;

/// How many texts a section has, and how many names each of them: the plan has all.
const MOST_TEXTS: usize = 20;
const MOST_NAMES: usize = 12;

/// How many names of one type in one namespace are listed.
const MOST_OBJECTS: usize = 200;

/// The width of the terminal.
pub(super) fn width() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    let width = size.map_or(USUAL, |(width, _)| usize::from(width.0));
    width.clamp(NARROWEST, WIDEST)
}

/// Text that is being written.
pub(in crate::rollout) struct Page {
    pub(in crate::rollout) text: String,
    width: usize,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self {
            text: String::new(),
            width,
        }
    }

    /// A line, wrapped.
    pub(super) fn line(&mut self, text: &str) {
        self.wrapped(0, text);
    }

    /// Names on as few lines as they need, some of them where they are many.
    pub(super) fn list(&mut self, depth: usize, names: &[String]) {
        self.wrapped(depth, &some(names, MOST_NAMES));
    }

    /// A section: each text with its names, and its second line, a hint, below them.
    /// What is about `all` workloads names none.
    pub(super) fn groups(&mut self, title: &str, groups: &Groups, all: usize) {
        let groups = groups.sorted();
        if groups.is_empty() {
            return;
        }
        self.line(&format!("{title}:"));
        for (text, names) in groups.iter().take(MOST_TEXTS) {
            let (text, hint) = text.split_once('\n').unwrap_or((text, ""));
            match names {
                [name] => self.wrapped(1, &format!("{name}: {text}")),
                names if names.len() == all => self.wrapped(1, &format!("all {all}: {text}")),
                names => {
                    self.wrapped(1, &format!("{} workloads: {text}", names.len()));
                    self.list(2, names);
                }
            }
            if !hint.is_empty() {
                self.wrapped(2, hint);
            }
        }
        let more = groups.len().saturating_sub(MOST_TEXTS);
        if more > 0 {
            self.wrapped(1, &format!("and {more} more: the plan has all"));
        }
    }

    /// Objects by namespace and type: `shop deployment.apps: web, api`.
    pub(super) fn names<'o>(&mut self, objects: impl Iterator<Item = &'o ObjectRef>) {
        let mut types = Groups::default();
        for object in objects {
            let of = object.object();
            let of = of.strip_suffix(object.name.as_str()).unwrap_or_default();
            let of = of.trim_end_matches('/');
            let place = match object.namespace.as_str() {
                "" => of.to_owned(),
                namespace => format!("{namespace} {of}"),
            };
            types.add(place, object.name.clone());
        }
        for (place, names) in types.sorted() {
            self.wrapped(1, &format!("{place}: {}", some(names, MOST_OBJECTS)));
        }
    }

    fn wrapped(&mut self, depth: usize, text: &str) {
        let first = "  ".repeat(depth);
        let next = "  ".repeat(depth + 1);
        let options = Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&next)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        self.text += &fill(&printable(text), options);
        self.text.push('\n');
    }
}

fn some(names: &[String], most: usize) -> String {
    let shown: Vec<_> = names.iter().take(most).map(String::as_str).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
