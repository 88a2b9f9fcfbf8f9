//! Records that survive a crash: a journal of JSON lines, synced step by step, in a private directory of its own.

mod directory;
mod file;
mod lock;

pub(crate) use directory::{
    LOCK, create_private, directories, new_directory, state_directory, sync,
};
pub(crate) use file::{Entry, Journal};
pub(crate) use lock::Lock;
