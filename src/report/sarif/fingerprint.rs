//! What a finding is recognised by in a later run.
//!
//! The key is `hardenRow/v1`; other parts or another hash would be `v2` beside it, so that consumers see
//! that values of two versions are not comparable. Lines and columns are no part of it, nor are the indices
//! in a field's path: a line above or a container before changes nothing. What is alike in all parts is
//! numbered in the order of the text, as GitHub's own `primaryLocationLineHash` is. That one is left to
//! GitHub's upload action, which makes it of the text and warns of any other value.

use std::collections::HashMap;

use serde::Serialize;

/// The fingerprints of one finding.
#[derive(Serialize)]
pub(super) struct Fingerprint {
    #[serde(rename = "hardenRow/v1")]
    row: String,
}

/// How often each hash was met.
#[derive(Default)]
pub(super) struct Fingerprints(HashMap<u128, usize>);

impl Fingerprints {
    /// The fingerprint of what has these parts.
    pub(super) fn of(&mut self, parts: &[&str]) -> Fingerprint {
        let hash = hash(parts);
        let count = self.0.entry(hash).or_default();
        *count += 1;
        let row = format!("{hash:032x}:{count}");
        Fingerprint { row }
    }
}

/// A field's path without the indices of lists: `containers[].securityContext.runAsUser`.
pub(super) fn without_indices(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        plain.push('[');
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    plain + rest
}

/// FNV-1a of 128 bits (RFC 9923), each part closed by a byte that UTF-8 does not have. It has to be the same
/// on every machine and in every version, which the standard library's hashes are not.
fn hash(parts: &[&str]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xFF]));
    bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_are_numbered() {
        let mut fingerprints = Fingerprints::default();
        let first = fingerprints.of(&["a", "b"]).row;
        assert_eq!(first, "697222d0e0757277b806e9775b4e0ce2:1");
        let second = fingerprints.of(&["a", "b"]).row;
        assert_eq!(second, first.replace(":1", ":2"));
        assert_ne!(fingerprints.of(&["ab", ""]).row, first);
    }

    #[test]
    fn indices_are_left_out_and_keys_are_not() {
        let field = "spec.volumes[12].hostPath, metadata.annotations[\"a[1]\"]";
        let plain = "spec.volumes[].hostPath, metadata.annotations[\"a[]\"]";
        assert_eq!(without_indices(field), plain);
        assert_eq!(without_indices("a[3"), "a[");
    }
}
