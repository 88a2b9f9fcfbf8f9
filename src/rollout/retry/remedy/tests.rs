use super::*;
use crate::cause::{Confidence, Foreign, Place};
use crate::rollout::retry::leave_out::{SUSPECTS, USER, may_be_ours};

mod root;
mod volumes;

fn cause(kind: Kind, fields: &[&'static str]) -> Cause {
    Cause {
        row: "test",
        container: "app".into(),
        kind,
        fields: fields.to_vec(),
        place: Place::CurrentLog,
        evidence: "the line".into(),
        confidence: Confidence::Certain,
        remedy: String::new(),
        fix: "the fix".into(),
    }
}

fn read_only(path: &str) -> Cause {
    let path = FilePath::new(path);
    cause(Kind::ReadOnly { path }, &["readOnlyRootFilesystem"])
}

fn survey() -> Survey {
    Survey {
        worker: Some(RunsAs {
            uid: 33,
            gid: Some(33),
        }),
        users: [("app".into(), RunsAs { uid: 70, gid: None })].into(),
        directory: "/srv".into(),
        filled: ["/etc/app".to_owned(), "/usr/share/app".into()].into(),
        ..Survey::default()
    }
}

fn learn(causes: &[Cause], before: &Learned, allowed: Allowed) -> Learned {
    remedied(causes, before, |_| Some(survey()), allowed)
}

fn lesson(learned: &Learned) -> Lesson {
    learned.containers.get("app").cloned().unwrap_or_default()
}

fn left_out(learned: &Learned) -> Vec<String> {
    lesson(learned).left_out.into_keys().collect()
}

const PLAIN: Allowed = Allowed {
    seed: false,
    env: false,
    is_last: false,
};

const USER_TRIO: [&str; 3] = ["runAsGroup", "runAsNonRoot", "runAsUser"];

#[test]
fn what_is_left_out_are_checks() {
    for id in USER.iter().chain(SUSPECTS.iter().copied().flatten()) {
        let check = crate::checks::CHECKS.iter().find(|check| check.id == *id);
        assert!(check.is_some_and(|check| check.field.is_some()), "{id}");
    }
}

#[test]
fn a_read_only_path_gets_a_volume_once() {
    let causes = [read_only("/var/lib/app/db"), read_only("cache/x")];
    let first = learn(&causes, &Learned::default(), PLAIN);
    let lesson = lesson(&first);
    let dirs: Vec<_> = lesson.writable.iter().map(String::as_str).collect();
    assert_eq!(dirs, ["/srv/cache", "/var/lib/app"]);
    assert!(lesson.left_out.is_empty());
    let second = learn(&causes, &first, PLAIN);
    assert_eq!(left_out(&second), ["readOnlyRootFilesystem"]);
    assert_ne!(second, first, "each round adds something");
}

#[test]
fn a_volume_over_files_is_filled_where_that_is_allowed() {
    let causes = [read_only("/etc/app/app.conf")];
    let plain = learn(&causes, &Learned::default(), PLAIN);
    assert_eq!(left_out(&plain), ["readOnlyRootFilesystem"]);
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    let seeded = learn(&causes, &Learned::default(), seed);
    assert_eq!(lesson(&seeded).seeded, ["/etc/app".to_owned()].into());
    assert!(left_out(&seeded).is_empty());
}

#[test]
fn nothing_is_mounted_over_what_is_shared() {
    for path in ["/app.db", "/etc/mtab.tmp", "/usr/bin/x.new"] {
        let learned = learn(&[read_only(path)], &Learned::default(), PLAIN);
        assert_eq!(left_out(&learned), ["readOnlyRootFilesystem"], "{path}");
    }
}

#[test]
fn who_is_refused_becomes_who_it_works_as_and_then_stays_who_it_was() {
    let path = FilePath::new("/var/lib/app/db");
    let access = Access::Read;
    let causes = [cause(Kind::Denied { path, access }, &["runAsUser"])];
    let first = learn(&causes, &Learned::default(), PLAIN);
    assert_eq!(lesson(&first).run_as, survey().worker);
    let second = learn(&causes, &first, PLAIN);
    assert_eq!(left_out(&second), USER_TRIO);
}

#[test]
fn ports_homes_and_files_with_capabilities_get_what_they_need() {
    let port = cause(Kind::LowPort { port: Some(80) }, &["runAsUser"]);
    let file = Kind::Exec {
        program: None,
        refusal: Refusal::FileCapability,
    };
    let file = cause(file, &["capabilities"]);
    let home = Kind::Home {
        path: FilePath::new("/.config"),
    };
    let home = cause(home, &["readOnlyRootFilesystem"]);
    let learned = learn(&[port, file, home.clone()], &Learned::default(), PLAIN);
    let known = lesson(&learned);
    assert_eq!(known.low_ports, [80].into());
    assert_eq!(known.capabilities, ["NET_BIND_SERVICE".to_owned()].into());
    assert_eq!(
        known.writable,
        ["/.config".to_owned()].into(),
        "HOME is not ours to set"
    );
    assert!(known.left_out.is_empty());
    let env = Allowed { env: true, ..PLAIN };
    let known = lesson(&learn(&[home], &Learned::default(), env));
    assert_eq!(known.home.as_deref(), Some("/tmp"));
}

/// As initdb wants it of its data directory, and an entrypoint of what it hands over.
#[test]
fn a_directory_that_has_to_be_the_programs_own_is_made_by_its_user() {
    let path = FilePath::new("/var/run/db/data");
    let call = crate::cause::OwnershipCall::Chmod;
    let causes = [cause(Kind::Ownership { call, path }, &["runAsUser"])];
    let mut before = Learned::default();
    before.of("app").run_as = survey().worker;
    before.of("app").writable.insert("/run/db".into());
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    let learned = learn(&causes, &before, seed);
    let known = lesson(&learned);
    assert_eq!(known.seeded, ["/run/db".to_owned()].into());
    assert!(known.writable.is_empty() && known.left_out.is_empty());
    let learned = learn(&causes, &learned, seed);
    assert_eq!(left_out(&learned).len(), 3);
    assert_eq!(left_out(&learn(&causes, &before, PLAIN)).len(), 3);
}

#[test]
fn where_nothing_is_known_fields_are_left_out_step_by_step() {
    let unknown = [cause(Kind::Unknown { exit_code: Some(0) }, &[])];
    let mut learned = Learned::default();
    let mut counts = Vec::new();
    for _ in 0..5 {
        let next = learn(&unknown, &learned, PLAIN);
        counts.push(left_out(&next).len());
        learned = next;
    }
    assert_eq!(counts, [1, 3, 5, 7, 7], "and then nothing is left");
    let last = Allowed {
        is_last: true,
        ..PLAIN
    };
    let at_once = learn(&unknown, &Learned::default(), last);
    assert_eq!(left_out(&at_once), left_out(&learned));
}

#[test]
fn the_last_try_leaves_out_what_breaks_most_programs_too() {
    let last = Allowed {
        is_last: true,
        ..PLAIN
    };
    let learned = learn(&[read_only("/var/lib/app/db")], &Learned::default(), last);
    assert_eq!(
        left_out(&learned),
        [
            "capabilities",
            "readOnlyRootFilesystem",
            "runAsGroup",
            "runAsNonRoot",
            "runAsUser"
        ]
    );
    let is_guess = |check: &str| lesson(&learned).left_out[check].is_guess;
    assert!(is_guess("runAsUser") && !is_guess("readOnlyRootFilesystem"));
}

#[test]
fn what_is_not_ours_is_not_tried_again() {
    let image = cause(
        Kind::Foreign {
            what: Foreign::ImagePull,
        },
        &[],
    );
    let probe = cause(
        Kind::Foreign {
            what: Foreign::Application,
        },
        &[],
    );
    assert!(!may_be_ours(std::slice::from_ref(&image)));
    assert!(may_be_ours(std::slice::from_ref(&probe)) && !may_be_ours(&[image, probe]));
}

#[test]
fn a_survey_teaches_before_anything_fails() {
    let mut known = Lesson::default();
    known.writable.insert("/etc/app".into());
    let seen = Survey {
        written: ["/run/app".to_owned(), "/usr/share/app".into()].into(),
        low_ports: [443].into(),
        pings: true,
        ..survey()
    };
    surveyed(&mut known, &seen, PLAIN);
    assert_eq!(known.run_as, seen.worker);
    assert!(known.pings);
    assert!(known.writable.contains("/run/app") && known.seeded.is_empty());
    assert!(!known.writable.contains("/usr/share/app"));
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    surveyed(&mut known, &seen, seed);
    surveyed(
        &mut known,
        &Survey {
            filled: [].into(),
            ..seen
        },
        seed,
    );
    assert!(!known.writable.contains("/etc/app"), "one volume is enough");
    let seeded: Vec<_> = known.seeded.iter().map(String::as_str).collect();
    assert_eq!(seeded, ["/etc/app", "/usr/share/app"]);
}
