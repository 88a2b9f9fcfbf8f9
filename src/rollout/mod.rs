//! Hardening a live cluster: what would change as a plan, and carrying it out, watched.

mod git_patch;
mod health;
mod owners;
mod path;
mod risks;
mod state;
mod trial;

pub use git_patch::{json_patch, kustomize_patch, restore_patch};
pub use health::{
    Calm, Observed, Reason, Verdict, disturbed, judge, judge_job, latest_warning, stuck_pods,
    was_healthy,
};
pub use owners::{Owner, is_person, last_manager, owners, person};
pub use path::{FieldPath, NoPath, Step};
pub use risks::{Risk, Surroundings, Weight, risks, weight};
pub use state::State;
pub use trial::{trial_job, trial_name};
