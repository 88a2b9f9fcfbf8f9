# shellcheck shell=bash
# Sourced by the scripts of a release, in the root of the repository: its names, platforms and sums.

die() {
    echo "error: $1" >&2
    [ $# -lt 2 ] || echo "hint: $2" >&2
    exit 1
}

# What krew calls a platform, and the target that is built for it. The order is that of the manifest.
platforms() {
    cat <<'PLATFORMS'
linux amd64 x86_64-unknown-linux-musl
linux arm64 aarch64-unknown-linux-musl
darwin amd64 x86_64-apple-darwin
darwin arm64 aarch64-apple-darwin
windows amd64 x86_64-pc-windows-msvc
windows arm64 aarch64-pc-windows-msvc
PLATFORMS
}

# The first value of a key in Cargo.toml, which is that of [package].
of_cargo() {
    sed -nE "s/^$1 = \"([^\"]*)\".*/\1/p" Cargo.toml | head -n 1
}

# archive_name VERSION OS ARCH
archive_name() {
    local suffix=tar.gz
    [ "$2" != windows ] || suffix=zip
    echo "kubectl-harden-v$1-$2-$3.$suffix"
}

# program_name OS
program_name() {
    [ "$1" != windows ] || { echo kubectl-harden.exe; return; }
    echo kubectl-harden
}

# The sums of files, as sha256sum prints them; macOS has shasum instead.
sha256() {
    if command -v sha256sum >/dev/null; then
        # Git's sha256sum on Windows marks a file as binary with *.
        sha256sum -- "$@" | sed 's/^\([0-9a-f]*\) \*/\1  /'
    else
        shasum -a 256 -- "$@"
    fi
}

# The time of everything in an archive: that of the commit.
source_date() {
    [ -z "${SOURCE_DATE_EPOCH:-}" ] || { echo "$SOURCE_DATE_EPOCH"; return; }
    git log -1 --format=%ct 2>/dev/null ||
        die "there is no commit to take the time of the archive from" "set SOURCE_DATE_EPOCH"
}
