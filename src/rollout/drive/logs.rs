//! The logs of pods, within bounds.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::timeout;

use super::observe::Observer;
use crate::cluster::Failure;

/// Of how many pods logs are read.
const PODS: usize = 5;

/// How long reading may take.
const LONGEST: Duration = Duration::from_secs(20);

/// How much of the end of a log is read.
const LINES: usize = 1_000;
const BYTES: usize = 1 << 20;

/// How much of its start is read too, in bytes, where the end is not all of it: most of what a program has to say about
/// its surroundings it says first.
const START: usize = 64 << 10;

/// A part of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The start of the last run, where that is not in its end.
    Start,
    /// The end of the last run.
    End,
    /// The end of the run before.
    Previous,
    /// The end of the first run, read when it had just ended: later ones may fail for what it left behind. It is asked for as
    /// the run before where another one goes on already.
    First {
        /// Whether it is.
        is_previous: bool,
    },
}

/// Whose log, and what of it.
#[derive(Clone, Debug)]
pub(super) struct LogOf {
    pub(super) pod: String,
    pub(super) container: String,
    pub(super) part: Part,
}

/// A log, or a part of it.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) of: LogOf,
    pub(super) bytes: Vec<u8>,
}

/// A log that could not be had.
pub(super) struct NoLog {
    /// Why, with whose it is.
    pub(super) message: String,
    /// Whether that is for lack of a right, which was said when the run began.
    pub(super) is_forbidden: bool,
}

impl LogOf {
    /// Its file: `web-1_app.log`, `web-1_app.previous.log`. Names of pods and containers hold no `_`.
    pub(super) fn file(&self, folder: &str) -> String {
        let Self { pod, container, .. } = self;
        format!("{folder}/{pod}_{container}{}.log", self.suffix())
    }

    fn suffix(&self) -> &'static str {
        match self.part {
            Part::Start => ".start",
            Part::End => "",
            Part::Previous => ".previous",
            Part::First { .. } => ".first",
        }
    }

    fn query(&self) -> String {
        match self.part {
            Part::Start => format!("limitBytes={START}"),
            Part::End | Part::First { is_previous: false } => {
                format!("tailLines={LINES}&limitBytes={BYTES}")
            }
            Part::Previous | Part::First { is_previous: true } => {
                format!("tailLines={LINES}&limitBytes={BYTES}&previous=true")
            }
        }
    }
}

impl Observer<'_> {
    /// The logs of the containers that have started, of the first of these pods; with `previous`, those of crashed runs
    /// too. What cannot be had is in the second list.
    pub(super) async fn logs<'p>(
        &self,
        pods: impl Iterator<Item = &'p Value>,
        previous: bool,
    ) -> (Vec<Log>, Vec<NoLog>) {
        let wanted = pods.take(PODS).flat_map(|pod| wanted(pod, previous));
        let read = join_all(wanted.map(|of| self.whole(of)));
        let (mut logs, mut missing) = (Vec::new(), Vec::new());
        match timeout(LONGEST, read).await {
            Ok(read) => read.into_iter().for_each(|read| match read {
                Ok(parts) => logs.extend(parts),
                Err(no_log) => missing.push(no_log),
            }),
            Err(_) => missing.push(NoLog {
                message: format!("its logs could not be had within {LONGEST:?}"),
                is_forbidden: false,
            }),
        }
        (logs, missing)
    }

    /// The logs of the first runs of containers that have just ended, but for those that are known.
    pub(super) async fn first_logs(&self, pods: &[Value], known: &[Log]) -> Vec<Log> {
        let is_new = |of: &LogOf| {
            let is_same = |log: &Log| (&log.of.pod, &log.of.container) == (&of.pod, &of.container);
            !known.iter().any(is_same)
        };
        let wanted = pods.iter().take(PODS).flat_map(first_runs).filter(is_new);
        let read = join_all(wanted.map(|of| self.part(of)));
        let read = timeout(LONGEST, read).await.unwrap_or_default();
        read.into_iter().flatten().collect()
    }

    /// A log, behind its start where that is not in it.
    async fn whole(&self, of: LogOf) -> Result<Vec<Log>, NoLog> {
        let end = self.part(of).await?;
        if end.of.part == Part::Previous || !is_cut(&end.bytes) {
            return Ok(vec![end]);
        }
        let start = LogOf {
            part: Part::Start,
            ..end.of.clone()
        };
        Ok(vec![self.part(start).await?, end])
    }

    async fn part(&self, of: LogOf) -> Result<Log, NoLog> {
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/log?container={}&{}",
            self.workload.object.namespace,
            of.pod,
            of.container,
            of.query()
        );
        match self.server.bytes_once(&path, "*/*").await {
            Ok(bytes) => Ok(Log { of, bytes }),
            Err(failure) => Err(NoLog::new(&of, &failure)),
        }
    }
}

