//! A workload that failed, tried again: with what it needs, or without the field that it does not run with.
//!
//! What was learned of it is journalled as data. Its changes are made anew from that, by the pipeline that made the first
//! ones.

mod as_root;
mod directory;
mod finding;
mod leave_out;
mod lesson;
mod listed;
mod remedy;
mod replan;
mod survey;
mod symptoms;
mod volumes;
mod words;

pub(super) use finding::Finding;
pub(super) use leave_out::{leave_out_all, may_be_ours};
pub(super) use lesson::{Learned, Lesson, RunsAs};
pub(super) use remedy::{Allowed, remedied, surveyed};
pub(super) use replan::{replan, with_lessons};
pub(super) use survey::{LIMIT, SCRIPT, Survey};
pub(super) use symptoms::{AllLogs, seen};
pub(super) use words::ToFix;
