//! A command that is run in a container, as `kubectl exec` runs it: over a WebSocket, whose frames start with the number
//! of their stream (`v5.channel.k8s.io`, k8s.io/apimachinery `pkg/util/remotecommand`).

use std::time::Duration;

use futures_util::StreamExt;
use http::Request;
use serde_json::Value;
use thiserror::Error;

use super::failure::Failure;
use super::server::Server;

const STDOUT: u8 = 1;
const STDERR: u8 = 2;

/// The stream that carries one `Status`, at the end.
const STATUS: u8 = 3;

/// What is run where, and how much of it is waited for.
pub(crate) struct Exec<'e> {
    pub(crate) namespace: &'e str,
    pub(crate) pod: &'e str,
    pub(crate) container: &'e str,
    /// The program and its arguments; no shell reads them.
    pub(crate) command: &'e [&'e str],
    /// How many bytes of standard output, and of standard error, are kept.
    pub(crate) limit: usize,
    /// How long it may take. What runs longer is left alone in the container: nothing can end it from here.
    pub(crate) time: Duration,
}

/// What a command said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// `None` where it said more than was to be kept, and was not waited for.
    pub(crate) exit_code: Option<i32>,
}

/// Why a command could not be run.
#[derive(Clone, Debug, Error)]
pub(crate) enum ExecError {
    /// The server, or something on the way to it.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// The image has no such program.
    #[error("no {program} in the image")]
    NoProgram {
        /// The program that was asked for.
        program: String,
    },
    /// The container is not there, or has ended.
    #[error("the container is not running: {0}")]
    NotRunning(String),
    /// Nothing came in time.
    #[error("no end of {program} within {time:?}")]
    Timeout {
        /// The program that was asked for.
        program: String,
        /// How long was waited.
        time: Duration,
    },
}

impl ExecError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Refused(failure) => failure.hint,
            Self::NoProgram { .. } => {
                "an image without it can be looked at with a container of another image"
            }
            Self::NotRunning(_) => "kubectl describe pod says why",
            Self::Timeout { .. } => "the node may be busy or gone: kubectl get nodes",
        }
    }
}

impl Server {
    /// Runs a command in a container and waits for its end.
    ///
    /// # Errors
    /// No right to, no such program, no such container, no answer in time.
    pub(crate) async fn exec(&self, exec: &Exec<'_>) -> Result<Said, ExecError> {
        let ended = tokio::time::timeout(exec.time, self.run(exec)).await;
        ended.unwrap_or_else(|_| {
            Err(ExecError::Timeout {
                program: exec.program(),
                time: exec.time,
            })
        })
    }

    async fn run(&self, exec: &Exec<'_>) -> Result<Said, ExecError> {
        let request = Request::get(exec.target()).body(Vec::new());
        let request = request.map_err(|error| {
            let message = format!("cannot ask for {}: {error}", exec.target());
            ExecError::Refused(Failure::new(message, "check the names"))
        })?;
        let connected = self.client().connect(request).await;
        let connection = connected.map_err(|error| exec.refused(self.refusal(&error)))?;
        let mut frames = connection.into_stream();
        let mut said = Said::default();
        while let Some(frame) = frames.next().await {
            let frame = frame
                .map_err(|error| ExecError::Refused(Failure::transport(&error, self.host())))?;
            if !frame.is_binary() {
                continue;
            }
            let frame = frame.into_data();
            let has_room = match frame.split_first() {
                Some((&STDOUT, bytes)) => keep(&mut said.stdout, bytes, exec.limit),
                Some((&STDERR, bytes)) => keep(&mut said.stderr, bytes, exec.limit),
                Some((&STATUS, status)) if !status.is_empty() => {
                    said.exit_code = Some(exec.ended(status)?);
                    return exec.checked(said);
                }
                _ => true,
            };
            if !has_room {
                return Ok(said);
            }
        }
        let message = "the connection ended before the command did";
        let hint = "try again; a proxy on the way may close connections";
        Err(ExecError::Refused(Failure::new(message, hint)))
    }

    fn refusal(&self, error: &kube::Error) -> Failure {
        let failure = match error {
            kube::Error::Api(status) => {
                let status = serde_json::to_vec(status).unwrap_or_default();
                answer(&status)
            }
            kube::Error::Auth(_) => Failure::credentials(error, None),
            kube::Error::UpgradeConnection(error) => Failure::new(
                format!("unable to upgrade connection: {error}"),
                "a proxy on the way that knows no WebSocket is the usual cause",
            ),
            error => Failure::transport(error, self.host()),
        };
        match failure.code {
            403 => Failure {
                hint: "ask for the verbs get and create on pods/exec: kubectl auth can-i create pods --subresource=exec",
                ..failure
            },
            _ => failure,
        }
    }
}

