//! What is left as root, and what it keeps.

use super::*;

const FOR_OTHERS: &str = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETUID";

#[test]
fn who_wants_to_become_a_user_runs_as_it() {
    let user = Some("app".to_owned());
    let causes = [cause(
        Kind::SwitchUser { user },
        &["capabilities", "runAsUser"],
    )];
    let first = learn(&causes, &Learned::default(), PLAIN);
    let app = RunsAs { uid: 70, gid: None };
    assert_eq!(lesson(&first).run_as, Some(app));
    let second = learn(&causes, &first, PLAIN);
    assert_eq!(left_out(&second), USER_TRIO);
    let kept: Vec<_> = lesson(&second).root_capabilities.into_iter().collect();
    assert_eq!(kept.join(" "), FOR_OTHERS);
    let third = learn(&causes, &second, PLAIN);
    assert_eq!(
        left_out(&third),
        ["capabilities", "runAsGroup", "runAsNonRoot", "runAsUser"]
    );
    assert!(lesson(&third).root_capabilities.is_empty());
}

#[test]
fn what_stays_root_keeps_what_it_is_refused() {
    let as_root = |kind| cause(kind, &["capabilities"]);
    let chroot = cause(
        Kind::Syscall {
            call: crate::cause::Syscall::Mount,
        },
        &["runAsUser", "capabilities"],
    );
    let mut learned = Learned::default();
    learned.of("app").low_ports.insert(22);
    let mut kept = Vec::new();
    for cause in [
        cause(Kind::NeedsRoot, &["runAsUser", "runAsNonRoot"]),
        as_root(Kind::RootWithoutCapability { path: None }),
        chroot,
        as_root(Kind::LowPort { port: Some(22) }),
    ] {
        let is_root = lesson(&learned).left_out.contains_key("runAsUser");
        let before = Learned::clone(&learned);
        learned = learn(&[cause], &before, PLAIN);
        kept.push((is_root, lesson(&learned).root_capabilities.len()));
        if left_out(&learned).contains(&"capabilities".to_owned()) {
            learned = before;
        }
    }
    // The second and the fourth are refused what they have already.
    assert_eq!(kept, [(false, 8), (true, 0), (true, 9), (true, 0)]);
}

#[test]
fn who_pings_gets_the_sysctl_before_raw_sockets() {
    let causes = [cause(Kind::RawSocket, &["capabilities", "runAsUser"])];
    let first = learn(&causes, &Learned::default(), PLAIN);
    assert!(lesson(&first).pings && left_out(&first).is_empty());
    let second = learn(&causes, &first, PLAIN);
    assert!(
        left_out(&second).contains(&"capabilities".to_owned()),
        "the baseline level forbids NET_RAW"
    );
    assert!(lesson(&second).root_capabilities.is_empty());
}
