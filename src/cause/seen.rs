//! What is seen of one container of a pod.

/// A reason and what is said to it, as in a container's state and in events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// One word: `CrashLoopBackOff`.
    pub reason: String,
    /// The sentence.
    pub message: String,
}

/// What is seen of one container of a pod. What is not known stays at its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The container's name.
    pub container: String,
    /// Why it waits: `state.waiting`.
    pub waiting: Said,
    /// How its last run ended: `lastState.terminated`, else `state.terminated`.
    pub terminated: Said,
    /// The exit code of that run; `None` where none has ended.
    pub exit_code: Option<i32>,
    /// The signal that ended it, where the runtime says so.
    pub signal: Option<i32>,
    /// How often it was restarted.
    pub restarts: u32,
    /// The end of the log of the run before.
    pub previous_log: String,
    /// The end of the log of the run that goes on, or ended last.
    pub current_log: String,
    /// Warning events about the pod.
    pub events: Vec<Said>,
    /// Other sentences of the kubelet and of controllers: a pod's conditions and status, the answer to the creation of a pod.
    pub sentences: Vec<String>,
    /// The uid that its program runs as, where that is known.
    pub uid: Option<i64>,
    /// HOME, where the container declares it.
    pub home: Option<String>,
    /// Where volumes are mounted that are empty at the start of a pod.
    pub volumes: Vec<String>,
    /// Whether a probe failed before the change, too.
    pub probe_failed_before: bool,
}

/// Where a line was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The reason for which the container waits.
    Waiting,
    /// The message with which its last run ended.
    Terminated,
    /// The log of the run before.
    PreviousLog,
    /// The log of the run that goes on, or ended last.
    CurrentLog,
    /// A warning event.
    Event,
    /// Another sentence of the kubelet or of a controller.
    Sentence,
    /// No line: the exit code alone.
    ExitCode,
}
