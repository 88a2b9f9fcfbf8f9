//! The identity of pod templates.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::rollout::path::{FieldPath, Step};

/// A hash of an object's pod templates: of each pod spec and the metadata beside it, whatever the order of keys.
/// The number of replicas, status and the object's own labels are no part of it.
pub fn template_hash(object: &Value, pod_specs: &[FieldPath]) -> String {
    let templates = pod_specs.iter().map(|spec| {
        let beside = spec.parent().filter(|parent| !parent.steps().is_empty());
        let metadata = beside.map(|parent| parent.then(Step::Key("metadata".into())));
        let metadata = metadata.and_then(|path| path.get(object));
        json!([spec.to_string(), metadata, spec.get(object)])
    });
    let mut templates = Value::Array(templates.collect());
    templates.sort_all_objects();
    let hash = Sha256::digest(templates.to_string().as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_template_alone() {
        let specs: [FieldPath; 1] = ["spec.template.spec".parse().expect("a path")];
        let hash = |text: &str| {
            let object = serde_json::from_str(text).expect(text);
            template_hash(&object, &specs)
        };
        let one = hash(
            r#"{"spec":{"replicas":1,"template":{"metadata":{"a":"1","b":"2"},"spec":{"x":1,"y":2}}}}"#,
        );
        let same = hash(
            r#"{"spec":{"template":{"spec":{"y":2,"x":1},"metadata":{"b":"2","a":"1"}}},"status":{"z":1}}"#,
        );
        assert_eq!(one, same);
        for other in [
            r#"{"spec":{"template":{"metadata":{"a":"1","b":"2"},"spec":{"x":1,"y":3}}}}"#,
            r#"{"spec":{"template":{"metadata":{"a":"1"},"spec":{"x":1,"y":2}}}}"#,
            r#"{"spec":{"template":{"spec":{"x":1,"y":2}}}}"#,
            "{}",
        ] {
            assert_ne!(hash(other), one, "{other}");
        }
    }
}
