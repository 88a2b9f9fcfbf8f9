//! Who one is for a registry: files, helpers, token servers.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::fake::{Asked, Fake, Reply, header, honest, status};
use super::image::Images;
#[cfg(unix)]
use super::{LIMIT, within};
use super::{asked, config, ids, inspector};

fn sample() -> Images {
    let mut images = Images::default();
    images.add("team/app:1", "web");
    images
}

fn challenge(text: &str) -> Reply {
    Reply::Answer(401, vec![header("WWW-Authenticate", text)], Vec::new())
}

/// A registry that wants user `u` with password `p`.
fn basic() -> Fake {
    let images = sample();
    Fake::new(move |asked| match asked.authorization.as_deref() {
        Some("Basic dTpw") => honest(&images, asked),
        _ => challenge("Basic realm=\"x\""),
    })
}

fn keep(directory: &Path, config: &serde_json::Value) {
    fs::write(directory.join("config.json"), config.to_string()).expect("written");
}

/// Written by another process: what this one has open for writing cannot be run, and a fork of another test may keep it open.
#[cfg(unix)]
pub fn helper(directory: &Path, script: &str) {
    let bin = directory.join("bin");
    fs::create_dir_all(&bin).expect("made");
    let write = "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod +x \"$0\"";
    let path = bin.join("docker-credential-test");
    let mut shell = std::process::Command::new("sh");
    let written = shell.args(["-c", write]).arg(path).arg(script).status();
    assert!(written.expect("run").success());
}

#[test]
fn passwords_are_found_under_all_keys() {
    for key in [
        "HOST",
        "https://HOST",
        "http://HOST/v2/",
        "HOST/team",
        "HOST/team/app",
    ] {
        let directory = tempfile::tempdir().expect("made");
        let fake = basic();
        let key = key.replace("HOST", &fake.host);
        keep(
            directory.path(),
            &json!({"auths": {key.clone(): {"auth": "dTpw"}, "other": {}}}),
        );
        let image = format!("{}/team/app:1", fake.host);
        let answer = asked(&inspector(directory.path()), &[&image]);
        assert_eq!(config(&answer, &image).ids, ids(101, 102), "{key}");
        assert_eq!(answer.warnings, [""; 0]);
        // Nobody is told a password who did not ask for one.
        assert_eq!(fake.asked()[0].authorization, None);
    }
}

#[test]
fn wrong_and_missing_passwords_are_one_warning() {
    for (auths, expected) in [
        (json!({}), "asks for credentials, and there are none"),
        (
            json!({"HOST": {"auth": "dTpx"}}),
            "does not accept the credentials that there are",
        ),
    ] {
        let directory = tempfile::tempdir().expect("made");
        let fake = basic();
        let text = json!({"auths": auths})
            .to_string()
            .replace("HOST", &fake.host);
        fs::write(directory.path().join("config.json"), text).expect("written");
        let host = &fake.host;
        let all: Vec<_> = (0..9).map(|n| format!("{host}/app{n}:1")).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        let answer = asked(&inspector(directory.path()), &all);
        assert!(answer.configs.is_empty());
        assert_eq!(
            answer.warnings,
            [format!("{host} {expected}\nhint: docker login {host}")]
        );
    }
}

