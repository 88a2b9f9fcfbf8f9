//! The files of a release agree with Cargo.toml and with what krew asks for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![cfg_attr(windows, allow(dead_code))] // the scripts are tried on Unix

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[cfg(unix)]
use kubectl_harden::manual::{Page, pages};
use serde_yaml::Value;
use sha2::{Digest, Sha256};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const UNRELEASED: &str = "# UNRELEASED.";
const ARCHIVES: [&str; 6] = [
    "linux-amd64.tar.gz",
    "linux-arm64.tar.gz",
    "darwin-amd64.tar.gz",
    "darwin-arm64.tar.gz",
    "windows-amd64.zip",
    "windows-arm64.zip",
];

fn read(name: &str) -> String {
    fs::read_to_string(format!("{ROOT}/{name}")).unwrap()
}

fn archive(version: &str, suffix: &str) -> String {
    format!("kubectl-harden-v{version}-{suffix}")
}

fn sum(bytes: &[u8]) -> String {
    let sum = Sha256::digest(bytes);
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A script of a release, with variables of the environment.
fn script(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut bash = Command::new("bash");
    bash.arg(format!("{ROOT}/.ci/release/{name}"));
    for variable in [
        "VERSION",
        "RELEASES",
        "PROGRAM",
        "MANUAL_BY",
        "SOURCE_DATE_EPOCH",
    ] {
        bash.env_remove(variable);
    }
    bash.args(arguments).envs(environment.iter().copied());
    bash.output().unwrap()
}

fn printed(output: &Output) -> String {
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    String::from_utf8(out.clone()).unwrap()
}

fn refused(output: &Output, reason: &str) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it was not refused");
    assert!(err.contains(reason), "{err}");
}

/// The names of the archives of a manifest, each with its sum if it has one.
fn named(manifest: &Value) -> Vec<(String, Option<String>)> {
    let platforms = manifest["spec"]["platforms"].as_sequence().unwrap();
    let named = platforms.iter().map(|platform| {
        let uri = platform["uri"].as_str().unwrap();
        let sum = platform.get("sha256").map(|sum| sum.as_str().unwrap());
        let name = uri.rsplit('/').next().unwrap();
        (name.to_owned(), sum.map(str::to_owned))
    });
    named.collect()
}

/// The lines that are the same whether a version is released or not.
fn without_sums(manifest: &str) -> String {
    let kept = |line: &&str| !line.starts_with('#') && !line.starts_with("      sha256: ");
    let lines: Vec<&str> = manifest.lines().filter(kept).collect();
    lines.join("\n")
}

#[test]
fn the_krew_manifest_is_of_this_version() {
    let manifest: Value = serde_yaml::from_str(&read("krew-manifest.yaml")).unwrap();
    let spec = &manifest["spec"];
    assert_eq!(manifest["metadata"]["name"], "harden");
    assert_eq!(spec["version"], format!("v{VERSION}").as_str());
    assert_eq!(spec["homepage"], env!("CARGO_PKG_REPOSITORY"));
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
    }
}

#[test]
fn the_krew_manifest_reads_as_krew_index_wants_it() {
    let manifest: Value = serde_yaml::from_str(&read("krew-manifest.yaml")).unwrap();
    let short = manifest["spec"]["shortDescription"].as_str().unwrap();
    assert!(short.len() <= 50, "{} characters", short.len());
    for name in ["kubernetes", "kubectl"] {
        assert!(!short.to_lowercase().contains(name), "{short}");
    }
    let long = manifest["spec"]["description"].as_str().unwrap();
    assert!(long.contains("\n\nOverlap: "), "{long}");
    for usage in ["kubectl harden", "$ ", "--", "`"] {
        assert!(!long.contains(usage), "usage in the description: {long}");
    }
    assert!(long.lines().all(|line| line.len() <= 80), "{long}");
}

