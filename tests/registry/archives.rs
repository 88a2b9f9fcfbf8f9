//! Local sources, without any network.

use std::fs;
use std::path::{Path, PathBuf};

use kubectl_harden::registry::{Inspector, Options, Places};
use serde_json::json;

use super::image::{CONTAINERD_NAME, GROUP, Images, PASSWD, Packed, REF_NAME, archive, pack, tar};
use super::{asked, config, ids, local};

fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, bytes).expect("written");
    path
}

fn samples() -> Images {
    let mut images = Images::default();
    images.add("nginx", "");
    images.add("quay.io/team/web:1.2", "web");
    images.add("registry.example:5000/numeric:1", "1001:0");
    images
}

fn assert_samples(path: &Path, knows_digests: bool) {
    let inspector = local(&[path]);
    let answer = asked(
        &inspector,
        &[
            "docker.io/library/nginx:latest",
            "quay.io/team/web:1.2",
            "registry.example:5000/numeric:1",
            "redis",
        ],
    );
    assert_eq!(answer.warnings, [""; 0]);
    assert_eq!(answer.configs.len(), 3);
    let nginx = config(&answer, "docker.io/library/nginx:latest");
    assert_eq!((nginx.user.as_str(), nginx.ids), ("", None));
    assert_eq!(nginx.exposed_ports, ["80/tcp", "8080/tcp"]);
    assert_eq!(nginx.volumes, ["/data"]);
    assert_eq!(nginx.command, ["/entry", "serve", "--all"]);
    assert_eq!(nginx.digest.starts_with("sha256:"), knows_digests);
    let web = config(&answer, "quay.io/team/web:1.2");
    assert_eq!((web.user.as_str(), web.ids), ("web", ids(101, 102)));
    let numeric = config(&answer, "registry.example:5000/numeric:1");
    assert_eq!(
        (numeric.user.as_str(), numeric.ids),
        ("1001:0", ids(1001, 0))
    );
    if knows_digests {
        let pinned = format!("elsewhere.example/other@{}", web.digest);
        let answer = asked(&inspector, &[&pinned]);
        assert_eq!(config(&answer, &pinned).ids, ids(101, 102));
    }
}

#[test]
fn the_three_forms_say_the_same() {
    let directory = tempfile::tempdir().expect("made");
    let images = samples();
    let layout = directory.path().join("layout");
    images.write_layout(&layout);
    assert_samples(&layout, true);
    let oci = archive(&images.layout(REF_NAME));
    assert_samples(&write(directory.path(), "oci.tar", &oci), true);
    let packed = pack(&oci, Packed::Gzip);
    assert_samples(&write(directory.path(), "oci.tar.gz", &packed), true);
    let saved = archive(&images.docker_save());
    assert_samples(&write(directory.path(), "saved.tar", &saved), false);
    let both: Vec<_> = images
        .layout(CONTAINERD_NAME)
        .into_iter()
        .chain(images.docker_save())
        .collect();
    assert_samples(&write(directory.path(), "both.tar", &archive(&both)), true);
}

#[test]
fn layers_are_read_however_they_are_packed() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let layer = tar(&[("./etc/passwd", PASSWD), ("./etc/group", GROUP)]);
    for packed in [Packed::Plain, Packed::Gzip, Packed::Zstd] {
        let image = images.image_for("amd64", "web:staff", std::slice::from_ref(&layer), packed);
        images.name(&format!("app:{packed:?}"), image);
    }
    images.write_layout(directory.path());
    let inspector = local(&[directory.path()]);
    let answer = asked(&inspector, &["app:Plain", "app:Gzip", "app:Zstd"]);
    assert_eq!(answer.warnings, [""; 0]);
    for image in ["app:Plain", "app:Gzip", "app:Zstd"] {
        assert_eq!(config(&answer, image).ids, ids(101, 50), "{image}");
    }
}

