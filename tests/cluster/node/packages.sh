# shellcheck shell=bash
# Sourced: Debian's packages, unpacked into the cache directory. Nothing of the machine is changed.
# shellcheck disable=SC2154 # cache_dir comes from versions.sh

# needs_root: also says what else is missing.
needs_root() {
    local tool
    [ "$(id -u)" = 0 ] || die "a real node needs root: containerd mounts and makes namespaces"
    for tool in apt-get dpkg unshare chroot ip sysctl flock; do
        command -v $tool >/dev/null || die "$tool is missing" "the node is made of Debian's packages, on Debian"
    done
    grep -qw overlay /proc/filesystems || die "the kernel has no overlay file system" "modprobe overlay"
}

# unpacked PACKAGE: the directory with its files.
unpacked() {
    local target=$cache_dir/debian/$1 partial
    if [ ! -d "$target" ]; then
        mkdir -p "$cache_dir/debian"
        partial=$(mktemp -d "$cache_dir/debian/.partial.XXXXXX")
        (cd "$partial" && apt-get download -q -o APT::Sandbox::User=root "$1" && umask 022 && dpkg -x ./*.deb root) >"$partial/log" 2>&1 || {
            cat "$partial/log" >&2
            die "apt-get does not download $1" "apt-get update, and see that Debian's mirror is in reach"
        }
        chmod 755 "$partial/root"
        mv "$partial/root" "$target" 2>/dev/null || [ -d "$target" ] || die "$target cannot be made"
        rm -rf "$partial"
    fi
    echo "$target"
}

