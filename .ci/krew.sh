#!/usr/bin/env bash
# The archives and the manifest of a release, as krew itself takes them: installed from a manifest, from an index of our
# own, upgraded, uninstalled, and judged by the program that krew's index runs on every submission. Prints what was run.
#
# Only this machine's archive holds the program. Those of the other platforms hold a stand-in, for krew unpacks them here
# and runs none of them.
#
#   PROGRAM=PATH          the program, instead of the release build in the target directory, which is made if need be
#   KREW_VERSION=vX.Y.Z   another krew
#
# Needs git, Python 3, kubectl on PATH or built by tests/cluster/build.sh, and Go with its module proxy for the first run.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
# shellcheck source-path=SCRIPTDIR
. .ci/release/common.sh
while read -r name; do unset "$name"; done < <(git rev-parse --local-env-vars)

krew_version=${KREW_VERSION:-v0.4.3}
tools=${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-harden/krew/$krew_version

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

build_krew() {
    local package
    for package in krew validate-krew-manifest; do
        [ ! -x "$tools/$package" ] || continue
        command -v go >/dev/null || fail "there is no Go to build $package with"
        mkdir -p "$tools"
        GOBIN=$tools go install "sigs.k8s.io/krew/cmd/$package@$krew_version" || fail "$package $krew_version was not built"
    done
}

find_kubectl() {
    local built
    command -v kubectl && return
    built=$(. tests/cluster/versions.sh && echo "$bin_dir/kubectl")
    [ -x "$built" ] || fail "there is no kubectl, neither on PATH nor built: tests/cluster/build.sh kubectl"
    echo "$built"
}

# archives VERSION: those of all platforms, in the layout of releases.
archives() {
    local os arch target stand_in
    mkdir -p "$work/stand-in" "$work/releases/v$1"
    while read -r os arch target; do
        stand_in=$work/stand-in/$(program_name "$os")
        printf '#!/bin/sh\necho "a stand-in for %s on %s" >&2\nexit 1\n' "$os" "$arch" >"$stand_in"
        [ "$os-$arch" != "$here" ] || stand_in=$program
        PROGRAM=$stand_in MANUAL_BY=$program VERSION=$1 CARGO_TARGET_DIR=$work/packed .ci/release/archive.sh "$target" >/dev/null
    done < <(platforms)
    mv "$work"/packed/dist/* "$work/releases/v$1/"
    (cd "$work/releases/v$1" && sha256 kubectl-harden-* | cmp - SHA256SUMS) || fail "SHA256SUMS does not hold"
    VERSION=$1 RELEASES=$url .ci/release/manifest.sh --complete "$work/releases/v$1" >"$work/releases/v$1/krew-manifest.yaml"
}

serve() {
    python3 -u -m http.server --bind 127.0.0.1 --directory "$work/releases" 0 >"$work/server" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -nE 's/.* port ([0-9]+) .*/\1/p' "$work/server" | head -n 1)
        [ -z "$port" ] || return 0
        sleep 0.1
    done
    fail "no server for the archives"
}

shown() {
    sed "s|$work|WORK|g"
}

# Help and diffs are long; the warning is about stdin, which is no terminal here.
shortened() {
    sed -e '/^WARNING: Detected stdin/d' -e '/^$/d' |
        awk 'NR <= 8 { print "    " $0 } { last[NR % 2] = $0 }
            END { if (NR > 10) print "    ..."; for (n = NR - 1; n <= NR; n++) if (n > 8) print "    " last[n % 2] }'
}

# run CODE COMMAND...: shows a command and what it prints, and it has to end with the code. The output is in $work/log.
run() {
    local wanted=$1 status=0
    shift
    echo "\$ $*" | shown
    (cd "$work" && "$@") >"$work/log" 2>&1 || status=$?
    shown <"$work/log" | shortened
    [ "$status" = "$wanted" ] || { cat "$work/log"; fail "exit code $status, not $wanted: $*"; }
}

logged() {
    grep -qF -e "$1" "$work/log" || { cat "$work/log"; fail "the output does not say \"$1\""; }
}

# The version that is installed, by krew's receipt and by where the plugin's link leads.
installed() {
    grep -q "^  version: v$1\$" "$KREW_ROOT/receipts/harden.yaml" || fail "the receipt is not of v$1"
    [ "$(readlink "$KREW_ROOT/bin/kubectl-harden")" = "$KREW_ROOT/store/harden/v$1/kubectl-harden" ] ||
        fail "the link does not lead to v$1: $(readlink "$KREW_ROOT/bin/kubectl-harden")"
    cmp "$KREW_ROOT/bin/kubectl-harden" "$program" || fail "another program is installed"
    cmp "$KREW_ROOT/store/harden/v$1/LICENSE" LICENSE || fail "no LICENSE is installed"
    [ -s "$KREW_ROOT/store/harden/v$1/THIRD-PARTY-NOTICES" ] || fail "no notices are installed"
    "$program" man apply | cmp - "$KREW_ROOT/store/harden/v$1/man/kubectl-harden-apply.1" || fail "no man page is installed"
    [ "$(command -v kubectl-harden)" = "$KREW_ROOT/bin/kubectl-harden" ] || fail "PATH leads to another kubectl-harden"
}

uninstalled() {
    run 0 kubectl krew uninstall harden
    [ ! -e "$KREW_ROOT/bin/kubectl-harden" ] && [ ! -e "$KREW_ROOT/store/harden" ] || fail "krew left something"
    run 1 kubectl harden --version
    logged 'unknown command "harden" for "kubectl"'
}

# The main job through kubectl and krew's link.
works() {
    run 0 kubectl harden --version
    run 0 kubectl harden --help
    logged "securityContext"
    cp -R golden/overnight "$work/manifests"
    run 1 kubectl harden -f manifests -R
    logged "+      securityContext:"
    run 0 kubectl harden -f manifests -R -w
    run 0 kubectl harden -f manifests -R --check
    rm -r "$work/manifests"
}

# The archive of a version for this machine.
archive_of() {
    echo "$work/releases/v$1/$(archive_name "$1" "${here%-*}" "${here#*-}")"
}

# Without sums, and with an archive that is not the one of the sum.
refused() {
    local archive unreleased=$work/unreleased.yaml
    .ci/release/manifest.sh >"$unreleased"
    run 1 kubectl krew install --manifest="$unreleased" --archive="$(archive_of "$old")"
    logged 'sum has to be set'
    archive=$work/damaged.tar.gz
    { cat "$(archive_of "$old")" && echo; } >"$archive"
    run 1 kubectl krew install --manifest="releases/v$old/krew-manifest.yaml" --archive="$archive"
    logged "checksum does not match"
}

from_manifest() {
    run 0 kubectl krew install --manifest="releases/v$old/krew-manifest.yaml" --archive="$(archive_of "$old")"
    installed "$old"
    works
    uninstalled
    run 0 kubectl krew install --manifest-url="$url/v$old/krew-manifest.yaml"
    installed "$old"
    uninstalled
}

# publish VERSION: what an index of one's own takes to offer a version.
publish() {
    mkdir -p "$work/index/plugins"
    cp "$work/releases/v$1/krew-manifest.yaml" "$work/index/plugins/harden.yaml"
    git -C "$work/index" add plugins/harden.yaml
    git -C "$work/index" commit --quiet --message "harden v$1"
}

from_index() {
    git init --quiet "$work/index"
    publish "$old"
    run 0 kubectl krew index add own "file://$work/index"
    run 0 kubectl krew install own/harden
    installed "$old"
    run 0 kubectl harden --version
    publish "$new"
    run 0 kubectl krew update
    run 0 kubectl krew upgrade harden
    installed "$new"
    [ ! -e "$KREW_ROOT/store/harden/v$old" ] || fail "the old version is still there"
    works
    run 0 kubectl krew list
    logged harden
    uninstalled
    run 0 kubectl krew index remove own
}

valid() {
    cp "$work/releases/v$old/krew-manifest.yaml" "$work/harden.yaml"
    run 0 validate-krew-manifest -manifest harden.yaml
    logged "all 6 spec.platforms installed fine"
    sed 's/sha256: ./sha256: A/' "$work/harden.yaml" >"$work/upper/harden.yaml"
    run 255 validate-krew-manifest -manifest upper/harden.yaml
    logged "is not valid, must match pattern"
}

command -v python3 >/dev/null || fail "there is no Python 3"
build_krew
kubectl=$(find_kubectl)
program=${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/kubectl-harden}
[ -n "${PROGRAM:-}" ] || [ -x "$program" ] || cargo build --release --locked
program=$(realpath "$program")
case $(uname -sm) in
    "Linux x86_64") here=linux-amd64 ;;
    "Linux aarch64") here=linux-arm64 ;;
    "Darwin x86_64") here=darwin-amd64 ;;
    "Darwin arm64") here=darwin-arm64 ;;
    *) fail "$(uname -sm) is no platform of a release" ;;
