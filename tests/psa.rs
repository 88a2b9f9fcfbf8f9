//! Agreement with Pod Security Admission itself on its own fixtures, which are not part of this repository.
//!
//! `PSA_TESTDATA` is `test/testdata` of a clone of `kubernetes/pod-security-admission`. `PSA_WORDS`, where set, is
//! a file of JSON lines `{File, Level, Version, Reasons, Details}` that its evaluator made of the same fixtures at
//! every level and version; the words are then compared too. CONTRIBUTING.md says how to make it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kubectl_harden::checks::{Policy, Profile, Version, judge};
use kubectl_harden::images::Images;
use kubectl_harden::workload::{Kinds, PodSpec, Workload, locate};
use kubectl_harden::yaml::{self, Tree};

struct Fixture {
    path: PathBuf,
    tree: Tree,
    workload: Workload,
}

impl Fixture {
    fn read(path: PathBuf) -> Self {
        let text = fs::read(&path).expect("a fixture");
        let tree = yaml::locate(&text).expect("YAML");
        let mut found = locate(&tree, &Kinds::default()).expect("located");
        assert_eq!(found.workloads.len(), 1, "{}", path.display());
        let workload = found.workloads.remove(0);
        Self {
            path,
            tree,
            workload,
        }
    }

    /// Reasons and details, as Pod Security Admission aggregates them.
    fn forbidden(&self, profile: Profile, version: Version) -> (Vec<String>, Vec<String>) {
        let policy = Policy {
            profile,
            version,
            ..Policy::new(jiff::civil::date(2026, 11, 24))
        };
        let pod: &PodSpec = &self.workload.pods[0];
        let judgement = judge(&self.tree, pod, &policy, &Images::default(), &|_, _| None);
        let forbidden = judgement.forbidden(pod).into_iter();
        forbidden
            .map(|(_, words)| (words.reason.into_owned(), words.detail))
            .unzip()
    }
}

fn fixtures(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("PSA_TESTDATA is a directory") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            fixtures(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
}

/// `restricted/v1.25/fail/x.yaml` says what is expected of it.
fn expected(path: &Path) -> (Profile, Version, bool) {
    let names: Vec<_> = path.iter().rev().skip(1).take(3).collect();
    let [verdict, version, level] = names[..] else {
        panic!("{} lies too high", path.display());
    };
    let profile = Profile::named(level.to_str().unwrap()).expect("a level");
    let version = Version::parse(version.to_str().unwrap()).expect("a version");
    (profile, version, verdict == "pass")
}

#[test]
#[ignore = "needs PSA_TESTDATA, the fixtures of kubernetes/pod-security-admission"]
fn every_fixture_is_judged_as_pod_security_admission_judges_it() {
    let root = std::env::var_os("PSA_TESTDATA").expect("PSA_TESTDATA is set");
    let mut paths = Vec::new();
    fixtures(Path::new(&root), &mut paths);
    assert!(paths.len() > 4000, "only {} fixtures", paths.len());
    let (mut agreed, mut disagreed) = ([0, 0], 0);
    for path in &paths {
        let (profile, version, passes) = expected(path);
        let fixture = Fixture::read(path.clone());
        let (reasons, details) = fixture.forbidden(profile, version);
        if reasons.is_empty() == passes {
            agreed[usize::from(passes)] += 1;
        } else {
            disagreed += 1;
            println!("{}: {reasons:?} {details:?}", path.display());
        }
    }
    println!(
        "{} pods: {} allowed and {} forbidden in agreement, {disagreed} disagreements",
        paths.len(),
        agreed[1],
        agreed[0]
    );
    assert_eq!(disagreed, 0);
}

#[test]
#[ignore = "needs PSA_WORDS, what the evaluator of kubernetes/pod-security-admission says of its fixtures"]
fn every_verdict_is_in_the_words_of_pod_security_admission() {
    let file = std::env::var_os("PSA_WORDS").expect("PSA_WORDS is set");
    let lines = fs::read_to_string(file).expect("readable");
    let mut known: HashMap<PathBuf, Fixture> = HashMap::new();
    let (mut verdicts, mut disagreed) = (0, 0);
    for line in lines.lines() {
        let said: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| said[key].as_str().expect("a string").to_owned();
        let texts = |key: &str| -> Vec<String> {
            let list = said[key].as_array().into_iter().flatten();
            list.map(|item| item.as_str().unwrap().to_owned()).collect()
        };
        let path = PathBuf::from(text("File"));
        let fixture = known
            .entry(path)
            .or_insert_with_key(|path| Fixture::read(path.clone()));
        let profile = Profile::named(&text("Level")).expect("a level");
        let version = Version::parse(&text("Version")).expect("a version");
        let ours = fixture.forbidden(profile, version);
        verdicts += 1;
        if ours != (texts("Reasons"), texts("Details")) {
            disagreed += 1;
            if disagreed <= 20 {
                println!("{} {line}\n  {ours:?}", fixture.path.display());
            }
        }
    }
    println!(
        "{verdicts} verdicts of {} pods, {disagreed} disagreements",
        known.len()
    );
    assert!(verdicts > 0);
    assert_eq!(disagreed, 0);
}