#[test]
fn broken_files_are_a_warning_that_tells_no_secret() {
    let directory = tempfile::tempdir().expect("made");
    let fake = Fake::of(sample());
    let private = basic();
    let path = directory.path().join("config.json");
    fs::write(&path, r#"{"auths": {"x": {"auth": ["secret"]}}}"#).expect("written");
    let [open, closed] = [&fake, &private].map(|fake| format!("{}/team/app:1", fake.host));
    let answer = asked(&inspector(directory.path()), &[&open, &closed]);
    assert_eq!(config(&answer, &open).ids, ids(101, 102));
    assert_eq!(answer.warnings.len(), 2);
    let all = answer.warnings.join("\n");
    assert!(
        all.contains("config.json: no JSON as docker writes it, line 1"),
        "{all}"
    );
    assert!(!all.contains("secret"), "{all}");
}

#[cfg(unix)]
#[test]
fn helpers_are_asked_once() {
    let directory = tempfile::tempdir().expect("made");
    let fake = basic();
    let log = directory.path().join("log");
    helper(
        directory.path(),
        &format!(
            "read -r server; echo \"$1 $server\" >>{}; echo '{{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"p\"}}'",
            log.display()
        ),
    );
    keep(
        directory.path(),
        &json!({"credHelpers": {fake.host.clone(): "test"}}),
    );
    let image = format!("{}/team/app:1", fake.host);
    let missing = format!("{}/team/none:1", fake.host);
    let answer = asked(&inspector(directory.path()), &[&image, &missing]);
    assert_eq!(
        config(&answer, &image).ids,
        ids(101, 102),
        "{:?}",
        answer.warnings
    );
    assert_eq!(answer.warnings, [format!("{missing}: not found")]);
    assert_eq!(
        fs::read_to_string(&log).expect("asked"),
        format!("get {}\n", fake.host)
    );
}

#[cfg(unix)]
#[test]
fn helpers_that_fail_are_a_warning_and_the_registry_is_asked_without() {
    for (script, expected) in [
        (
            "sleep 60",
            "docker-credential-test does not answer within 2s",
        ),
        (
            "echo no keyring; echo secret; exit 3",
            "docker-credential-test: exit status: 3: no keyring",
        ),
        (
            "echo nonsense",
            "docker-credential-test: its answer does not read as credentials",
        ),
        (
            "exec yes",
            "docker-credential-test: signal: 13 (SIGPIPE): y",
        ),
        (
            "",
            "docker-credential-test: No such file or directory (os error 2)",
        ),
    ] {
        let directory = tempfile::tempdir().expect("made");
        if !script.is_empty() {
            helper(directory.path(), &format!("PATH=/usr/bin:/bin; {script}"));
        }
        // An anonymous token is enough.
        let images = sample();
        let token =
            Fake::new(|_| Reply::Answer(200, Vec::new(), br#"{"token": "anonymous"}"#.to_vec()));
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"s\"", token.host);
        let fake = Fake::new(move |asked| match asked.authorization.as_deref() {
            Some("Bearer anonymous") => honest(&images, asked),
            _ => challenge(&realm),
        });
        keep(directory.path(), &json!({"credsStore": "test"}));
        let image = format!("{}/team/app:1", fake.host);
        let answer = asked(&within(directory.path(), 2 * LIMIT), &[&image]);
        assert_eq!(
            config(&answer, &image).ids,
            ids(101, 102),
            "{:?}",
            answer.warnings
        );
        let hint = format!(
            "\nhint: {} is asked without credentials; docker login writes some",
            fake.host
        );
        assert_eq!(answer.warnings, [format!("{expected}{hint}")]);
    }
}

/// A registry whose token server answers by a function.
fn tokens(token: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Fake, Fake) {
    let images = sample();
    let server = Fake::new(token);
    let realm = format!(
        "Bearer realm=\"http://{}/token\",service=\"the service\"",
        server.host
    );
    let registry = Fake::new(move |asked| match asked.authorization.as_deref() {
        Some("Bearer good") => honest(&images, asked),
        _ => challenge(&realm),
    });
    (registry, server)
}

#[test]
fn tokens_are_had_for_passwords_and_for_tokens() {
    let good = || Reply::Answer(200, Vec::new(), br#"{"access_token": "good"}"#.to_vec());
    for (auth, line, authorization, body) in [
        (
            json!({"auth": "dTpw"}),
            "GET /token?service=the+service&scope=repository%3Ateam%2Fapp%3Apull",
            Some("Basic dTpw"),
            "",
        ),
        (
            json!({"identitytoken": "refresh"}),
            "POST /token",
            None,
            "service=the+service&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token&client_id=kubectl-harden&refresh_token=refresh",
        ),
    ] {
        let directory = tempfile::tempdir().expect("made");
        let (registry, server) = tokens(move |_| good());
        keep(
            directory.path(),
            &json!({"auths": {registry.host.clone(): auth}}),
        );
        let image = format!("{}/team/app:1", registry.host);
        let answer = asked(&inspector(directory.path()), &[&image]);
        assert_eq!(
            config(&answer, &image).ids,
            ids(101, 102),
            "{:?}",
            answer.warnings
        );
        assert_eq!(server.lines(), [line]);
        assert_eq!(server.asked()[0].authorization.as_deref(), authorization);
        assert_eq!(server.asked()[0].body, body);
    }
}

#[test]
fn token_servers_that_give_none_are_a_warning() {
    for (code, body, expected) in [
        (
            401,
            "",
            "HOST/team/app:1: access denied\nhint: docker login HOST",
        ),
        (
            200,
            "<html>",
            "HOST cannot be asked: its token server gives no token",
        ),
        (
            200,
            "{}",
            "HOST cannot be asked: its token server gives no token",
        ),
        (
            200,
            r#"{"token": "bad\n"}"#,
            "HOST gives a token that is none",
        ),
        (
            200,
            r#"{"token": "bad"}"#,
            "HOST/team/app:1: access denied\nhint: docker login HOST",
        ),
        (503, "", "HOST answers with 503 Service Unavailable"),
    ] {
        let directory = tempfile::tempdir().expect("made");
        let (registry, _server) =
            tokens(move |_| Reply::Answer(code, Vec::new(), body.as_bytes().to_vec()));
        let image = format!("{}/team/app:1", registry.host);
        let answer = asked(&inspector(directory.path()), &[&image]);
        assert_eq!(
            answer.warnings,
            [expected.replace("HOST", &registry.host)],
            "{code} {body}"
        );
    }
    let directory = tempfile::tempdir().expect("made");
    let (registry, _server) = tokens(|_| status(401));
    keep(
        directory.path(),
        &json!({"auths": {registry.host.clone(): {"auth": "dTpw"}}}),
    );
    let image = format!("{}/team/app:1", registry.host);
    let answer = asked(&inspector(directory.path()), &[&image]);
    let host = &registry.host;
    let expected =
        format!("{host} does not accept the credentials that there are\nhint: docker login {host}");
    assert_eq!(answer.warnings, [expected]);
}
