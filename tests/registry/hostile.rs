//! Registries that are down, slow, or answer garbage: a warning, never a failure, never longer than the limit.

use std::net::TcpListener;

use super::fake::{Asked, Fake, Reply, header, honest, status};
use super::image::Images;
use super::{LIMIT, asked, within};

/// The one warning that a registry gets for an image, and how often it was asked.
fn warned(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (String, usize) {
    let directory = tempfile::tempdir().expect("made");
    let fake = Fake::new(reply);
    let image = format!("{}/app:1", fake.host);
    let answer = asked(&within(directory.path(), LIMIT), &[&image]);
    assert!(answer.configs.is_empty());
    let [warning] = answer.warnings.as_slice() else {
        panic!("one warning: {:?}", answer.warnings);
    };
    (warning.replace(&fake.host, "HOST"), fake.asked().len())
}

fn sample() -> Images {
    let mut images = Images::default();
    images.add("app:1", "web");
    images
}

#[test]
fn a_registry_that_is_down_is_one_warning() {
    let directory = tempfile::tempdir().expect("made");
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let host = listener.local_addr().expect("bound").to_string();
    drop(listener);
    let all: Vec<_> = (0..40).map(|n| format!("{host}/app{n}:1")).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let inspector = within(directory.path(), LIMIT);
    let answer = asked(&inspector, &all);
    assert!(answer.configs.is_empty());
    assert_eq!(
        answer.warnings,
        [format!("{host} does not answer: connection refused")]
    );
    assert_eq!(asked(&inspector, &all).warnings, [""; 0]);
}

#[test]
fn a_registry_that_failed_is_not_asked_again() {
    let directory = tempfile::tempdir().expect("made");
    let fake = Fake::new(|_| Reply::Silence);
    let all: Vec<_> = (0..40).map(|n| format!("{}/app{n}:1", fake.host)).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let answer = asked(&within(directory.path(), LIMIT), &all);
    let warning = format!("{} does not answer within {LIMIT:?}", fake.host);
    assert_eq!(answer.warnings, [warning]);
    assert!(fake.asked().len() <= 8, "{:?}", fake.lines());
}

#[test]
fn slow_registries_are_given_up() {
    for slow in [
        || Reply::Silence,
        || Reply::Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".to_vec()),
    ] {
        assert_eq!(warned(move |_| slow()).0, "HOST does not answer within 2s");
    }
    // The head comes at once, the body does not.
    let images = sample();
    let (warning, _) = warned(move |asked| match asked.method.as_str() {
        "HEAD" => honest(&images, asked),
        _ => Reply::Dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789".to_vec()),
    });
    assert_eq!(warning, "HOST does not answer within 2s");
}

#[test]
fn layers_that_do_not_come_leave_the_ids_unknown() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let layer = super::image::tar(&[("etc/passwd", super::image::PASSWD)]);
    let image = images.image("web", std::slice::from_ref(&layer));
    images.name("app:1", image);
    let layer = super::image::digest(&super::image::pack(&layer, super::image::Packed::Gzip));
    let fake = Fake::new(move |asked| match asked.path.ends_with(&layer) {
        true => Reply::Silence,
        false => honest(&images, asked),
    });
    let image = format!("{}/app:1", fake.host);
    let answer = asked(&within(directory.path(), LIMIT), &[&image]);
    assert_eq!(answer.configs[&image].user, "web");
    assert_eq!(answer.configs[&image].ids, None);
    let warning = format!(
        "{image}: the uid of its user \"web\" is not known: its layers did not come within 2s"
    );
    assert_eq!(answer.warnings, [warning]);
    // It is not kept: another run may find out.
    assert!(!directory.path().join("cache").exists());
}

