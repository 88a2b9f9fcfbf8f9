//! Who may use whom, where the outside world is touched, and how long a file may be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules and what each may use besides itself. `lib` and `main` may use all.
const ARROWS: &[(&str, &[&str])] = &[
    ("yaml", &[]),
    ("workload", &["container_path", "yaml"]),
    ("checks", &["container_path", "images", "workload", "yaml"]),
    ("images", &["container_path"]),
    ("base_directory", &[]),
    ("container_path", &[]),
    ("printable", &[]),
    ("cause", &["container_path", "printable"]),
    ("procfs", &[]),
    ("suggest", &[]),
    ("exempt", &["checks", "suggest", "workload", "yaml"]),
    (
        "examine",
        &["checks", "exempt", "images", "workload", "yaml"],
    ),
    ("patch", &["checks", "workload", "yaml"]),
    ("evidence", &["checks", "examine", "workload", "yaml"]),
    ("outcome", &["checks", "examine"]),
    (
        "verify",
        &["checks", "evidence", "examine", "patch", "workload", "yaml"],
    ),
    (
        "document",
        &["evidence", "examine", "patch", "verify", "yaml"],
    ),
    (
        "manifest",
        &["document", "examine", "patch", "workload", "yaml"],
    ),
    ("image_lookup", &["cli", "examine", "manifest", "registry"]),
    ("cluster", &["cli"]),
    (
        "registry",
        &["base_directory", "cluster", "images", "journal"],
    ),
    ("source", &["cli", "cluster", "workload", "yaml"]),
    ("sink", &["patch", "yaml"]),
    (
        "config",
        &[
            "checks",
            "container_path",
            "examine",
            "exempt",
            "images",
            "suggest",
            "workload",
            "yaml",
        ],
    ),
    ("ordered", &[]),
    ("journal", &["base_directory"]),
    ("width", &[]),
    ("table", &["printable", "width"]),
    (
        "tally",
        &[
            "checks", "document", "examine", "manifest", "outcome", "verify",
        ],
    ),
    (
        "render",
        &[
            "checks",
            "cli",
            "document",
            "examine",
            "manifest",
            "patch",
            "printable",
            "report",
            "sink",
            "source",
            "tally",
            "workload",
            "yaml",
        ],
    ),
    (
        "report",
        &[
            "checks", "document", "evidence", "examine", "manifest", "outcome", "patch", "sink",
            "suggest", "verify", "workload", "yaml",
        ],
    ),
    ("color", &[]),
    (
        "explain",
        &["checks", "color", "images", "suggest", "workload", "yaml"],
    ),
    ("version", &["checks"]),
    (
        "cli",
        &[
            "checks", "color", "config", "explain", "images", "report", "version",
        ],
    ),
    (
        "rollout",
        &[
            "cause",
            "checks",
            "cli",
            "cluster",
            "color",
            "config",
            "container_path",
            "examine",
            "exempt",
            "image_lookup",
            "images",
            "journal",
            "manifest",
            "ordered",
            "patch",
            "printable",
            "procfs",
            "report",
            "sink",
            "source",
            "suggest",
            "table",
            "tally",
            "width",
            "workload",
            "yaml",
        ],
    ),
    (
        "review",
        &[
            "checks",
            "cli",
            "config",
            "document",
            "evidence",
            "examine",
            "exempt",
            "explain",
            "image_lookup",
            "journal",
            "manifest",
            "outcome",
            "patch",
            "printable",
            "report",
            "rollout",
            "sink",
            "source",
            "tally",
            "width",
            "workload",
            "yaml",
        ],
    ),
    (
        "completion",
        &[
            "base_directory",
            "checks",
            "cli",
            "cluster",
            "inspect",
            "report",
            "review",
            "rollout",
            "workload",
        ],
    ),
    ("manual", &["cli"]),
    (
        "inspect",
        &[
            "cli", "cluster", "procfs", "report", "source", "table", "width", "yaml",
        ],
    ),
    (
        "run",
        &[
            "cli",
            "completion",
            "config",
            "explain",
            "image_lookup",
            "inspect",
            "manifest",
            "manual",
            "ordered",
            "patch",
            "render",
            "report",
            "review",
            "rollout",
            "sink",
            "source",
            "tally",
            "version",
        ],
    ),
];

