//! The journal of a run: what was about to be done and what came of it, a line of JSON each, synced before the next
//! step. It is only ever appended to.

mod entry;
mod file;
mod folder;
mod history;
mod lock;
mod plan;
mod runs;

pub(super) use entry::{Entry, Event};
pub(super) use file::Journal;
pub(super) use history::{History, Track, UNDO};
pub(super) use runs::{Run, Runs, file_name};