#[test]
fn garbage_is_not_believed() {
    let html = b"<html>log in to the hotel</html>".to_vec();
    let (warning, _) = warned(move |_| {
        Reply::Answer(200, vec![header("Content-Type", "text/html")], html.clone())
    });
    assert_eq!(warning, "HOST is no registry: it answers with a web page");
    let (warning, _) = warned(|_| Reply::Answer(200, Vec::new(), b"{\"a\":".to_vec()));
    assert!(
        warning.starts_with("HOST/app:1: its manifest does not read as one: "),
        "{warning}"
    );
    let (warning, _) = warned(|_| Reply::Cut);
    assert!(warning.starts_with("HOST does not answer: "), "{warning}");
    let (warning, _) = warned(|asked| match asked.method.as_str() {
        "HEAD" => status(200),
        _ => Reply::Endless(200),
    });
    assert_eq!(
        warning,
        "HOST/app:1: the answer of HOST is larger than 4 MiB"
    );
}

#[test]
fn other_bytes_than_those_of_the_digest_are_refused() {
    let images = sample();
    let (warning, _) = warned(move |asked| match honest(&images, asked) {
        Reply::Answer(200, headers, body) if asked.method == "GET" => {
            Reply::Answer(200, headers, [body, b" ".to_vec()].concat())
        }
        reply => reply,
    });
    assert!(
        warning.starts_with("HOST/app:1: what came for sha256:"),
        "{warning}"
    );
    let images = sample();
    let (warning, _) = warned(move |asked| match honest(&images, asked) {
        Reply::Answer(200, headers, _) if asked.path.contains("/blobs/") => {
            Reply::Answer(200, headers, br#"{"config": {"User": "0"}}"#.to_vec())
        }
        reply => reply,
    });
    assert!(
        warning.starts_with("HOST/app:1: what came for sha256:"),
        "{warning}"
    );
}

#[test]
fn circles_end() {
    let (warning, asked) =
        warned(|asked| Reply::Answer(307, vec![header("Location", &asked.path)], Vec::new()));
    assert_eq!(warning, "HOST/app:1: HOST redirects more than 5 times");
    assert_eq!(asked, 6);
    let (warning, _) =
        warned(|_| Reply::Answer(302, vec![header("Location", "http://")], Vec::new()));
    assert!(warning.starts_with("HOST/app:1: HOST "), "{warning}");
    // An index that leads to indexes that lead on.
    let mut images = Images::default();
    let mut image = images.image("web", &[]);
    for _ in 0..5 {
        image = images.index(&[("linux/amd64", image)]);
    }
    images.name("app:1", image);
    let (warning, _) = warned(move |asked| honest(&images, asked));
    assert_eq!(
        warning,
        "HOST/app:1: more than 3 indexes lead to each other"
    );
    // One that says it is its own: no bytes hold their own hash.
    let digest = super::image::digest(b"itself");
    let index = serde_json::json!({"manifests": [{"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}}]});
    let (warning, _) = warned(move |asked| match asked.method.as_str() {
        "HEAD" => Reply::Answer(200, Vec::new(), Vec::new()),
        _ => Reply::Answer(200, Vec::new(), index.to_string().into_bytes()),
    });
    assert!(
        warning.starts_with("HOST/app:1: what came for sha256:"),
        "{warning}"
    );
}

#[test]
fn what_the_registry_says_is_said() {
    for (code, expected) in [
        (403, "HOST/app:1: access denied\nhint: docker login HOST"),
        (404, "HOST/app:1: not found"),
        (
            429,
            "HOST answers no more for now: too many requests\nhint: try again later; docker login HOST may raise the limit",
        ),
        (503, "HOST answers with 503 Service Unavailable"),
        (418, "HOST/app:1: HOST answers with 418 I'm a teapot"),
    ] {
        assert_eq!(warned(move |_| status(code)).0, expected);
    }
}

#[test]
fn plain_http_is_spoken_only_where_it_is_allowed() {
    let directory = tempfile::tempdir().expect("made");
    let fake = Fake::new(|_| {
        let to = "http://storage.invalid/blob";
        Reply::Answer(307, vec![header("Location", to)], Vec::new())
    });
    let image = format!("{}/app:1", fake.host);
    let answer = asked(&within(directory.path(), LIMIT), &[&image]);
    let warning = format!(
        "{image}: {} leads to http://storage.invalid, which is not encrypted\nhint: --insecure-registry=storage.invalid allows it",
        fake.host
    );
    assert_eq!(answer.warnings, [warning]);
}
