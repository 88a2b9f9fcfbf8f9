# shellcheck shell=bash
# Sourced: the layer of one image: what its packages, files and setup change in the base, by way of an overlay.

# make_layer NAME TARGET: writes TARGET/layer.tar.
make_layer() {
    local name=$1 target=$2
    mkdir -p "$target/upper"
    case $(field "$name" from) in
        scratch) fill_scratch "$name" "$target/upper" ;;
        *) fill_overlay "$name" "$target" ;;
    esac || return 1
    # The same files give the same layer, so that images that differ in their configuration share it. No time at all, as 0, is
    # taken for "never read" by cron and nsd.
    tar -C "$target/upper" --sort=name --mtime=@1767225600 --numeric-owner --xattrs --xattrs-include=security.capability \
        -cf "$target/layer.tar" . || return 1
    rm -rf "$target/upper" "$target/work" "$target/removed"
}

# Files, and busybox as the only program.
fill_scratch() {
    local busybox
    busybox=$(unpacked busybox-static) || return 1
    mkdir -p "$2/bin"
    cp "$busybox/bin/busybox" "$2/bin/busybox"
    for applet in $("$2/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$2/bin/$applet"
    done
    mkdir -m 1777 "$2/tmp"
    write_files "$1" "$2"
}

fill_overlay() {
    local name=$1 target=$2 base
    base=$(base_cache)
    mkdir -p "$target/work" "$target/merged"
    mount -t overlay -o "lowerdir=$base/root,upperdir=$target/upper,workdir=$target/work,redirect_dir=off,metacopy=off" \
        overlay "$target/merged" || return 1
    install_server "$name" "$target/merged"
    local status=$?
    LC_ALL=C comm -23 <(paths_below "$base/root") <(paths_below "$target/merged") >"$target/removed"
    umount "$target/merged" && rmdir "$target/merged" || return 1
    [ "$status" = 0 ] || return 1
    rm -rf "${target:?}/upper/"{dev,proc,sys,var/lib/apt/lists,root/.cache}
    write_whiteouts "$target"
}

paths_below() {
    (cd "$1" && find . -path ./proc -prune -o -print | LC_ALL=C sort)
}

# What an overlay and an image write down about a removed file differs: a device here, a name there.
write_whiteouts() {
    local path directory
    find "$1/upper" -type c -delete
    while IFS= read -r path; do
        directory=$1/upper/$(dirname "$path")
        [ ! -d "$directory" ] || : >"$directory/.wh.$(basename "$path")"
    done <"$1/removed"
}

install_server() {
    local name=$1 root=$2 packages
    read -ra packages <<<"$(field "$name" packages)"
    if [ ${#packages[@]} != 0 ]; then
        inside "$root" apt-get install -y --no-install-recommends "${packages[@]}" || return 1
    fi
    write_files "$name" "$root"
    if sections "$name" | grep -qx setup; then
        section "$name" setup >"$root/setup"
        inside "$root" bash -eux /setup || return 1
        rm "$root/setup"
    fi
    rm -rf "$root"/var/cache/apt/* "$root"/var/cache/debconf/*-old "$root"/var/log/{apt,dpkg.log,alternatives.log,bootstrap.log} "$root"/tmp/*
}
