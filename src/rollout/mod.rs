//! Hardening a live cluster: what would change as a plan, and carrying it out, watched.

/// A line on standard error. Where nobody reads it any more it is lost, which `eprintln` would panic over.
macro_rules! remark {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

mod age;
mod apply;
mod begin;
mod check;
mod command;
mod conduct;
mod drive;
mod git_patch;
mod halt;
mod health;
mod identity;
mod journal;
mod lease;
mod ledger;
mod lessons;
mod machine;
mod managed_fields;
mod notify;
mod options;
mod outcome;
mod overview;
mod owners;
mod path;
mod plan;
mod planning;
mod progress;
mod record;
mod resume;
mod retry;
mod reviewing;
mod risks;
mod schedule;
mod send;
mod signals;
mod state;
mod status;
mod survey;
mod table;
mod task;
mod trial;
mod undo;
mod which_cluster;
mod window;
mod words;
mod write;

pub use apply::apply;
pub(crate) use journal::run_ids;
pub(crate) use owners::owners;
pub use path::{FieldPath, NoPath, Step};
pub use plan::{Change, HardenPlan, LeftOut, ObjectRef, PlannedWorkload};
pub use planning::plan;
pub use record::report;
pub(crate) use reviewing::{Reviewable, reviewable};
pub(crate) use risks::{Surroundings, risks};
pub use state::State;
pub use status::status;
pub use undo::undo;

use crate::cluster::Failure;

/// A failure of the cluster as the end of a command.
fn fail(failure: Failure) -> anyhow::Error {
    anyhow::anyhow!("{}\nhint: {}", failure.message, failure.hint)
}
