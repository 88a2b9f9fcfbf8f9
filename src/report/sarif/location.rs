//! Where a finding is, and what `-w` replaces there.

use std::path::{Path, is_separator};

use serde::Serialize;

use super::super::{Place, Position, Replacement, Subject};
use super::Text;

/// What relative URIs are relative to; GitHub takes it for the root of the repository.
pub(super) const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_locations: Option<[LogicalLocation; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

/// From a place to the end of its line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

/// A change of the file that resolves a finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fix<'r> {
    description: Text<String>,
    artifact_changes: [ArtifactChange<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange<'r> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Change<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'r> {
    deleted_region: DeletedRegion,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_content: Option<Text<&'r str>>,
}

/// The same region twice: editors go by lines and columns, bytes leave no doubt.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedRegion {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

/// A place of a subject. Standard input is no artifact: there only the object's name is left.
pub(super) fn location(subject: &Subject, place: &Place) -> Option<Location> {
    let physical_location = artifact(&place.path).map(|artifact_location| PhysicalLocation {
        artifact_location,
        region: Region {
            start_line: place.line.max(1),
            start_column: place.column.max(1),
        },
    });
    let logical_locations = subject.object.as_ref().map(|object| {
        let fully_qualified_name = match object.namespace.as_str() {
            "" => object.resource.clone(),
            namespace => format!("{namespace}/{}", object.resource),
        };
        let kind = "object";
        [LogicalLocation {
            fully_qualified_name,
            kind,
        }]
    });
    let nowhere = physical_location.is_none() && logical_locations.is_none();
    (!nowhere).then_some(Location {
        physical_location,
        logical_locations,
    })
}

/// The change of a whole subject. A fix is carried out whole, so it cannot be divided among findings.
pub(super) fn fix<'r>(subject: &'r Subject, name: &str) -> Option<Fix<'r>> {
    let artifact_location = artifact(&subject.place.path)?;
    let replacements: Vec<_> = subject.replacements.iter().map(Change::from).collect();
    (!replacements.is_empty()).then(|| Fix {
        description: Text {
            text: format!("Harden {name}: all of its fields that `kubectl harden -w` fixes."),
        },
        artifact_changes: [ArtifactChange {
            artifact_location,
            replacements,
        }],
    })
}

impl<'r> From<&'r Replacement> for Change<'r> {
    fn from(replacement: &'r Replacement) -> Self {
        let Position { line, column } = replacement.start;
        let text = replacement.text.as_str();
        Self {
            deleted_region: DeletedRegion {
                start_line: line,
                start_column: column,
                end_line: replacement.end.line,
                end_column: replacement.end.column,
                byte_offset: replacement.offset,
                byte_length: replacement.length,
            },
            inserted_content: (!text.is_empty()).then_some(Text { text }),
        }
    }
}

fn artifact(path: &str) -> Option<ArtifactLocation> {
    if path == "stdin" {
        return None;
    }
    let encoded = encode(path);
    if !Path::new(path).is_absolute() {
        return Some(ArtifactLocation {
            uri: encoded,
            uri_base_id: Some(ROOT),
        });
    }
    let slash = if encoded.starts_with('/') { "" } else { "/" };
    Some(ArtifactLocation {
        uri: format!("file://{slash}{encoded}"),
        uri_base_id: None,
    })
}

/// RFC 3986: everything but unreserved characters as UTF-8 in percent signs, a colon too, which would make
/// a scheme of the first segment.
fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            c if is_separator(c) => encoded.push('/'),
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' => encoded.push(c),
            c => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    encoded.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        let uri = |path: &str| artifact(path).map(|a| (a.uri, a.uri_base_id));
        let relative = |uri: &str| Some((uri.to_owned(), Some(ROOT)));
        assert_eq!(uri("a/b-c_d.e~f.yaml"), relative("a/b-c_d.e~f.yaml"));
        assert_eq!(uri("a b/ü#1?.yaml"), relative("a%20b/%C3%BC%231%3F.yaml"));
        assert_eq!(uri("100%25.yaml"), relative("100%2525.yaml"));
        assert_eq!(
            uri("http:x/[a]+&.yml"),
            relative("http%3Ax/%5Ba%5D%2B%26.yml")
        );
        assert_eq!(uri("👾\n.yaml"), relative("%F0%9F%91%BE%0A.yaml"));
        assert_eq!(uri("stdin"), None);
        assert_eq!(uri("sub/stdin"), relative("sub/stdin"));
    }

    #[cfg(unix)]
    #[test]
    fn absolute_paths_become_file_uris() {
        let found = artifact("/srv/my apps/a\\b.yaml").map(|a| (a.uri, a.uri_base_id));
        let wanted = "file:///srv/my%20apps/a%5Cb.yaml".to_owned();
        assert_eq!(found, Some((wanted, None)));
    }

    #[cfg(windows)]
    #[test]
    fn absolute_paths_become_file_uris() {
        let found = artifact("C:\\my apps\\a.yaml").map(|a| (a.uri, a.uri_base_id));
        let wanted = "file:///C%3A/my%20apps/a.yaml".to_owned();
        assert_eq!(found, Some((wanted, None)));
    }
}
