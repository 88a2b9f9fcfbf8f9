//! Inserts the baseline securityContext into Kubernetes manifests and proves that nothing else changed.
//!
//! See ARCHITECTURE.md for what flows where. The pipeline is pure between reading and writing.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod base_directory;
pub mod cause;
pub mod checks;
pub mod cli;
pub mod cluster;
pub mod color;
pub mod completion;
pub mod config;
mod container_path;
pub mod document;
pub mod evidence;
pub mod examine;
pub mod exempt;
pub mod explain;
mod image_lookup;
pub mod images;
mod inspect;
mod journal;
pub mod manifest;
pub mod manual;
pub mod ordered;
pub mod outcome;
pub mod patch;
mod printable;
mod procfs;
pub mod registry;
pub mod render;
pub mod report;
pub mod review;
pub mod rollout;
pub mod run;
pub mod sink;
pub mod source;
pub mod suggest;
mod table;
pub mod tally;
pub mod verify;
pub mod version;
mod width;
pub mod workload;
pub mod yaml;
