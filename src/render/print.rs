//! `-o yaml` and `-o json`: whole documents, in their own bytes where the format is theirs.

use super::{Page, Rendered};
use crate::manifest::Document;
use crate::patch::{Edit, Edits, splice};
use crate::yaml::{self, LineIndex, Span};

impl Page<'_> {
    /// Prints the text in a format, converted document by document where it is in the other one. A refused
    /// document is not printed as if it were hardened: in YAML it is commented out, in JSON it is left out.
    pub(super) fn print(&self, json: bool, edits: &Edits, out: &mut Rendered) {
        let is_json = is_json(self.text);
        let refused = self.documents.iter().filter(|d| d.hardened.result.is_err());
        let without = refused.map(|document| self.without(document, is_json));
        let edits = Edits::new(edits.iter().cloned().chain(without).collect()).unwrap_or_default();
        let patched = splice(self.text, &edits);
        if is_json == json {
            out.stdout = patched;
            return;
        }
        let index = LineIndex::new(&patched);
        let chunks = yaml::split(&patched).into_iter().map(|chunk| chunk.span);
        for chunk in chunks.filter(|chunk| has_content(chunk.of(&patched))) {
            let text = chunk.of(&patched);
            let values = match is_json {
                true => yaml::json_values(text),
                false => vec![Span::new(0, text.len())],
            };
            for value in values {
                if let Err(message) = convert(value.of(text), json, &mut out.stdout) {
                    let line = index.position(chunk.start + value.start).line;
                    let message = format!("{}:{line}: {message}", self.shown);
                    out.error(&message, "print it in its own format");
                }
            }
        }
    }

    /// Takes a refused document out, all but its `---`.
    fn without(&self, document: &Document, is_json: bool) -> Edit {
        let text = document.span.of(self.text);
        if is_json {
            return Edit::replace(document.span, "");
        }
        let marker = text.starts_with(b"---");
        let mut commented = Vec::with_capacity(text.len() + text.len() / 8);
        for (i, line) in text.split_inclusive(|&b| b == b'\n').enumerate() {
            let keep = (i == 0 && marker) || line.trim_ascii().is_empty();
            commented.extend_from_slice(if keep { b"" } else { b"# " });
            commented.extend_from_slice(line);
        }
        Edit::replace(document.span, commented)
    }
}

/// Whether a chunk holds more than blank lines, comments and markers.
fn has_content(chunk: &[u8]) -> bool {
    let mut lines = chunk.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    lines
        .any(|line| !line.is_empty() && !line.starts_with(b"#") && line != b"---" && line != b"...")
}

/// Whether a text is JSON through and through: one value or a stream of them.
fn is_json(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let values = yaml::json_values(text);
    !values.is_empty() && values.iter().all(|span| yaml::is_json(span.of(text)))
}

fn convert(text: &[u8], json: bool, out: &mut Vec<u8>) -> Result<(), String> {
    let value = match json {
        true => {
            let tree = yaml::prove(text).map_err(|error| error.message)?;
            yaml::to_json(&tree).map_err(|error| error.to_string())?
        }
        false => serde_json::from_slice(text).map_err(|error| error.to_string())?,
    };
    if value.is_null() {
        return Ok(());
    }
    if json {
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, format);
        serde::Serialize::serialize(&value, &mut serializer).map_err(|e| e.to_string())?;
        out.push(b'\n');
    } else {
        if !out.is_empty() {
            out.extend_from_slice(b"---\n");
        }
        out.extend_from_slice(yaml::to_yaml(&value).as_bytes());
    }
    Ok(())
}
