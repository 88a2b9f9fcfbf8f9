//! Who one is for a registry, as docker, podman and skopeo keep it.
//!
//! Source: github.com/docker/cli `cli/config`, containers-auth.json(5).

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::helper;
use super::places::Places;
use super::reference::{Reference, repository};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// What a registry is told. Never written anywhere.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    Password {
        user: String,
        password: String,
    },
    /// A token that a token server changes for others (OAuth 2).
    Refresh(String),
    /// A token that the registry takes as it is.
    Bearer(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ConfigFile {
    #[serde(skip)]
    path: PathBuf,
    auths: HashMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: HashMap<String, String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

/// All credentials that there are, read when the first registry asks for some.
pub(super) struct Keyring {
    places: Places,
    files: OnceLock<Vec<ConfigFile>>,
    /// What helpers said, by helper and server: each is run once.
    asked: Mutex<HashMap<(String, String), Option<Credentials>>>,
    /// How long a helper may take.
    patience: Duration,
}

/// What was found and what went wrong meanwhile.
#[derive(Default)]
pub(super) struct Found {
    pub(super) credentials: Option<Credentials>,
    pub(super) warnings: Vec<String>,
}

impl Keyring {
    pub(super) fn new(places: Places, patience: Duration) -> Self {
        Self {
            places,
            files: OnceLock::new(),
            asked: Mutex::default(),
            patience,
        }
    }

    /// The credentials for an image: the first file that has some decides, and in it the most specific entry.
    pub(super) async fn find(&self, reference: &Reference) -> Found {
        let mut found = Found::default();
        let files = self
            .files
            .get_or_init(|| read_files(&self.places.credentials, &mut found.warnings));
        for file in files {
            found.credentials = self.find_in(file, reference, &mut found.warnings).await;
            if found.credentials.is_some() {
                break;
            }
        }
        found
    }

    async fn find_in(
        &self,
        file: &ConfigFile,
        reference: &Reference,
        warnings: &mut Vec<String>,
    ) -> Option<Credentials> {
        let keys = keys(reference);
        let server = server(&reference.host);
        let named = |key: &String| file.cred_helpers.get(key);
        let of_host = keys.iter().chain([&server]).find_map(named);
        if let Some(helper) = of_host
            .or(file.creds_store.as_ref())
            .filter(|name| !name.is_empty())
        {
            let credentials = self.ask(helper, &server, warnings).await;
            if credentials.is_some() || of_host.is_some() {
                return credentials;
            }
        }
        let by_key = |key: &String| file.auths.iter().find(|(name, _)| plain(name) == key);
        let (_, auth) = keys.iter().find_map(by_key)?;
        let credentials = auth.credentials();
        if credentials.is_none() && auth.auth.is_some() {
            warnings.push(format!(
                "{}: auth of {} does not read as base64 of user:password\nhint: docker login {}",
                file.path.display(),
                reference.host,
                reference.host
            ));
        }
        credentials
    }

    async fn ask(
        &self,
        helper: &str,
        server: &str,
        warnings: &mut Vec<String>,
    ) -> Option<Credentials> {
        let mut asked = self.asked.lock().await;
        let key = (helper.to_owned(), server.to_owned());
        if let Some(known) = asked.get(&key) {
            return known.clone();
        }
        let said = helper::get(
            helper,
            server,
            self.patience,
            self.places.helpers.as_deref(),
        )
        .await;
        let credentials = said.unwrap_or_else(|failure| {
            warnings.push(format!(
                "{failure}\nhint: {server} is asked without credentials; docker login writes some"
            ));
            None
        });
        asked.insert(key, credentials.clone());
        credentials
    }
}

impl Auth {
    fn credentials(&self) -> Option<Credentials> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = filled(&self.registrytoken) {
            return Some(Credentials::Bearer(token));
        }
        if let Some(token) = filled(&self.identitytoken) {
            return Some(Credentials::Refresh(token));
        }
        let Some(packed) = filled(&self.auth) else {
            let (user, password) = (filled(&self.username)?, filled(&self.password)?);
            return Some(Credentials::Password { user, password });
        };
        let packed = packed.trim().trim_end_matches('=');
        let text = String::from_utf8(STANDARD_NO_PAD.decode(packed).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(Credentials::Password {
            user: user.to_owned(),
            password: password.trim_end_matches('\0').to_owned(),
        })
    }
}

/// The value of `Authorization` for a user and a password.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn read_files(paths: &[PathBuf], warnings: &mut Vec<String>) -> Vec<ConfigFile> {
    let mut files = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let mut text = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_FILE).read_to_end(&mut text));
        let parsed = read.map_err(|error| error.to_string()).and_then(|_| {
            let file = serde_json::from_slice::<ConfigFile>(&text);
            // What serde says of a value may repeat it.
            file.map_err(|error| format!("no JSON as docker writes it, line {}", error.line()))
        });
        match parsed {
            Ok(file) => files.push(ConfigFile {
                path: path.clone(),
                ..file
            }),
            Err(why) => warnings.push(format!(
                "{}: {why}\nhint: its credentials are not used; docker login writes it anew",
                path.display()
            )),
        }
    }
    files
}

