//! Hardening a live cluster: what would change as a plan, and carrying it out, watched.

mod health;
mod path;
mod state;

pub use health::{Observed, Reason, Verdict};
pub use path::{FieldPath, NoPath, Step};
pub use state::State;
