//! The stages of a run over a generated tree, in bytes a second: `cargo bench`.
//!
//! `cargo bench --bench stages -- --make-tree DIR [FILES]` only writes the tree.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod tree;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use kubectl_harden::checks::Policy;
use kubectl_harden::examine::{Settings, examine};
use kubectl_harden::manifest::{edits_of, harden_all};
use kubectl_harden::patch::splice;
use kubectl_harden::sink::unified;
use kubectl_harden::source::{expand, read};
use kubectl_harden::{document, yaml};

static TREE: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    tree::write(directory.path(), tree::FILES).expect("room for the tree");
    directory
});

static WORKLOADS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| bytes(tree::workloads(2_000)));
static OTHERS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| bytes(tree::others(2_000)));

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments
        .iter()
        .position(|argument| argument == "--make-tree")
    {
        let files = arguments.get(at + 2).and_then(|files| files.parse().ok());
        let directory = Path::new(&arguments[at + 1]);
        return tree::write(directory, files.unwrap_or(tree::FILES)).expect("room for the tree");
    }
    divan::main();
}

fn bytes(texts: Vec<String>) -> Vec<Vec<u8>> {
    texts.into_iter().map(String::into_bytes).collect()
}

fn settings() -> Settings {
    Settings::new(Policy::new(jiff::civil::date(2026, 1, 1)))
}

/// Documents that hold a workload, each alone.
fn documents() -> Vec<&'static [u8]> {
    let documents = WORKLOADS.iter().flat_map(|text| {
        let chunks = yaml::split(text).into_iter();
        chunks.map(move |chunk| chunk.span.of(text))
    });
    documents
        .filter(|text| memchr::memmem::find(text, b"containers").is_some())
        .collect()
}

fn over(bencher: Bencher, texts: &[&[u8]], stage: impl Fn(&[u8]) + Sync) {
    let total: usize = texts.iter().map(|text| text.len()).sum();
    let bencher = bencher.counter(BytesCount::new(total));
    bencher.bench(|| texts.iter().for_each(|text| stage(black_box(text))));
}

fn slices(texts: &'static [Vec<u8>]) -> Vec<&'static [u8]> {
    texts.iter().map(Vec::as_slice).collect()
}

#[divan::bench(sample_count = 10)]
fn a_walk(bencher: Bencher) {
    let name = TREE.path().display().to_string();
    bencher.bench(|| expand(std::slice::from_ref(&name), &[], true).count());
}

#[divan::bench(sample_count = 10)]
fn b_read(bencher: Bencher) {
    let inputs = inputs();
    let total: usize = inputs
        .iter()
        .map(|input| read(&input.origin).expect("text").len())
        .sum();
    let bencher = bencher.counter(BytesCount::new(total));
    bencher.bench(|| {
        inputs
            .iter()
            .for_each(|input| drop(black_box(read(&input.origin))))
    });
}

fn inputs() -> Vec<kubectl_harden::source::Input> {
    let name = TREE.path().display().to_string();
    let names = [name];
    let inputs = expand(&names, &[], true);
    inputs.map(|input| input.expect("a file")).collect()
}

/// Texts without workloads: what most of a tree costs.
#[divan::bench]
fn c_filter(bencher: Bencher) {
    let settings = settings();
    over(bencher, &slices(&OTHERS), |text| {
        drop(harden_all(text, &settings))
    });
}

#[divan::bench]
fn d_locate(bencher: Bencher) {
    over(bencher, &documents(), |text| {
        drop(black_box(yaml::locate(text)))
    });
}

#[divan::bench]
fn e_prove(bencher: Bencher) {
    over(bencher, &documents(), |text| {
        drop(black_box(yaml::prove(text)))
    });
}

#[divan::bench]
fn f_examine(bencher: Bencher) {
    let settings = settings();
    let documents = documents();
    let trees: Vec<_> = documents
        .iter()
        .map(|text| (*text, yaml::locate(text).expect("YAML")))
        .collect();
    let total: usize = documents.iter().map(|text| text.len()).sum();
    let bencher = bencher.counter(BytesCount::new(total));
    bencher.bench(|| {
        for (text, tree) in &trees {
            let _ = black_box(examine(text, tree, &settings));
        }
    });
}

/// Locate, examine, plan, edit and all five proofs.
#[divan::bench]
fn g_harden(bencher: Bencher) {
    let settings = settings();
    over(bencher, &documents(), |text| {
        drop(black_box(document::harden(text, &settings)))
    });
}

#[divan::bench]
fn h_splice(bencher: Bencher) {
    edited(bencher, |text, edits| drop(black_box(splice(text, edits))));
}

#[divan::bench]
fn i_diff(bencher: Bencher) {
    edited(bencher, |text, edits| {
        drop(black_box(unified("in.yaml", text, edits, false)))
    });
}

fn edited(bencher: Bencher, stage: impl Fn(&[u8], &kubectl_harden::patch::Edits) + Sync) {
    let settings = settings();
    let all: Vec<_> = WORKLOADS
        .iter()
        .map(|text| (text, edits_of(&harden_all(text, &settings))))
        .collect();
    let total: usize = all.iter().map(|(text, _)| text.len()).sum();
    let bencher = bencher.counter(BytesCount::new(total));
    bencher.bench(|| all.iter().for_each(|(text, edits)| stage(text, edits)));
}

/// The process, over the whole tree.
#[divan::bench(sample_count = 5)]
fn j_whole(bencher: Bencher) {
    let total: u64 = inputs().iter().map(size).sum();
    bencher.counter(BytesCount::new(total)).bench(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-harden"));
        let command = command.arg("-R").arg("-f").arg(TREE.path());
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("runs")
    });
}

fn size(input: &kubectl_harden::source::Input) -> u64 {
    match &input.origin {
        kubectl_harden::source::Origin::File(path) => {
            std::fs::metadata(PathBuf::from(path)).map_or(0, |m| m.len())
        }
        _ => 0,
    }
}
