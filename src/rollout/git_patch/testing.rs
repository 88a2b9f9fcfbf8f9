//! Applying patches with code that is not ours.

use serde_json::Value;

use crate::rollout::FieldPath;

pub(super) fn path(text: &str) -> FieldPath {
    text.parse().expect(text)
}

/// What `patch` makes of `object`, or why it does not apply.
pub(super) fn applied(object: &Value, patch: &Value) -> Result<Value, String> {
    let patch: ::json_patch::Patch =
        serde_json::from_value(patch.clone()).map_err(|error| error.to_string())?;
    let mut result = object.clone();
    ::json_patch::patch(&mut result, &patch).map_err(|error| error.to_string())?;
    Ok(result)
}
