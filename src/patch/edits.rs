//! Edits of a text: sorted, disjoint, reversible.

use crate::yaml::Span;

/// One replaced span; an insertion where the span is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes away.
    pub span: Span,
    /// What comes instead.
    pub text: Vec<u8>,
}

impl Edit {
    /// Inserts `text` before the byte at `at`.
    pub fn insert(at: usize, text: impl Into<Vec<u8>>) -> Self {
        Self::replace(Span::new(at, at), text)
    }

    /// Puts `text` in the place of `span`.
    pub fn replace(span: Span, text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        Self { span, text }
    }
}

/// Two edits want the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two edits overlap at byte {0}")]
pub struct Overlap(pub usize);

/// Edits in order, none of which touches another's span. Insertions at one place keep the order in which they
/// were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

impl Edits {
    /// Sorts edits.
    ///
    /// # Errors
    /// Where two of them overlap.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let overlap = edits.windows(2).find_map(|pair| match pair {
            [a, b] if b.span.start < a.span.end => Some(Overlap(b.span.start)),
            _ => None,
        });
        overlap.map_or(Ok(Self(edits)), Err)
    }

    /// The edits of parts of a text, each with its part's offset. Parts are disjoint and come in order.
    pub fn of_parts<'e>(parts: impl Iterator<Item = (usize, &'e Self)>) -> Self {
        let edits = parts.flat_map(|(offset, edits)| {
            edits.iter().map(move |edit| {
                let span = Span::new(edit.span.start + offset, edit.span.end + offset);
                Edit::replace(span, edit.text.clone())
            })
        });
        Self(edits.collect())
    }

    /// The edits in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Edit> {
        self.0.iter()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The edits that undo these in the text that [`splice`] made of `original`.
    pub fn inverse(&self, original: &[u8]) -> Self {
        let mut shift = 0isize;
        let inverse = self.0.iter().map(|edit| {
            let start = edit.span.start.saturating_add_signed(shift);
            shift += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
            let span = Span::new(start, start + edit.text.len());
            Edit::replace(span, edit.span.of(original))
        });
        Self(inverse.collect())
    }
}

/// Carries edits out.
pub fn splice(text: &[u8], edits: &Edits) -> Vec<u8> {
    let inserted: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut spliced = Vec::with_capacity(text.len() + inserted);
    let mut at = 0;
    for edit in edits.iter() {
        spliced.extend_from_slice(Span::new(at, edit.span.start).of(text));
        spliced.extend_from_slice(&edit.text);
        at = edit.span.end;
    }
    spliced.extend_from_slice(Span::new(at, text.len()).of(text));
    spliced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_sort_and_refuse_overlaps() {
        let edits = vec![
            Edit::insert(4, "b"),
            Edit::replace(Span::new(0, 2), "x"),
            Edit::insert(4, "c"),
        ];
        let edits = Edits::new(edits).expect("disjoint");
        let spliced = splice(b"aabbcc", &edits);
        assert_eq!(spliced, b"xbbbccc");
        assert_eq!(splice(&spliced, &edits.inverse(b"aabbcc")), b"aabbcc");
        let overlapping = vec![Edit::replace(Span::new(0, 3), ""), Edit::insert(2, "")];
        assert_eq!(Edits::new(overlapping), Err(Overlap(2)));
    }
}
