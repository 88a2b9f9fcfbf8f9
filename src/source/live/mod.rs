//! Live objects as inputs, read from the cluster while those before them are hardened.

mod ancestry;
mod arguments;
mod listing;
mod object;
mod owners;
mod pods;

pub use object::LiveObject;
pub(crate) use object::manifest_of;
pub(crate) use pods::{LivePod, PodQuery, Pods};

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Expanded, Missing};
use crate::cli::{Connection, Selection};
use crate::cluster::{Failure, Server, connect};
use crate::workload::Kinds;
use arguments::{Wanted, wanted};
use listing::Listing;

/// How many objects wait for a worker: the next page is asked for while they do.
const AHEAD: usize = 64;

/// What the command line asks a cluster for.
#[derive(Clone, Debug)]
pub struct Query {
    /// TYPE, TYPE/NAME and names.
    pub words: Vec<String>,
    /// Which of them.
    pub selection: Selection,
    /// In which cluster, and as whom.
    pub connection: Connection,
    /// The kinds whose pod specs are known.
    pub kinds: Kinds,
    /// Whether objects come as the server gave them, too.
    pub keeps_raw: bool,
}

/// What comes from a cluster.
#[derive(Debug)]
pub enum Item {
    /// An object, or what could not be had.
    Input(Expanded),
    /// Something to say in between.
    Remark(String),
    /// Everything has been read, or its failure has been said.
    End,
}

/// Nobody wants more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopped;

/// Starts to read live objects. The last item is [`Item::End`]: without it something went wrong.
///
/// # Errors
/// What does not go together on the command line, in kubectl's words.
pub fn live(query: Query) -> Result<Receiver<Item>, String> {
    let wanted = wanted(&query.words, &query.selection)?;
    let (sender, receiver) = sync_channel(AHEAD);
    thread::spawn(move || {
        // A reader that is gone needs no answer.
        let _ = read(&query, &wanted, &sender);
    });
    Ok(receiver)
}

fn read(query: &Query, wanted: &Wanted, sender: &SyncSender<Item>) -> Result<(), Stopped> {
    let send = |item| sender.send(item).map_err(|_| Stopped);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let connected = match runtime {
        Ok(runtime) => runtime.block_on(objects(query, wanted, sender)),
        Err(error) => Err(Failure::new(
            format!("cannot reach the network: {error}"),
            "check the limits of this process: ulimit -a",
        )),
    };
    if let Err(failure) = connected {
        send(Item::Input(Err(Missing {
            path: "cluster".into(),
            message: failure.message,
            hint: failure.hint,
        })))?;
    }
    send(Item::End)
}

async fn objects(query: &Query, wanted: &Wanted, sender: &SyncSender<Item>) -> Result<(), Failure> {
    let connected = connect(&query.connection).await?;
    let server = Server::new(&connected, query.connection.request_timeout);
    let mut listing = Listing::new(&server, &connected, query, sender);
    // What stopped it has been said, or nobody listens.
    let _ = listing.run(wanted).await;
    Ok(())
}
