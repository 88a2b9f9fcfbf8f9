//! What is asked of a registry that works, and how often.

use std::fs;
use std::sync::Barrier;
use std::thread;

use super::fake::{Fake, Reply, header, honest, status};
use super::image::{GROUP, Images, PASSWD, Packed, tar};
use super::{asked, config, ids, inspector, names};

#[test]
fn an_image_is_read_and_its_user_resolved() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let digest = images.add("team/web:1", "web");
    images.add("team/numeric:1", "1001");
    images.add("team/pair:1", "7:staff");
    images.add("team/root:1", "root");
    images.add("team/none:1", "");
    let fake = Fake::of(images);
    let of = |name: &str| format!("{}/team/{name}:1", fake.host);
    let all = ["web", "numeric", "pair", "root", "none"].map(of);
    let answer = asked(
        &inspector(directory.path()),
        &all.each_ref().map(String::as_str),
    );
    assert_eq!(answer.warnings, [""; 0]);
    let web = config(&answer, &all[0]);
    assert_eq!((web.user.as_str(), web.ids), ("web", ids(101, 102)));
    assert_eq!(web.digest, digest);
    assert_eq!(web.exposed_ports, ["80/tcp", "8080/tcp"]);
    assert_eq!(web.volumes, ["/data"]);
    assert_eq!(web.command, ["/entry", "serve", "--all"]);
    assert_eq!(config(&answer, &all[1]).ids, ids(1001, 0));
    assert_eq!(config(&answer, &all[2]).ids, ids(7, 50));
    for image in &all[3..] {
        assert_eq!(config(&answer, image).ids, None);
    }
    // Layers are read for names and primary groups alone.
    let layers = |repository: &str| {
        let blobs = format!("/v2/team/{repository}/blobs/");
        fake.lines()
            .iter()
            .filter(|line| line.contains(&blobs))
            .count()
    };
    assert_eq!(
        ["web", "numeric", "pair", "root", "none"].map(layers),
        [2, 2, 2, 1, 1]
    );
}

#[test]
fn each_image_is_asked_for_once_whoever_asks() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    for n in 0..20 {
        // What has one digest is read once.
        images.add(&format!("app{n}:1"), &format!("{}", 1000 + n));
    }
    let fake = Fake::of(images);
    let all: Vec<_> = (0..20).map(|n| format!("{}/app{n}:1", fake.host)).collect();
    let (inspector, all) = (inspector(directory.path()), names(&all));
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                let answer = inspector.inspect(&all);
                assert_eq!(answer.configs.len(), 20, "{:?}", answer.warnings);
            });
        }
    });
    // HEAD for the tag, then manifest, configuration and layer.
    assert_eq!(fake.lines().len(), 20 * 4);
}

#[test]
fn a_digest_that_was_read_is_not_read_again() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let digest = images.add("app:1", "web");
    let fake = Fake::of(images);
    let tagged = format!("{}/app:1", fake.host);
    let pinned = format!("{}/app@{digest}", fake.host);
    let first = asked(&inspector(directory.path()), &[&tagged]);
    let before = fake.lines().len();
    let second = asked(&inspector(directory.path()), &[&tagged]);
    assert_eq!(fake.lines()[before..], ["HEAD /v2/app/manifests/1"]);
    assert_eq!(first.configs, second.configs);
    let third = asked(&inspector(directory.path()), &[&pinned]);
    assert_eq!(fake.lines().len(), before + 1);
    assert_eq!(config(&third, &pinned), config(&first, &tagged));
    for entry in fs::read_dir(directory.path().join("cache")).expect("there") {
        fs::write(entry.expect("listed").path(), "broken").expect("written");
    }
    let fourth = asked(&inspector(directory.path()), &[&tagged]);
    assert_eq!(fourth.configs, first.configs);
}

#[test]
fn the_image_of_an_index_is_that_of_the_platform() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let amd64 = images.image_for("amd64", "10:10", &[], Packed::Gzip);
    let arm64 = images.image_for("arm64", "20:20", &[], Packed::Gzip);
    let index = images.index(&[("linux/arm64", arm64.clone()), ("linux/amd64", amd64)]);
    let only = images.index(&[("linux/arm64", arm64)]);
    images.name("app:1", index);
    images.name("other:1", only);
    let fake = Fake::of(images);
    let [app, other] = ["app", "other"].map(|name| format!("{}/{name}:1", fake.host));
    let answer = asked(&inspector(directory.path()), &[&app, &other]);
    assert_eq!(config(&answer, &app).ids, ids(10, 10));
    let warning = format!(
        "{other}: no image for linux/amd64, only for linux/arm64\nhint: choose one with --platform"
    );
    assert_eq!(answer.warnings, [warning]);
}

