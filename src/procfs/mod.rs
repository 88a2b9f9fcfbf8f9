//! What Linux says of processes and sockets below `/proc`, as proc(5) describes it. Pure: texts in, values out.

mod capability;
mod echoes;
mod mount;
mod process;
mod sockets;

pub(crate) use capability::{Capabilities, NAMES};
pub(crate) use echoes::has_pinged;
pub(crate) use mount::root_is_read_only;
pub(crate) use process::{Ids, Process, processes};
pub(crate) use sockets::{Listening, Protocol, listening};
