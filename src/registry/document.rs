//! The JSON documents of an image: index, manifest, configuration.
//!
//! Source: the OCI image specification 1.1 and Docker's image manifest version 2, schema 2, which differ in media types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::reference::is_digest;
use crate::images::ImageConfig;
use crate::images::Platform;

/// The largest index, manifest or configuration, in bytes.
pub(super) const MAX_DOCUMENT: usize = 4 << 20;

/// The largest number of layers; Linux mounts no more than a few hundred.
const MAX_LAYERS: usize = 1024;

/// What a manifest can be, for a registry that is asked for one.
pub(super) const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json";

const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// A reference to another document or layer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    pub(super) digest: String,
    #[serde(default)]
    pub(super) platform: Option<PlatformOf>,
    #[serde(default)]
    pub(super) annotations: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct PlatformOf {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

/// One image.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    /// The lowest first.
    pub(super) layers: Vec<Descriptor>,
}

#[derive(Clone, Debug)]
pub(super) enum Document {
    Index(Vec<Descriptor>),
    Manifest(Manifest),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: Option<u64>,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    fs_layers: Option<IgnoredAny>,
}

impl Document {
    /// # Errors
    /// What it is instead.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| {
            Failure::image(format!("its manifest does not read as one: {error}"))
        })?;
        let broken =
            |why: &str| Failure::image(format!("its manifest does not read as one: {why}"));
        let document = match raw {
            Raw {
                schema_version: Some(1),
                ..
            }
            | Raw {
                fs_layers: Some(_), ..
            } => {
                return Err(broken("schema 1, which runtimes have given up")
                    .hint("push it again with a current tool"));
            }
            // CVE-2021-41190: what is both is one thing for some and another for others.
            Raw {
                manifests: Some(_),
                config: Some(_),
                ..
            }
            | Raw {
                manifests: Some(_),
                layers: Some(_),
                ..
            } => {
                return Err(broken("it is an index and a manifest at once"));
            }
            Raw {
                manifests: Some(manifests),
                ..
            } => Self::Index(manifests),
            Raw {
                config: Some(config),
                layers,
                ..
            } => Self::Manifest(Manifest {
                config,
                layers: layers.unwrap_or_default(),
            }),
            _ => return Err(broken("it has neither manifests nor a config")),
        };
        document.checked()
    }

    fn checked(self) -> Result<Self, Failure> {
        let (descriptors, layers) = match &self {
            Self::Index(manifests) => (manifests.iter().collect(), 0),
            Self::Manifest(Manifest { config, layers }) => (
                layers.iter().chain([config]).collect::<Vec<_>>(),
                layers.len(),
            ),
        };
        if let Some(wrong) = descriptors.iter().find(|other| !is_digest(&other.digest)) {
            let digest: String = wrong.digest.chars().take(80).collect();
            return Err(Failure::image(format!(
                "\"{digest}\" is no digest of SHA-256"
            )));
        }
        match layers > MAX_LAYERS {
            true => Err(Failure::image(format!("it has {layers} layers"))),
            false => Ok(self),
        }
    }
}

impl Manifest {
    /// # Errors
    /// It is a chart, a signature or something else that is kept in registries.
    pub(super) fn of_image(self) -> Result<Self, Failure> {
        let media_type = &self.config.media_type;
        match CONFIGS.contains(&media_type.as_str()) {
            true => Ok(self),
            false => Err(Failure::image(format!(
                "it is no container image: {media_type}"
            ))),
        }
    }
}

/// The image of an index that runs on a platform.
///
/// # Errors
/// There is none; which there are.
pub(super) fn choose(manifests: &[Descriptor], platform: &Platform) -> Result<Descriptor, Failure> {
    if let [only @ Descriptor { platform: None, .. }] = manifests {
        return Ok(only.clone());
    }
    // Attestations are of an unknown platform.
    let of = |descriptor: &Descriptor| {
        let row = descriptor.platform.as_ref()?;
        let there = Platform::of_index(&row.os, &row.architecture, row.variant.as_deref());
        (there.os != "unknown").then_some(there)
    };
    let ranked = manifests
        .iter()
        .filter_map(|one| Some((platform.rank(&of(one)?)?, one)));
    if let Some((_, best)) = ranked.min_by_key(|(rank, _)| *rank) {
        return Ok(best.clone());
    }
    let mut there: Vec<_> = manifests
        .iter()
        .filter_map(of)
        .map(|one| one.to_string())
        .collect();
    there.sort();
    there.dedup();
    there.truncate(12);
    let there = match there.is_empty() {
        true => String::from("no image for any"),
        false => format!("only for {}", there.join(", ")),
    };
    Err(Failure::image(format!("no image for {platform}, {there}"))
        .hint("choose one with --platform"))
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    config: Option<Execution>,
    #[serde(default)]
    rootfs: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Execution {
    user: Option<String>,
    exposed_ports: Option<BTreeMap<String, IgnoredAny>>,
    volumes: Option<BTreeMap<String, IgnoredAny>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
}

/// Reads an image's configuration.
///
/// # Errors
/// It is none.
pub(super) fn read_config(bytes: &[u8], manifest_digest: &str) -> Result<ImageConfig, Failure> {
    let broken =
        |why: &str| Failure::image(format!("its configuration does not read as one: {why}"));
    let config: Config =
        serde_json::from_slice(bytes).map_err(|error| broken(&error.to_string()))?;
    if config.rootfs.is_none() && config.config.is_none() {
        return Err(broken("it has neither config nor rootfs"));
    }
    let execution = config.config.unwrap_or_default();
    let keys = |map: Option<BTreeMap<String, IgnoredAny>>| {
        map.unwrap_or_default().into_keys().collect::<Vec<_>>()
    };
    let command = execution.entrypoint.into_iter().chain(execution.cmd);
    Ok(ImageConfig {
        digest: manifest_digest.to_owned(),
        user: execution.user.unwrap_or_default(),
        ids: None,
        exposed_ports: keys(execution.exposed_ports),
        volumes: keys(execution.volumes),
        command: command.flatten().collect(),
    })
}

/// The digest of bytes: `sha256:...`.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

/// A finished hash as a digest.
pub(super) fn hex(hash: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in hash {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// # Errors
/// Other bytes than those that were asked for.
pub(super) fn verify(bytes: &[u8], digest: &str) -> Result<(), Failure> {
    match digest_of(bytes) == digest {
        true => Ok(()),
        false => Err(Failure::image(format!(
            "what came for {digest} has another digest"
        ))),
    }
}
