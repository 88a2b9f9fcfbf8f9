//! Configurations of container images: from registries, and from local archives without any network.
//!
//! Requests go through kube's client, which the program has anyway: TLS with the roots of the system, proxies, timeouts. An
//! OCI client (oci-client 0.18) would add fifty crates, reads manifests of any size into memory, and keeps to itself why a
//! registry refused credentials.

mod accounts;
mod archive;
mod cache;
mod credentials;
mod document;
mod failure;
mod helper;
mod inspector;
mod layer;
mod places;
mod reference;
mod remote;
mod zstd;

use std::path::PathBuf;
use std::time::Duration;

use crate::images::Platform;

pub use archive::ArchiveError;
pub use inspector::{Answer, Inspector};
pub use places::Places;

/// How long a registry has to connect and to answer all that is asked of one image.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Which images are looked at, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts, with a port where they have one, whose certificates are not checked and that may speak plain HTTP, as for
    /// docker and skopeo. Loopback is among them without being named.
    pub insecure: Vec<String>,
    /// Which image of a multi-platform one.
    pub platform: Platform,
    /// OCI layout directories, OCI archives and archives of `docker save`. What they hold is not asked for elsewhere.
    pub archives: Vec<PathBuf>,
    /// How long a registry has to connect and to answer all that is asked of one image. One that takes longer, or fails,
    /// is not asked again.
    pub timeout: Duration,
    /// Whether registries are asked at all.
    pub uses_network: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: Vec::new(),
            platform: Platform::default(),
            archives: Vec::new(),
            timeout: TIMEOUT,
            uses_network: false,
        }
    }
}
