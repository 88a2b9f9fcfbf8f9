//! Hardening a live cluster: what would change as a plan, and carrying it out, watched.

mod health;
mod path;
mod state;
mod trial;

pub use health::{
    Calm, Observed, Reason, Verdict, disturbed, judge, judge_job, latest_warning, stuck_pods,
    was_healthy,
};
pub use path::{FieldPath, NoPath, Step};
pub use state::State;
pub use trial::{trial_job, trial_name};