/// Sums are those of a release: all of them are there, or the file says that there is no release. With the archives in
/// `HARDEN_ARCHIVES` they are compared.
#[test]
fn the_sums_of_the_krew_manifest_are_those_of_the_archives() {
    let path = std::env::var("HARDEN_MANIFEST").unwrap_or("krew-manifest.yaml".to_owned());
    let text = fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let archives = named(&serde_yaml::from_str(&text).unwrap());
    let unreleased = text.starts_with(UNRELEASED);
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    for (name, sum) in &archives {
        assert_eq!(sum.is_none(), unreleased, "{name}: {sum:?}");
        let whole = |sum: &String| sum.len() == 64 && sum.chars().all(hexadecimal);
        assert!(sum.as_ref().is_none_or(whole), "{name}: {sum:?}");
    }
    if let Some(directory) = std::env::var_os("HARDEN_ARCHIVES") {
        assert!(!unreleased, "the manifest has no sums");
        for (name, written) in &archives {
            let bytes = fs::read(Path::new(&directory).join(name)).expect(name);
            assert_eq!(Some(sum(&bytes)), *written, "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_krew_manifest_is_what_its_command_writes() {
    let made = printed(&script("manifest.sh", &[], &[]));
    assert!(made.starts_with(UNRELEASED));
    let committed = read("krew-manifest.yaml");
    assert_eq!(without_sums(&made), without_sums(&committed));
    if committed.starts_with(UNRELEASED) {
        assert_eq!(made, committed);
    }
}

#[cfg(unix)]
#[test]
fn a_manifest_has_the_sums_of_the_archives_that_are_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    refused(&script("manifest.sh", &[path], &[]), "has no archive of");
    refused(
        &script("manifest.sh", &["no/such"], &[]),
        "no directory no/such",
    );
    refused(
        &script("manifest.sh", &["--complete"], &[]),
        "none is named",
    );
    let write = |suffix: &str| {
        let text = format!("archive of {suffix}");
        fs::write(directory.path().join(archive("9.8.7", suffix)), &text).unwrap();
        (archive("9.8.7", suffix), Some(sum(text.as_bytes())))
    };
    let with = [
        ("VERSION", "9.8.7"),
        ("RELEASES", "http://mirror.example/r"),
    ];
    // An archive of another version is not taken for one of this.
    fs::write(directory.path().join(archive("9.8.6", ARCHIVES[0])), "old").unwrap();
    refused(&script("manifest.sh", &[path], &with), "has no archive of");

    let some = ARCHIVES.iter().skip(3).map(|suffix| write(suffix));
    let some: Vec<_> = some.collect();
    let text = printed(&script("manifest.sh", &[path], &with));
    assert_eq!(named(&serde_yaml::from_str(&text).unwrap()), some);
    let uri = format!("uri: http://mirror.example/r/v9.8.7/{}", some[0].0);
    assert!(text.contains(&uri), "{text}");
    let complete = script("manifest.sh", &["--complete", path], &with);
    refused(&complete, &archive("9.8.7", ARCHIVES[0]));

    let all: Vec<_> = ARCHIVES.iter().map(|suffix| write(suffix)).collect();
    let text = printed(&script("manifest.sh", &["--complete", path], &with));
    assert_eq!(named(&serde_yaml::from_str(&text).unwrap()), all);
    assert!(!text.contains('#'), "{text}");
}

/// Prints what an archive on stdin holds.
#[cfg(unix)]
const LIST: &str = r"
import io, sys, tarfile, zipfile
text = io.BytesIO(sys.stdin.buffer.read())
if zipfile.is_zipfile(text):
    print([(e.filename, oct(e.external_attr >> 16)) for e in zipfile.ZipFile(text).infolist()])
else:
    text.seek(0)
    entries = tarfile.open(fileobj=text)
    print([(e.name, oct(e.mode), e.isfile(), e.uid, e.gid, e.uname, e.mtime) for e in entries])
";

/// `archive.sh` packs a program that is given, so that nothing is built here.
#[cfg(unix)]
#[test]
#[ignore = "needs Python 3; .ci/run runs it"]
fn an_archive_is_the_same_whenever_and_wherever_it_is_packed() {
    let packed = |program: &str, target: &str, suffix: &str| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(program);
        fs::write(&path, "a program").unwrap();
        let environment = [
            ("PROGRAM", path.to_str().unwrap()),
            ("MANUAL_BY", env!("CARGO_BIN_EXE_kubectl-harden")),
            ("SOURCE_DATE_EPOCH", "1700000001"),
            ("CARGO_TARGET_DIR", directory.path().to_str().unwrap()),
        ];
        printed(&script("archive.sh", &[target], &environment));
        let dist = directory.path().join("dist");
        let bytes = fs::read(dist.join(archive(VERSION, suffix))).unwrap();
        let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
        let line = format!("{}  {}\n", sum(&bytes), archive(VERSION, suffix));
        assert_eq!(sums, line);
        bytes
    };
    let pages: Vec<String> = pages().iter().map(Page::file).collect();
    for (program, target, suffix) in [
        ("kubectl-harden", "x86_64-unknown-linux-musl", ARCHIVES[0]),
        ("kubectl-harden", "aarch64-apple-darwin", ARCHIVES[3]),
        ("kubectl-harden.exe", "x86_64-pc-windows-msvc", ARCHIVES[4]),
    ] {
        let first = packed(program, target, suffix);
        // A zip has times of two seconds, and tar of one.
        std::thread::sleep(std::time::Duration::from_millis(2100));
        assert_eq!(first, packed(program, target, suffix), "{target}");
        let said = python(LIST, &first);
        let mut files = vec![
            ("LICENSE".to_owned(), "644"),
            ("THIRD-PARTY-NOTICES".to_owned(), "644"),
            (program.to_owned(), "755"),
        ];
        files.extend(pages.iter().map(|page| (format!("man/{page}"), "644")));
        files.sort();
        let entries = files
            .iter()
            .map(|(name, mode)| match program.ends_with(".exe") {
                true => format!("('{name}', '0o100{mode}')"),
                false => format!("('{name}', '0o{mode}', True, 0, 0, '', 1700000001)"),
            });
        let expected = format!("[{}]\n", entries.collect::<Vec<_>>().join(", "));
        assert_eq!(said, expected, "{target}");
        let notices = python(NOTICES, &first);
        let is_listed = |name: &str| {
            let line = format!("\n{name} ");
            notices.contains(&line)
        };
        for name in ["kube-client", "libyaml-rs", "zlib-rs"] {
            assert!(is_listed(name), "{target}: {name}");
        }
        for name in ["serde_derive", "syn", "proptest", "kubectl-harden"] {
            assert!(!is_listed(name), "{target}: {name}");
        }
        assert!(notices.contains("Copyright notices for The Rust Standard Library"));
        for (name, on) in [
            ("\nmusl libc\n", "musl"),
            ("\nmimalloc ", "musl"),
            ("Microsoft Corporation, Daan Leijen", "musl"),
            ("\nwinapi-util ", "windows"),
        ] {
            assert_eq!(
                notices.contains(name),
                target.contains(on),
                "{target}: {name}"
            );
        }
    }
}

/// Prints the notices of an archive on stdin.
#[cfg(unix)]
const NOTICES: &str = r#"
import io, sys, tarfile, zipfile
text, name = io.BytesIO(sys.stdin.buffer.read()), "THIRD-PARTY-NOTICES"
if zipfile.is_zipfile(text):
    notices = zipfile.ZipFile(text).read(name)
else:
    text.seek(0)
    notices = tarfile.open(fileobj=text).extractfile(name).read()
sys.stdout.buffer.write(notices)
"#;

/// What `notices.py` says of a package with this licence, published with these files.
#[cfg(unix)]
const TEXTS: &str = r#"
import importlib.util, json, sys, tempfile
from pathlib import Path
script, licence, *files = json.load(sys.stdin)
spec = importlib.util.spec_from_file_location("notices", script)
notices = importlib.util.module_from_spec(spec)
spec.loader.exec_module(notices)
with tempfile.TemporaryDirectory() as directory:
    for name in files:
        (Path(directory) / name).parent.mkdir(parents=True, exist_ok=True)
        (Path(directory) / name).write_bytes(f"\ufefftext of {name}  \r\n".encode())
    manifest = str(Path(directory) / "Cargo.toml")
    package = {"name": "one", "version": "1.0", "license": licence, "license_file": None, "manifest_path": manifest}
    sys.stdout.write("".join(notices.texts(package)))
"#;

#[cfg(unix)]
#[test]
#[ignore = "needs Python 3; .ci/run runs it"]
fn a_crate_without_a_text_is_refused_unless_it_is_apaches() {
    let texts = |licence: &str, files: &[&str]| {
        let script = format!("{ROOT}/.ci/release/notices.py");
        let input = [&[script.as_str(), licence], files].concat();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), serde_json::to_vec(&input).unwrap()).unwrap();
        let mut python = Command::new("python3");
        python
            .args(["-c", TEXTS])
            .stdin(fs::File::open(file.path()).unwrap());
        python.output().unwrap()
    };
    let others = ["c/zlib/LICENSE", "src/license.rs", "src/lib.rs"];
    let files = [
        &["NOTICE", "LICENSE-MIT", "README.md", "copying"],
        &others[..],
    ]
    .concat();
    let all = "text of LICENSE-MIT\ntext of NOTICE\ntext of copying\ntext of c/zlib/LICENSE\n";
    assert_eq!(printed(&texts("MIT", &files)), all);
    for licence in ["Apache-2.0", "MIT OR Apache-2.0", "MIT/Apache-2.0"] {
        let apache = printed(&texts(licence, &["README.md"]));
        assert!(apache.trim() == read("LICENSE").trim(), "{licence}");
    }
    for licence in [
        "MIT",
        "Apache-2.0 AND MIT",
        "Apache-2.0 WITH LLVM-exception",
        "",
    ] {
        let refusal = format!("one 1.0 ({licence}) is published without the text");
        refused(&texts(licence, &[]), &refusal);
        refused(&texts(licence, &others), &refusal);
    }
}

