//! Hardening a live cluster: what would change as a plan, and carrying it out, watched.

mod age;
mod git_patch;
mod health;
mod notify;
mod owners;
mod path;
mod risks;
mod state;
mod table;
mod trial;
mod width;
mod window;

pub use age::{human_duration, utc};
pub use git_patch::{json_patch, kustomize_patch, restore_patch};
pub use health::{
    Calm, Observed, Reason, Verdict, disturbed, judge, judge_job, latest_warning, stuck_pods,
    was_healthy,
};
pub use notify::{Notifier, Transition};
pub use owners::{Owner, is_person, last_manager, owners, person};
pub use path::{FieldPath, NoPath, Step};
pub use risks::{Risk, Surroundings, Weight, risks, weight};
pub use state::State;
pub use table::{RunRow, WorkloadRow, runs, status, table};
pub use trial::{trial_job, trial_name};
pub use window::{NoWindow, Opening, Window};