/// What a registry's credentials are kept under, the most specific first.
fn keys(reference: &Reference) -> Vec<String> {
    let host = &reference.host;
    let mut keys = Vec::new();
    let mut path = format!("{host}/{}", repository(reference));
    while let Some((shorter, _)) = path.rsplit_once('/') {
        let shorter = shorter.to_owned();
        keys.push(std::mem::replace(&mut path, shorter));
    }
    keys.push(path);
    if host == "docker.io" {
        keys.extend(["index.docker.io", "registry-1.docker.io"].map(str::to_owned));
    }
    keys
}

/// A key as docker has written it at some time, without scheme and version.
fn plain(key: &str) -> &str {
    let bare = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let bare = bare.unwrap_or(key).trim_end_matches('/');
    let bare = bare
        .strip_suffix("/v1")
        .or_else(|| bare.strip_suffix("/v2"))
        .unwrap_or(bare);
    bare.trim_end_matches('/')
}

/// How a helper knows a registry.
fn server(host: &str) -> String {
    match host {
        "docker.io" => String::from("https://index.docker.io/v1/"),
        host => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn keys_go_from_the_repository_to_the_host() {
        let reference = reference::parse("ghcr.io/a/b").unwrap();
        assert_eq!(keys(&reference), ["ghcr.io/a/b", "ghcr.io/a", "ghcr.io"]);
        let reference = reference::parse("nginx").unwrap();
        assert!(keys(&reference).contains(&plain("https://index.docker.io/v1/").to_owned()));
        assert_eq!(plain("http://localhost:5000/v2"), "localhost:5000");
    }

    #[test]
    fn entries_are_read_in_all_their_forms() {
        let of = |json: &str| serde_json::from_str::<Auth>(json).unwrap().credentials();
        let password = |user: &str, password: &str| {
            let (user, password) = (user.to_owned(), password.to_owned());
            Some(Credentials::Password { user, password })
        };
        assert!(of(r#"{"auth": "YTpiOmM="}"#) == password("a", "b:c"));
        assert!(of(r#"{"auth": "YTpiOmM"}"#) == password("a", "b:c"));
        assert!(of(r#"{"username": "a", "password": "b"}"#) == password("a", "b"));
        assert!(
            of(r#"{"auth": "YTpi", "identitytoken": "t"}"#)
                == Some(Credentials::Refresh("t".into()))
        );
        assert!(of(r#"{"registrytoken": "t"}"#) == Some(Credentials::Bearer("t".into())));
        assert!(of(r#"{"auth": "!"}"#).is_none());
        assert!(of("{}").is_none());
    }
}
