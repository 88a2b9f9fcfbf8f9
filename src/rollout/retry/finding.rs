//! The cause of a failure, as the journal keeps it.

use serde::{Deserialize, Serialize};

use crate::cause::Cause;

/// Why a container failed, as far as one symptom tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::rollout) struct Finding {
    pub(in crate::rollout) container: String,
    /// The row of the table of symptoms.
    pub(in crate::rollout) symptom: String,
    /// The guilty fields; empty where the change is not to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::rollout) fields: Vec<String>,
    /// The line that tells.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::rollout) evidence: String,
    /// What keeps the field and makes the container run.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::rollout) remedy: String,
    /// What the application or its image has to change.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::rollout) fix: String,
}

impl From<&Cause> for Finding {
    fn from(cause: &Cause) -> Self {
        Self {
            container: cause.container.clone(),
            symptom: cause.row.to_owned(),
            fields: cause
                .fields
                .iter()
                .map(|field| (*field).to_owned())
                .collect(),
            evidence: cause.evidence.trim_end_matches("\\n").to_owned(),
            remedy: cause.remedy.clone(),
            fix: cause.fix.clone(),
        }
    }
}

impl Finding {
    /// In one line: `container web: readOnlyRootFilesystem: mkdir() "/x" failed (30: Read-only file system)`.
    pub(in crate::rollout) fn line(&self) -> String {
        let fields = match self.fields.as_slice() {
            [] => self.symptom.clone(),
            [field, ..] => field.clone(),
        };
        format!("container {}: {fields}: {}", self.container, self.evidence)
    }
}
