//! Layers of an image in a registry, read no further than to what is looked for.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use http::Method;
use http_body_util::BodyExt;
use kube::client::Body;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use super::super::accounts::{self, Resolved};
use super::super::document::Manifest;
use super::super::failure::Failure;
use super::super::layer::{Files, MAX_UNPACKED};
use super::super::reference::Reference;
use super::{Host, Remote};

/// Resolves an image's USER. The second is whether another try would find the same.
pub(super) async fn resolve(
    remote: &Arc<Remote>,
    host: &Arc<Host>,
    reference: &Reference,
    manifest: Manifest,
    user: &str,
) -> (Resolved, bool) {
    let Some(files) = accounts::needed(user) else {
        return (accounts::resolve(user, &Files::default()), true);
    };
    let search = Search {
        remote: Arc::clone(remote),
        host: Arc::clone(host),
        reference: reference.clone(),
        runtime: Handle::current(),
        deadline: Instant::now() + remote.timeout,
    };
    let user = user.to_owned();
    let searched = tokio::task::spawn_blocking(move || {
        let mut files = files;
        let is_final = search.through(&manifest, &mut files);
        (accounts::resolve(&user, &files), is_final)
    });
    searched.await.unwrap_or_default()
}

struct Search {
    remote: Arc<Remote>,
    host: Arc<Host>,
    reference: Reference,
    runtime: Handle,
    deadline: Instant,
}

impl Search {
    /// Whether the layers have said all that they can.
    fn through(&self, manifest: &Manifest, files: &mut Files) -> bool {
        let mut budget = MAX_UNPACKED;
        for layer in manifest.layers.iter().rev() {
            if !files.is_open() {
                break;
            }
            let read = self
                .open(&layer.digest)
                .and_then(|layer_bytes| files.read(layer_bytes, Some(&layer.digest), &mut budget));
            if let Err(error) = read {
                files.give_up(&error.to_string());
                return false;
            }
        }
        true
    }

    fn open(&self, digest: &str) -> io::Result<Streamed<'_>> {
        let path = format!("blobs/{digest}");
        let ask = self
            .host
            .ask(&self.remote, &self.reference, Method::GET, &path, "*/*");
        let answer = self.runtime.block_on(timeout_at(self.deadline, ask));
        let answer = answer.map_err(|_| self.late())?.map_err(|failure| {
            let (Failure::Registry(message) | Failure::Image(message)) = failure;
            let first = message.lines().next().unwrap_or_default();
            io::Error::other(format!("one of its layers: {first}"))
        })?;
        Ok(Streamed {
            search: self,
            body: answer.body,
            chunk: Cursor::default(),
        })
    }

    fn late(&self) -> io::Error {
        let limit = self.remote.timeout;
        io::Error::other(format!("its layers did not come within {limit:?}"))
    }
}

/// A body, read as it comes.
struct Streamed<'s> {
    search: &'s Search,
    body: Body,
    chunk: Cursor<Vec<u8>>,
}

impl Read for Streamed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.chunk.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let next = timeout_at(self.search.deadline, self.body.frame());
            let next = self
                .search
                .runtime
                .block_on(next)
                .map_err(|_| self.search.late())?;
            match next {
                None => return Ok(0),
                Some(Err(error)) => {
                    return Err(io::Error::other(format!("a layer breaks off: {error}")));
                }
                Some(Ok(frame)) => {
                    let data = frame.into_data().unwrap_or_default();
                    self.chunk = Cursor::new(data.to_vec());
                }
            }
        }
    }
}
