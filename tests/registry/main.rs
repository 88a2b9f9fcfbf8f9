//! Configurations of images from registries and archives, through the library. The images are made here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod archives;
mod credentials;
mod fake;
mod hostile;
mod image;
#[cfg(unix)]
mod real;
mod registries;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use kubectl_harden::images::{Ids, ImageConfig};
use kubectl_harden::registry::{Answer, Inspector, Options, Places};

/// A time limit that a test can wait for. Where nothing has to be late, it is larger: this machine may be busy.
const LIMIT: Duration = Duration::from_secs(2);

fn names<S: AsRef<str>>(images: &[S]) -> BTreeSet<String> {
    images
        .iter()
        .map(|image| image.as_ref().to_owned())
        .collect()
}

/// Reads registries on loopback, and keeps what it reads below a directory.
fn network() -> Options {
    Options {
        uses_network: true,
        timeout: 10 * LIMIT,
        platform: "linux/amd64".parse().expect("a platform"),
        ..Options::default()
    }
}

fn places(directory: &Path) -> Places {
    Places {
        credentials: vec![directory.join("config.json")],
        cache: Some(directory.join("cache")),
        helpers: Some(directory.join("bin").into_os_string()),
    }
}

fn inspector(directory: &Path) -> Inspector {
    within(directory, network().timeout)
}

fn within(directory: &Path, timeout: Duration) -> Inspector {
    let options = Options {
        timeout,
        ..network()
    };
    Inspector::with_places(options, places(directory)).expect("no archives")
}

/// What archives alone say.
fn local(paths: &[&Path]) -> Inspector {
    let options = Options {
        archives: paths.iter().map(|path| path.to_path_buf()).collect(),
        uses_network: false,
        ..network()
    };
    Inspector::with_places(options, Places::default()).expect("archives")
}

fn ids(uid: i64, gid: i64) -> Option<Ids> {
    let gid = Some(gid);
    Some(Ids { uid, gid })
}

fn config<'a>(answer: &'a Answer, image: &str) -> &'a ImageConfig {
    answer
        .configs
        .get(image)
        .unwrap_or_else(|| panic!("{image} is not known: {:?}", answer.warnings))
}

/// Asks, and fails where one is kept waiting for long.
fn asked(inspector: &Inspector, images: &[&str]) -> Answer {
    let began = Instant::now();
    let answer = inspector.inspect(&names(images));
    let took = began.elapsed();
    assert!(took < 5 * LIMIT, "it took {took:?}");
    answer
}
