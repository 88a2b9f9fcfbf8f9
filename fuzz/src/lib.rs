//! What the fuzz targets share: settings, and a judge of edits that trusts nothing of the crate's own proofs.

mod judge;

pub use judge::{comments_stay, only_contexts_differ, undone};

use jiff::civil::date;
use kubectl_harden::checks::Policy;
use kubectl_harden::examine::Settings;
use kubectl_harden::workload::Kinds;

/// The settings of the command line without flags, and those of `--unsafe-fixes`.
pub fn settings(unsafe_fixes: bool) -> Settings {
    let mut policy = Policy::new(date(2026, 1, 1));
    policy.unsafe_fixes = unsafe_fixes;
    Settings {
        kinds: Kinds::default(),
        policy,
        rules: Vec::new(),
        keeps_evidence: false,
    }
}
