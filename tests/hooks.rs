//! The hooks that .pre-commit-hooks.yaml offers: what pre-commit asks of the file, and what their commands do on a small
//! tree. `.ci/pre-commit.sh` runs them with pre-commit itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

use std::fs;
use std::path::Path;

use serde::Deserialize;
use support::{Ran, run};

const BAD: &str = include_str!("../docs/examples/shell.yaml");

/// The keys that are used here, as `MANIFEST_HOOK_DICT` of pre-commit's clientlib.py knows them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    id: String,
    name: String,
    description: String,
    entry: String,
    args: Vec<String>,
    language: String,
    types_or: Vec<String>,
    require_serial: bool,
    stages: Vec<String>,
    minimum_pre_commit_version: String,
}

impl Hook {
    /// What pre-commit runs: the entry, the arguments, the files. The program is the one that is tested here.
    fn run(&self, directory: &Path, args: Option<&[&str]>, files: &[&str]) -> Ran {
        let mut words: Vec<&str> = self.entry.split(' ').collect();
        assert_eq!(words.remove(0), "kubectl-harden", "{}", self.id);
        match args {
            Some(args) => words.extend(args),
            None => words.extend(self.args.iter().map(String::as_str)),
        }
        words.extend(files);
        run(directory, &words)
    }
}

fn hooks() -> Vec<Hook> {
    serde_yaml::from_str(include_str!("../.pre-commit-hooks.yaml")).unwrap()
}

fn hook(id: &str) -> Hook {
    let found = hooks().into_iter().find(|hook| hook.id == id);
    found.unwrap_or_else(|| panic!("no hook {id}"))
}

#[test]
fn the_file_is_what_pre_commit_asks_for() {
    let hooks = hooks();
    let ids: Vec<_> = hooks.iter().map(|hook| hook.id.as_str()).collect();
    assert_eq!(ids, ["kubectl-harden", "kubectl-harden-write"]);
    for hook in hooks {
        assert!(!hook.name.is_empty() && hook.name.len() < 60);
        assert!(hook.description.ends_with('.'));
        assert_eq!(hook.language, "rust");
        assert_eq!(hook.types_or, ["yaml", "json"]);
        assert!(hook.require_serial, "the program uses all cores itself");
        // What pre-commit's documentation recommends to authors of linters and formatters.
        let stages = ["pre-commit", "pre-merge-commit", "pre-push", "manual"];
        assert_eq!(hook.stages, stages);
        assert_eq!(
            hook.minimum_pre_commit_version, "3.2.0",
            "the first with these names of stages"
        );
        assert_eq!(hook.args, ["--"], "flags of a configuration go before it");
    }
}

/// pre-commit clones the repository and runs `cargo install --bins --root ... --path .` in it.
#[test]
fn the_package_installs_the_program_of_the_entries() {
    let manifest = include_str!("../Cargo.toml");
    assert_eq!(manifest.matches("[[bin]]").count(), 1);
    let after = manifest.split("[[bin]]").nth(1).unwrap();
    assert!(
        after
            .trim_start()
            .starts_with("name = \"kubectl-harden\"\n")
    );
    assert!(
        !manifest.contains("[workspace]"),
        "a virtual manifest cannot be installed"
    );
}

/// A tree with two manifests that are not hardened, a chart's template, and files that are no manifests.
fn tree() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fs::create_dir_all(path.join("chart/templates")).unwrap();
    let template = BAD.replace("busybox:1.36", "{{ .Values.image }}");
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"j"},"spec":{"containers":[{"name":"c","image":"i"}]}}"#;
    let files = [
        ("bad.yaml", BAD),
        ("--check two.yaml", BAD),
        ("pod.json", json),
        ("chart/templates/pod.yaml", &template),
        ("package.json", "{\"name\": \"web\"}\n"),
        (".pre-commit-config.yaml", "repos: []\n"),
    ];
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    directory
}