#[cfg(unix)]
fn python(program: &str, input: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), input).unwrap();
    let mut python = Command::new("python3");
    python
        .args(["-c", program])
        .stdin(fs::File::open(file.path()).unwrap());
    printed(&python.output().unwrap())
}

#[cfg(unix)]
#[test]
fn no_archive_is_made_of_what_is_no_platform() {
    let program = [("PROGRAM", "/no/kubectl-harden")];
    for target in ["riscv64gc-unknown-linux-gnu", "x86_64-unknown-freebsd"] {
        let made = script("archive.sh", &[target], &program);
        refused(&made, &format!("there is no release for {target}"));
    }
    let other = [("PROGRAM", "/no/such-program")];
    let made = script("archive.sh", &["aarch64-apple-darwin"], &other);
    refused(&made, "is called kubectl-harden, not such-program");
    let directory = tempfile::tempdir().unwrap();
    let target_dir = ("CARGO_TARGET_DIR", directory.path().to_str().unwrap());
    let made = script(
        "archive.sh",
        &["aarch64-apple-darwin"],
        &[program[0], target_dir],
    );
    refused(&made, "no man pages");
}

#[cfg(unix)]
#[test]
fn the_notes_of_a_release_are_those_of_its_version() {
    let changelog = "# Changelog\n\n## [Unreleased]\n\n- later\n\n\
        ## [1.2.3] - 2026-01-02\r\n\n### Added\n\n- a [link]\n\n- the last\n\n\n\
        ## [1.2.30] - 2025-01-01\n\n- longer\n\n## [1x2.0] - 2024-01-01\n\n- no dot\n\n\
        ## [1.2.0]\n\n- no date\n\n## [1.1.0] - 2023-01-01\n\n## [1.0.0] - 2022-01-01\n- first\n\n\
        [link]: https://example.com\n";
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), changelog).unwrap();
    let notes = |version: &str| script("notes.sh", &[version, file.path().to_str().unwrap()], &[]);
    let added = "### Added\n\n- a [link]\n\n- the last\n";
    for (version, expected) in [
        ("1.2.3", added),
        ("v1.2.3", added),
        ("1.2.30", "- longer\n"),
        ("1.0.0", "- first\n"),
    ] {
        assert_eq!(printed(&notes(version)), expected, "{version}");
    }
    for version in ["1.2.0", "1.1.0", "9.9.9", "1.2.3-rc.1"] {
        refused(&notes(version), "has no notes under");
    }
    for version in ["", "Unreleased", "1.2", "1.2.3] -", "1.2.3\n"] {
        refused(&notes(version), "is not a version");
    }
}

