//! How the program gets to the runner.

use std::fs;
use std::process::Command;

use super::runner::{Job, sha256};
use super::{BAD, check};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A place with one release, whose archive holds a program of this source.
fn release(job: &Job) -> (String, String) {
    let name = format!("kubectl-harden-v{VERSION}-linux-amd64.tar.gz");
    let directory = job.path(&format!("releases/v{VERSION}"));
    fs::create_dir_all(&directory).unwrap();
    let archive = directory.join(&name);
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(&archive);
    tar.arg("-C").arg(job.path("bin")).arg("kubectl-harden");
    assert!(tar.status().unwrap().success());
    fs::remove_file(job.path("bin/kubectl-harden")).unwrap();
    let url = format!("file://{}", job.path("releases").display());
    (url, sha256(&archive))
}

fn sums(job: &Job, text: &str) {
    let path = format!("releases/v{VERSION}/SHA256SUMS");
    fs::write(job.path(&path), text).unwrap();
}

#[test]
fn a_release_is_taken_when_its_sum_is_right() {
    let job = Job::new();
    job.write("pod.yaml", BAD);
    let (url, sum) = release(&job);
    let archive = format!("kubectl-harden-v{VERSION}-linux-amd64.tar.gz");
    let other = "0".repeat(64);
    let with = [("install", "release"), ("release-url", url.as_str())];
    let run = |more: &[(&str, &str)]| check(&job, &[&with, more].concat());

    run(&[]).failed("SHA256SUMS");
    sums(&job, &format!("{other}  other-{archive}\n"));
    run(&[]).failed("SHA256SUMS does not name");
    sums(&job, &format!("{other}  {archive}\n"));
    run(&[]).failed("the sha256 of");
    assert!(!job.path("temp/kubectl-harden/bin").exists());

    sums(
        &job,
        &format!("{other}  other-{archive}\n{sum}  {archive}\n"),
    );
    let ended = run(&[]);
    assert_eq!(
        (ended.code, ended.output("violations")),
        (1, "8"),
        "{}",
        ended.log
    );
    sums(&job, &format!("{sum} *{archive}\n"));
    assert_eq!(run(&[("version", &format!("v{VERSION}"))]).code, 1);

    // The sum of the workflow counts, also against that of the release.
    assert_eq!(run(&[("sha256", &sum)]).code, 1);
    run(&[("sha256", &other)]).failed("the sha256 of");
}

#[test]
fn a_release_that_is_not_there_is_an_error() {
    let mut job = Job::new();
    job.write("pod.yaml", BAD);
    let (url, _) = release(&job);
    let with = [("install", "release"), ("release-url", url.as_str())];
    let run = |job: &Job, more: &[(&str, &str)]| check(job, &[&with, more].concat());
    run(&job, &[("version", "9.9.9")]).failed("cannot download");
    run(&job, &[("version", "../../etc")]).failed("is not a version");
    check(
        &job,
        &[
            ("install", "release"),
            ("release-url", "http://127.0.0.1:9"),
        ],
    )
    .failed("cannot download");
    job.environment.push(("RUNNER_ARCH".into(), "ARM".into()));
    run(&job, &[]).failed("no archive for Linux on ARM");
}

#[test]
fn a_runner_without_the_program_is_told_what_to_do() {
    let job = Job::new();
    job.write("pod.yaml", BAD);
    fs::remove_file(job.path("bin/kubectl-harden")).unwrap();
    let mut bare = job;
    // No cargo and no kubectl-harden, wherever this test runs.
    let tools = bare.path("tools");
    fs::create_dir(&tools).unwrap();
    for tool in ["bash", "mktemp"] {
        let script = format!("command -v {tool}");
        let found = Command::new("sh").args(["-c", &script]).output().unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        std::os::unix::fs::symlink(found.trim(), tools.join(tool)).unwrap();
    }
    bare.environment
        .push(("PATH".into(), tools.display().to_string()));
    check(&bare, &[("install", "path")]).failed("not on PATH");
    check(&bare, &[("install", "build")]).failed("no cargo");
}

#[test]
#[ignore = "builds the program once more; .ci/run does it"]
fn the_program_is_built_from_the_action() {
    let mut job = Job::new();
    job.write("pod.yaml", BAD);
    // A toolchain file of the workspace would lead the build to a toolchain that is not there.
    job.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0\"\n");
    fs::remove_file(job.path("bin/kubectl-harden")).unwrap();
    for (name, value) in [("LTO", "off"), ("OPT_LEVEL", "0"), ("CODEGEN_UNITS", "16")] {
        let name = format!("CARGO_PROFILE_RELEASE_{name}");
        job.environment.push((name, value.into()));
    }
    let with = [("install", "build")];
    for _ in 0..2 {
        let ended = check(&job, &with);
        assert_eq!(
            (ended.code, ended.output("violations")),
            (1, "8"),
            "{}",
            ended.log
        );
        let groups = ["::group::cargo install kubectl-harden", "::endgroup::"];
        assert_eq!(ended.commands(), groups);
    }
    assert!(!job.path("workspace/target").exists());
}
