//! What a report says of what was learned, and of what is new in logs.

use crate::report::{Learned, LeftOut, LogWarning};
use crate::rollout::journal::Track;
use crate::rollout::retry::ToFix;

/// What the containers of a workload were given besides.
pub(super) fn learned(track: &Track) -> Vec<Learned> {
    let Some((learned, changes)) = track.in_use() else {
        return Vec::new();
    };
    let opened = learned.opened(changes).into_iter();
    let opened = opened.map(|(container, opened)| (container, opened.to_owned()));
    let all = learned.facts(changes).into_iter().chain(opened);
    let all = all.map(|(container, text)| Learned {
        container: container.to_owned(),
        text,
    });
    all.collect()
}

/// What they run without.
pub(super) fn left_out(track: &Track) -> Vec<LeftOut> {
    let all = track.to_fix().into_iter().map(
        |ToFix {
             container,
             checks,
             evidence,
             fix,
         }| LeftOut {
            container,
            checks: checks.into_iter().map(str::to_owned).collect(),
            evidence,
            fix,
        },
    );
    all.collect()
}

/// What its containers did not say before.
pub(super) fn log_warnings(track: &Track) -> Vec<LogWarning> {
    let all = track.log_warnings.iter().map(|warning| LogWarning {
        container: warning.container.clone(),
        line: warning.line.clone(),
        count: warning.count,
        check: warning.field.clone(),
    });
    all.collect()
}
