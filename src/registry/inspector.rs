//! Many images for many askers: each is looked at once, and each warning given once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, Semaphore};

use super::Options;
use super::archive::{ArchiveError, Archives};
use super::failure::Failure;
use super::places::Places;
use super::reference::{self, Reference};
use super::remote::{Inspected, Remote};
use crate::images::ImageConfig;

/// Images that are asked for at a time.
const AT_A_TIME: usize = 8;

/// Reads images' configurations. May be asked by several threads.
pub struct Inspector {
    options: Options,
    places: Places,
    archives: Archives,
    known: Arc<Known>,
    network: OnceLock<Option<Network>>,
}

/// What is known of images.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// By the names that were asked for. Images of which nothing is known are left out.
    pub configs: HashMap<String, Arc<ImageConfig>>,
    /// What went wrong and was not said before in this run. Where it helps, a line that begins with `hint: ` follows.
    pub warnings: Vec<String>,
}

#[derive(Default)]
struct Known {
    images: Mutex<HashMap<Reference, State>>,
    changed: Condvar,
    warnings: Arc<Warnings>,
}

enum State {
    Asked,
    Answered(Option<Arc<ImageConfig>>),
}

/// Warnings that were given, and those that are still to be.
#[derive(Default)]
pub(super) struct Warnings(Mutex<(HashSet<String>, Vec<String>)>);

/// The runtime, on a thread of its own until the inspector goes.
struct Network {
    remote: Arc<Remote>,
    runtime: Handle,
    at_a_time: Arc<Semaphore>,
    end: Arc<Notify>,
}

/// Answers in the end, whatever happens to the one who should.
struct Pending {
    known: Arc<Known>,
    reference: Reference,
    config: Option<Arc<ImageConfig>>,
}

impl Inspector {
    /// Reads the tables of the archives. No network is touched.
    ///
    /// # Errors
    /// One of the archives is none.
    pub fn new(options: Options) -> Result<Self, ArchiveError> {
        Self::with_places(options, Places::of_environment())
    }

    /// As [`Self::new`], with credentials and a cache elsewhere than in the places of the environment.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_places(options: Options, places: Places) -> Result<Self, ArchiveError> {
        let known = Arc::new(Known::default());
        let archives = Archives::open(&options.archives, &options.platform)?;
        Ok(Self {
            options,
            places,
            archives,
            known,
            network: OnceLock::new(),
        })
    }

    /// Looks at images by the names in manifests. Blocks until all is known that can be.
    pub fn inspect(&self, images: &BTreeSet<String>) -> Answer {
        let mut answer = Answer::default();
        let mut wanted = Vec::new();
        for image in images {
            match reference::parse(image) {
                Some(reference) => wanted.push((image, reference)),
                None => self
                    .known
                    .warnings
                    .extend([format!("{image:?} is no name of an image")]),
            }
        }
        let ours = self
            .known
            .claim(wanted.iter().map(|(_, reference)| reference));
        for pending in ours {
            self.look(pending);
        }
        for (image, reference) in wanted {
            if let Some(config) = self.known.wait_for(&reference) {
                answer.configs.insert(image.clone(), config);
            }
        }
        answer.warnings = self.known.warnings.take();
        answer
    }

    fn look(&self, mut pending: Pending) {
        let reference = pending.reference.clone();
        if let Some(local) = self.archives.find(&reference) {
            pending.answer(local.map(|image| Some(image.inspect())));
        } else if self.options.uses_network
            && let Some(network) = self.network()
        {
            network.ask(pending);
        }
    }

    fn network(&self) -> Option<&Network> {
        let start = || Network::start(&self.options, &self.places, &self.known.warnings);
        self.network.get_or_init(start).as_ref()
    }
}

impl Known {
    fn images(&self) -> MutexGuard<'_, HashMap<Reference, State>> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that nobody has asked for yet.
    fn claim<'r>(self: &Arc<Self>, wanted: impl Iterator<Item = &'r Reference>) -> Vec<Pending> {
        let mut images = self.images();
        let mut ours = Vec::new();
        for reference in wanted {
            if !images.contains_key(reference) {
                images.insert(reference.clone(), State::Asked);
                ours.push(Pending {
                    known: Arc::clone(self),
                    reference: reference.clone(),
                    config: None,
                });
            }
        }
        ours
    }

    fn wait_for(&self, reference: &Reference) -> Option<Arc<ImageConfig>> {
        let mut images = self.images();
        loop {
            match images.get(reference) {
                Some(State::Answered(config)) => return config.clone(),
                Some(State::Asked) => {}
                None => return None,
            }
            images = self
                .changed
                .wait(images)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Pending {
    fn answer(&mut self, result: Result<Option<Inspected>, Failure>) {
        let warning = match result {
            Ok(None) => None,
            Ok(Some(Inspected { config, remark })) => {
                self.config = Some(Arc::new(config));
                remark.map(|remark| format!("{}: {remark}", self.reference))
            }
            Err(failure) => Some(failure.warning(&self.reference)),
        };
        self.known.warnings.extend(warning);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let state = State::Answered(self.config.take());
        self.known.images().insert(self.reference.clone(), state);
        self.known.changed.notify_all();
    }
}

impl Warnings {
    pub(super) fn extend(&self, warnings: impl IntoIterator<Item = String>) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (given, waiting) = &mut *both;
        for warning in warnings {
            if given.insert(warning.clone()) {
                waiting.push(warning);
            }
        }
    }

    /// In an order that does not depend on who answered first.
    fn take(&self) -> Vec<String> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = std::mem::take(&mut both.1);
        waiting.sort();
        waiting
    }
}

impl Network {
    fn start(options: &Options, places: &Places, warnings: &Arc<Warnings>) -> Option<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            warnings.extend([format!("registries are not asked: {error}")]);
        });
        let runtime = runtime.ok()?;
        let (handle, end) = (runtime.handle().clone(), Arc::new(Notify::new()));
        let ended = Arc::clone(&end);
        thread::spawn(move || {
            runtime.block_on(ended.notified());
            runtime.shutdown_background();
        });
        Some(Self {
            remote: Arc::new(Remote::new(options, places.clone(), Arc::clone(warnings))),
            runtime: handle,
            at_a_time: Arc::new(Semaphore::new(AT_A_TIME)),
            end,
        })
    }

    fn ask(&self, mut pending: Pending) {
        let (remote, at_a_time) = (Arc::clone(&self.remote), Arc::clone(&self.at_a_time));
        self.runtime.spawn(async move {
            let _turn = at_a_time.acquire().await;
            let result = remote.inspect(&pending.reference).await;
            pending.answer(result);
        });
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.end.notify_one();
    }
}
