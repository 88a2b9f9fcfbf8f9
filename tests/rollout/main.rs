//! A rollout as a user runs it, against a real control plane: what is asserted is what the server says afterwards, what
//! was printed, and the journal. tests/cluster/README.md says how to start one; KUBECONFIG names it.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && KUBECONFIG=/tmp/c/kubeconfig cargo test --test rollout -- --ignored
//! ```

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod cases;
mod expected;
mod fields;
mod fleet;
mod images;
mod judged;
mod mixed;
mod night;
mod refused;
mod small;
mod stops;
#[path = "../support/mod.rs"]
mod support;
