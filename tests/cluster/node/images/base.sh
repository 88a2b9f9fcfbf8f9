# shellcheck shell=bash
# Sourced: the layer under every server, a Debian without documentation as in Debian's own slim images, with busybox and
# gosu on top.
# shellcheck disable=SC2154 # images_cache comes from images.sh

base_suite=bookworm
base_mirror=http://deb.debian.org
base_packages=busybox-static,gosu

base_cache() {
    echo "$images_cache/base-$({
        echo $base_suite $base_mirror $base_packages
        declare -f bootstrap pack_base inside
    } | short_hash)"
}

# build_base: nothing where it is there already.
build_base() {
    local target partial
    target=$(base_cache)
    [ ! -e "$target/layer.tar" ] || return 0
    echo "building the base layer, about a minute"
    partial=$(mktemp -d "$images_cache/.partial.XXXXXX")
    (umask 022 && bootstrap "$partial/root" && pack_base "$partial") >"$images_cache/base.log" 2>&1 || {
        rm -rf "$partial"
        tail -n 15 "$images_cache/base.log" >&2
        die "the base layer cannot be built; the whole output is in $images_cache/base.log" "it needs Debian's mirror $base_mirror"
    }
    mv "$partial" "$target"
}

bootstrap() {
    local root=$1 tools
    tools=$(unpacked debootstrap) || return 1
    DEBOOTSTRAP_DIR=$tools/usr/share/debootstrap "$tools/usr/sbin/debootstrap" --variant=minbase --include=$base_packages \
        $base_suite "$root" $base_mirror/debian || return 1
    printf 'path-exclude %s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' >"$root/etc/dpkg/dpkg.cfg.d/slim"
    printf 'deb %s main\n' "$base_mirror/debian $base_suite" "$base_mirror/debian $base_suite-updates" \
        "$base_mirror/debian-security $base_suite-security" >"$root/etc/apt/sources.list"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    rm -rf "$root"/usr/share/{doc,man,info,locale}/*
    # Without it Java cannot be installed.
    mkdir -p "$root/usr/share/man/man1"
    : >"$root/etc/resolv.conf"
    inside "$root" apt-get update || return 1
    inside "$root" apt-get upgrade -y || return 1
}

pack_base() {
    tar -C "$1/root" --sort=name --numeric-owner --xattrs --xattrs-include=security.capability \
        --exclude='./dev/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/*' --exclude='./var/log/*' -cf "$1/layer.tar" .
}

# inside ROOT COMMAND...: runs it there, with no mount and no process that stays behind.
inside() {
    local root=$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --pid --fork --kill-child bash -c '
        root=$1
        shift
        mount -t proc proc "$root/proc" && mount --bind /etc/resolv.conf "$root/etc/resolv.conf" || exit
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"' \
        inside "$root" "$@" </dev/null
}