#[test]
fn the_highest_layer_that_says_something_decides() {
    let passwd = |uid: u32| format!("web:x:{uid}:{uid}::/:\n");
    let (below, above) = (passwd(5), passwd(7));
    let base = tar(&[("etc/passwd", &below)]);
    for (what, upper, expected) in [
        ("nothing above", tar(&[("bin/sh", "")]), ids(5, 5)),
        ("another above", tar(&[("etc/passwd", &above)]), ids(7, 7)),
        ("whited out", tar(&[("etc/.wh.passwd", "")]), None),
        ("its directory is whited out", tar(&[(".wh.etc", "")]), None),
        (
            "an opaque directory",
            tar(&[("etc/.wh..wh..opq", ""), ("etc/hosts", "")]),
            None,
        ),
        (
            "opaque, and another",
            tar(&[("etc/.wh..wh..opq", ""), ("etc/passwd", &above)]),
            ids(7, 7),
        ),
        (
            "group is whited out",
            tar(&[("etc/.wh.group", "")]),
            ids(5, 5),
        ),
    ] {
        let directory = tempfile::tempdir().expect("made");
        let mut images = Images::default();
        let image = images.image("web", &[base.clone(), upper]);
        images.name("app", image);
        images.write_layout(directory.path());
        let answer = asked(&local(&[directory.path()]), &["app"]);
        assert_eq!(config(&answer, "app").ids, expected, "{what}");
        let remark = "docker.io/library/app:latest: its user \"web\" is not in its /etc/passwd: it does not start as it is";
        assert_eq!(
            answer.warnings == [remark],
            expected.is_none(),
            "{what}: {:?}",
            answer.warnings
        );
    }
}

#[test]
fn the_platform_chooses_in_an_index() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let amd64 = images.image_for("amd64", "10", &[], Packed::Gzip);
    let arm64 = images.image_for("arm64", "20", &[], Packed::Gzip);
    let attested = images.image_for("unknown", "30", &[], Packed::Gzip);
    let arm64_digest = arm64["digest"].as_str().expect("a digest").to_owned();
    let index = images.index(&[
        ("unknown/unknown", attested),
        ("linux/amd64", amd64),
        ("linux/arm64/v8", arm64),
    ]);
    images.name("app", index);
    images.write_layout(directory.path());
    let of = |platform: &str, image: &str| {
        let options = Options {
            platform: platform.parse().expect("a platform"),
            archives: vec![directory.path().to_owned()],
            ..Options::default()
        };
        let inspector = Inspector::with_places(options, Places::default()).expect("read");
        asked(&inspector, &[image])
    };
    assert_eq!(config(&of("linux/amd64", "app"), "app").ids, ids(10, 0));
    assert_eq!(config(&of("linux/arm64", "app"), "app").ids, ids(20, 0));
    let pinned = format!("app@{arm64_digest}");
    assert_eq!(config(&of("linux/amd64", &pinned), &pinned).ids, ids(20, 0));
    let answer = of("linux/s390x", "app");
    assert!(answer.configs.is_empty());
    let warning = "docker.io/library/app:latest: no image for linux/s390x, only for linux/amd64, linux/arm64\nhint: choose one with --platform";
    assert_eq!(answer.warnings, [warning]);
}

#[test]
fn what_is_no_archive_is_an_error_with_a_hint() {
    let directory = tempfile::tempdir().expect("made");
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).expect("made");
    let text = write(directory.path(), "text", &b"no archive\n".repeat(200));
    let other = write(directory.path(), "other.tar", &tar(&[("a", "b")]));
    let broken = write(directory.path(), "broken.tar", &tar(&[("index.json", "{")]));
    let whole = archive(&samples().layout(REF_NAME));
    let cut = write(directory.path(), "cut.tar", &whole[..whole.len() / 2]);
    let packed = pack(&whole, Packed::Gzip);
    let cut_packed = write(directory.path(), "cut.tar.gz", &packed[..packed.len() / 2]);
    for path in [
        empty,
        text,
        other,
        broken,
        cut,
        cut_packed,
        directory.path().join("none"),
    ] {
        let options = Options {
            archives: vec![path.clone()],
            ..Options::default()
        };
        let error = Inspector::with_places(options, Places::default()).err();
        let error = error
            .unwrap_or_else(|| panic!("{}", path.display()))
            .to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(
            error.contains("\nhint: name an OCI layout directory"),
            "{error}"
        );
    }
}

