//! A registry of Debian's `docker-registry`, filled by skopeo.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::image::{GROUP, Images, PASSWD, Packed, tar};
use super::{asked, config, ids, inspector, names};

/// User `u`, password `p`, by bcrypt.
const HTPASSWD: &str = "u:$2b$04$OXCTHBwFG8tcJZewDsnYBu.pC2B7RWb9N9Jnr0iy0PwoE9X.OKK1W\n";

struct Registry {
    host: String,
    process: Child,
    directory: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    fn start(is_protected: bool) -> Self {
        let directory = tempfile::tempdir().expect("made");
        let free = TcpListener::bind("127.0.0.1:0").expect("bound");
        let host = free.local_addr().expect("bound").to_string();
        drop(free);
        let place = directory.path();
        fs::write(place.join("htpasswd"), HTPASSWD).expect("written");
        let mut config = json!({
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": place.join("storage")}},
            "http": {"addr": host},
        });
        if is_protected {
            config["auth"] = json!({"htpasswd": {"realm": "test", "path": place.join("htpasswd")}});
        }
        let path = place.join("config.yml");
        // JSON is YAML.
        fs::write(&path, config.to_string()).expect("written");
        let log = place.join("log");
        let errors = fs::File::create(&log).expect("made");
        let mut command = Command::new("docker-registry");
        command
            .arg("serve")
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(errors);
        let mut process = command.spawn().expect("docker-registry is installed");
        let began = Instant::now();
        while TcpStream::connect(&host).is_err() {
            let has_ended = process.try_wait().expect("asked").is_some();
            let log = || fs::read_to_string(&log).unwrap_or_default();
            assert!(
                !has_ended && began.elapsed() < Duration::from_secs(30),
                "{}",
                log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            host,
            process,
            directory,
        }
    }

    /// Pushes images, each by its name, with all platforms of an index.
    fn push(&self, images: &Images) {
        let layout = self.directory.path().join("layout");
        images.write_layout(&layout);
        for (name, _) in &images.named {
            let from = format!("oci:{}:{name}", layout.display());
            let to = format!("docker://{}", self.image(name));
            let mut skopeo = skopeo();
            skopeo.args([
                "copy",
                "--all",
                "--quiet",
                "--dest-tls-verify=false",
                "--dest-creds=u:p",
            ]);
            let status = skopeo.args([from, to]).status();
            assert!(status.expect("skopeo is installed").success());
        }
    }

    fn image(&self, name: &str) -> String {
        format!("{}/team/{name}:1", self.host)
    }

    fn keep(&self, config: &serde_json::Value) {
        fs::write(
            self.directory.path().join("config.json"),
            config.to_string(),
        )
        .expect("written");
    }
}

fn skopeo() -> Command {
    let mut command = Command::new("skopeo");
    command.arg("--insecure-policy");
    command
}

fn samples() -> Images {
    let mut images = Images::default();
    for (name, user) in [
        ("numeric", "1001"),
        ("pair", "1001:1002"),
        ("named", "web"),
        ("grouped", "web:staff"),
        ("root", "root"),
        ("none", ""),
        ("stranger", "stranger"),
    ] {
        images.add(name, user);
    }
    let base = tar(&[("etc/passwd", PASSWD), ("etc/group", GROUP)]);
    let deep = images.image("web", &[base.clone(), tar(&[("bin/app", "app")])]);
    images.name("deep", deep);
    let gone = images.image("web", &[base.clone(), tar(&[("etc/.wh.passwd", "")])]);
    images.name("gone", gone);
    let amd64 = images.image_for("amd64", "web", std::slice::from_ref(&base), Packed::Plain);
    let other = tar(&[("etc/passwd", "web:x:201:202::/:\n")]);
    let arm64 = images.image_for("arm64", "web", &[other], Packed::Gzip);
    let index = images.index(&[("linux/amd64", amd64), ("linux/arm64", arm64)]);
    images.name("many", index);
    images
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn images_that_skopeo_pushed_are_read() {
    let registry = Registry::start(false);
    registry.push(&samples());
    let directory = tempfile::tempdir().expect("made");
    let of = |name: &str| registry.image(name);
    let expected = [
        ("numeric", "1001", ids(1001, 0)),
        ("pair", "1001:1002", ids(1001, 1002)),
        ("named", "web", ids(101, 102)),
        ("grouped", "web:staff", ids(101, 50)),
        ("root", "root", None),
        ("none", "", None),
        ("stranger", "stranger", None),
        ("deep", "web", ids(101, 102)),
        ("gone", "web", None),
        ("many", "web", ids(101, 102)),
    ];
    let all = expected.map(|(name, ..)| of(name));
    for run in ["cold", "from the cache"] {
        let answer = asked(
            &inspector(directory.path()),
            &all.each_ref().map(String::as_str),
        );
        for (name, user, ids) in &expected {
            let config = config(&answer, &of(name));
            assert_eq!(
                (config.user.as_str(), &config.ids),
                (*user, ids),
                "{name} {run}"
            );
            assert_eq!(config.exposed_ports, ["80/tcp", "8080/tcp"]);
        }
        let not_there = |name: &str, user: &str| {
            format!(
                "{}: its user \"{user}\" is not in its /etc/passwd: it does not start as it is",
                of(name)
            )
        };
        assert_eq!(
            answer.warnings,
            [not_there("gone", "web"), not_there("stranger", "stranger")]
        );
    }
    let mut options = super::network();
    options.platform = "linux/arm64".parse().expect("a platform");
    let inspector =
        kubectl_harden::registry::Inspector::with_places(options, super::places(directory.path()));
    let answer = asked(&inspector.expect("no archives"), &[&of("many")]);
    assert_eq!(config(&answer, &of("many")).ids, ids(201, 202));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_password_is_needed_and_found() {
    let registry = Registry::start(true);
    registry.push(&samples());
    let host = &registry.host;
    let place: &Path = registry.directory.path();
    let image = registry.image("named");
    let ask = || asked(&inspector(place), &[&image]);
    let log_in = format!("\nhint: docker login {host}");

    let answer = ask();
    assert_eq!(
        answer.warnings,
        [format!(
            "{host} asks for credentials, and there are none{log_in}"
        )]
    );

    registry.keep(&json!({"auths": {host.clone(): {"auth": "dTp3cm9uZw=="}}}));
    let answer = ask();
    assert_eq!(
        answer.warnings,
        [format!(
            "{host} does not accept the credentials that there are{log_in}"
        )]
    );

    registry.keep(&json!({"auths": {host.clone(): {"auth": "dTpw"}}}));
    let answer = ask();
    assert_eq!(
        config(&answer, &image).ids,
        ids(101, 102),
        "{:?}",
        answer.warnings
    );

    // What skopeo login writes.
    fs::remove_dir_all(place.join("cache")).expect("there");
    let file = place.join("config.json");
    fs::remove_file(&file).expect("there");
    let mut login = Command::new("skopeo");
    login
        .args([
            "login",
            "--tls-verify=false",
            "-u",
            "u",
            "-p",
            "p",
            "--authfile",
        ])
        .arg(&file);
    let status = login.arg(host).stdout(Stdio::null()).status();
    assert!(status.expect("skopeo is installed").success());
    let answer = ask();
    assert_eq!(
        config(&answer, &image).ids,
        ids(101, 102),
        "{:?}",
        answer.warnings
    );

    fs::remove_dir_all(place.join("cache")).expect("there");
    super::credentials::helper(
        place,
        "read -r server; echo '{\"Username\":\"u\",\"Secret\":\"p\"}'",
    );
    registry.keep(&json!({"credHelpers": {host.clone(): "test"}}));
    let answer = ask();
    assert_eq!(
        config(&answer, &image).ids,
        ids(101, 102),
        "{:?}",
        answer.warnings
    );
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn archives_that_skopeo_wrote_are_read() {
    let directory = tempfile::tempdir().expect("made");
    let layout = directory.path().join("layout");
    samples().write_layout(&layout);
    let from = format!("oci:{}:named", layout.display());
    let write = |kind: &str, name: &str| -> PathBuf {
        let path = directory.path().join(name);
        let to = format!("{kind}:{}:quay.io/team/web:1", path.display());
        let status = skopeo().args(["copy", "--quiet", &from, &to]).status();
        assert!(status.expect("skopeo is installed").success());
        path
    };
    for path in [
        write("oci", "copy"),
        write("oci-archive", "oci.tar"),
        write("docker-archive", "docker.tar"),
    ] {
        let answer = asked(&super::local(&[&path]), &["quay.io/team/web:1"]);
        assert_eq!(
            config(&answer, "quay.io/team/web:1").ids,
            ids(101, 102),
            "{}",
            path.display()
        );
        assert_eq!(answer.warnings, [""; 0]);
    }
}

/// How long forty images of one registry take, for a person to read.
#[test]
#[ignore = "needs docker-registry and skopeo"]
fn forty_images() {
    let registry = Registry::start(false);
    let mut images = Images::default();
    for n in 0..40 {
        let passwd = format!("web:x:{n}:{n}::/:\nuser{n}:x:{}:7::/:\n", 1000 + n);
        let layer = tar(&[("etc/passwd", &passwd)]);
        let image = images.image(&format!("user{n}"), &[layer]);
        images.name(&format!("app{n}"), image);
    }
    registry.push(&images);
    let directory = tempfile::tempdir().expect("made");
    let all: Vec<_> = (0..40)
        .map(|n| registry.image(&format!("app{n}")))
        .collect();
    for run in ["cold", "from the cache"] {
        let inspector = inspector(directory.path());
        let began = Instant::now();
        let answer = inspector.inspect(&names(&all));
        println!("40 images {run}: {:?}", began.elapsed());
        assert_eq!(answer.warnings, [""; 0]);
        for (n, image) in (0..).zip(&all) {
            assert_eq!(config(&answer, image).ids, ids(1000 + n, 7));
        }
    }
}
