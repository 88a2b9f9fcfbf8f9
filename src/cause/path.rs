//! A path that a line names.

use std::fmt;

/// A path, normalised: no `//`, no `/./`, no `..`, no final `/`. One that does not begin with `/` is relative to the
/// program's working directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(String);

impl FilePath {
    /// Normalises a path as it stands in a line; `None` for an empty one, and for one with control characters.
    pub fn new(text: &str) -> Option<Self> {
        if text.contains(char::is_control) {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        let is_absolute = text.starts_with('/');
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                ".." if is_absolute => {}
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        match (is_absolute, path.is_empty()) {
            (true, _) => Some(Self(format!("/{path}"))),
            (false, true) => None,
            (false, false) => Some(Self(path)),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is relative to the program's working directory.
    pub fn is_relative(&self) -> bool {
        !self.0.starts_with('/')
    }

    /// The directory that it is in; `None` for `/` and for a relative path of one part.
    pub fn parent(&self) -> Option<Self> {
        let (parent, last) = self.0.rsplit_once('/')?;
        match (parent, last) {
            (_, "") => None,
            ("", _) => Some(Self("/".into())),
            (parent, _) => Some(Self(parent.into())),
        }
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}
