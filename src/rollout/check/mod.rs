//! Everything that can be known before the first change: may it be done, would the server take it, would it change
//! anything else.

mod access;
mod dry_run;
mod known;

pub(super) use access::review;
pub(super) use dry_run::{Checked, Standing, check_all};
pub(super) use known::Known;
