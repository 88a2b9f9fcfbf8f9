//! The journal of a run: what was about to be done and what came of it, a line of JSON each, synced before the next
//! step. It is only ever appended to.

mod before;
mod entry;
mod history;
mod plan;
mod runs;

pub(super) use before::folder_before;
pub(super) use entry::Event;
pub(super) use history::{History, Track, UNDO};
pub(crate) use runs::run_ids;
pub(super) use runs::{Run, Runs, file_name};

pub(super) type Entry = crate::journal::Entry<Event>;
pub(super) type Journal = crate::journal::Journal<Event>;
