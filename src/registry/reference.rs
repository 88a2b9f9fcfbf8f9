//! Names and digests as registries know them.

pub(super) use crate::images::Reference;

/// Reads the name of an image, with the tag that is meant where neither a tag nor a digest is written.
pub(super) fn parse(text: &str) -> Option<Reference> {
    let mut reference = Reference::parse(text)?;
    reference.tag = reference.meant_tag().map(str::to_owned);
    Some(reference)
}

/// The repository in a registry: `library/nginx`.
pub(super) fn repository(reference: &Reference) -> String {
    reference.path.join("/")
}

/// SHA-256, which all registries use.
pub(super) fn is_digest(text: &str) -> bool {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.chars().all(is_hex))
}
