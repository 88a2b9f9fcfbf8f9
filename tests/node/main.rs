//! What a kubelet, a runtime and real programs do. tests/cluster/README.md says how to join a real node; KUBECONFIG names
//! the cluster. Without a node, or without root, the tests say so and end.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && tests/cluster/node/up.sh /tmp/c
//! KUBECONFIG=/tmp/c/kubeconfig cargo test --test node -- --ignored
//! ```

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod kubelet;
#[path = "../rollout/night.rs"]
#[allow(dead_code)]
mod night;
mod ports;
mod privileges;
mod retry;
mod servers;
mod soak;
#[path = "../support/mod.rs"]
mod support;