impl NoLog {
    fn new(of: &LogOf, failure: &Failure) -> Self {
        let LogOf { pod, container, .. } = of;
        let part = of.suffix();
        Self {
            message: format!("no log of {pod}/{container}{part}: {}", failure.message),
            is_forbidden: failure.code == 403,
        }
    }
}

/// Whether there may be more of a log than its end.
fn is_cut(end: &[u8]) -> bool {
    let lines = end.iter().filter(|byte| **byte == b'\n').count();
    lines >= LINES || end.len() >= BYTES
}

fn wanted(pod: &Value, previous: bool) -> Vec<LogOf> {
    let name = pod.pointer("/metadata/name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let mut wanted = Vec::new();
    for (container, restarts) in started(pod) {
        let parts = [Part::End, Part::Previous];
        let count = if previous && restarts > 0 { 2 } else { 1 };
        wanted.extend(parts.into_iter().take(count).map(|part| LogOf {
            pod: name.to_owned(),
            container: container.clone(),
            part,
        }));
    }
    wanted
}

/// The first runs that have ended, as long as their logs can be had: the kubelet keeps those of two runs.
fn first_runs(pod: &Value) -> Vec<LogOf> {
    let name = pod.pointer("/metadata/name").and_then(Value::as_str);
    let name = name.unwrap_or_default();
    let mut runs = Vec::new();
    for status in statuses(pod) {
        let is = |state: &str| status.pointer(&format!("/state/{state}")).is_some();
        let code = status.pointer("/state/terminated/exitCode");
        let is_previous = match (restarts(status), is("terminated"), is("running")) {
            (0, true, _) if code.and_then(Value::as_i64) != Some(0) => false,
            (1, _, true) => true,
            _ => continue,
        };
        let Some(container) = status.get("name").and_then(Value::as_str) else {
            continue;
        };
        runs.push(LogOf {
            pod: name.to_owned(),
            container: container.to_owned(),
            part: Part::First { is_previous },
        });
    }
    runs
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let lists = lists
        .into_iter()
        .filter_map(|list| pod.pointer(list)?.as_array());
    lists.flatten()
}

fn restarts(status: &Value) -> u64 {
    let restarts = status.get("restartCount").and_then(Value::as_u64);
    restarts.unwrap_or_default()
}

/// The containers of a pod that have started, with their restarts.
fn started(pod: &Value) -> Vec<(String, u64)> {
    let started = statuses(pod).filter_map(|status| {
        let restarts = restarts(status);
        let has_started = restarts > 0 || status.pointer("/state/waiting").is_none();
        let name = status.get("name")?.as_str()?.to_owned();
        has_started.then_some((name, restarts))
    });
    started.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn logs_are_those_of_what_has_started() {
        let pod = json!({"metadata": {"name": "web-1"}, "status": {
            "initContainerStatuses": [{"name": "seed", "restartCount": 0, "state": {"terminated": {}}}],
            "containerStatuses": [
                {"name": "app", "restartCount": 2, "state": {"waiting": {}}},
                {"name": "late", "restartCount": 0, "state": {"waiting": {}}}]}});
        let files = |previous| -> Vec<_> {
            let wanted = wanted(&pod, previous);
            wanted.iter().map(|of| of.file("f")).collect()
        };
        assert_eq!(files(false), ["f/web-1_seed.log", "f/web-1_app.log"]);
        assert_eq!(
            files(true),
            [
                "f/web-1_seed.log",
                "f/web-1_app.log",
                "f/web-1_app.previous.log"
            ]
        );
    }

    #[test]
    fn the_log_of_a_first_run_is_read_while_it_can_be_had() {
        let of = |restarts: u64, state: Value| {
            let pod = json!({"metadata": {"name": "web-1"}, "status": {
                "containerStatuses": [{"name": "app", "restartCount": restarts, "state": state}]}});
            let runs = first_runs(&pod);
            let run = runs.first();
            run.map(|of| (of.file("f"), of.query().contains("previous")))
        };
        let file = || "f/web-1_app.first.log".to_owned();
        let ended = |code: i64| json!({"terminated": {"exitCode": code}});
        assert_eq!(of(0, ended(1)), Some((file(), false)));
        assert_eq!(of(1, json!({"running": {}})), Some((file(), true)));
        for (restarts, state) in [
            (0, json!({"running": {}})),
            (0, ended(0)),
            (1, ended(1)),
            (1, json!({"waiting": {}})),
            (2, json!({"running": {}})),
        ] {
            assert_eq!(of(restarts, state.clone()), None, "{restarts} {state}");
        }
    }

    #[test]
    fn the_start_is_read_where_the_end_may_not_be_all() {
        assert!(!is_cut(b""));
        assert!(!is_cut(&b"line\n".repeat(LINES - 1)));
        assert!(is_cut(&b"line\n".repeat(LINES)));
        assert!(is_cut(&vec![b'x'; BYTES]));
    }
}