#[test]
fn whiteouts_are_respected_and_reading_ends_early() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let base = tar(&[("etc/passwd", PASSWD), ("etc/group", GROUP)]);
    let gone = images.image("web", &[base.clone(), tar(&[("etc/.wh.passwd", "")])]);
    images.name("gone:1", gone);
    let (bottom, middle) = (tar(&[("bottom", "")]), tar(&[("middle", "")]));
    let deep = images.image("web", &[bottom.clone(), base, middle]);
    images.name("deep:1", deep);
    let bottom = super::image::digest(&super::image::pack(&bottom, Packed::Gzip));
    let fake = Fake::of(images);
    let [gone, deep] = ["gone", "deep"].map(|name| format!("{}/{name}:1", fake.host));
    let answer = asked(&inspector(directory.path()), &[&gone, &deep]);
    assert_eq!(config(&answer, &gone).ids, None);
    assert_eq!(config(&answer, &deep).ids, ids(101, 102));
    assert!(!fake.lines().iter().any(|line| line.contains(&bottom)));
}

#[test]
fn blobs_may_be_elsewhere_and_credentials_stay() {
    let directory = tempfile::tempdir().expect("made");
    let config_json = r#"{"auths": {"HOST": {"auth": "dTpw"}}}"#;
    let mut images = Images::default();
    images.add("app:1", "web");
    let storage = Fake::of(images.clone());
    let elsewhere = storage.host.clone();
    let fake = Fake::new(move |asked| match &asked.authorization {
        None => Reply::Answer(
            401,
            vec![header("WWW-Authenticate", "Basic realm=x")],
            Vec::new(),
        ),
        Some(_) if asked.path.contains("/blobs/") => {
            let to = format!("http://{elsewhere}{}", asked.path);
            Reply::Answer(307, vec![header("Location", &to)], Vec::new())
        }
        Some(_) => honest(&images, asked),
    });
    fs::write(
        directory.path().join("config.json"),
        config_json.replace("HOST", &fake.host),
    )
    .expect("written");
    let image = format!("{}/app:1", fake.host);
    let answer = asked(&inspector(directory.path()), &[&image]);
    assert_eq!(
        config(&answer, &image).ids,
        ids(101, 102),
        "{:?}",
        answer.warnings
    );
    assert_eq!(storage.asked().len(), 2);
    assert!(
        storage
            .asked()
            .iter()
            .all(|asked| asked.authorization.is_none())
    );
}

#[test]
fn registries_that_give_no_digest_for_a_tag_are_read_too() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let digest = images.add("app:1", "web");
    let fake = Fake::new(move |asked| match honest(&images, asked) {
        Reply::Answer(code, _, body) => Reply::Answer(code, Vec::new(), body),
        _ => status(500),
    });
    let image = format!("{}/app:1", fake.host);
    let answer = asked(&inspector(directory.path()), &[&image]);
    assert_eq!(config(&answer, &image).digest, digest);
}

#[test]
fn what_is_missing_or_no_image_is_a_warning_of_that_image_alone() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    images.add("app:1", "web");
    let blob = images.add_blob(b"{}".to_vec());
    let chart = serde_json::json!({"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": blob});
    let chart = images.manifest(&chart, &[]);
    images.name("chart:1", chart);
    let fake = Fake::of(images);
    let [app, chart, none] = ["app", "chart", "none"].map(|name| format!("{}/{name}:1", fake.host));
    let answer = asked(
        &inspector(directory.path()),
        &[&app, &chart, &none, "No Image"],
    );
    assert_eq!(config(&answer, &app).ids, ids(101, 102));
    assert_eq!(
        answer.warnings,
        [
            String::from("\"No Image\" is no name of an image"),
            format!("{chart}: it is no container image: application/vnd.cncf.helm.config.v1+json"),
            format!("{none}: not found"),
        ]
    );
}