/// The targets that the workflow builds are those of the manifest, each by the script that is tried here.
#[test]
fn the_release_workflow_builds_every_platform() {
    let workflow: Value = serde_yaml::from_str(&read(".github/workflows/release.yml")).unwrap();
    let matrix = &workflow["jobs"]["build"]["strategy"]["matrix"]["include"];
    let built = matrix.as_sequence().unwrap().iter();
    let built: BTreeSet<&str> = built.map(|row| row["target"].as_str().unwrap()).collect();
    let common = read(".ci/release/common.sh");
    let rows = common.lines().filter_map(|line| line.rsplit(' ').next());
    let wanted: BTreeSet<&str> = rows
        .filter(|word| word.matches('-').count() >= 2 && !word.contains(['$', '"', '/']))
        .collect();
    assert_eq!(wanted.len(), 6, "{wanted:?}");
    assert_eq!(built, wanted);
}

/// What goes to crates.io, by its first folder; src/ needs a file of docs/ for its own tests.
#[test]
fn the_package_holds_what_is_built_and_read() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["package", "--list", "--allow-dirty", "--offline"]);
    let list = printed(&cargo.current_dir(ROOT).output().unwrap()).replace('\\', "/");
    let first = list.lines().filter_map(|path| path.split('/').next());
    let first: BTreeSet<&str> = first.collect();
    let expected = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "build.rs",
        "docs",
        "src",
    ];
    // Outside of a clone, and before there is a build script, these are not there.
    let optional = [".cargo_vcs_info.json", "build.rs"];
    for name in &first {
        assert!(expected.contains(name), "{name} goes to crates.io");
    }
    for name in expected.iter().filter(|name| !optional.contains(name)) {
        assert!(first.contains(name), "{name} is missing");
    }
    assert!(list.lines().any(|path| path == "docs/report-schema.json"));
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