esac
old=$(of_cargo version)
new=${old%.*}.$((${old##*.} + 1))

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/home" "$work/upper"
ln -s "$tools/krew" "$work/bin/kubectl-krew"
ln -s "$tools/validate-krew-manifest" "$kubectl" "$work/bin/"
serve
url=http://127.0.0.1:$port
archives "$old"
archives "$new"

# krew wants its own index to be there; an empty one keeps it from the network.
git init --quiet "$work/default"
export GIT_AUTHOR_NAME=gate GIT_AUTHOR_EMAIL=gate@example.com GIT_COMMITTER_NAME=gate GIT_COMMITTER_EMAIL=gate@example.com
mkdir "$work/default/plugins"
touch "$work/default/plugins/.keep"
git -C "$work/default" add . && git -C "$work/default" commit --quiet --message "Nothing"
export KREW_ROOT=$work/krew KREW_DEFAULT_INDEX_URI=file://$work/default KREW_NO_UPGRADE_CHECK=1
export HOME=$work/home KUBECONFIG=$work/no-kubeconfig PATH=$work/bin:$work/krew/bin:$PATH

echo "krew $krew_version; the archive of $here holds $(basename "$program"), the others stand-ins"
run 0 kubectl krew update
refused
from_manifest
from_index
valid
echo "krew: all passed"
