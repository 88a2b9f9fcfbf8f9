//! What `status` prints: tables as kubectl prints them.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::State;
use super::age::{human_duration, utc};
use crate::table::table;

/// Heads of [`status`].
const STATUS: [&str; 8] = [
    "NAMESPACE",
    "NAME",
    "STATE",
    "SINCE",
    "START",
    "END",
    "POD/CONTAINER",
    "REASON",
];
/// Those of them that stand only with `-o wide`. The last column is the longest, so that no other stands behind it.
const WIDE: Range<usize> = 4..7;

/// Heads of [`runs`].
const RUNS: [&str; 9] = [
    "RUN", "STARTED", "CLUSTER", "TOTAL", "HARDENED", "RESTORED", "BLOCKED", "TO-GO", "STATE",
];

/// What kubectl prints where there is nothing to say.
const NONE: &str = "<none>";

/// A workload of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRow {
    /// Its namespace.
    pub namespace: String,
    /// `deployment.apps/web`.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// For how long.
    pub since: SignedDuration,
    /// Why; empty where nothing is to be said.
    pub reason: String,
    /// When something was first done to it.
    pub start: Option<Timestamp>,
    /// When nothing more was to be done.
    pub end: Option<Timestamp>,
    /// The pod and the container that show the reason; empty where none do.
    pub pod: String,
    /// See `pod`.
    pub container: String,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its id.
    pub run: String,
    /// When it was started.
    pub started: Timestamp,
    /// The cluster, as the kubeconfig names it.
    pub cluster: String,
    /// How many workloads stand where.
    pub counts: BTreeMap<State, usize>,
    /// What became of the run itself: `under way`, `stopped`, `interrupted`, `ended`.
    pub state: String,
}