#[test]
fn hostile_archives_are_bounded() {
    let directory = tempfile::tempdir().expect("made");
    // A link that leads out, and links that lead round in a circle.
    let mut builder = tar::Builder::new(Vec::new());
    for (name, to) in [
        ("outside", "../../../../etc/passwd"),
        ("a", "b"),
        ("b", "a"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, to).expect("added");
    }
    let saved = json!([
        {"Config": "outside", "RepoTags": ["outside"]},
        {"Config": "../../../../../../etc/passwd", "RepoTags": ["above"]},
        {"Config": "/etc/passwd", "RepoTags": ["absolute"]},
        {"Config": "a", "RepoTags": ["circle"]},
    ]);
    let saved = saved.to_string();
    let mut header = tar::Header::new_gnu();
    header.set_size(saved.len() as u64);
    builder
        .append_data(&mut header, "manifest.json", saved.as_bytes())
        .expect("added");
    let path = write(
        directory.path(),
        "links.tar",
        &builder.into_inner().expect("ended"),
    );
    let answer = asked(
        &local(&[&path]),
        &["outside", "above", "absolute", "circle"],
    );
    assert!(answer.configs.is_empty());
    assert_eq!(answer.warnings.len(), 4, "{:?}", answer.warnings);
    // Sizes that no file has.
    for size in [u64::MAX, 1 << 62, 1 << 40] {
        let mut bytes = tar(&[("index.json", "{}")]);
        let mut header = tar::Header::new_gnu();
        header.set_path("huge").expect("short");
        header.set_size(size);
        header.set_cksum();
        bytes.truncate(1024);
        bytes.extend(header.as_bytes());
        let path = write(directory.path(), "huge.tar", &bytes);
        let options = Options {
            archives: vec![path],
            ..Options::default()
        };
        assert!(Inspector::with_places(options, Places::default()).is_err());
    }
}

#[test]
fn hostile_layers_leave_the_ids_unknown() {
    let bomb = tar_of_zeros(300 << 20);
    let mut header = tar::Header::new_gnu();
    header.set_path("etc/passwd").expect("short");
    header.set_size(1 << 40);
    header.set_cksum();
    let mut link = tar::Builder::new(Vec::new());
    let mut symlink = tar::Header::new_gnu();
    symlink.set_entry_type(tar::EntryType::Symlink);
    symlink.set_size(0);
    link.append_link(&mut symlink, "etc/passwd", "/proc/self/environ")
        .expect("added");
    let whole = tar(&[("bin/a", "a"), ("etc/passwd", PASSWD)]);
    for (what, layer, why) in [
        ("bomb", bomb, "its layers unpack to more than 256 MiB"),
        (
            "huge passwd",
            header.as_bytes().to_vec(),
            "/etc/passwd has 1099511627776 bytes",
        ),
        (
            "link",
            link.into_inner().expect("ended"),
            "/etc/passwd is not a plain file in its layers",
        ),
        (
            "cut off",
            whole[..1100].to_vec(),
            "failed to read entire block",
        ),
        (
            "cut off in the file",
            tar(&[("etc/passwd", PASSWD)])[..530].to_vec(),
            "unexpected end of file",
        ),
    ] {
        let directory = tempfile::tempdir().expect("made");
        let mut images = Images::default();
        let image = images.image("web", &[layer]);
        images.name("app", image);
        images.write_layout(directory.path());
        let answer = local(&[directory.path()]).inspect(&super::names(&["app"]));
        assert_eq!(config(&answer, "app").ids, None, "{what}");
        assert_eq!(answer.warnings.len(), 1, "{what}");
        assert!(
            answer.warnings[0].contains(why),
            "{what}: {}",
            answer.warnings[0]
        );
    }
}

/// A layer of one large file, which packs small.
fn tar_of_zeros(size: usize) -> Vec<u8> {
    let zeros = vec![0; size];
    super::image::tar_of(&[("zeros", &zeros)])
}

#[test]
fn layers_and_blobs_have_to_have_their_digests() {
    let directory = tempfile::tempdir().expect("made");
    let mut images = Images::default();
    let upper = tar(&[("bin/sh", "")]);
    let image = images.image("web", &[tar(&[("etc/passwd", PASSWD)]), upper.clone()]);
    images.name("layer", image);
    let packed = pack(&upper, Packed::Gzip);
    let forged = pack(&tar(&[("bin/sh", "forged")]), Packed::Gzip);
    let place = images
        .blobs
        .get_mut(&super::image::digest(&packed))
        .expect("there");
    *place = forged;
    images.write_layout(directory.path());
    let answer = asked(&local(&[directory.path()]), &["layer"]);
    assert_eq!(config(&answer, "layer").ids, None);
    assert!(
        answer.warnings[0].contains("a layer has another digest"),
        "{:?}",
        answer.warnings
    );
}