const FILES: [&str; 6] = [
    "bad.yaml",
    "--check two.yaml",
    "pod.json",
    "chart/templates/pod.yaml",
    "package.json",
    ".pre-commit-config.yaml",
];
const MANIFESTS: [&str; 3] = ["bad.yaml", "--check two.yaml", "pod.json"];

#[test]
fn the_check_lists_violations_and_changes_nothing() {
    let directory = tree();
    let path = directory.path();
    let before: Vec<_> = FILES.map(|name| fs::read(path.join(name)).unwrap()).into();
    let ran = hook("kubectl-harden").run(path, None, &FILES);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for name in MANIFESTS {
        let lines = ran.out();
        let lines = lines.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(lines, 8, "{name}: {}", ran.out());
    }
    assert!(ran.stderr.contains("Warning: chart/templates/pod.yaml"));
    assert!(!ran.stderr.contains("package.json"), "{}", ran.stderr);
    let after: Vec<_> = FILES.map(|name| fs::read(path.join(name)).unwrap()).into();
    assert_eq!(before, after);
}

#[test]
fn the_write_hook_writes_what_w_writes() {
    let (hooked, written) = (tree(), tree());
    let (hooked, written) = (hooked.path(), written.path());
    let write = hook("kubectl-harden-write");
    let ran = write.run(hooked, None, &FILES);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let plain = run(written, &["-w", "-f", "."]);
    assert_eq!(plain.code, 0, "{}", plain.stderr);
    for name in FILES {
        let text = fs::read(hooked.join(name)).unwrap();
        assert_eq!(text, fs::read(written.join(name)).unwrap(), "{name}");
    }
    assert_ne!(fs::read_to_string(hooked.join("bad.yaml")).unwrap(), BAD);

    let before: Vec<_> = FILES
        .map(|name| fs::metadata(hooked.join(name)).unwrap().modified().unwrap())
        .into();
    let again = write.run(hooked, None, &FILES);
    assert_eq!((again.code, again.out().as_str()), (0, ""));
    let after: Vec<_> = FILES
        .map(|name| fs::metadata(hooked.join(name)).unwrap().modified().unwrap())
        .into();
    assert_eq!(before, after, "a hook that writes each time never passes");

    let check = hook("kubectl-harden").run(hooked, None, &FILES);
    assert_eq!(
        (check.code, check.out().as_str()),
        (0, ""),
        "{}",
        check.stderr
    );
}

#[test]
fn a_clean_tree_passes_in_silence() {
    let directory = tree();
    let none = ["package.json", ".pre-commit-config.yaml"];
    for hook in hooks() {
        let ran = hook.run(directory.path(), None, &none);
        assert_eq!((ran.code, ran.out().as_str()), (0, ""));
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn a_configuration_can_put_flags_before_the_files() {
    let directory = tree();
    let path = directory.path();
    let check = hook("kubectl-harden");
    let ran = check.run(path, Some(&["--only=fsGroup", "--"]), &MANIFESTS);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out().lines().count(), 3, "{}", ran.out());
    let ran = check.run(path, Some(&["--profile=baseline", "--"]), &MANIFESTS);
    assert_eq!(ran.code, 0, "{}", ran.out());
    let forgotten = check.run(path, Some(&["--only=fsGroup"]), &["bad.yaml"]);
    assert_eq!(forgotten.code, 2, "files without -- are not passed over");
    assert!(
        forgotten.stderr.contains("bad.yaml"),
        "{}",
        forgotten.stderr
    );
}

/// What is refused is an error for the hook too, and the other files are checked.
#[test]
fn a_broken_manifest_fails_both_hooks() {
    for hook in hooks() {
        let directory = tree();
        let twice = format!("{BAD}kind: Pod\n");
        fs::write(directory.path().join("twice.yaml"), twice).unwrap();
        let ran = hook.run(directory.path(), None, &["twice.yaml", "bad.yaml"]);
        assert_eq!(ran.code, 2, "{}", hook.id);
        assert!(ran.stderr.contains("error: twice.yaml:"), "{}", ran.stderr);
        assert!(ran.out().contains("bad.yaml"), "{}", ran.out());
    }
}
