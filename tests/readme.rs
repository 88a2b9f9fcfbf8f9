//! Executes the documentation: every ```console block of README.md and docs/*.md.
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
use std::path::{Path, PathBuf};

use support::console::{execute, output_of};

const EXAMPLES: [&str; 2] = ["golden/overnight", "docs/examples"];

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

fn documents(root: &Path) -> Vec<PathBuf> {
    let mut documents = vec![root.join("README.md")];
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    documents.extend(docs.filter(|path| path.extension().is_some_and(|e| e == "md")));
    documents.sort();
    documents
}

/// A directory with the files that the documents name, as in a clone.
fn checkout(root: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for example in EXAMPLES {
        copy(&root.join(example), &directory.path().join(example));
    }
    directory
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|e| (e.path(), e.file_name())).unwrap();
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => fs::write(to.join(name), fs::read(&path).unwrap()).unwrap(),
        }
    }
}
