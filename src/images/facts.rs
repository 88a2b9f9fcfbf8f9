//! What is known of one image, each fact with where it is from.

use std::fmt;

use super::{ImageConfig, MAX_ID, User};
use crate::container_path::clean;

/// Where a fact is from; the first of these that knows decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// What was seen of the program while it ran, in this run.
    Observed,
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
            Self::Observed => f.write_str("seen while it ran"),
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

/// What is known of an image. What is not known is `None` or empty; a list that is there and empty says that there is nothing,
/// whatever others say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its USER.
    pub user: Option<Known<User>>,
    /// The user and group to run it as.
    pub ids: Option<Known<Ids>>,
    /// Directories that it writes to and that are empty in the image: absolute, without a trailing slash.
    pub writable: Option<Vec<String>>,
    /// Directories that it writes to and where an empty volume does not do: it would hide files of the image, or its owner is
    /// not the program's user.
    pub filled: Option<Vec<String>>,
    /// Directories that it writes to and that have files of the image: a volume there is filled from the image first.
    pub seeded: Vec<String>,
    /// The directory that it gets as HOME, where it writes to its own.
    pub home: Option<String>,
    /// Ports below 1024 that it listens on by default.
    pub low_ports: Option<Vec<u16>>,
    /// Ports below 1024 that it was seen to listen on; 0 is one that nobody named.
    pub listens: Vec<u16>,
    /// Whether it sends echo requests, as ping does.
    pub pings: bool,
    /// Capabilities on the file of its program (`setcap`): without them in the bounding set it does not start.
    pub file_capabilities: Option<Vec<String>>,
    /// Capabilities that it does its work with where it stays root: to change users, owners, or its root directory.
    pub root_capabilities: Option<Vec<String>>,
    /// Whether it has to stay root.
    pub stays_root: Option<Known<StaysRoot>>,
    /// Whether it is an agent of the node: CNI, CSI, log shippers, node exporters.
    pub is_agent: bool,
    /// What a person should know besides; empty where there is nothing.
    pub note: String,
}

impl Facts {
    /// What an image says of itself. Root is no user to run as.
    pub fn of(config: &ImageConfig) -> Self {
        let known = |value| Known {
            value,
            origin: Origin::Image,
        };
        let user = User::parse(&config.user);
        let gid = config.ids.and_then(|ids| ids.gid);
        let ids = match user {
            User::Uid(uid @ 1..=MAX_ID) => Some(Ids { uid, gid }),
            User::Name(_) => config.ids.filter(|ids| ids.uid > 0),
            User::Unset | User::Uid(_) => None,
        };
        let volumes = config.volumes.iter().map(|path| clean(path));
        Self {
            user: Some(Known {
                value: user,
                origin: Origin::Image,
            }),
            ids: ids.map(known),
            writable: listed(volumes),
            low_ports: listed(
                config
                    .exposed_ports
                    .iter()
                    .filter_map(|port| low_port(port)),
            ),
            ..Self::default()
        }
    }

    /// These facts, and what they do not say from others. Directories and capabilities add up.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        add(&mut self.writable, &others.writable);
        add(&mut self.filled, &others.filled);
        for directory in &others.seeded {
            if !self.seeded.contains(directory) {
                self.seeded.push(directory.clone());
            }
        }
        add(&mut self.file_capabilities, &others.file_capabilities);
        add(&mut self.root_capabilities, &others.root_capabilities);
        // What is said to be empty by one and filled by another would lose its files.
        let seeded = &self.seeded;
        if let Some(filled) = &mut self.filled {
            filled.retain(|path| !seeded.contains(path));
        }
        let filled = self.filled.as_deref().unwrap_or_default();
        if let Some(writable) = &mut self.writable {
            writable.retain(|path| !filled.contains(path) && !seeded.contains(path));
        }
        self.low_ports = self.low_ports.or_else(|| others.low_ports.clone());
        for port in &others.listens {
            if !self.listens.contains(port) {
                self.listens.push(*port);
            }
        }
        if self.note.is_empty() {
            self.note.clone_from(&others.note);
        }
        self.home = self.home.or_else(|| others.home.clone());
        self.user = self.user.or_else(|| others.user.clone());
        self.ids = self.ids.or_else(|| others.ids.clone());
        self.stays_root = self.stays_root.or_else(|| others.stays_root.clone());
        self.pings |= others.pings;
        self.is_agent |= others.is_agent;
        self
    }
}

/// A list from a source that cannot say that there is nothing: empty, it says nothing.
pub(super) fn listed<T>(items: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then_some(items)
}

/// Adds what another source knows, unless this one says that there is nothing.
fn add(known: &mut Option<Vec<String>>, more: &Option<Vec<String>>) {
    match (known.as_mut(), more) {
        (None, more) => known.clone_from(more),
        (Some(known), Some(more)) if !known.is_empty() => {
            let new: Vec<_> = more.iter().filter(|item| !known.contains(item)).collect();
            known.extend(new.into_iter().cloned());
        }
        _ => {}
    }
}

/// A port of EXPOSE below 1024: `80/tcp`, `53/udp`, `80`.
fn low_port(port: &str) -> Option<u16> {
    let number = port.split('/').next()?.parse().ok()?;
    (1..1024).contains(&number).then_some(number)
}
