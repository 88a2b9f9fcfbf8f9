use proptest::prelude::*;

use super::*;
use crate::images::Ids;

fn exemption(name: &str) -> Exemption {
    Exemption {
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: name.into(),
        container: None,
        checks: vec!["runAsUser", "fsGroup"],
        reason: "writes: \"everywhere\" # really".into(),
        expires: None,
    }
}

const ADDED: &str = "- kind: Deployment\n  namespace: shop\n  name: web\n  checks: [runAsUser, fsGroup]\n  reason: \"writes: \\\"everywhere\\\" # really\"\n";

#[test]
fn what_is_there_stays_byte_for_byte() {
    let indented = ADDED.replace('\n', "\n  ");
    let indented = format!("  {}", indented.trim_end_matches(' '));
    let flow = "{kind: Deployment, namespace: shop, name: web, checks: [runAsUser, fsGroup], reason: \"writes: \\\"everywhere\\\" # really\"}";
    let one = "{kind: X, name: y, checks: privileged, reason: z}";
    for (text, expected) in [
        ("", format!("exemptions:\n{ADDED}")),
        ("# mine\n", format!("# mine\nexemptions:\n{ADDED}")),
        (
            "profile: restricted",
            format!("profile: restricted\nexemptions:\n{ADDED}"),
        ),
        (
            "exemptions: # none\nskip: []\n",
            format!("exemptions: # none\n{ADDED}skip: []\n"),
        ),
        ("exemptions: []\n", format!("exemptions: [{flow}]\n")),
        (
            &format!("exemptions: [{one}] # c\n"),
            format!("exemptions: [{one}, {flow}] # c\n"),
        ),
        (
            &format!("exemptions:\n  - {one} # a\n  # b\nskip: []\n"),
            format!("exemptions:\n  - {one} # a\n{indented}  # b\nskip: []\n"),
        ),
        (
            "exemptions:\n- kind: X\n  name: y\n  checks: privileged\n  reason: |\n    a\n    b\n",
            format!(
                "exemptions:\n- kind: X\n  name: y\n  checks: privileged\n  reason: |\n    a\n    b\n{ADDED}"
            ),
        ),
    ] {
        let new = with_exemptions(text, &[exemption("web")]);
        assert_eq!(new.as_deref(), Ok(expected.as_str()), "{text}");
    }
}

#[test]
fn line_ends_are_those_of_the_file() {
    let new = with_exemptions("profile: restricted\r\n", &[exemption("web")]).expect("added");
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count());
    assert!(new.matches('\n').count() > 5);
}

#[test]
fn names_are_exact_whatever_they_hold() {
    for name in ["a*b", "[x]", "true", "0x1", "a: b", "-", "?", "na\u{ef}ve"] {
        let mut one = exemption(name);
        one.container = Some(name.into());
        one.expires = Some(jiff::civil::date(2027, 1, 31));
        let text = with_exemptions("", &[one.clone(), exemption("other")]).expect(name);
        assert_eq!(parse(&text).expect(name).exemptions.len(), 2);
        with_exemptions(&text, &[one]).expect(name);
    }
}

#[test]
fn what_cannot_be_added_to_is_left_alone() {
    for text in [
        "{skip: []}",
        "exemptions: {}",
        "exemptions: [a",
        "- a",
        "skip: []\n---\nx: y\n",
    ] {
        assert!(
            with_exemptions(text, &[exemption("web")]).is_err(),
            "{text}"
        );
    }
}

fn nginx() -> ImageFacts {
    ImageFacts {
        image: "registry.example:5000/shop/nginx".into(),
        run_as: Some(Ids {
            uid: 33,
            gid: Some(33),
        }),
        writable_dirs: vec!["/run".into(), "/var/lib/nginx".into()],
        seeded_dirs: vec!["/etc/nginx".into()],
        home: Some("/tmp".into()),
        pings: true,
        low_ports: vec![80],
        file_capabilities: vec!["NET_BIND_SERVICE".into()],
        root_capabilities: vec!["SETGID".into(), "SETUID".into()],
        reason: "seen: \"here\"".into(),
    }
}

fn all() -> Remembered {
    Remembered {
        images: vec![nginx()],
        exemptions: vec![exemption("web")],
        mounts_dirs: true,
        opens_ports: true,
    }
}

