//! The checks that rows name: said once, not in every row.

use serde::Serialize;

use crate::checks::{Check, Control};

#[derive(Serialize)]
pub(super) struct CheckEntry {
    id: &'static str,
    title: &'static str,
    link: &'static str,
    controls: Vec<ControlEntry>,
}

#[derive(Serialize)]
struct ControlEntry {
    framework: &'static str,
    version: &'static str,
    id: &'static str,
    note: &'static str,
}

impl From<&Check> for CheckEntry {
    fn from(check: &Check) -> Self {
        Self {
            id: check.id,
            title: check.title,
            link: check.link,
            controls: check.controls.iter().map(ControlEntry::from).collect(),
        }
    }
}

impl From<&Control> for ControlEntry {
    fn from(control: &Control) -> Self {
        // Names every field, so that a new one cannot be forgotten.
        let Control {
            framework,
            version,
            id,
            note,
        } = *control;
        Self {
            framework,
            version,
            id,
            note,
        }
    }
}
