//! A runner small enough for action.yml: inputs and their defaults, `env` of a step, its script in bash as GitHub starts it,
//! outputs, the summary, and the workflow commands in the log.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// action.yml, with the keys of a composite action that are used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub name: String,
    pub description: String,
    pub branding: BTreeMap<String, String>,
    pub inputs: BTreeMap<String, Input>,
    pub outputs: BTreeMap<String, Output>,
    pub runs: Runs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub description: String,
    pub default: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    pub description: String,
    pub value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    pub using: String,
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: String,
    pub shell: String,
    pub run: String,
    pub env: BTreeMap<String, String>,
}

pub fn action() -> Action {
    serde_yaml::from_str(include_str!("../../action.yml")).unwrap()
}

/// The only expressions that action.yml needs: one name in `${{ }}`, and nothing beside it.
pub fn expression(text: &str) -> &str {
    let inner = text
        .strip_prefix("${{ ")
        .and_then(|t| t.strip_suffix(" }}"));
    inner.unwrap_or_else(|| panic!("{text} is not one expression"))
}

/// A job with a workspace, and programs that stand before the others on PATH.
pub struct Job {
    directory: tempfile::TempDir,
    pub environment: Vec<(String, String)>,
}

/// What a step of the workflow that uses the action comes to.
pub struct Ended {
    pub code: i32,
    pub log: String,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
}

impl Job {
    /// The program that is tested is installed.
    pub fn new() -> Self {
        let job = Self {
            directory: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        };
        for name in ["workspace", "temp", "bin"] {
            fs::create_dir(job.directory.path().join(name)).unwrap();
        }
        let program = env!("CARGO_BIN_EXE_kubectl-harden");
        job.install(&format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
        job
    }

    /// Another program in the place of the one that is installed.
    pub fn install(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.directory.path().join("bin/kubectl-harden");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path("workspace").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs the steps of the action; `install: path` unless `with` says otherwise.
    pub fn run(&self, with: &[(&str, &str)]) -> Ended {
        let action = action();
        let mut inputs: BTreeMap<_, _> = action.inputs.into_iter().collect();
        inputs.get_mut("install").unwrap().default = "path".into();
        for (name, value) in with {
            let input = inputs.get_mut(*name);
            input.unwrap_or_else(|| panic!("no input {name}")).default = (*value).into();
        }
        let [step] =
            <[Step; 1]>::try_from(action.runs.steps).unwrap_or_else(|_| panic!("one step"));
        let mut environment = BTreeMap::new();
        for (name, value) in step.env {
            let input = expression(&value).strip_prefix("inputs.").unwrap();
            environment.insert(name, inputs[input].default.clone());
        }
        let ended = self.bash(&step.run, environment);
        let outputs = action.outputs.into_iter().map(|(name, output)| {
            let set = expression(&output.value).strip_prefix("steps.harden.outputs.");
            let value = ended.outputs.get(set.unwrap()).cloned();
            (name, value.unwrap_or_default())
        });
        let outputs = outputs.collect();
        Ended { outputs, ..ended }
    }

    /// `shell: bash` of a step.
    fn bash(&self, script: &str, environment: BTreeMap<String, String>) -> Ended {
        let file = self.path("step.sh");
        let (output, summary) = (self.path("output"), self.path("summary"));
        for (path, text) in [(&file, script), (&output, ""), (&summary, "")] {
            fs::write(path, text).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]);
        bash.arg(file).current_dir(self.path("workspace"));
        bash.env_remove("CLICOLOR_FORCE").envs(environment);
        bash.env("PATH", format!("{}:{path}", self.path("bin").display()));
        bash.env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"));
        bash.env("GITHUB_WORKSPACE", self.path("workspace"));
        bash.env("GITHUB_OUTPUT", &output);
        bash.env("GITHUB_STEP_SUMMARY", &summary);
        bash.env("RUNNER_TEMP", self.path("temp"));
        bash.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        bash.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let ran = bash.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "one stream");
        Ended {
            code: ran.status.code().unwrap(),
            log: String::from_utf8_lossy(&ran.stdout).into_owned(),
            outputs: outputs(&fs::read_to_string(output).unwrap()),
            summary: fs::read_to_string(summary).unwrap(),
        }
    }
}

/// `name=value` and `name<<delimiter`, as in GITHUB_OUTPUT.
fn outputs(file: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        let (name, value) = match (line.split_once('='), line.split_once("<<")) {
            (_, Some((name, delimiter))) => {
                let value: Vec<_> = lines.by_ref().take_while(|l| *l != delimiter).collect();
                (name, value.join("\n"))
            }
            (Some((name, value)), None) => (name, value.to_owned()),
            (None, None) => panic!("{line} is no output"),
        };
        assert!(outputs.insert(name.to_owned(), value).is_none(), "{name}");
    }
    outputs
}

impl Ended {
    /// The lines that a runner takes for workflow commands. Between stop-commands and its token there are none.
    pub fn commands(&self) -> Vec<&str> {
        let mut token: Option<String> = None;
        let mut commands = Vec::new();
        for line in self.log.lines() {
            if let Some(stopped) = &token {
                if line == format!("::{stopped}::") {
                    token = None;
                }
            } else if let Some(new) = line.strip_prefix("::stop-commands::") {
                assert!(new.len() >= 16, "a token that can be guessed: {new}");
                token = Some(new.to_owned());
            } else if line.trim_start().starts_with("::") || line.contains("##[") {
                commands.push(line);
            }
        }
        assert_eq!(token, None, "the commands stay off");
        commands
    }

    /// The one error that is annotated where the program was not run.
    pub fn failed(&self, wanted: &str) {
        assert_eq!(self.code, 2, "{}", self.log);
        let commands = self.commands();
        assert!(
            matches!(commands[..], [error] if error.starts_with("::error ") && error.contains(wanted)),
            "not \"{wanted}\": {}",
            self.log
        );
        assert!(self.log.contains("\nhint: "), "{}", self.log);
        assert!(self.outputs.values().all(String::is_empty));
    }

    pub fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }
}

/// The sha256 of a file, by the tool that is there.
pub fn sha256(path: &Path) -> String {
    let script = "sha256sum <\"$0\" 2>/dev/null || shasum -a 256 <\"$0\"";
    let ran = Command::new("sh").args(["-c", script]).arg(path).output();
    let text = String::from_utf8(ran.unwrap().stdout).unwrap();
    text.split(' ').next().unwrap().to_owned()
}