/// The workloads of a run; `-o wide` adds times and the pod that shows the reason.
pub fn status(rows: &[WorkloadRow], wide: bool) -> String {
    let is_shown = |column: usize| wide || !WIDE.contains(&column);
    let cells = |row: &WorkloadRow| -> Vec<String> {
        let time = |at: Option<Timestamp>| at.map_or_else(|| NONE.to_owned(), utc);
        let place = match (row.pod.as_str(), row.container.as_str()) {
            ("", "") => NONE.to_owned(),
            (pod, "") => pod.to_owned(),
            (pod, container) => format!("{pod}/{container}"),
        };
        let reason = match wide && row.reason.is_empty() {
            true => NONE.to_owned(),
            false => row.reason.clone(),
        };
        let cells = [
            row.namespace.clone(),
            row.name.clone(),
            row.state.id().to_owned(),
            human_duration(row.since),
            time(row.start),
            time(row.end),
            place,
            reason,
        ];
        let cells = cells.into_iter().enumerate();
        let shown = cells.filter(|(column, _)| is_shown(*column));
        shown.map(|(_, cell)| cell).collect()
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    let heads = STATUS.iter().enumerate();
    let heads: Vec<_> = heads
        .filter(|(column, _)| is_shown(*column))
        .map(|(_, head)| *head)
        .collect();
    table(&heads, &rows)
}

/// Runs with their counts. What is in none of the columns is named in the last, so that they add up to the total.
pub fn runs(rows: &[RunRow]) -> String {
    let cells = |row: &RunRow| {
        let count = |state: State| row.counts.get(&state).copied().unwrap_or_default();
        let unfinished = row.counts.iter().filter(|(state, _)| !state.is_final());
        let others = [
            State::Unwatched,
            State::Unrestored,
            State::Overtaken,
            State::Gone,
        ];
        let others = others.iter().filter(|state| count(**state) > 0);
        let others = others.map(|state| format!("{} {}", count(*state), state.id()));
        let others: Vec<_> = others.collect();
        let state = match others.is_empty() {
            true => row.state.clone(),
            false => format!("{}: {}", row.state, others.join(", ")),
        };
        vec![
            row.run.clone(),
            utc(row.started),
            row.cluster.clone(),
            row.counts.values().sum::<usize>().to_string(),
            count(State::Hardened).to_string(),
            count(State::Restored).to_string(),
            count(State::Blocked).to_string(),
            unfinished
                .map(|(_, count)| count)
                .sum::<usize>()
                .to_string(),
            state,
        ]
    };
    table(&RUNS, &rows.iter().map(cells).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(namespace: &str, name: &str, state: State, seconds: i64, reason: &str) -> WorkloadRow {
        WorkloadRow {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            state,
            since: SignedDuration::from_secs(seconds),
            reason: reason.to_owned(),
            start: None,
            end: None,
            pod: String::new(),
            container: String::new(),
        }
    }

    #[test]
    fn workloads_stand_in_columns() {
        let rows = [
            row("shop", "deployment.apps/web", State::Hardened, 192, ""),
            row(
                "shop",
                "statefulset.apps/database",
                State::Restored,
                45,
                "CrashLoopBackOff: exit code 1",
            ),
            row(
                "a",
                "cronjob.batch/x",
                State::Pending,
                3 * 86_400 + 4 * 3600,
                "",
            ),
        ];
        assert_eq!(
            status(&rows, false),
            "\
NAMESPACE   NAME                        STATE      SINCE   REASON
shop        deployment.apps/web         hardened   3m12s
shop        statefulset.apps/database   restored   45s     CrashLoopBackOff: exit code 1
a           cronjob.batch/x             pending    3d4h
"
        );
        assert_eq!(
            status(&[], false),
            "NAMESPACE   NAME   STATE   SINCE   REASON\n"
        );
    }

    #[test]
    fn wide_adds_times_and_the_place() {
        let mut rows = [
            row(
                "shop",
                "deployment.apps/web",
                State::Restored,
                45,
                "OOMKilled",
            ),
            row("shop", "deployment.apps/api", State::Pending, 45, ""),
        ];
        rows[0].start = Some("2026-11-25T01:00:02.5Z".parse().expect("a time"));
        rows[0].pod = "web-1".to_owned();
        rows[0].container = "app".to_owned();
        rows[1].pod = "api-1".to_owned();
        assert_eq!(
            status(&rows, true),
            "\
NAMESPACE   NAME                  STATE      SINCE   START                  END      POD/CONTAINER   REASON
shop        deployment.apps/web   restored   45s     2026-11-25T01:00:02Z   <none>   web-1/app       OOMKilled
shop        deployment.apps/api   pending    45s     <none>                 <none>   api-1           <none>
"
        );
    }

    #[test]
    fn the_columns_of_a_run_add_up() {
        let run = |run: &str, counts: &[(State, usize)], state: &str| RunRow {
            run: run.to_owned(),
            started: "2026-11-25T01:00:02Z".parse().expect("a time"),
            cluster: "prod".to_owned(),
            counts: counts.iter().copied().collect(),
            state: state.to_owned(),
        };
        let every: Vec<_> = State::ALL.iter().map(|state| (*state, 1)).collect();
        let rows = [
            run(
                "20261125-a",
                &[
                    (State::Hardened, 10),
                    (State::Pending, 21),
                    (State::Watching, 4),
                ],
                "running",
            ),
            run("b", &every, "stopped"),
            run("c", &[(State::Gone, 0)], "done"),
        ];
        assert_eq!(
            runs(&rows),
            "\
RUN          STARTED                CLUSTER   TOTAL   HARDENED   RESTORED   BLOCKED   TO-GO   STATE
20261125-a   2026-11-25T01:00:02Z   prod      35      10         0          0         25      running
b            2026-11-25T01:00:02Z   prod      15      1          1          1         8       stopped: 1 unwatched, 1 unrestored, 1 overtaken, 1 gone
c            2026-11-25T01:00:02Z   prod      0       0          0          0         0       done
"
        );
    }
}
