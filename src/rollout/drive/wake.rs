//! When to look at the cluster again: when a watch says that something changed, and from time to time.
//!
//! What a watch says is never read, only that it says something. So one that expires, breaks off or falls silent
//! costs time and nothing else.

use std::time::Duration;

use futures_util::future::select;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::cluster::{Server, Stream};
use crate::rollout::plan::ObjectRef;

/// How often to look where nothing says that something changed.
const TICK: Duration = Duration::from_secs(2);

/// The shortest time between two looks: changes come in swarms.
const REST: Duration = Duration::from_millis(150);

/// How long to wait until a watch that broke off is opened again.
const REOPEN: Duration = Duration::from_secs(5);

/// How long one watch lasts, in seconds.
const LASTS: u32 = 240;

/// The watches of one workload.
pub(super) struct Wake<'s> {
    server: &'s Server,
    object: Watched,
    pods: Option<Watched>,
    last: Instant,
}

struct Watched {
    path: String,
    stream: Option<Stream>,
    opened: Option<Instant>,
}

impl<'s> Wake<'s> {
    pub(super) fn new(server: &'s Server, object: &ObjectRef, pods: Option<String>) -> Self {
        let name = format!("metadata.name={}", object.name);
        let object = path(&object.collection(), "fieldSelector", &name);
        Self {
            server,
            object: Watched::new(object),
            pods: pods.map(Watched::new),
            last: Instant::now(),
        }
    }

    /// Waits until it is time to look.
    pub(super) async fn next(&mut self, longest: Duration) {
        let until = Instant::now() + longest.min(TICK);
        self.object.open(self.server).await;
        if let Some(pods) = &mut self.pods {
            pods.open(self.server).await;
        }
        let of_pods = async {
            match &mut self.pods {
                Some(pods) => pods.changed().await,
                None => std::future::pending().await,
            }
        };
        let of_object = self.object.changed();
        let changed = select(Box::pin(of_object), Box::pin(of_pods));
        select(Box::pin(changed), Box::pin(sleep_until(until))).await;
        sleep_until(self.last + REST).await;
        self.last = Instant::now();
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
        }
    }

    async fn open(&mut self, server: &Server) {
        let is_early = self.opened.is_some_and(|opened| opened.elapsed() < REOPEN);
        if self.stream.is_some() || is_early {
            return;
        }
        self.opened = Some(Instant::now());
        let stream = timeout(TICK, server.stream(&self.path)).await;
        self.stream = stream.ok().and_then(Result::ok);
    }

    /// Waits for a change; never, where the watch broke off.
    async fn changed(&mut self) {
        if let Some(stream) = &mut self.stream {
            if stream.next().await.is_some() {
                return;
            }
            self.stream = None;
        }
        loop {
            sleep(TICK).await;
        }
    }
}
