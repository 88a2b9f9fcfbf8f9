//! Driving one workload: look at the cluster, decide, do it, write it down, again.

mod clock;
mod evidence;
mod observe;
mod selector;
mod steps;
mod wake;

pub(super) use observe::Warnings;
pub(super) use steps::{Driver, Stop};
