use std::path::Path;

use glob::Pattern;

use super::*;
use crate::checks::Policy;
use crate::images::{Entry, ImageConfig};

const PLAN: &str = "apiVersion: kubectl-harden.dev/v1alpha1
kind: HardenPlan
metadata: {createdAt: 2026-11-25T01:00:00Z, createdBy: kubectl-harden 0.1.0, cluster: {server: x}}
settings: {profile: hardened, pssVersion: v1.30}
";

fn read(text: &str) -> Result<HardenPlan, String> {
    HardenPlan::read(text, Path::new("tonight.yaml")).map_err(|error| error.to_string())
}

fn settings(images: Images) -> Arc<Settings> {
    Arc::new(Settings {
        images: Arc::new(images),
        ..Settings::new(Policy::new(jiff::civil::date(2026, 11, 25)))
    })
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// What a configuration and five images say.
fn images() -> Images {
    let pattern = "registry.example/*";
    let known = |value| Known {
        value,
        origin: Origin::Configuration(pattern.into()),
    };
    let entry = Entry {
        pattern: Pattern::new(pattern).expect("a pattern"),
        facts: Facts {
            writable: Some(Vec::new()),
            filled: Some(Vec::new()),
            low_ports: Some(vec![443]),
            file_capabilities: Some(words(&["NET_BIND_SERVICE"])),
            stays_root: Some(known(StaysRoot::Always)),
            note: "its init changes to three users".into(),
            ..Facts::default()
        },
    };
    let config = |user: &str, ids: Option<(i64, Option<i64>)>| {
        Arc::new(ImageConfig {
            user: user.into(),
            ids: ids.map(|(uid, gid)| Ids { uid, gid }),
            exposed_ports: words(&["80/tcp", "8080/tcp"]),
            volumes: words(&["/data/"]),
            ..ImageConfig::default()
        })
    };
    let configs = [
        ("registry.example/shop:1", config("10001", None)),
        ("own/grafana:1", config("472", Some((472, Some(0))))),
        ("own/named", config("app:app", Some((100, Some(101))))),
        ("own/root@sha256:00", config("", None)),
        ("own/odd:1", config("-1", None)),
    ];
    let configs = configs.map(|(image, config)| (image.to_owned(), config));
    Images::new(vec![entry]).with_configs(HashMap::from(configs))
}

const NAMES: [&str; 7] = [
    "registry.example/shop:1",
    "registry.example/other",
    "own/grafana:1",
    "own/named",
    "own/root@sha256:00",
    "own/odd:1",
    "nginx:1.29",
];

#[test]
fn a_plan_remembers_what_was_known() {
    let before = images();
    let mut plan = read(PLAN).expect("a plan");
    let known = NAMES.iter().flat_map(|name| KnownImage::of(name, &before));
    plan.images = known.collect();
    assert_eq!(plan.images.len(), 7, "two of the shop, none of nginx");
    let again = read(&plan.to_yaml().expect("YAML")).expect("a plan");
    assert_eq!(again, plan);
    let after = again.knowing(&settings(Images::default()));
    for name in NAMES {
        assert_eq!(after.images.facts(name), before.facts(name), "{name}");
    }
    // A name without a tag is that name alone.
    let other = after.images.facts("own/named:2");
    assert_eq!(other, Facts::default());
}

#[test]
fn a_plan_is_read_by_a_person() {
    let mut plan = read(PLAN).expect("a plan");
    plan.images = KnownImage::of("own/grafana:1", &images());
    let yaml = plan.to_yaml().expect("YAML");
    let said = "images:\n- image: own/grafana:1\n  user: '472'\n  runAsUser: 472\n  runAsGroup: 0\n  \
                writableDirs:\n  - /data\n  lowPorts:\n  - 80\n";
    assert!(yaml.contains(said), "{yaml}");
}

#[test]
fn an_old_plan_knows_nothing_and_changes_nothing() {
    let plan = read(PLAN).expect("a plan");
    assert!(!plan.to_yaml().expect("YAML").contains("images"));
    let settings = settings(images());
    assert!(Arc::ptr_eq(&plan.knowing(&settings), &settings));
}

#[test]
fn what_no_image_has_is_refused() {
    for (line, expected) in [
        ("runAsUser: 0", "runAsUser must be between 1 and 2147483647"),
        (
            "runAsGroup: -1",
            "runAsGroup must be between 0 and 2147483647",
        ),
    ] {
        let said = read(&format!("{PLAN}images:\n- image: a:1\n  {line}\n"));
        let expected = format!("tonight.yaml: images: a:1: {expected}");
        assert_eq!(said.map(|_| ()), Err(expected));
    }
    let said = read(&format!("{PLAN}images: [{{image: a, uid: 1}}]\n"));
    assert!(said.is_err_and(|said| said.contains("unknown field `uid`")));
}