/// Where the file system may be touched.
const FILES: [&str; 9] = [
    "cluster",
    "source",
    "sink",
    "config",
    "journal",
    "registry",
    "rollout",
    "completion",
    "manual",
];

/// Lines of a file without its unit tests.
const LONGEST: usize = 300;

struct File {
    path: PathBuf,
    module: String,
    /// Without comments and test modules.
    code: String,
    lines: usize,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("listed") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("read");
            let inside = path.strip_prefix(root).expect("inside");
            let first = inside.components().next().expect("a name");
            let module = Path::new(first.as_os_str()).with_extension("");
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
            let lines = code.lines().count();
            let code = code
                .lines()
                .map(|line| line.split("//").next().unwrap_or(""));
            found.push(File {
                module: module.display().to_string(),
                code: code.collect::<Vec<_>>().join("\n"),
                lines,
                path: Path::new("src").join(inside),
            });
        }
    }
}

/// The modules behind `crate::`, in `use` and in paths, lists in braces included.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split(';').next().unwrap_or("");
            let (mut depth, mut name) = (0, String::new());
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        names.insert(word(&name));
                        name.clear();
                    }
                    c => name.push(c),
                }
            }
            names.insert(word(&name));
        } else {
            names.insert(word(rest));
        }
    }
    names.remove("");
    names
}

fn word(text: &str) -> String {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    text[..end.unwrap_or(text.len())].to_owned()
}

#[test]
fn modules_use_only_what_lies_before_them() {
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in files() {
        if matches!(file.module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(allowed) = arrows.get(file.module.as_str()) else {
            wrong.push(format!("{}: a module without a row", file.path.display()));
            continue;
        };
        for name in used(&file.code) {
            if name != file.module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} uses {name}", file.path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_table_of_arrows_has_no_circle_and_no_ghost() {
    let modules: BTreeSet<_> = files().into_iter().map(|file| file.module).collect();
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for (module, allowed) in ARROWS {
        assert!(modules.contains(*module), "{module} is gone");
        for name in *allowed {
            assert!(arrows.contains_key(name), "{module} may use {name}");
        }
    }
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < ARROWS.len() {
        let ready: Vec<_> = ARROWS
            .iter()
            .filter(|(module, _)| !placed.contains(module))
            .filter(|(_, allowed)| allowed.iter().all(|name| placed.contains(name)))
            .map(|(module, _)| *module)
            .collect();
        assert!(!ready.is_empty(), "a circle beyond {placed:?}");
        placed.extend(ready);
    }
}

#[test]
fn only_the_ends_touch_files() {
    let outside = [
        "std::fs",
        "fs::",
        "File::",
        "tempfile::",
        "walkdir::",
        "std::net",
    ];
    for file in files() {
        let allowed = FILES.contains(&file.module.as_str());
        for name in outside {
            let whole = |at: usize| {
                let before = file.code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            };
            let mut places = file.code.match_indices(name).filter(|&(at, _)| whole(at));
            assert!(
                allowed || places.next().is_none(),
                "{} names {name}",
                file.path.display()
            );
        }
    }
}

#[test]
fn parsers_are_named_in_one_place() {
    for file in files() {
        let named = ["yaml_rust2", "libyaml_rs", "unsafe_libyaml"]
            .iter()
            .any(|parser| file.code.contains(parser));
        assert!(!named || file.module == "yaml", "{}", file.path.display());
    }
}

#[test]
fn the_network_is_touched_in_two_places() {
    for file in files() {
        let named = ["kube::", "hyper_util::", "http_body_util::"]
            .iter()
            .any(|name| file.code.contains(name));
        assert!(
            !named || ["cluster", "registry"].contains(&file.module.as_str()),
            "{}",
            file.path.display()
        );
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for file in files() {
        let is_unsafe = file.code.contains("unsafe {")
            || file.code.contains("unsafe fn")
            || file.code.contains("allow(unsafe_code");
        let allowed = file.path == Path::new("src/yaml/libyaml.rs");
        assert!(!is_unsafe || allowed, "{}", file.path.display());
    }
}

#[test]
fn no_file_grows_too_long() {
    let long: BTreeSet<_> = files()
        .into_iter()
        .filter(|file| file.lines > LONGEST)
        .map(|file| file.path.display().to_string())
        .collect();
    assert!(long.is_empty(), "they want dividing: {long:?}");
}
