//! The uid and gid behind a USER, by the image's own `/etc/passwd` and `/etc/group`.
//!
//! Source: containerd `pkg/oci/spec_opts.go`, `WithUser`; passwd(5), group(5).

use super::layer::{Files, Slot};
use crate::images::{Ids, MAX_ID, User};

/// What the ids are, and what a person should know of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) ids: Option<Ids>,
    pub(super) remark: Option<String>,
}

impl Resolved {
    fn unknown(remark: String) -> Self {
        let remark = Some(remark);
        Self { ids: None, remark }
    }
}

/// The files that a USER needs to be resolved, all of them still to be found; `None` where it needs none.
pub(super) fn needed(user: &str) -> Option<Files> {
    let (name, group) = divide(user);
    let is_root = matches!(User::parse(user), User::Unset | User::Uid(0)) || name == "root";
    let by_name = name.parse::<i64>().is_err();
    let files = Files {
        passwd: (by_name || group.is_empty()).then_some(Slot::Open),
        group: (!group.is_empty() && group.parse::<i64>().is_err()).then_some(Slot::Open),
    };
    (!is_root && (files.passwd.is_some() || files.group.is_some())).then_some(files)
}

/// Resolves a USER. Root has no ids.
pub(super) fn resolve(user: &str, files: &Files) -> Resolved {
    let (name, group) = divide(user);
    let row =
        |id: i64| move |fields: &[&str]| fields.get(2).is_some_and(|text| text.parse() == Ok(id));
    let named = |fields: &[&str]| fields.first() == Some(&name);
    let (uid, primary) = match User::parse(user) {
        User::Unset | User::Uid(0) => return Resolved::default(),
        User::Name(name) if name == "root" => return Resolved::default(),
        User::Uid(uid) => (
            uid,
            find(files.passwd.as_ref(), 3, row(uid)).map(|gid| gid.or(Some(0))),
        ),
        User::Name(_) => match find(files.passwd.as_ref(), 2, named) {
            Ok(Some(uid)) => (uid, find(files.passwd.as_ref(), 3, named)),
            Ok(None) => {
                let remark = format!(
                    "its user \"{name}\" is not in its /etc/passwd: it does not start as it is"
                );
                return Resolved::unknown(remark);
            }
            Err(why) => {
                return Resolved::unknown(format!(
                    "the uid of its user \"{name}\" is not known: {why}"
                ));
            }
        },
    };
    let gid = match group.parse::<i64>() {
        Ok(gid) => Ok(Some(gid)),
        Err(_) if group.is_empty() => primary,
        Err(_) => find(files.group.as_ref(), 2, |fields| {
            fields.first() == Some(&group)
        }),
    };
    let remark = match &gid {
        Ok(Some(_)) => None,
        Ok(None) => Some(format!("its group \"{group}\" is not in its /etc/group")),
        Err(why) => Some(format!(
            "the gid of its user \"{user}\" is not known: {why}"
        )),
    };
    let gid = gid.ok().flatten().filter(|gid| (0..=MAX_ID).contains(gid));
    let ids = (1..=MAX_ID).contains(&uid).then_some(Ids { uid, gid });
    Resolved { ids, remark }
}

/// USER before and after its colon.
fn divide(user: &str) -> (&str, &str) {
    user.split_once(':').unwrap_or((user, ""))
}

/// A number of the first line that fits; `None` where no line does, or the file is not there.
fn find(
    file: Option<&Slot>,
    column: usize,
    fits: impl Fn(&[&str]) -> bool,
) -> Result<Option<i64>, String> {
    let text = match file {
        Some(Slot::Found(text)) => text,
        Some(Slot::Unknown(why)) => return Err(why.clone()),
        Some(Slot::Gone | Slot::Open) | None => return Ok(None),
    };
    let rows = text
        .lines()
        .map(|line| line.trim().split(':').collect::<Vec<_>>());
    let mut found = rows.filter(|fields| fits(fields));
    Ok(found.find_map(|fields| fields.get(column)?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(passwd: &str, group: &str) -> Files {
        let found = |text: &str| match text {
            "" => Slot::Gone,
            "?" => Slot::Unknown("the layer is cut off".into()),
            text => Slot::Found(text.to_owned()),
        };
        Files {
            passwd: Some(found(passwd)),
            group: Some(found(group)),
        }
    }

    #[test]
    fn users_are_resolved_as_the_runtime_resolves_them() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\n# nginx:x:1:1\nnginx:x:101:102::/:/bin/false\nbroken\n";
        let group = "root:x:0:\nweb:x:33:nginx\n";
        let ids = |uid, gid| Some(Ids { uid, gid });
        for (user, expected) in [
            ("", None),
            ("0", None),
            ("0:0", None),
            ("root", None),
            ("nginx", ids(101, Some(102))),
            ("nginx:web", ids(101, Some(33))),
            ("nginx:7", ids(101, Some(7))),
            ("nginx:nobody", ids(101, None)),
            ("101", ids(101, Some(102))),
            ("101:web", ids(101, Some(33))),
            ("101:0", ids(101, Some(0))),
            ("1001", ids(1001, Some(0))),
            ("nobody", None),
            ("broken", None),
            ("-1", None),
            ("2147483648", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(resolve(user, &files(passwd, group)).ids, expected, "{user}");
        }
    }

    #[test]
    fn what_is_not_known_is_said() {
        let remark = |user: &str, passwd: &str| resolve(user, &files(passwd, "")).remark;
        assert_eq!(remark("101:101", "?"), None);
        assert_eq!(remark("1001", ""), None);
        let said = remark("nginx", "?").unwrap();
        assert_eq!(
            said,
            "the uid of its user \"nginx\" is not known: the layer is cut off"
        );
        let said = remark("101", "?").unwrap();
        assert_eq!(
            said,
            "the gid of its user \"101\" is not known: the layer is cut off"
        );
        let said = remark("nginx", "").unwrap();
        assert_eq!(
            said,
            "its user \"nginx\" is not in its /etc/passwd: it does not start as it is"
        );
        let said = remark("101:web", "").unwrap();
        assert_eq!(said, "its group \"web\" is not in its /etc/group");
    }

    #[test]
    fn only_names_and_primary_groups_need_files() {
        let needs = |user: &str| {
            let files = needed(user)?;
            Some((files.passwd.is_some(), files.group.is_some()))
        };
        for (user, expected) in [
            ("", None),
            ("root", None),
            ("root:web", None),
            ("0", None),
            ("101:101", None),
            ("101", Some((true, false))),
            ("101:web", Some((false, true))),
            ("nginx", Some((true, false))),
            ("nginx:7", Some((true, false))),
            ("nginx:web", Some((true, true))),
        ] {
            assert_eq!(needs(user), expected, "{user}");
        }
    }
}
