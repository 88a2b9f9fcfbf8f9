//! The GitHub Action: action.yml is read, and its step is run as a script in an environment like a runner's.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod install;
mod reports;
mod runner;
#[path = "../support/mod.rs"]
mod support;

use runner::{Ended, Job, action, expression};
use support::run;

const BAD: &str = include_str!("../../docs/examples/shell.yaml");
const NO_REPORTS: [(&str, &str); 2] = [("annotations", "false"), ("summary", "false")];

/// Without reports, which have tests of their own.
fn check(job: &Job, with: &[(&str, &str)]) -> Ended {
    job.run(&[&NO_REPORTS, with].concat())
}

#[test]
fn the_file_is_a_composite_action() {
    let action = action();
    assert!(!action.name.is_empty() && action.description.len() < 125);
    assert_eq!(action.branding["icon"], "shield");
    assert_eq!(action.branding["color"], "blue");
    assert_eq!(action.runs.using, "composite");
    for (name, output) in &action.outputs {
        assert!(!output.description.is_empty());
        let wanted = format!("steps.harden.outputs.{name}");
        assert_eq!(expression(&output.value), wanted);
    }
    for step in &action.runs.steps {
        assert_eq!((step.id.as_str(), step.shell.as_str()), ("harden", "bash"));
        assert!(!step.run.contains("${{"), "an expression in a script");
        for (name, input) in &action.inputs {
            assert!(!input.description.is_empty());
            let variable = format!("HARDEN_{}", name.to_uppercase().replace('-', "_"));
            assert_eq!(step.env[&variable], format!("${{{{ inputs.{name} }}}}"));
        }
        assert_eq!(step.env.len(), action.inputs.len());
    }
}

#[test]
fn a_hardened_tree_passes() {
    let job = Job::new();
    job.write("pod.yaml", BAD);
    let written = run(&job.path("workspace"), &["-f", "pod.yaml", "-w"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let ended = check(&job, &[]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert_eq!(ended.output("exit-code"), "0");
    assert_eq!(ended.output("violations"), "0");
    assert_eq!(ended.output("reports"), "");
    assert_eq!(ended.output("sarif"), "");
}

#[test]
fn violations_fail_and_are_counted() {
    let job = Job::new();
    job.write("a/pod.yaml", BAD);
    job.write("b/pod.yaml", BAD);
    let ended = check(&job, &[]);
    assert_eq!(ended.code, 1, "{}", ended.log);
    assert_eq!(ended.output("exit-code"), "1");
    assert_eq!(ended.output("violations"), "16");
    assert!(
        ended
            .log
            .contains("\na/pod.yaml:6:3 pod/shell pod: fsGroup: ")
    );
    assert!(ended.log.contains("2 workloads in 2 files: 2 to harden\n"));

    let ended = check(&job, &[("fail-on-violations", "false")]);
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert_eq!(ended.output("exit-code"), "1");
    assert_eq!(ended.output("violations"), "16");
}

#[test]
fn an_error_fails_whatever_is_asked() {
    let job = Job::new();
    job.write("twice.yaml", &format!("{BAD}kind: Pod\n"));
    job.write("pod.yaml", BAD);
    for fail in ["true", "false"] {
        let ended = check(&job, &[("fail-on-violations", fail)]);
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert_eq!(ended.output("exit-code"), "2");
        assert_eq!(ended.output("violations"), "16");
        assert!(ended.log.contains("error: twice.yaml:"), "{}", ended.log);
    }
    let empty = check(&Job::new(), &[]);
    assert_eq!(
        empty.code, 2,
        "a job that forgot to check the repository out"
    );
}

#[test]
fn the_inputs_are_flags() {
    let job = Job::new();
    job.write("top/pod.yaml", BAD);
    job.write("top/below/pod.yaml", BAD);
    job.write("with a space/$(touch pwned) `touch pwned`;*.yaml", BAD);
    let count = |with: &[(&str, &str)]| {
        let ended = check(&job, with);
        assert!(ended.code < 2, "{with:?}: {}", ended.log);
        ended.output("violations").to_owned()
    };
    assert_eq!(count(&[]), "24");
    assert_eq!(count(&[("paths", "top"), ("recursive", "false")]), "8");
    assert_eq!(
        count(&[("paths", "\n  top/below\nwith a space  \n\n")]),
        "16"
    );
    let odd = "./with a space/$(touch pwned) `touch pwned`;*.yaml";
    assert_eq!(count(&[("paths", odd)]), "8");
    assert_eq!(count(&[("profile", "baseline")]), "0");
    assert_eq!(count(&[("args", "--only=fsGroup")]), "3");
    let several = "--only fsGroup,runAsUser\n  --skip=fsGroup  ";
    assert_eq!(count(&[("args", several)]), "3");
    assert!(!job.path("workspace/pwned").exists());

    for (name, value) in [
        ("profile", "hard; touch pwned"),
        ("args", "$(touch pwned) `touch pwned` ; touch pwned"),
        ("args", "-w"),
        ("args", "--onyl=fsGroup"),
        ("paths", "no/such/directory"),
        ("paths", "--write"),
    ] {
        let ended = check(&job, &[(name, value)]);
        assert_eq!(ended.code, 2, "{name}: {value}: {}", ended.log);
        assert!(!job.path("workspace/pwned").exists(), "{value}");
    }
    let text = std::fs::read_to_string(job.path("workspace/top/pod.yaml"));
    assert_eq!(text.unwrap(), BAD);
}

#[test]
fn inputs_that_say_nothing_are_errors() {
    let job = Job::new();
    job.write("pod.yaml", BAD);
    check(&job, &[("recursive", "yes")]).failed("recursive is \"yes\"");
    check(&job, &[("fail-on-violations", "")]).failed("fail-on-violations");
    job.run(&[("annotations", "True\n::error::x")])
        .failed("annotations is \"True%0A::error::x\"");
    check(&job, &[("paths", " \n ")]).failed("paths is empty");
    check(&job, &[("paths", "pod.yaml\n-")]).failed("paths has -");
    check(&job, &[("reports", "json=-")]).failed("json=-");
    check(&job, &[("install", "download")]).failed("install is \"download\"");
}

/// Whoever opens a pull request names the files. The runner takes nothing of it for a command.
#[test]
fn names_of_files_are_no_workflow_commands() {
    let job = Job::new();
    job.write("::error::pwned.yaml", BAD);
    job.write("::add-mask::pod.yaml", BAD);
    job.write("##[error]pwned.yaml", &format!("{BAD}kind: Pod\n"));
    let ended = check(&job, &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.log.contains("\n::error::pwned.yaml:6:3 "));
    assert_eq!(ended.commands(), [""; 0]);
    let tokens = [ended, check(&job, &[])].map(|ended| {
        let line = ended.log.lines().find(|l| l.starts_with("::stop-commands"));
        line.unwrap().to_owned()
    });
    assert_ne!(tokens[0], tokens[1]);
}
