//! A command of the user's own, run by a shell, within its time: `--notify-cmd`, `--probe-cmd`.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, sleep};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::printable::printable;

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It could not be started.
    #[error("could not be started: {0}")]
    Start(#[from] io::Error),
    /// It said that it failed.
    #[error("exited with {0}")]
    Exit(i32),
    /// Somebody ended it.
    #[error("was ended by a signal: {0}")]
    Signal(ExitStatus),
    /// It took too long.
    #[error("did not end within {0:?} and was killed")]
    Late(Duration),
    /// The run was over before it was.
    #[error("was killed: the run is over")]
    Cut,
}

/// An environment variable is limited, to 128 KiB on Linux and 32 KiB on Windows. The object on stdin is not.
const LONGEST_VARIABLE: usize = 4096;
/// What a line of its output may be long.
const LONGEST_LINE: u64 = 4096;
/// How long to wait for the rest of the output of a command that is over. A process that it left running holds the
/// output open for as long as it likes.
const LAST_OUTPUT: Duration = Duration::from_secs(1);
/// The longest pause between two looks at a running command.
const PAUSE: Duration = Duration::from_millis(50);

/// What a command is told: `run` is `HARDEN_RUN` in its environment, and a key of the object on its stdin.
pub(super) type Facts = [(&'static str, String)];

/// Runs `cmd` with the facts, and with `environment` besides ours, until it ends, or `over` says why it must. `say` gets its
/// output by lines.
pub(super) fn run(
    cmd: &str,
    facts: &Facts,
    environment: &[(&str, OsString)],
    over: impl Fn() -> Option<Failure>,
    say: &Arc<dyn Fn(&str) + Send + Sync>,
) -> Result<(), Failure> {
    let (output, end) = io::pipe()?;
    let mut shell = shell(cmd);
    shell.stdin(Stdio::piped()).stdout(end.try_clone()?);
    shell.stderr(end);
    for (name, value) in facts {
        shell.env(format!("HARDEN_{}", name.to_uppercase()), variable(value));
    }
    shell.envs(environment.iter().map(|(name, value)| (name, value)));
    let mut child = shell.spawn()?;
    // Closes our ends of the pipe.
    drop(shell);
    let shown = begin(&mut child, object(facts), output, say);
    let status = match shown.as_ref().map_err(io::Error::kind) {
        Ok(_) => wait(&mut child, over),
        Err(kind) => Err(Failure::Start(kind.into())),
    };
    let status = status.inspect_err(|_| kill(&mut child));
    if let Ok(shown) = shown {
        let _ = shown.recv_timeout(LAST_OUTPUT);
    }
    let status = status?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Exit(code)),
        None => Err(Failure::Signal(status)),
    }
}

/// Threads that write its stdin and show its output: neither may hold us up. The receiver hears of the output's end.
fn begin(
    child: &mut Child,
    object: Vec<u8>,
    output: io::PipeReader,
    say: &Arc<dyn Fn(&str) + Send + Sync>,
) -> io::Result<Receiver<()>> {
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read it closes the pipe.
        Builder::new().spawn(move || {
            let _ = stdin.write_all(&object);
        })?;
    }
    let (ended, shown) = channel();
    let say = Arc::clone(say);
    Builder::new().spawn(move || {
        show(output, &*say);
        let _ = ended.send(());
    })?;
    Ok(shown)
}

fn show(output: io::PipeReader, say: &dyn Fn(&str)) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while (&mut output)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        say(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
}

fn wait(child: &mut Child, over: impl Fn() -> Option<Failure>) -> Result<ExitStatus, Failure> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Some(failure) = over() {
            return Err(failure);
        }
        sleep(pause);
        pause = (pause * 2).min(PAUSE);
    }
}

/// It and, on unix, whatever it started and did not take out of its process group.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        // It was not waited for yet, so that the number is its own still.
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// A shell in a process group of its own: Ctrl-C is ours.
#[cfg(unix)]
fn shell(cmd: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(cmd).process_group(0);
    shell
}

/// See above. cmd.exe does not understand the quotes that arguments are put in.
#[cfg(windows)]
fn shell(cmd: &str) -> Command {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    let mut shell = Command::new("cmd");
    shell.raw_arg("/C").raw_arg(cmd);
    shell.creation_flags(CREATE_NEW_PROCESS_GROUP);
    shell
}

/// A value as a variable can hold it: no NUL, nothing that moves a cursor, and not too long.
fn variable(value: &str) -> String {
    let mut value = printable(value);
    if value.len() > LONGEST_VARIABLE {
        let end = (0..=LONGEST_VARIABLE)
            .rev()
            .find(|&end| value.is_char_boundary(end));
        value.truncate(end.unwrap_or_default());
        value += "...";
    }
    value
}

fn object(facts: &Facts) -> Vec<u8> {
    let facts = facts.iter();
    let facts = facts.map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())));
    let object = Value::Object(facts.collect::<Map<_, _>>());
    format!("{object}\n").into_bytes()
}
