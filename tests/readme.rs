//! Executes the documentation: every ```console block of README.md and docs/*.md.
//!
//! In a block, a line that starts with `$ ` is a command. The lines below it are everything it prints, stdout and
//! stderr as a terminal shows them. `? N` is its exit code, 0 where there is none. Each block starts with a fresh copy
//! of the example files. `kubectl` finds the program as a plugin; where there is no kubectl the program is
//! called directly. `BLESS=1 cargo test --test readme` writes what is printed into the documents.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EXAMPLES: [&str; 2] = ["golden/overnight", "docs/examples"];
const COLORS: [&str; 3] = ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"];

#[test]
fn the_documents_show_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = documents(root);
    let commands: usize = documents.iter().map(|path| execute(root, path)).sum();
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

/// Runs the commands of one document; how many there were.
fn execute(root: &Path, path: &Path) -> usize {
    let document = fs::read_to_string(path).unwrap();
    let (mut executed, mut count) = (String::new(), 0);
    let mut block: Option<tempfile::TempDir> = None;
    let mut lines = document.lines().peekable();
    while let Some(line) = lines.next() {
        executed += &format!("{line}\n");
        match &block {
            None if line == "```console" => block = Some(checkout(root)),
            Some(_) if line == "```" => block = None,
            Some(directory) => {
                let Some(command) = line.strip_prefix("$ ") else {
                    panic!("{}: output without a command: {line}", path.display());
                };
                while lines
                    .next_if(|line| !line.starts_with("$ ") && *line != "```")
                    .is_some()
                {}
                executed += &output_of(command, directory.path());
                count += 1;
            }
            None => {}
        }
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &executed).unwrap();
    } else {
        compare(path, &document, &executed);
    }
    count
}

fn compare(path: &Path, document: &str, executed: &str) {
    let differs = document.lines().zip(executed.lines()).enumerate();
    let first = differs.into_iter().find(|(_, (a, b))| a != b);
    if let Some((i, (written, printed))) = first {
        let place = format!("{}:{}", path.display(), i + 1);
        panic!("{place}: the document says\n  {written}\nbut it is\n  {printed}");
    }
    assert_eq!(document.len(), executed.len(), "{}", path.display());
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

/// What a command prints and its exit code, as a block shows them.
fn output_of(command: &str, directory: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-harden"));
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    ));
    let command = match has_kubectl() {
        true => command.to_owned(),
        false => command.replace("kubectl harden", "kubectl-harden"),
    };
    let (mut printed, writer) = std::io::pipe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(directory);
    shell.env("PATH", std::env::join_paths(path).unwrap());
    shell.env("GIT_CEILING_DIRECTORIES", std::env::temp_dir());
    COLORS.iter().for_each(|name| {
        shell.env_remove(name);
    });
    shell.stdin(Stdio::null());
    shell.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = shell.spawn().unwrap();
    drop(shell);
    let mut text = String::new();
    printed.read_to_string(&mut text).unwrap();
    match child.wait().unwrap().code() {
        Some(0) => text,
        Some(code) => format!("{text}? {code}\n"),
        None => panic!("{command} was killed"),
    }
}

fn has_kubectl() -> bool {
    let mut kubectl = Command::new("kubectl");
    kubectl.args(["version", "--client"]).stdin(Stdio::null());
    kubectl.stdout(Stdio::null()).stderr(Stdio::null());
    kubectl.status().is_ok_and(|status| status.success())
}
