//! What entries under `images` mean.

use glob::Pattern;

use super::file::{IMAGE_KEYS, ImageEntry, UserName, unknown_keys};
use super::meaning::directory;
use crate::checks::BASELINE_CAPABILITIES as BASELINE;
use crate::images::{Entry, Facts, Ids, Known, MAX_ID, Origin, StaysRoot, User};

pub(super) fn entry(entry: ImageEntry) -> Result<Entry, String> {
    let inside = |message: String| format!("images: {message}");
    unknown_keys(&entry.unknown, IMAGE_KEYS).map_err(inside)?;
    if entry.image.is_empty() {
        return Err(inside("an entry without image".into()));
    }
    let pattern =
        Pattern::new(&entry.image).map_err(|e| inside(format!("\"{}\": {e}", entry.image)))?;
    let facts =
        facts(&entry).map_err(|message| inside(format!("\"{}\": {message}", entry.image)))?;
    Ok(Entry { pattern, facts })
}

fn facts(entry: &ImageEntry) -> Result<Facts, String> {
    fn known<T>(entry: &ImageEntry, value: T) -> Known<T> {
        Known {
            value,
            origin: Origin::Configuration(entry.image.clone()),
        }
    }
    let user = entry.user.as_ref().map(|user| match user {
        UserName::Number(uid) => User::Uid(*uid),
        UserName::Name(name) => User::parse(name),
    });
    let own = match user {
        Some(User::Uid(uid @ 1..)) => Some(uid),
        _ => None,
    };
    let ids = match entry.run_as_user.or(own) {
        Some(uid) => {
            let uid = in_range("runAsUser", uid, 1)?;
            let gid = entry.run_as_group.map(|gid| in_range("runAsGroup", gid, 0));
            let gid = gid.transpose()?;
            Some(Ids { uid, gid })
        }
        _ if entry.run_as_group.is_some() => return Err("runAsGroup without runAsUser".into()),
        _ => None,
    };
    if entry.stays_root && entry.reason.trim().is_empty() {
        return Err("staysRoot without a reason".into());
    }
    let writable = each(entry.writable_dirs.as_deref(), |path| directory(path))?;
    let seeded = entry.seeded_dirs.iter().map(|path| directory(path));
    Ok(Facts {
        user: user.map(|user| known(entry, user)),
        ids: ids.map(|ids| known(entry, ids)),
        // Who says that nothing is written to says so of directories with files, too.
        filled: writable.clone().filter(Vec::is_empty),
        writable,
        seeded: seeded.collect::<Result<_, _>>()?,
        home: entry.home.as_deref().map(directory).transpose()?,
        pings: entry.pings,
        low_ports: each(entry.low_ports.as_deref(), |&port| low_port(port))?,
        file_capabilities: each(entry.file_capabilities.as_deref(), |name| capability(name))?,
        root_capabilities: each(entry.root_capabilities.as_deref(), |name| of_baseline(name))?,
        stays_root: entry.stays_root.then(|| known(entry, StaysRoot::Always)),
        note: entry.reason.clone(),
        ..Facts::default()
    })
}

/// A list with its items read, where it is there.
fn each<T, U>(
    items: Option<&[T]>,
    read: impl Fn(&T) -> Result<U, String>,
) -> Result<Option<Vec<U>>, String> {
    let items = items.map(|items| items.iter().map(read).collect());
    items.transpose()
}

fn low_port(port: i64) -> Result<u16, String> {
    let number = u16::try_from(port).ok();
    let low = number.filter(|number| (1..1024).contains(number));
    low.ok_or_else(|| format!("lowPorts must be between 1 and 1023, not {port}"))
}

/// A capability as Kubernetes writes it, without `CAP_`.
fn capability(name: &str) -> Result<String, String> {
    let bare = name.strip_prefix("CAP_").unwrap_or(name);
    let is_word = |c: char| c.is_ascii_uppercase() || c == '_';
    match !bare.is_empty() && bare.chars().all(is_word) {
        true => Ok(bare.to_owned()),
        false => Err(format!(
            "\"{name}\" is no capability such as NET_BIND_SERVICE"
        )),
    }
}

/// One that may be added at the baseline level: more than those no container is given.
fn of_baseline(name: &str) -> Result<String, String> {
    let name = capability(name)?;
    match BASELINE.contains(&name.as_str()) {
        true => Ok(name),
        false => Err(format!(
            "rootCapabilities: \"{name}\" is none of those that the baseline level allows: {}",
            BASELINE.join(", ")
        )),
    }
}

fn in_range(key: &str, id: i64, least: i64) -> Result<i64, String> {
    match (least..=MAX_ID).contains(&id) {
        true => Ok(id),
        false => Err(format!(
            "{key} must be between {least} and {MAX_ID}, not {id}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> ImageEntry {
        ImageEntry {
            image: "registry.example/shop".into(),
            ..ImageEntry::default()
        }
    }

    #[test]
    fn what_cannot_be_meant_is_an_error() {
        let ports = |port| ImageEntry {
            low_ports: Some(vec![443, port]),
            ..shop()
        };
        let group = ImageEntry {
            run_as_group: Some(0),
            ..shop()
        };
        let root = ImageEntry {
            stays_root: true,
            ..shop()
        };
        let admin = ImageEntry {
            root_capabilities: Some(vec!["CHOWN".into(), "CAP_SYS_ADMIN".into()]),
            ..shop()
        };
        for (wrong, expected) in [
            (ports(0), "lowPorts must be between 1 and 1023, not 0"),
            (ports(1024), "lowPorts must be between 1 and 1023, not 1024"),
            (
                ports(70_000),
                "lowPorts must be between 1 and 1023, not 70000",
            ),
            (group, "runAsGroup without runAsUser"),
            (root, "staysRoot without a reason"),
            (
                admin,
                "rootCapabilities: \"SYS_ADMIN\" is none of those that the baseline level allows: AUDIT_WRITE, CHOWN, DAC_OVERRIDE, \
                 FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT",
            ),
        ] {
            let said = entry(wrong).err();
            let expected = format!("images: \"registry.example/shop\": {expected}");
            assert_eq!(said, Some(expected));
        }
    }

    #[test]
    fn an_empty_list_says_that_there_is_nothing() {
        let facts = |image| entry(image).map(|known| known.facts).unwrap_or_default();
        let none = facts(ImageEntry {
            writable_dirs: Some(Vec::new()),
            low_ports: Some(Vec::new()),
            file_capabilities: Some(Vec::new()),
            ..shop()
        });
        let words = |word: &str| Some(vec![word.to_owned()]);
        let other = Facts {
            writable: words("/data"),
            filled: words("/etc/app"),
            low_ports: Some(vec![80]),
            file_capabilities: words("NET_BIND_SERVICE"),
            ..Facts::default()
        };
        assert_eq!(none.clone().or(&other), none);
        assert_eq!(facts(shop()).or(&other), other);
        let more = facts(ImageEntry {
            writable_dirs: words("/run"),
            ..shop()
        });
        let added = Facts {
            writable: Some(vec!["/run".into(), "/data".into()]),
            ..other.clone()
        };
        assert_eq!(more.or(&other), added);
    }

    #[test]
    fn low_ports_are_kept() {
        let known = entry(ImageEntry {
            low_ports: Some(vec![1, 1023]),
            ..shop()
        });
        let ports = known.map(|known| known.facts.low_ports);
        assert_eq!(ports, Ok(Some(vec![1, 1023])));
    }
}
