//! A text that is kept within a length by leaving out whole items, never by cutting markup.

/// A heading with items below it.
pub(super) struct Section {
    /// Its name, as a line of Markdown.
    pub(super) heading: &'static str,
    /// What opens it: the beginning of a table.
    pub(super) head: &'static str,
    /// What it lists, each whole.
    pub(super) items: Vec<String>,
    /// What closes it.
    pub(super) tail: &'static str,
}

impl Section {
    /// What it takes without items, with the remark that all of them are left out.
    fn least(&self) -> usize {
        let frame = self.heading.len() + self.head.len() + self.tail.len();
        frame + more(self.items.len()).len()
    }
}

/// The text so far.
pub(super) struct Bounded {
    text: String,
    longest: usize,
}

impl Bounded {
    /// Starts with what has to be there.
    pub(super) fn new(text: String, longest: usize) -> Self {
        Self { text, longest }
    }

    /// The text with the sections that have items. Items are taken in their order; one that does not fit is left out,
    /// and each section says how many were.
    pub(super) fn with(mut self, mut sections: Vec<Section>) -> String {
        sections.retain(|section| !section.items.is_empty());
        let mut later: usize = sections.iter().map(Section::least).sum();
        for section in sections {
            let room = self.longest.saturating_sub(self.text.len() + later);
            later = later.saturating_sub(section.least());
            self.section(&section, room);
        }
        self.text
    }

    fn section(&mut self, section: &Section, mut room: usize) {
        let mut left_out = 0;
        self.text += section.heading;
        self.text += section.head;
        for item in &section.items {
            match room.checked_sub(item.len()) {
                Some(rest) => {
                    room = rest;
                    self.text += item;
                }
                None => left_out += 1,
            }
        }
        self.text += section.tail;
        if left_out > 0 {
            self.text += &more(left_out);
        }
    }
}

fn more(left_out: usize) -> String {
    format!("**{left_out} more, see the artifact of this run.**\n\n")
}
