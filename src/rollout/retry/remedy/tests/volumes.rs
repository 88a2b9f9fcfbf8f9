//! Volumes and what the image has below them.

use super::*;
use crate::rollout::retry::listed::Listed;

/// An empty volume over `/run` hides the directories that the image has in it.
#[test]
fn what_a_volume_hides_is_filled_or_made() {
    let hidden = |path: &str| {
        let kind = Kind::Hidden {
            path: FilePath::new(path),
            volume: FilePath::new("/run"),
        };
        [cause(kind, &["readOnlyRootFilesystem"])]
    };
    let mut before = Learned::default();
    before.of("app").writable.insert("/run".into());
    for (path, made) in [
        ("/run/sshd", "/run/sshd"),
        ("/run/app/app.sock", "/run/app"),
        ("/run/app/a/b", "/run/app/a"),
    ] {
        let known = lesson(&learn(&hidden(path), &before, PLAIN));
        assert_eq!(known.writable, ["/run".to_owned(), made.into()].into());
        assert!(known.left_out.is_empty());
    }
    let file = learn(&hidden("/run/app.conf"), &before, PLAIN);
    assert_eq!(left_out(&file), ["readOnlyRootFilesystem"]);
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    let filled = learn(&hidden("/run/app.conf"), &before, seed);
    assert_eq!(lesson(&filled).seeded, ["/run".to_owned()].into());
    assert!(lesson(&filled).writable.is_empty());
    let still = learn(&hidden("/run/app.conf"), &filled, seed);
    assert_eq!(left_out(&still), ["readOnlyRootFilesystem"]);
}

/// uWSGI says `[spooler directory] access(): File exists`, and means that the file system is read-only.
#[test]
fn where_nothing_is_known_its_own_directories_get_volumes_first() {
    let survey = Survey {
        owned: ["/var/spool/app".to_owned(), "/etc/app".into()].into(),
        ..survey()
    };
    let learn = |kind: Kind, before: &Learned| {
        remedied(&[cause(kind, &[])], before, |_| Some(survey.clone()), PLAIN)
    };
    let unknown = || Kind::Unknown { exit_code: Some(1) };
    for kind in [unknown(), Kind::ReadOnly { path: None }] {
        let known = lesson(&learn(kind, &Learned::default()));
        assert_eq!(known.writable, ["/var/spool/app".to_owned()].into());
        assert!(known.left_out.is_empty() && known.guesses == 0);
    }
    let first = learn(unknown(), &Learned::default());
    let second = learn(unknown(), &first);
    assert_eq!(left_out(&second), ["readOnlyRootFilesystem"]);
}

/// A database in the image, which the program has written to since: an empty volume gives it a new one, in which nobody is known.
#[test]
fn what_was_changed_since_the_start_may_be_the_images() {
    let survey = Survey {
        changed: ["/srv/app/db".to_owned(), "/run/app".into()].into(),
        ..survey()
    };
    let mut before = Learned::default();
    let empty = &mut before.of("app").writable;
    empty.extend(["/srv/app/db", "/srv/app/cache", "/run/app"].map(str::to_owned));
    let what = crate::cause::Foreign::Application;
    let causes = [Kind::Foreign { what }, Kind::Probe].map(|kind| cause(kind, &[]));
    let learn = |allowed| {
        lesson(&remedied(
            &causes,
            &before,
            |_| Some(survey.clone()),
            allowed,
        ))
    };
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    let filled = learn(seed);
    assert_eq!(filled.seeded, ["/srv/app/db".to_owned()].into());
    assert_eq!(filled.writable.len(), 2);
    assert!(filled.left_out.is_empty(), "one thing a round");
    assert!(learn(PLAIN).seeded.is_empty(), "where it is allowed");
}

/// A key that root alone may read, and a configuration that a group may.
#[test]
fn no_volume_is_filled_with_what_its_user_may_not_read() {
    let guarded = [
        "drwx------ 2 0 0 9 Nov 29 02:20 /etc/app/keys",
        "-rw-r----- 1 0 70 9 Nov 29 02:20 /etc/app/app.conf",
    ];
    let users = [(
        "app".into(),
        RunsAs {
            uid: 70,
            gid: Some(70),
        },
    )];
    let survey = Survey {
        worker: None,
        users: users.into(),
        guarded: guarded.into_iter().filter_map(Listed::read).collect(),
        ..survey()
    };
    let denied = |path: &str| {
        let path = FilePath::new(path);
        [cause(
            Kind::Denied {
                path,
                access: Access::Any,
            },
            &["runAsUser"],
        )]
    };
    let seed = Allowed {
        seed: true,
        ..PLAIN
    };
    let learn = |path| {
        let nothing = Learned::default();
        remedied(&denied(path), &nothing, |_| Some(survey.clone()), seed)
    };
    let key = learn("/etc/app/keys/tls.key");
    assert_eq!(left_out(&key), USER_TRIO);
    assert!(lesson(&key).seeded.is_empty());
    let conf = learn("/etc/app/app.conf");
    let app = RunsAs {
        uid: 70,
        gid: Some(70),
    };
    assert_eq!(lesson(&conf).run_as, Some(app), "who is meant to read it");
    assert!(lesson(&conf).left_out.is_empty());
}

/// As smbd wants it of its state: it makes files there, and no directories.
#[test]
fn directories_of_the_image_are_copied_where_that_is_allowed() {
    let known = Survey {
        structured: ["/var/lib/app/keys".to_owned()].into(),
        ..survey()
    };
    let causes = [read_only("/var/lib/app/db")];
    for (seed, expected) in [(false, 0), (true, 1)] {
        let allowed = Allowed { seed, ..PLAIN };
        let learned = remedied(
            &causes,
            &Learned::default(),
            |_| Some(known.clone()),
            allowed,
        );
        let lesson = lesson(&learned);
        assert_eq!(lesson.seeded.len(), expected);
        assert_eq!(
            lesson.writable.len(),
            1 - expected,
            "empty is better than none"
        );
        assert!(lesson.left_out.is_empty());
    }
}
