//! Changes as a file for git.

use serde_json::Value;

use crate::rollout::git_patch::{json_patch, kustomize_patch};
use crate::rollout::plan::Change;

/// A patch for kustomize, or a JSON patch where that cannot say it, with the ending of its file's name.
pub(super) fn of(original: &Value, changes: &[Change]) -> Option<(&'static str, String)> {
    let wanted = changes
        .iter()
        .map(|change| (change.field.clone(), change.after.clone()));
    let wanted: Vec<_> = wanted.collect();
    if let Some(patch) = kustomize_patch(original, &wanted) {
        return Some(("yaml", patch));
    }
    let patch = json_patch(original, &wanted)?;
    Some(("json", serde_json::to_string_pretty(&patch).ok()?))
}
