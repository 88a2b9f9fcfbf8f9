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

pub mod workload;
pub mod yaml;