const NGINX: &str = "- image: \"registry.example:5000/shop/nginx\"\n  runAsUser: 33\n  runAsGroup: 33\n  writableDirs: [\"/run\", \"/var/lib/nginx\"]\n  seededDirs: [\"/etc/nginx\"]\n  lowPorts: [80]\n  fileCapabilities: [NET_BIND_SERVICE]\n  rootCapabilities: [SETGID, SETUID]\n  home: \"/tmp\"\n  pings: true\n  reason: \"seen: \\\"here\\\"\"\n";

#[test]
fn everything_is_added_where_it_belongs() {
    for (text, expected) in [
        (
            "",
            format!("writableDirs: auto\nlowPorts: sysctl\nimages:\n{NGINX}exemptions:\n{ADDED}"),
        ),
        (
            "images: # ours\n- image: a # b\nwritableDirs: auto\nlowPorts: sysctl",
            format!(
                "images: # ours\n- image: a # b\n{NGINX}writableDirs: auto\nlowPorts: sysctl\nexemptions:\n{ADDED}"
            ),
        ),
    ] {
        let added = all().add_to(text).expect(text);
        assert_eq!(added.text, expected, "{text}");
        assert_eq!(added.remarks, [""; 0], "{text}");
        let again = all().add_to(&added.text).expect("added again");
        assert_eq!(again.text, added.text);
        let said = "an entry for registry.example:5000/shop/nginx is there already: none is added";
        assert_eq!(again.remarks, [said]);
    }
}

#[test]
fn what_somebody_said_stays_and_is_named() {
    let text = "writableDirs: [/tmp, /a]\nlowPorts: report\nimages: [{image: \"*/shop/*\", runAsUser: 7}]\n";
    let added = all().add_to(text).expect("added");
    assert_eq!(added.text, format!("{text}exemptions:\n{ADDED}"));
    let remarks = [
        "writableDirs is [/tmp, /a] there: what was learned needs auto",
        "lowPorts is report there: what was learned needs sysctl",
        "an entry for registry.example:5000/shop/nginx is there already: none is added",
    ];
    assert_eq!(added.remarks, remarks);
}

#[test]
fn an_exemption_that_ends_does_not_count() {
    let mut one = exemption("web");
    one.expires = Some(jiff::civil::date(2027, 1, 31));
    let text = with_exemptions("", &[one]).expect("added");
    let only = Remembered {
        exemptions: vec![exemption("web")],
        ..Remembered::default()
    };
    let added = only.add_to(&text).expect("added");
    assert_eq!(parse(&added.text).expect("read").exemptions.len(), 2);
    assert_eq!(only.add_to(&added.text).expect("added").text, added.text);
}

prop_compose! {
    fn any_facts()(
        image in "[a-z*?\\[\\]!:/.-]{1,20}",
        uid in proptest::option::of(1..=i64::from(i32::MAX)),
        gid in proptest::option::of(0..=i64::from(i32::MAX)),
        dirs in proptest::collection::vec("(/[a-zA-Z0-9 \"'#{}\\[\\],&*.]{0,7}[a-z]){1,3}", 0..4),
        ports in proptest::collection::vec(1..1024u16, 0..3),
        capabilities in proptest::collection::vec("[A-Z][A-Z_]{0,8}", 0..3),
        as_root in proptest::sample::subsequence(crate::checks::BASELINE_CAPABILITIES, 0..4),
        reason in "\\PC{0,30}",
    ) -> ImageFacts {
        ImageFacts {
            image,
            run_as: uid.map(|uid| Ids { uid, gid }),
            seeded_dirs: dirs.iter().rev().take(1).cloned().collect(),
            home: dirs.first().cloned(),
            pings: uid.is_some(),
            writable_dirs: dirs,
            low_ports: ports,
            file_capabilities: capabilities,
            root_capabilities: as_root.into_iter().map(str::to_owned).collect(),
            reason,
        }
    }
}

proptest! {
    /// Whatever is learned is written so that it is read as it is meant, with every other byte as it was.
    #[test]
    fn facts_are_read_as_they_were_learned(facts in any_facts(), n in 0..4usize) {
        let text = [
            "",
            "# mine\nprofile: restricted # ours",
            "images:\n  - image: other\n    runAsUser: 7 # seven\n\n# end\nskip: []\n",
            "images: [{image: other}] # flow\r\nskip: []\r\n",
        ][n];
        let new = with_entries(text, std::slice::from_ref(&facts)).expect("added");
        let head = text.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
        prop_assert!(new.ends_with(&text[head..]), "{new}");
        let read = ImageFacts::read(parse(&new).expect("read")).expect("meant");
        prop_assert!(read.last().is_some_and(|last| facts.says(last)));
    }
}
