//! What the fuzz targets share: settings, and a judge of edits that trusts nothing of the crate's own proofs.

mod judge;

pub use judge::{comments_stay, only_contexts_differ, undone};

use jiff::civil::date;
use kubectl_harden::checks::{LowPorts, Policy, WritableDirs};
use kubectl_harden::examine::Settings;

/// The settings of the command line without flags, and those of `--unsafe-fixes --writable-dirs --low-ports=sysctl`.
pub fn settings(unsafe_fixes: bool) -> Settings {
    let mut policy = Policy::new(date(2026, 1, 1));
    policy.unsafe_fixes = unsafe_fixes;
    if unsafe_fixes {
        policy.writable_dirs = Some(WritableDirs::Auto);
        policy.low_ports = LowPorts::Sysctl;
    }
    Settings::new(policy)
}
