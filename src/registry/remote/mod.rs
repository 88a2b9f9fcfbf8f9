//! Images in registries: from a name to a configuration, by the protocol of the OCI distribution specification 1.1.

mod challenge;
mod host;
mod http;
mod layers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::Method;
use ::http::header::CONTENT_TYPE;

use super::Options;
use super::accounts::Resolved;
use super::cache::Cache;
use super::credentials::Keyring;
use super::document::{
    Descriptor, Document, MANIFESTS, MAX_DOCUMENT, Manifest, choose, digest_of, read_config, verify,
};
use super::failure::Failure;
use super::inspector::Warnings;
use super::places::Places;
use super::reference::{Reference, is_digest};
use crate::images::ImageConfig;
use crate::images::Platform;
use host::Host;
use http::Http;

/// How many indexes may lead to each other.
const MAX_INDEXES: u32 = 3;

/// What is known of an image, and what a person should know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Inspected {
    pub(super) config: ImageConfig,
    pub(super) remark: Option<String>,
}

/// All registries of a run.
pub(super) struct Remote {
    http: Http,
    keyring: Keyring,
    cache: Option<Cache>,
    platform: Platform,
    timeout: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    warnings: Arc<Warnings>,
}

/// An image whose layers were not looked at.
enum Read {
    Cached(Inspected),
    Fresh {
        /// The digest that the name leads to: of an index or a manifest.
        top: String,
        manifest: Manifest,
        config: ImageConfig,
    },
}

impl Remote {
    pub(super) fn new(options: &Options, places: Places, warnings: Arc<Warnings>) -> Self {
        Self {
            http: Http::new(options.insecure.clone()),
            cache: places.cache.clone().map(Cache::new),
            keyring: Keyring::new(places, options.timeout / 2),
            platform: options.platform.clone(),
            timeout: options.timeout,
            hosts: Mutex::default(),
            warnings,
        }
    }

    /// Reads an image's configuration. `None` where its registry has failed before.
    ///
    /// # Errors
    /// Why it is not known.
    pub(super) async fn inspect(
        self: &Arc<Self>,
        reference: &Reference,
    ) -> Result<Option<Inspected>, Failure> {
        if let Some(known) = reference
            .digest
            .as_ref()
            .and_then(|digest| self.cached(digest))
        {
            return Ok(Some(known));
        }
        let host = self.host(&reference.host);
        if host.has_failed() {
            return Ok(None);
        }
        let read = tokio::time::timeout(self.timeout, self.read(&host, reference)).await;
        let read = read.unwrap_or_else(|_| {
            let what = format!("does not answer within {:?}", self.timeout);
            Err(Failure::registry(&reference.host, &what))
        });
        let (top, manifest, mut config) = match read {
            Ok(Read::Cached(known)) => return Ok(Some(known)),
            Ok(Read::Fresh {
                top,
                manifest,
                config,
            }) => (top, manifest, config),
            Err(Failure::Registry(_)) if !host.fail() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let (Resolved { ids, remark }, is_final) =
            layers::resolve(self, &host, reference, manifest, &config.user).await;
        config.ids = ids;
        let inspected = Inspected { config, remark };
        if let Some(cache) = self.cache.as_ref().filter(|_| is_final) {
            cache.put(&top, &self.platform, &inspected);
        }
        Ok(Some(inspected))
    }

    fn cached(&self, digest: &str) -> Option<Inspected> {
        self.cache.as_ref()?.get(digest, &self.platform)
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Host::new(name)));
        Arc::clone(host)
    }

    async fn read(&self, host: &Host, reference: &Reference) -> Result<Read, Failure> {
        let digest = match &reference.digest {
            Some(digest) => Some(digest.clone()),
            None => self.digest_of_tag(host, reference).await?,
        };
        if let Some(known) = digest.as_ref().and_then(|digest| self.cached(digest)) {
            return Ok(Read::Cached(known));
        }
        let (mut document, top) = self.document(host, reference, digest.as_deref()).await?;
        let mut digest = top.clone();
        for _ in 0..MAX_INDEXES {
            let manifests = match document {
                Document::Index(manifests) => manifests,
                Document::Manifest(manifest) => {
                    let manifest = manifest.of_image()?;
                    let config = self
                        .config(host, reference, &manifest.config, &digest)
                        .await?;
                    return Ok(Read::Fresh {
                        top,
                        manifest,
                        config,
                    });
                }
            };
            let chosen = choose(&manifests, &self.platform)?;
            (document, digest) = self.document(host, reference, Some(&chosen.digest)).await?;
        }
        Err(Failure::image(format!(
            "more than {MAX_INDEXES} indexes lead to each other"
        )))
    }

    /// What a tag leads to, by a request that registries do not count as a pull; `None` where the answer does not say.
    async fn digest_of_tag(
        &self,
        host: &Host,
        reference: &Reference,
    ) -> Result<Option<String>, Failure> {
        let tag = reference.tag.as_deref().unwrap_or("latest");
        let path = format!("manifests/{tag}");
        let answer = host
            .ask(self, reference, Method::HEAD, &path, MANIFESTS)
            .await?;
        let digest = answer.headers.get("docker-content-digest");
        let digest = digest.and_then(|digest| digest.to_str().ok());
        Ok(digest.filter(|digest| is_digest(digest)).map(str::to_owned))
    }

    /// An index or a manifest, and its digest.
    async fn document(
        &self,
        host: &Host,
        reference: &Reference,
        digest: Option<&str>,
    ) -> Result<(Document, String), Failure> {
        let tag = reference.tag.as_deref().unwrap_or("latest");
        let path = format!("manifests/{}", digest.unwrap_or(tag));
        let answer = host
            .ask(self, reference, Method::GET, &path, MANIFESTS)
            .await?;
        let content_type = answer
            .headers
            .get(CONTENT_TYPE)
            .and_then(|text| text.to_str().ok());
        if content_type.is_some_and(|text| text.starts_with("text/html")) {
            return Err(Failure::registry(
                &reference.host,
                "is no registry: it answers with a web page",
            ));
        }
        let bytes = answer.whole(&reference.host, MAX_DOCUMENT).await?;
        let digest = match digest {
            Some(digest) => verify(&bytes, digest).map(|()| digest.to_owned())?,
            None => digest_of(&bytes),
        };
        Ok((Document::parse(&bytes)?, digest))
    }

    async fn config(
        &self,
        host: &Host,
        reference: &Reference,
        descriptor: &Descriptor,
        manifest_digest: &str,
    ) -> Result<ImageConfig, Failure> {
        let path = format!("blobs/{}", descriptor.digest);
        let answer = host.ask(self, reference, Method::GET, &path, "*/*").await?;
        let bytes = answer.whole(&reference.host, MAX_DOCUMENT).await?;
        verify(&bytes, &descriptor.digest)?;
        read_config(&bytes, manifest_digest)
    }
}
