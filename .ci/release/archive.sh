#!/usr/bin/env bash
# archive.sh [TARGET]: builds the program for one target and packs it as a release does, with man pages and the
# licences of what is linked into it, and with SHA256SUMS beside it, in the directory dist of the target directory. Without TARGET: for this machine, static on Linux where that can be built.
# The same source, compiler and linker give the same bytes, in whatever directory.
#
#   PROGRAM=PATH         packs this program and builds nothing
#   MANUAL_BY=PATH       the program that writes the man pages, where the packed one does not run on this machine
#   VERSION=X.Y.Z        the version in the archive's name, instead of Cargo.toml's
#   SOURCE_DATE_EPOCH    the time of the files in the archive, instead of the commit's
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR
. .ci/release/common.sh

host_target() {
    local host static
    host=$(rustc -vV | sed -n 's/^host: //p')
    static=${host/%-gnu/-musl}
    [ "$static" != "$host" ] || { echo "$host"; return; }
    if ! command -v musl-gcc >/dev/null; then
        echo "not static: there is no musl-gcc (Debian's and Ubuntu's package is musl-tools)" >&2
    elif [ ! -d "$(rustc --print sysroot)/lib/rustlib/$static" ]; then
        echo "not static: rustup target add $static" >&2
    else
        host=$static
    fi
    echo "$host"
}

# Sets os and arch to what krew calls the target's.
platform_of() {
    case $1 in
        x86_64-*) arch=amd64 ;;
        aarch64-*) arch=arm64 ;;
        *) die "there is no release for $1" "one of: $(platforms | cut -d' ' -f3 | tr '\n' ' ')" ;;
    esac
    case $1 in
        *-linux-*) os=linux ;;
        *-apple-darwin) os=darwin ;;
        *-pc-windows-*) os=windows ;;
        *) die "there is no release for $1" "one of: $(platforms | cut -d' ' -f3 | tr '\n' ' ')" ;;
    esac
}

# Where cargo looks for its registry: cargo's own path, not this shell's on Windows.
native() {
    if command -v cygpath >/dev/null; then cygpath -w "$1"; else echo "$1"; fi
}

# No path of this machine ends up in the program, and what an installed configuration adds to the flags is left out.
# Later prefixes win over earlier ones. \x1f is cargo's separator, so a path may have spaces.
flags() {
    local sysroot commit all
    sysroot=$(rustc --print sysroot)
    commit=$(rustc -vV | sed -n 's/^commit-hash: //p')
    all=(
        --remap-path-prefix="$(native "$PWD")=/source"
        --remap-path-prefix="$(native "$target_dir")=/target"
        --remap-path-prefix="$(native "${CARGO_HOME:-$HOME/.cargo}")=/cargo"
        --remap-path-prefix="$sysroot/lib/rustlib/src/rust=/rustc/$commit"
        -Cstrip=symbols
    )
    # No Visual C++ redistributable is needed, and the linker writes no time.
    [ "$os" != windows ] || all+=(-Ctarget-feature=+crt-static -Clink-arg=/Brepro)
    (IFS=$'\x1f' && echo "${all[*]}")
}

target_dir=${CARGO_TARGET_DIR:-target}
mkdir -p "$target_dir"
target_dir=$(cd "$target_dir" && pwd)
target=${1:-$(host_target)}
platform_of "$target"
version=${VERSION:-$(of_cargo version)}
epoch=$(source_date)
file=$(program_name "$os")

program=${PROGRAM:-}
if [ -z "$program" ]; then
    [[ $target != *-linux-musl ]] || export "CC_${target//-/_}=musl-gcc"
    # A directory of its own: other flags would make cargo build everything anew, here and in the next plain build.
    CARGO_ENCODED_RUSTFLAGS=$(flags) CARGO_INCREMENTAL=0 SOURCE_DATE_EPOCH=$epoch ZERO_AR_DATE=1 \
        CARGO_TARGET_DIR=$target_dir/reproducible cargo build --release --locked --bins --target "$target" >&2
    program=$target_dir/reproducible/$target/release/$file
fi
[ "$(basename "$program")" = "$file" ] || die "the program for $target is called $file, not $(basename "$program")"

pages=$target_dir/man
rm -rf "$pages"
"${MANUAL_BY:-$program}" man --out "$pages" >&2 ||
    die "no man pages" "where $program does not run, MANUAL_BY=PATH names one of the same version that does"

notices=$target_dir/notices/THIRD-PARTY-NOTICES
"${PYTHON:-python3}" .ci/release/notices.py "$target" "$notices"

archive=$(archive_name "$version" "$os" "$arch")
mkdir -p "$target_dir/dist"
"${PYTHON:-python3}" .ci/release/pack.py "$target_dir/dist/$archive" "$epoch" "$program" LICENSE "$notices" "$pages"
(cd "$target_dir/dist" && sha256 "kubectl-harden-v$version"-* >SHA256SUMS)
(cd "$target_dir/dist" && echo "$PWD/$archive" && grep -F "  $archive" SHA256SUMS)
