//! What is known of container images, and what follows from it. Pure: images are read in `registry`, before anything is
//! planned.

mod config;
mod facts;
mod known;
pub mod kubelet;
mod platform;
mod reference;
mod table;

pub use config::{ImageConfig, User};
pub use facts::{Facts, Ids, Known, Origin, StaysRoot};
pub use known::{Entry, Images, without_tag};
pub use platform::{Platform, PlatformError};
pub use reference::{DOCKER_HUB, Reference};
pub use table::well_known;

/// The largest uid or gid that the API server takes (`validation.IsValidUserID`).
pub const MAX_ID: i64 = i32::MAX as i64;
