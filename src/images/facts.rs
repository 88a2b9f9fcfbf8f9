//! What is known of one image, each fact with where it is from.

use std::fmt;

use super::User;

/// Where a fact is from; the first of these that knows decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An entry under `images` in `.kubectl-harden.yaml`, with its pattern.
    Configuration(String),
    /// The image's own configuration.
    Image,
    /// The table of well-known images.
    Table {
        /// The row's repository.
        row: &'static str,
        /// Whether it was read from what the image is built from; else it is inferred.
        is_verified: bool,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(pattern) => write!(f, "images \"{pattern}\" in the configuration"),
            Self::Image => f.write_str("the image itself"),
            Self::Table {
                is_verified: true, ..
            } => f.write_str("well-known image"),
            Self::Table {
                is_verified: false, ..
            } => f.write_str("well-known image, inferred"),
        }
    }
}

/// A fact with where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// The fact.
    pub value: T,
    /// Where it is from.
    pub origin: Origin,
}

/// The user and group that an image's files are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The uid, which is not 0.
    pub uid: i64,
    /// The gid, which may be 0; `None` where only the uid is known.
    pub gid: Option<i64>,
}

/// When an image cannot do its work without root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaysRoot {
    /// Wherever it runs.
    Always,
    /// Where it mounts a directory of the node.
    WithHostPath,
}

/// What is known of an image. What is not known is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its USER.
    pub user: Option<Known<User>>,
    /// The user and group to run it as.
    pub ids: Option<Known<Ids>>,
    /// Directories that it writes to and that are empty in the image: absolute, without a trailing slash.
    pub writable: Vec<String>,
    /// Directories that it writes to and that hold files in the image, which an empty volume would hide.
    pub filled: Vec<String>,
    /// Ports below 1024 that it listens on by default.
    pub low_ports: Vec<u16>,
    /// Capabilities on the file of its program (`setcap`): without them in the bounding set it does not start.
    pub file_capabilities: Vec<String>,
    /// Whether it has to stay root.
    pub stays_root: Option<StaysRoot>,
    /// Whether it is an agent of the node: CNI, CSI, log shippers, node exporters.
    pub is_agent: bool,
    /// What a person should know besides; empty where there is nothing.
    pub note: String,
}
