//! `/proc/PID/mountinfo`.

/// Whether `/` is mounted read-only; `None` where the text has no `/`. The last mount over `/` is the one that is seen.
///
/// A read-only file system under a mount that is not read-only refuses writes too: the options of both count.
pub(crate) fn root_is_read_only(text: &str) -> Option<bool> {
    text.lines().filter_map(read_only).next_back()
}

/// Of a mount over `/`: id, parent, device, root, mount point, options, optional fields, `-`, type, source, options of
/// the file system.
fn read_only(line: &str) -> Option<bool> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut fields = mount.split(' ').skip(4);
    let is_root = fields.next()? == "/";
    let options = fields.next()?;
    let of_file_system = file_system.split(' ').nth(2).unwrap_or_default();
    let is_ro = |options: &str| options.split(',').any(|option| option == "ro");
    is_root.then(|| is_ro(options) || is_ro(of_file_system))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OVERLAY: &str = "\
1029 911 0:70 / / ro,relatime - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d
1030 1029 0:73 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
1031 1029 0:74 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
";

    #[test]
    fn the_root_mount_tells() {
        assert_eq!(root_is_read_only(OVERLAY), Some(true));
        let writable = OVERLAY.replace("/ / ro,", "/ / rw,");
        assert_eq!(root_is_read_only(&writable), Some(false));
        let with_tags =
            "36 35 98:0 / / rw,noatime shared:1 master:2 - ext4 /dev/root ro,errors=continue\n";
        assert_eq!(root_is_read_only(with_tags), Some(true));
        let twice = format!("{with_tags}{writable}");
        assert_eq!(root_is_read_only(&twice), Some(false));
        assert_eq!(
            root_is_read_only("1030 1029 0:73 / /proc rw - proc proc rw\n"),
            None
        );
        assert_eq!(root_is_read_only("1 2 0:1 / / rw\n"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([0-9]+ |/ |ro |rw,x |- |.{0,3}\n){0,40}") {
            let read = root_is_read_only(&text);
            prop_assert!(read.is_none() || text.contains(" - "));
        }
    }
}
