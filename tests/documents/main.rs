//! Every fenced block of README.md and docs/ is of a sort that a test executes or reads, every link leads somewhere, and
//! every message of the FAQ is said.
//!
//! | block | its test |
//! |---|---|
//! | `console` | executed by tests/readme.rs |
//! | `console cluster` | executed by tests/overnight.rs |
//! | `console node` | executed by tests/inspect.rs |
//! | `sh` | here: run with programs that only write down how they are called (scripts.rs) |
//! | `yaml configuration`, `yaml manifest`, `yaml plan` | here: read by the program |
//! | `yaml` | of a CI: tests/ci_docs.rs |
//! | `text` | messages of docs/checks.md: tests/explain.rs |

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod links;
mod messages;
mod scripts;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use kubectl_harden::rollout::HardenPlan;
use support::console::{Block, CLUSTER_DOCUMENTS, blocks, documents};
use support::run;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Whose blocks without a word behind `yaml` tests/ci_docs.rs reads.
const CI_DOCUMENTS: [&str; 3] = ["README.md", "docs/ci.md", "docs/ci-reference.md"];

/// Each document, with its name below the root of the repository.
fn named() -> Vec<(String, PathBuf)> {
    let named = documents(Path::new(ROOT)).into_iter().map(|path| {
        let name = path.strip_prefix(ROOT).unwrap().display().to_string();
        (name, path)
    });
    named.collect()
}

/// All blocks of a sort.
fn of_sort(sort: &str) -> Vec<Block> {
    let all = named().into_iter().flat_map(|(_, path)| blocks(&path).0);
    all.filter(|block| block.sort == sort).collect()
}

/// Documents whose plain blocks are compared with what they are made of: in `explain.rs`, `causes.rs` and `learned.rs`.
const TEXT_DOCUMENTS: [&str; 3] = [
    "docs/checks.md",
    "docs/causes.md",
    "docs/overnight-reference.md",
];

#[test]
fn every_block_has_a_test() {
    for (document, path) in named() {
        for block in blocks(&path).0 {
            let has_test = match block.sort.as_str() {
                "console" | "sh" => true,
                "yaml configuration" | "yaml manifest" | "yaml plan" => true,
                "console cluster" => CLUSTER_DOCUMENTS.contains(&document.as_str()),
                "console node" => document == "docs/inspect.md",
                "yaml" => CI_DOCUMENTS.contains(&document.as_str()),
                "text" => TEXT_DOCUMENTS.contains(&document.as_str()),
                _ => false,
            };
            let (place, sort) = (block.place, block.sort);
            assert!(has_test, "{place}: no test is for a block ```{sort} here");
        }
    }
}

#[test]
fn configurations_are_accepted() {
    let blocks = of_sort("yaml configuration");
    assert!(blocks.len() >= 2, "{} configurations", blocks.len());
    for block in blocks {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::write(path.join(".kubectl-harden.yaml"), &block.text).unwrap();
        let example = Path::new(ROOT).join("docs/examples/shell.yaml");
        fs::copy(example, path.join("shell.yaml")).unwrap();
        let ran = run(path, &["-f", "shell.yaml", "--check"]);
        assert!(ran.code < 2, "{}: {}", block.place, ran.stderr);
    }
}

#[test]
fn manifests_are_accepted() {
    let blocks = of_sort("yaml manifest");
    assert!(blocks.len() >= 2, "{} manifests", blocks.len());
    for block in blocks {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("manifest.yaml"), &block.text).unwrap();
        let ran = run(directory.path(), &["-f", "manifest.yaml", "--check"]);
        assert!(ran.code < 2, "{}: {}", block.place, ran.stderr);
    }
}

#[test]
fn plans_are_read() {
    let blocks = of_sort("yaml plan");
    assert!(!blocks.is_empty());
    for block in blocks {
        let plan = HardenPlan::read(&block.text, Path::new(&block.place));
        assert!(!plan.unwrap().workloads.is_empty(), "{}", block.place);
    }
}
