//! Driving one workload: look at the cluster, decide, do it, write it down, again.

mod clock;
mod compare;
mod driver;
mod effects;
mod evidence;
mod logs;
mod observe;
mod pace;
mod probe;
mod retries;
mod steps;
mod trials;
mod wake;
mod warnings;

pub(super) use driver::{Driver, Stop};
pub(super) use pace::Pace;
pub(super) use warnings::Warnings;
