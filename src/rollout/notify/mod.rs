//! `--notify-cmd`: a command of the user's own, run on every transition.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::State;
use super::age::utc;
use super::command::{Failure, run};
use crate::printable::printable;

/// A workload went from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The workload's namespace.
    pub namespace: String,
    /// `deployment.apps/web`.
    pub object: String,
    /// Where it stood.
    pub previous: State,
    /// Where it stands now.
    pub state: State,
    /// Why; empty where nothing is to be said.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What a command may take and what may wait for it.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// For one transition.
    each: Duration,
    /// For what still waits at the end.
    end: Duration,
    /// Transitions that wait.
    queue: usize,
}

const LIMITS: Limits = Limits {
    each: Duration::from_secs(30),
    end: Duration::from_secs(30),
    queue: 10_000,
};

/// Runs the command for each transition, one after another in their order, on a thread of its own. What goes wrong
/// with it is a warning, and never holds the rollout up.
pub struct Notifier {
    shared: Arc<Shared>,
    worker: Option<JoinHandle<()>>,
    limits: Limits,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Transition>,
    /// How many were pushed out.
    dropped: usize,
    /// When the last command has to be over; set at the end.
    ends: Option<Instant>,
}

impl Notifier {
    /// A thread that runs `cmd` with a shell. `say` shows a line on stderr: what the command prints, and warnings.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(
        cmd: &str,
        run: &str,
        cluster: &str,
        say: impl Fn(&str) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::within(LIMITS, cmd, run, cluster, say)
    }

    fn within(
        limits: Limits,
        cmd: &str,
        run: &str,
        cluster: &str,
        say: impl Fn(&str) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let queue = Mutex::default();
        let changed = Condvar::new();
        let shared = Arc::new(Shared { queue, changed });
        let mut worker = Worker {
            shared: Arc::clone(&shared),
            each: limits.each,
            cmd: cmd.to_owned(),
            run: run.to_owned(),
            cluster: cluster.to_owned(),
            say: Arc::new(move |line: &str| say(&printable(line))),
            warned: HashSet::new(),
            told: 0,
            failed: 0,
        };
        let name = "notify".to_owned();
        let worker = Builder::new().name(name).spawn(move || worker.work())?;
        Ok(Self {
            shared,
            worker: Some(worker),
            limits,
        })
    }

    /// Queues a transition. It never waits: where the queue is full, the oldest makes room.
    pub fn notify(&self, transition: &Transition) {
        let mut queue = self.shared.lock();
        if queue.waiting.len() >= self.limits.queue {
            queue.waiting.pop_front();
            queue.dropped += 1;
        }
        queue.waiting.push_back(transition.clone());
        self.shared.changed.notify_one();
    }

    /// Waits until everything that is queued is told, half a minute at most.
    pub fn finish(mut self) {
        self.close(self.limits.end);
    }

    fn close(&mut self, wait: Duration) {
        self.shared
            .lock()
            .ends
            .get_or_insert_with(|| Instant::now() + wait);
        self.shared.changed.notify_one();
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// On the way out of a failed run nothing more is told, and no command is left behind.
impl Drop for Notifier {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.lock().ends.is_some_and(|ends| Instant::now() >= ends)
    }

    /// The next transition, with how many were dropped so far; `None` at the end.
    fn next(&self) -> Option<(Transition, usize)> {
        let mut queue = self.lock();
        while queue.waiting.is_empty() && queue.ends.is_none() {
            let woken = self.changed.wait(queue);
            queue = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if queue.ends.is_some_and(|ends| Instant::now() >= ends) {
            return None;
        }
        let dropped = queue.dropped;
        queue.waiting.pop_front().map(|next| (next, dropped))
    }
}

struct Worker {
    shared: Arc<Shared>,
    each: Duration,
    cmd: String,
    run: String,
    cluster: String,
    say: Arc<dyn Fn(&str) + Send + Sync>,
    /// The kinds of failure that were shown.
    warned: HashSet<Discriminant<Failure>>,
    /// Transitions for which the command did what it should.
    told: usize,
    failed: usize,
}

impl Worker {
    fn work(&mut self) {
        let mut is_slow = false;
        while let Some((transition, dropped)) = self.shared.next() {
            if dropped > 0 && !is_slow {
                is_slow = true;
                (self.say)(
                    "Warning: --notify-cmd is slower than the rollout: the oldest transitions are left out",
                );
            }
            match self.tell(&transition) {
                Ok(()) => self.told += 1,
                Err(failure) => self.failure(&transition, &failure),
            }
        }
        self.sum_up();
    }

    fn tell(&self, transition: &Transition) -> Result<(), Failure> {
        let started = Instant::now();
        let over = || {
            let is_late = started.elapsed() >= self.each;
            is_late
                .then_some(Failure::Late(self.each))
                .or_else(|| self.shared.is_over().then_some(Failure::Cut))
        };
        run(&self.cmd, &self.facts(transition), &[], over, &self.say)
    }

    fn facts(&self, transition: &Transition) -> [(&'static str, String); 8] {
        [
            ("run", self.run.clone()),
            ("cluster", self.cluster.clone()),
            ("namespace", transition.namespace.clone()),
            ("object", transition.object.clone()),
            ("state", transition.state.id().to_owned()),
            ("previous", transition.previous.id().to_owned()),
            ("reason", transition.reason.clone()),
            ("at", utc(transition.at)),
        ]
    }

    fn failure(&mut self, transition: &Transition, failure: &Failure) {
        self.failed += 1;
        if self.warned.insert(discriminant(failure)) {
            let place = match transition.namespace.as_str() {
                "" => transition.object.clone(),
                namespace => format!("{namespace}/{}", transition.object),
            };
            let state = transition.state.id();
            (self.say)(&format!(
                "Warning: --notify-cmd {failure} ({place} {state})"
            ));
        }
    }

    /// What the warnings, one for each kind of failure, did not say.
    fn sum_up(&self) {
        let (waiting, dropped) = {
            let queue = self.shared.lock();
            (queue.waiting.len(), queue.dropped)
        };
        let all = self.told + self.failed + waiting + dropped;
        if self.failed > self.warned.len() {
            let failed = self.failed;
            (self.say)(&format!(
                "Warning: --notify-cmd failed for {failed} of {all} transitions"
            ));
        }
        if waiting + dropped > 0 {
            let left = waiting + dropped;
            (self.say)(&format!(
                "Warning: --notify-cmd was not run for {left} of {all} transitions"
            ));
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    type Said = Arc<Mutex<Vec<String>>>;

    fn limits(each: u64, end: u64, queue: usize) -> Limits {
        Limits {
            each: Duration::from_millis(each),
            end: Duration::from_millis(end),
            queue,
        }
    }

    fn notifier(limits: Limits, cmd: &str) -> (Notifier, Said) {
        let said = Said::default();
        let lines = Arc::clone(&said);
        let say = move |line: &str| lines.lock().unwrap().push(line.to_owned());
        let notifier = Notifier::within(limits, cmd, "20261125-a", "prod", say);
        (notifier.expect("a thread"), said)
    }

    fn transition(number: usize, reason: &str) -> Transition {
        Transition {
            namespace: "shop".to_owned(),
            object: format!("deployment.apps/web-{number}"),
            previous: State::Applying,
            state: State::Watching,
            reason: reason.to_owned(),
            at: "2026-11-25T01:00:02.5Z".parse().expect("a time"),
        }
    }

    /// Runs `cmd` for transitions with these reasons; what was said, and how long it took.
    fn told(limits: Limits, cmd: &str, reasons: &[&str]) -> (Vec<String>, Duration) {
        let started = Instant::now();
        let (notifier, said) = notifier(limits, cmd);
        for (number, reason) in reasons.iter().enumerate() {
            notifier.notify(&transition(number, reason));
        }
        notifier.finish();
        let lines = said.lock().unwrap().clone();
        (lines, started.elapsed())
    }

    fn is_alive(pid: &str) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        status.is_ok_and(|stat| !stat.contains(") Z "))
    }

    fn waited_for(path: &Path) -> String {
        let started = Instant::now();
        loop {
            match fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text,
                _ if started.elapsed() > Duration::from_secs(20) => panic!("no {}", path.display()),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    #[test]
    fn each_transition_is_told_in_order_both_ways() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().display();
        let cmd = format!("cat >> '{place}/stdin'; env | grep ^HARDEN_ | sort >> '{place}/env'");
        let (said, _) = told(LIMITS, &cmd, &["one", "two"]);
        assert_eq!(said, [""; 0]);
        let line = |number, reason| {
            format!(
                "{{\"run\":\"20261125-a\",\"cluster\":\"prod\",\"namespace\":\"shop\",\
                 \"object\":\"deployment.apps/web-{number}\",\"state\":\"watching\",\"previous\":\"applying\",\
                 \"reason\":\"{reason}\",\"at\":\"2026-11-25T01:00:02Z\"}}\n"
            )
        };
        let stdin = fs::read_to_string(folder.path().join("stdin")).expect("written");
        assert_eq!(stdin, line(0, "one") + &line(1, "two"));
        let variables = |number, reason| {
            format!(
                "HARDEN_AT=2026-11-25T01:00:02Z\nHARDEN_CLUSTER=prod\nHARDEN_NAMESPACE=shop\n\
                 HARDEN_OBJECT=deployment.apps/web-{number}\nHARDEN_PREVIOUS=applying\nHARDEN_REASON={reason}\n\
                 HARDEN_RUN=20261125-a\nHARDEN_STATE=watching\n"
            )
        };
        let env = fs::read_to_string(folder.path().join("env")).expect("written");
        assert_eq!(env, variables(0, "one") + &variables(1, "two"));
    }

    #[test]
    fn many_come_one_after_another() {
        let folder = tempfile::tempdir().expect("a folder");
        // Two at once would find the lock.
        let cmd = format!(
            "cd '{}' && mkdir lock && echo $HARDEN_OBJECT >> order && rmdir lock",
            folder.path().display()
        );
        let (said, _) = told(LIMITS, &cmd, &[""; 50]);
        assert_eq!(said, [""; 0]);
        let order = fs::read_to_string(folder.path().join("order")).expect("written");
        let expected: String = (0..50)
            .map(|n| format!("deployment.apps/web-{n}\n"))
            .collect();
        assert_eq!(order, expected);
    }

    #[test]
    fn reasons_of_any_text_arrive_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().display();
        let reasons = [
            "\"quoted\" 'text' $(touch /nonexistent/x) `id` \\ %s",
            "two\nlines\r\n\ttab",
            "\u{0}nul \u{1b}[2J \u{9b}2J \u{7f}",
            "\u{fffd} \u{1f512} \u{6771} e\u{301} \u{202e}",
            "",
        ];
        let cmd =
            format!("cat >> '{place}/stdin'; printf '%s\\n' \"$HARDEN_REASON\" >> '{place}/env'");
        let (said, _) = told(LIMITS, &cmd, &reasons);
        assert_eq!(said, [""; 0]);
        let stdin = fs::read_to_string(folder.path().join("stdin")).expect("written");
        let read: Vec<String> = stdin
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line))
            .map(|object| object["reason"].as_str().expect("text").to_owned())
            .collect();
        assert_eq!(read, reasons);
        let env = fs::read_to_string(folder.path().join("env")).expect("written");
        let shown: Vec<_> = env.lines().collect();
        assert_eq!(shown, reasons.map(printable));
    }

    #[test]
    fn a_long_reason_fits_and_need_not_be_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let long = "\u{6771}".repeat(1 << 20);
        let (said, took) = told(LIMITS, "exit 0", &[&long, &long, &long]);
        assert_eq!(said, [""; 0]);
        assert!(took < Duration::from_secs(10), "{took:?}");
        let place = folder.path().display();
        let cmd = format!("exec >'{place}/sizes'; wc -c; printf %s \"$HARDEN_REASON\" | wc -c");
        let (said, _) = told(LIMITS, &cmd, &[&long]);
        assert_eq!(said, [""; 0]);
        let sizes = fs::read_to_string(folder.path().join("sizes")).expect("written");
        let sizes: Vec<usize> = sizes
            .lines()
            .map(|line| line.trim().parse().expect(line))
            .collect();
        assert!(sizes[0] > long.len(), "{sizes:?}");
        // Cut between two characters of three bytes.
        assert_eq!(sizes[1], 4095 + "...".len());
    }

    #[test]
    fn a_failure_is_shown_once_for_each_kind_and_counted() {
        let cmd = "case $HARDEN_REASON in exit) exit 3;; signal) kill -9 $$;; esac";
        let reasons = ["exit", "fine", "signal", "exit", "exit", "signal"];
        let (said, _) = told(LIMITS, cmd, &reasons);
        assert_eq!(said.len(), 3, "{said:?}");
        let place = "shop/deployment.apps/web";
        assert_eq!(
            said[0],
            format!("Warning: --notify-cmd exited with 3 ({place}-0 watching)")
        );
        assert!(
            said[1].starts_with("Warning: --notify-cmd was ended by a signal: ")
                && said[1].contains("web-2"),
            "{said:?}"
        );
        assert_eq!(
            said[2],
            "Warning: --notify-cmd failed for 5 of 6 transitions"
        );
        // One failure is told by its own warning.
        let (said, _) = told(LIMITS, cmd, &["exit", "fine"]);
        assert_eq!(said.len(), 1, "{said:?}");
    }

    #[test]
    fn a_command_that_is_not_there_is_a_failure_like_others() {
        let (said, _) = told(LIMITS, "no-such-command-here", &["", ""]);
        assert!(
            said.iter()
                .any(|line| line.contains("no-such-command-here") && line.contains("not found"))
        );
        assert!(
            said.iter()
                .any(|line| line.contains("--notify-cmd exited with 127")),
            "{said:?}"
        );
        let (said, _) = told(LIMITS, "nul \0 within", &["", ""]);
        assert!(
            said[0].starts_with("Warning: --notify-cmd could not be started: "),
            "{said:?}"
        );
        assert_eq!(
            said[1],
            "Warning: --notify-cmd failed for 2 of 2 transitions"
        );
    }

    #[test]
    fn what_it_prints_is_shown_escaped_and_in_order() {
        let cmd = "echo out $HARDEN_OBJECT; echo err >&2; printf '\\033[2Jend\\377'";
        let (said, _) = told(LIMITS, cmd, &["", ""]);
        let of = |number| {
            [
                format!("out deployment.apps/web-{number}"),
                "err".to_owned(),
                "\\u{1b}[2Jend\u{fffd}".to_owned(),
            ]
        };
        assert_eq!(said, [of(0), of(1)].concat());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_that_hangs_is_killed_with_what_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().display();
        let cmd = format!(
            "[ $HARDEN_REASON = fine ] && echo fine && exit
             trap '' TERM INT
             sleep 600 & echo $! > '{place}/child'; echo $$ > '{place}/shell'; sleep 600"
        );
        let (said, took) = told(limits(2000, 20_000, 9), &cmd, &["hang", "fine"]);
        assert_eq!(
            said,
            [
                "Warning: --notify-cmd did not end within 2s and was killed (shop/deployment.apps/web-0 watching)",
                "fine",
            ]
        );
        assert!(
            took >= Duration::from_secs(2) && took < Duration::from_secs(10),
            "{took:?}"
        );
        for name in ["child", "shell"] {
            let pid = fs::read_to_string(folder.path().join(name)).expect("written");
            let started = Instant::now();
            while is_alive(&pid) {
                assert!(
                    started.elapsed() < Duration::from_secs(5),
                    "{name} {pid} lives"
                );
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }

    #[test]
    fn what_it_leaves_running_holds_nothing_up() {
        let (said, took) = told(LIMITS, "echo begun; sleep 8 & exit 0", &["", ""]);
        assert_eq!(said, ["begun", "begun"]);
        assert!(took < Duration::from_secs(7), "{took:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_is_in_a_process_group_of_its_own() {
        // Ctrl-C goes to the group that is in the foreground. Field 5 is the group.
        let (said, _) = told(
            LIMITS,
            "read -r _ _ _ _ group _ < /proc/$$/stat; echo $(($$ - group))",
            &[""],
        );
        assert_eq!(said, ["0"]);
    }

    #[test]
    fn a_full_queue_drops_the_oldest_and_never_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().display();
        let cmd = format!(
            "echo $HARDEN_OBJECT >> '{place}/told'; while [ ! -e '{place}/go' ]; do sleep 0.05; done"
        );
        let (notifier, said) = notifier(limits(30_000, 30_000, 2), &cmd);
        notifier.notify(&transition(0, ""));
        waited_for(&folder.path().join("told"));
        let started = Instant::now();
        for number in 1..=10 {
            notifier.notify(&transition(number, ""));
        }
        assert!(started.elapsed() < Duration::from_secs(1));
        fs::write(folder.path().join("go"), "").expect("written");
        notifier.finish();
        let told = fs::read_to_string(folder.path().join("told")).expect("written");
        assert_eq!(
            told,
            "deployment.apps/web-0\ndeployment.apps/web-9\ndeployment.apps/web-10\n"
        );
        assert_eq!(
            *said.lock().unwrap(),
            [
                "Warning: --notify-cmd is slower than the rollout: the oldest transitions are left out",
                "Warning: --notify-cmd was not run for 8 of 11 transitions",
            ]
        );
    }

    #[test]
    fn the_end_waits_for_a_while_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let begun = folder.path().join("begun");
        let cmd = format!("echo >> '{}'; sleep 600", begun.display());
        let (notifier, said) = notifier(limits(60_000, 400, 9), &cmd);
        (0..3).for_each(|number| notifier.notify(&transition(number, "")));
        waited_for(&begun);
        let started = Instant::now();
        notifier.finish();
        let took = started.elapsed();
        assert!(
            took >= Duration::from_millis(400) && took < Duration::from_secs(10),
            "{took:?}"
        );
        assert_eq!(
            *said.lock().unwrap(),
            [
                "Warning: --notify-cmd was killed: the run is over (shop/deployment.apps/web-0 watching)",
                "Warning: --notify-cmd was not run for 2 of 3 transitions",
            ]
        );
        assert_eq!(fs::read_to_string(begun).expect("written"), "\n");
        let (said, took) = told(LIMITS, "exit 1", &[]);
        assert_eq!(said, [""; 0]);
        assert!(took < Duration::from_secs(5), "{took:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_notifier_that_is_dropped_ends_its_command() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("begun");
        let cmd = format!("echo $$ > '{}'; sleep 600", place.display());
        let (notifier, _) = notifier(LIMITS, &cmd);
        notifier.notify(&transition(0, ""));
        let pid = waited_for(&place);
        let started = Instant::now();
        drop(notifier);
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(!is_alive(&pid));
    }
}
