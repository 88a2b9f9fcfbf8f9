//! What a rollout has to survive: kill -9, an API server that goes away, credentials that expire, a second run, signals,
//! a full disk, a sleeping laptop, a damaged journal. tests/cluster/README.md says how to start a cluster.
//!
//! ```sh
//! tests/cluster/up.sh /tmp/c && KUBECONFIG=/tmp/c/kubeconfig cargo test --test rollout_chaos -- --ignored --nocapture
//! ```
//!
//! `HARDEN_TEST_KILLS=50` kills so often, over several runs; `HARDEN_TEST_SEED` repeats the moments of an earlier loop as
//! far as the machine lets them be repeated.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod audit;
mod cluster;
mod credentials;
mod damage;
mod fleet;
mod journal;
mod kills;
mod outage;
mod process;
mod signals;
mod two_runs;