impl Exec<'_> {
    fn program(&self) -> String {
        self.command.first().copied().unwrap_or_default().to_owned()
    }

    fn target(&self) -> String {
        let Self { namespace, pod, .. } = self;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("container", self.container);
        for word in self.command {
            query.append_pair("command", word);
        }
        query
            .append_pair("stdout", "true")
            .append_pair("stderr", "true");
        format!(
            "/api/v1/namespaces/{namespace}/pods/{pod}/exec?{}",
            query.finish()
        )
    }

    fn no_program(&self) -> ExecError {
        ExecError::NoProgram {
            program: self.program(),
        }
    }

    /// Some runtimes let a program that is not there end with 126, 127 or 255, and say why on standard error.
    fn checked(&self, said: Said) -> Result<Said, ExecError> {
        let has_failed = said.exit_code != Some(0) && said.stdout.is_empty();
        match has_failed && lacks_program(&String::from_utf8_lossy(&said.stderr)) {
            true => Err(self.no_program()),
            false => Ok(said),
        }
    }

    /// The exit code of a command, from the `Status` that comes at the end of it.
    fn ended(&self, status: &[u8]) -> Result<i32, ExecError> {
        let read: Value = serde_json::from_slice(status).unwrap_or_default();
        if read.get("status").and_then(Value::as_str) == Some("Success") {
            return Ok(0);
        }
        let failure = answer(status);
        let of_command = failure
            .causes
            .iter()
            .find(|cause| cause.reason == "ExitCode");
        match of_command.and_then(|cause| cause.message.parse().ok()) {
            Some(code) => Ok(code),
            None => Err(self.refused(failure)),
        }
    }

    /// What kubelet and runtime refuse has no reason of its own: their sentences tell.
    fn refused(&self, failure: Failure) -> ExecError {
        if lacks_program(&failure.message) {
            return self.no_program();
        }
        let says = |words: &&str| failure.message.contains(words);
        if NOT_RUNNING.iter().any(says) {
            return ExecError::NotRunning(failure.message);
        }
        ExecError::Refused(failure)
    }
}

/// Whether a runtime says that there is no such program: runc, crun and youki, gVisor, Kata; runc, where a path was given.
fn lacks_program(sentence: &str) -> bool {
    let says = |words: &str| sentence.contains(words);
    says("not found in $PATH")
        || says("error finding executable")
        || says("ENOENT: No such file or directory")
        || says("exec: \"") && says("no such file or directory")
}

/// kubelet's `GetExec` and `findContainer`, and containerd's exec of a container that has ended.
const NOT_RUNNING: [&str; 3] = [
    "container not found (",
    "is not running",
    "container is in CONTAINER_EXITED state",
];

/// A `Status` in kubectl's words. One that passed the kubelet has no code.
fn answer(status: &[u8]) -> Failure {
    let code = serde_json::from_slice(status).ok();
    let code = code.and_then(|read: Value| read.get("code")?.as_u64());
    let code = code.and_then(|code| u16::try_from(code).ok());
    Failure::answer(code.unwrap_or_default(), status)
}

/// Keeps so much as there is room for; says whether that was all.
fn keep(kept: &mut Vec<u8>, bytes: &[u8], limit: usize) -> bool {
    let room = limit.saturating_sub(kept.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    bytes.len() <= room
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EXEC: Exec<'static> = Exec {
        namespace: "shop",
        pod: "web-0",
        container: "web",
        command: &["cat", "/proc/1/status", "a b&c"],
        limit: 10,
        time: Duration::from_secs(1),
    };

    #[test]
    fn the_words_of_a_command_reach_it_as_they_are() {
        assert_eq!(
            EXEC.target(),
            "/api/v1/namespaces/shop/pods/web-0/exec?container=web&command=cat&command=%2Fproc%2F1%2Fstatus\
             &command=a+b%26c&stdout=true&stderr=true"
        );
    }

    #[test]
    fn output_is_kept_up_to_the_limit() {
        let mut kept = Vec::new();
        assert!(keep(&mut kept, b"12345678", 10));
        assert!(keep(&mut kept, b"90", 10));
        assert!(!keep(&mut kept, b"abc", 10));
        assert_eq!(kept, b"1234567890");
    }

    #[test]
    fn the_last_status_tells_how_a_command_ended() {
        let code = |status: Value| EXEC.ended(status.to_string().as_bytes());
        assert!(matches!(code(json!({"status": "Success"})), Ok(0)));
        let ended = json!({
            "status": "Failure", "reason": "NonZeroExitCode",
            "message": "command terminated with non-zero exit code: error executing command [cat], exit code 1",
            "details": {"causes": [{"reason": "ExitCode", "message": "1"}]},
        });
        assert!(matches!(code(ended), Ok(1)));
        let failed = |message: &str| {
            let error = json!({"status": "Failure", "reason": "InternalError", "message": message, "code": 500});
            code(error).expect_err("a failure")
        };
        let missing = failed(
            "Internal error occurred: error executing command in container: failed to exec in container: failed to start \
             exec \"0\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"cat\": \
             executable file not found in $PATH: unknown",
        );
        assert!(matches!(missing, ExecError::NoProgram { .. }), "{missing}");
        assert_eq!(missing.to_string(), "no cat in the image");
        let crun = failed(
            "Internal error occurred: executable file `cat` not found in $PATH: No such file or directory",
        );
        assert!(matches!(crun, ExecError::NoProgram { .. }), "{crun}");
        let no_runtime =
            failed("dial unix /run/containerd/containerd.sock: connect: no such file or directory");
        assert!(matches!(no_runtime, ExecError::Refused(_)), "{no_runtime}");
        let gone = failed("unable to upgrade connection: container not found (\"web\")");
        assert!(matches!(gone, ExecError::NotRunning(_)), "{gone}");
        let other =
            failed("error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused");
        assert_eq!(
            other.to_string(),
            "Error from server (InternalError): error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused"
        );
        assert!(matches!(code(json!(null)), Err(ExecError::Refused(_))));
    }

    #[test]
    fn a_program_may_be_missed_by_the_runtimes_own_output() {
        let said = |stdout: &str, stderr: &str, code| Said {
            stdout: stdout.into(),
            stderr: stderr.into(),
            exit_code: Some(code),
        };
        let missing = "exec failed: exec: \"cat\": executable file not found in $PATH\n";
        let checked = EXEC.checked(said("", missing, 127));
        assert!(matches!(checked, Err(ExecError::NoProgram { .. })));
        let other = [
            said("", "cat: /x: No such file or directory\n", 1),
            said("text", missing, 127),
            said("", missing, 0),
        ];
        for said in other {
            assert!(EXEC.checked(said).is_ok());
        }
    }
}
