//! Images as bytes: blobs by digest, in the forms that they are kept in.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:web:/:/bin/false\n";
pub const GROUP: &str = "root:x:0:\nweb:x:102:\nstaff:x:50:\n";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// Blobs by digest, and the descriptors of images by name.
#[derive(Clone, Default)]
pub struct Images {
    pub blobs: BTreeMap<String, Vec<u8>>,
    pub named: Vec<(String, Value)>,
}

/// How a layer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    Plain,
    Gzip,
    Zstd,
}

pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A tar archive of files; a name that ends in a slash is a directory.
pub fn tar(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    tar_of(&entries)
}

pub fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if name.ends_with('/') {
            header.set_entry_type(tar::EntryType::Directory);
        }
        builder
            .append_data(&mut header, name, *bytes)
            .expect("added");
    }
    builder.into_inner().expect("ended")
}

pub fn pack(bytes: &[u8], packed: Packed) -> Vec<u8> {
    match packed {
        Packed::Plain => bytes.to_vec(),
        Packed::Gzip => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).expect("packed");
            encoder.finish().expect("packed")
        }
        Packed::Zstd => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            let (first, second) = bytes.split_at(bytes.len() / 2);
            // Two frames with one between them that is to be skipped, as in layers that can be read in parts.
            let mut all = ruzstd::encoding::compress_to_vec(first, level);
            all.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
            all.extend(ruzstd::encoding::compress_to_vec(second, level));
            all
        }
    }
}

impl Images {
    pub fn add_blob(&mut self, bytes: Vec<u8>) -> String {
        let digest = digest(&bytes);
        self.blobs.insert(digest.clone(), bytes);
        digest
    }

    fn describe(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let size = bytes.len();
        json!({"mediaType": media_type, "digest": self.add_blob(bytes), "size": size})
    }

    /// An image with layers, the lowest first; its descriptor.
    pub fn image(&mut self, user: &str, layers: &[Vec<u8>]) -> Value {
        self.image_for("amd64", user, layers, Packed::Gzip)
    }

    pub fn image_for(
        &mut self,
        architecture: &str,
        user: &str,
        layers: &[Vec<u8>],
        packed: Packed,
    ) -> Value {
        let media_type = match packed {
            Packed::Plain => "application/vnd.oci.image.layer.v1.tar",
            Packed::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Packed::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        };
        let diffs: Vec<_> = layers.iter().map(|layer| digest(layer)).collect();
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": {
                "User": user,
                "ExposedPorts": {"8080/tcp": {}, "80/tcp": {}},
                "Volumes": {"/data": {}},
                "Entrypoint": ["/entry"],
                "Cmd": ["serve", "--all"],
            },
            "rootfs": {"type": "layers", "diff_ids": diffs},
        });
        let config = self.describe(CONFIG, config.to_string().into_bytes());
        let layers: Vec<_> = layers
            .iter()
            .map(|layer| self.describe(media_type, pack(layer, packed)))
            .collect();
        self.manifest(&config, &layers)
    }

    pub fn manifest(&mut self, config: &Value, layers: &[Value]) -> Value {
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        self.describe(MANIFEST, manifest.to_string().into_bytes())
    }

    /// An index of images for platforms.
    pub fn index(&mut self, images: &[(&str, Value)]) -> Value {
        let manifests: Vec<_> = images
            .iter()
            .map(|(platform, image)| {
                let mut parts = platform.split('/');
                let mut image = image.clone();
                image["platform"] = json!({
                    "os": parts.next(), "architecture": parts.next(), "variant": parts.next().unwrap_or_default(),
                });
                image
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        self.describe(INDEX, index.to_string().into_bytes())
    }

    pub fn name(&mut self, name: &str, image: Value) -> String {
        let digest = image["digest"].as_str().expect("a digest").to_owned();
        self.named.push((name.to_owned(), image));
        digest
    }

    /// The image of a user over the usual files.
    pub fn add(&mut self, name: &str, user: &str) -> String {
        let layer = tar(&[("etc/", ""), ("etc/passwd", PASSWD), ("etc/group", GROUP)]);
        let image = self.image(user, &[layer]);
        self.name(name, image)
    }

    /// `index.json`, which names images by an annotation.
    fn index_json(&self, annotation: &str) -> Vec<u8> {
        let manifests: Vec<_> = self
            .named
            .iter()
            .map(|(name, image)| {
                let mut image = image.clone();
                image["annotations"] = json!({annotation: name});
                image
            })
            .collect();
        json!({"schemaVersion": 2, "manifests": manifests})
            .to_string()
            .into_bytes()
    }

    /// The files of an OCI layout.
    pub fn layout(&self, annotation: &str) -> Vec<(String, Vec<u8>)> {
        let blobs = self.blobs.iter();
        let blobs = blobs
            .map(|(digest, bytes)| (format!("blobs/{}", digest.replace(':', "/")), bytes.clone()));
        let version = br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec();
        let heads = [
            (String::from("oci-layout"), version),
            (String::from("index.json"), self.index_json(annotation)),
        ];
        heads.into_iter().chain(blobs).collect()
    }

    pub fn write_layout(&self, directory: &Path) {
        for (name, bytes) in self.layout(REF_NAME) {
            let path = directory.join(name);
            fs::create_dir_all(path.parent().expect("below")).expect("made");
            fs::write(path, bytes).expect("written");
        }
    }

    /// What `docker save` wrote before it had an OCI layout in it.
    pub fn docker_save(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut saved = Vec::new();
        for (name, image) in &self.named {
            let blob = |digest: &Value| &self.blobs[digest.as_str().expect("a digest")];
            let manifest: Value = serde_json::from_slice(blob(&image["digest"])).expect("JSON");
            let config = blob(&manifest["config"]["digest"]);
            let config_name = format!("{}.json", &digest(config)["sha256:".len()..]);
            files.push((config_name.clone(), config.clone()));
            let mut layers = Vec::new();
            for layer in manifest["layers"].as_array().expect("layers") {
                let bytes = blob(&layer["digest"]);
                let layer_name = format!("{}/layer.tar", &digest(bytes)["sha256:".len()..]);
                files.push((layer_name.clone(), bytes.clone()));
                layers.push(layer_name);
            }
            saved.push(json!({"Config": config_name, "RepoTags": [name], "Layers": layers}));
        }
        let saved = Value::from(saved).to_string().into_bytes();
        files.push(("manifest.json".into(), saved));
        files
    }
}

pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";

pub fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    tar_of(&entries)
}
