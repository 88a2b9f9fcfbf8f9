//! Executes the documentation: every ```console block of README.md and docs/.
//!
//! Each block starts with a fresh copy of the example files. `BLESS=1 cargo test --test readme` writes what is printed
//! into the documents. Blocks that need a cluster, ```console cluster, are executed by tests/overnight.rs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::fs;
use std::path::Path;

use support::console::{documents, execute, output_of};
use support::copy_tree;

const COPIED: [&str; 2] = ["golden/overnight", "docs"];

#[test]
fn the_documents_show_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = documents(root).into_iter().map(|path| {
        let mut directory = None;
        execute(&path, "```console", |command, is_first| {
            if is_first {
                directory = Some(checkout(root));
            }
            output_of(command, directory.as_ref().unwrap().path(), &[])
        })
    });
    let commands: usize = commands.sum();
    assert!(commands >= 15, "only {commands} commands were found");
}

#[test]
fn the_tests_that_the_readme_names_are_one_line() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let lines = readme
        .lines()
        .filter(|line| line.starts_with("cargo test"))
        .count();
    assert_eq!(lines, 1, ".ci/run takes the command from there");
}

/// A directory with the files that the documents name, as in a clone.
fn checkout(root: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for folder in COPIED {
        copy_tree(&root.join(folder), &directory.path().join(folder));
    }
    directory
}
