//! The files of a release agree with Cargo.toml and with what krew asks for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_yaml::Value;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(name: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_krew_manifest_is_of_this_version() {
    let manifest: Value = serde_yaml::from_str(&read("krew-manifest.yaml")).unwrap();
    let spec = &manifest["spec"];
    assert_eq!(manifest["metadata"]["name"], "harden");
    assert_eq!(spec["version"], format!("v{VERSION}").as_str());
    assert_eq!(spec["homepage"], env!("CARGO_PKG_REPOSITORY"));
    let short = spec["shortDescription"].as_str().unwrap();
    assert!(short.len() <= 50, "{} characters", short.len());
    for name in ["kubernetes", "kubectl"] {
        assert!(!short.to_lowercase().contains(name), "{short}");
    }
    let platforms = spec["platforms"].as_sequence().unwrap();
    assert_eq!(platforms.len(), 6);
    for platform in platforms {
        let labels = &platform["selector"]["matchLabels"];
        let (os, arch) = (&labels["os"], &labels["arch"]);
        let (os, arch) = (os.as_str().unwrap(), arch.as_str().unwrap());
        let uri = platform["uri"].as_str().unwrap();
        let archive = format!("/v{VERSION}/kubectl-harden-v{VERSION}-{os}-{arch}.");
        assert!(uri.contains(&archive), "{uri}");
        let windows = os == "windows";
        assert_eq!(uri.ends_with(".zip"), windows);
        assert_eq!(platform["bin"].as_str().unwrap().ends_with(".exe"), windows);
        let sum = platform.get("sha256").map(|sum| sum.as_str().unwrap());
        let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let whole = |sum: &str| sum.len() == 64 && sum.chars().all(hexadecimal);
        assert!(sum.is_none_or(whole), "{sum:?}");
    }
}

#[test]
fn the_changelog_names_this_version() {
    let changelog = read("CHANGELOG.md");
    let named = changelog.contains(&format!("## [{VERSION}]"))
        || changelog.contains(&format!("To become {VERSION}."));
    assert!(named, "CHANGELOG.md does not name {VERSION}");
}

#[test]
fn every_dependency_is_explained() {
    let architecture = read("ARCHITECTURE.md");
    let names = dependencies(&read("Cargo.toml"));
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let row = |line: &str| {
            let first = line.split('|').nth(1).unwrap_or_default();
            let names = first
                .split(',')
                .map(|n| n.trim().trim_end_matches(" (dev)"));
            line.starts_with('|') && names.into_iter().any(|n| n == name)
        };
        assert!(architecture.lines().any(row), "no line for {name}");
    }
}

/// The packages under `[dependencies]` and `[dev-dependencies]`, by their names on crates.io.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]");
        } else if let Some((name, rest)) = line.split_once('=').filter(|_| inside) {
            let package = rest.split("package = \"").nth(1);
            let package = package.and_then(|rest| rest.split('"').next());
            names.push(package.unwrap_or(name.trim()).to_owned());
        }
    }
    names
}
