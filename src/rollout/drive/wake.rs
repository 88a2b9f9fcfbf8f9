//! When to look at the cluster again: when a watch says that something changed, and from time to time.
//!
//! What a watch says is never read, only that it says something. So one that expires, breaks off or falls silent
//! costs time and nothing else.

use std::time::Duration;

use futures_util::future::select;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::observe::Versions;
use super::pace::Pace;
use crate::cluster::{Server, Stream};
use crate::rollout::plan::ObjectRef;

/// How often to look where nothing says that something changed.
const TICK: Duration = Duration::from_secs(2);

/// The shortest time between two looks: changes come in swarms.
const REST: Duration = Duration::from_millis(150);

/// How many times as long as a look took passes until the next: a server that is slow has enough to do.
const REST_TIMES: u32 = 4;

/// How long to wait until a watch that broke off is opened again.
const REOPEN: Duration = Duration::from_secs(5);

/// How long one watch lasts, in seconds.
const LASTS: u32 = 240;

/// The watches of one workload.
pub(super) struct Wake<'s> {
    server: &'s Server,
    pace: &'s Pace,
    object: Watched,
    pods: Option<Watched>,
    last: Instant,
}

struct Watched {
    path: String,
    stream: Option<Stream>,
    opened: Option<Instant>,
    /// Whether it was opened from a version on.
    has_version: bool,
    /// Whether the server may no longer know what happened since then.
    may_be_too_old: bool,
}

impl<'s> Wake<'s> {
    pub(super) fn new(
        server: &'s Server,
        pace: &'s Pace,
        object: &ObjectRef,
        pods: Option<String>,
    ) -> Self {
        let name = format!("metadata.name={}", object.name);
        let object = path(&object.collection(), "fieldSelector", &name);
        Self {
            server,
            pace,
            object: Watched::new(object),
            pods: pods.map(Watched::new),
            last: Instant::now(),
        }
    }

    /// Waits until it is time to look: when something is newer than the versions that were looked at last.
    pub(super) async fn next(&mut self, longest: Duration, seen: &Versions) {
        let rest = (self.last.elapsed() * REST_TIMES).clamp(REST, TICK);
        let until = Instant::now() + longest.min(TICK);
        self.object.open(self.server, seen.object.as_deref()).await;
        if let Some(pods) = &mut self.pods {
            pods.open(self.server, seen.pods.as_deref()).await;
        }
        let changed = Box::pin(self.changed());
        select(changed, Box::pin(sleep_until(until))).await;
        let rested = self.pace.turn(self.last + rest);
        self.drain(rested).await;
        self.last = Instant::now();
    }

    /// Reads on until then: what comes in the meantime is seen at the same look.
    async fn drain(&mut self, until: Instant) {
        let drained = Box::pin(async {
            loop {
                self.changed().await;
            }
        });
        let _: futures_util::future::Either<((), _), _> =
            select(Box::pin(sleep_until(until)), drained).await;
    }

    async fn changed(&mut self) {
        let of_pods = async {
            match &mut self.pods {
                Some(pods) => pods.changed().await,
                None => std::future::pending().await,
            }
        };
        let of_object = self.object.changed();
        select(Box::pin(of_object), Box::pin(of_pods)).await;
    }
}

/// The path of a watch over what a selector chooses.
pub(super) fn path(collection: &str, selector: &str, value: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("watch", "true");
    query.append_pair(selector, value);
    query.append_pair("timeoutSeconds", &LASTS.to_string());
    format!("{collection}?{}", query.finish())
}

impl Watched {
    fn new(path: String) -> Self {
        Self {
            path,
            stream: None,
            opened: None,
            has_version: false,
            may_be_too_old: false,
        }
    }

    /// Opens the watch where it is not open, from a version on or, where the server may not know that any more, with
    /// what there is.
    async fn open(&mut self, server: &Server, version: Option<&str>) {
        let is_early = self.opened.is_some_and(|opened| opened.elapsed() < REOPEN);
        if self.stream.is_some() || (is_early && !self.may_be_too_old) {
            return;
        }
        let version = version.filter(|_| !self.may_be_too_old);
        self.may_be_too_old = false;
        self.has_version = version.is_some();
        let path = match version {
            Some(version) => format!("{}&resourceVersion={version}", self.path),
            None => self.path.clone(),
        };
        self.opened = Some(Instant::now());
        let stream = timeout(TICK, server.stream(&path)).await;
        self.stream = stream.ok().and_then(Result::ok);
        self.may_be_too_old = self.stream.is_none() && self.has_version;
    }

    /// Waits for a change; never, where the watch broke off.
    async fn changed(&mut self) {
        if let Some(stream) = &mut self.stream {
            if stream.next().await.is_some() {
                return;
            }
            self.stream = None;
            let ended_early = self.opened.is_some_and(|opened| opened.elapsed() < REOPEN);
            self.may_be_too_old = ended_early && self.has_version;
        }
        loop {
            sleep(TICK).await;
        }
    }
}
