#!/usr/bin/env bash
# build.sh [PROGRAM...]: builds the control plane's programs from source, once, into a cache outside the repository.
# Without names: what up.sh needs. `build.sh kubelet` adds the kubelet, for node/up.sh.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/versions.sh"

go_wanted=go1.26

check_go() {
    command -v go >/dev/null ||
        die "go is not installed" "install Go 1.26 (https://go.dev/dl/) and put its bin directory into PATH"
    local found
    found=$(cd "$cluster_dir/kubernetes" && go env GOVERSION) ||
        die "go does not run in $cluster_dir/kubernetes" "Go 1.26 or later is needed; \"go version\" says which one there is"
    case $found in
        "$go_wanted" | "$go_wanted".* | "$go_wanted"rc*) echo "go: $found" ;;
        *) die "go is $found, and Kubernetes $kubernetes_version is built with $go_wanted" \
            "install Go 1.26, or let this Go fetch it: GOTOOLCHAIN=go1.26.0 $0" ;;
    esac
}

module_of() {
    case $1 in
        etcd | kwok) echo "$1" ;;
        kube-apiserver | kube-controller-manager | kube-scheduler | kubectl | kubelet) echo kubernetes ;;
        *) die "there is no program $1 to build" "one of: ${control_plane[*]} kubelet" ;;
    esac
}

package_of() {
    case $1 in
        etcd) echo go.etcd.io/etcd/server/v3 ;;
        kwok) echo sigs.k8s.io/kwok/cmd/kwok ;;
        *) echo "k8s.io/kubernetes/cmd/$1" ;;
    esac
}

linker_flags() {
    local minor=${kubernetes_version#*.} version=k8s.io/component-base/version
    echo "-s -w -X $version.gitVersion=v$kubernetes_version -X $version.gitMajor=${kubernetes_version%%.*} -X $version.gitMinor=${minor%%.*}"
}

# Counts the packages that `go build -v` names, so that a build of minutes shows that it goes on.
progress() {
    local line packages=0
    while IFS= read -r line; do
        echo "$line" >>"$log"
        packages=$((packages + 1))
        [ $((packages % 200)) != 0 ] || echo "   $packages packages compiled, $SECONDS s"
    done
}

build() {
    local program=$1 started=$SECONDS
    echo "building $program"
    : >"$log"
    (cd "$cluster_dir/$(module_of "$program")" && CGO_ENABLED=0 nice -n 10 go build -v -mod=readonly -trimpath \
        -ldflags "$(linker_flags)" -o "$partial/$program" "$(package_of "$program")") 2>&1 | progress || {
        tail -n 30 "$log" >&2
        die "building $program failed; the whole output is in $log" "it needs the Go module proxy and about 4 GB in $(go env GOCACHE)"
    }
    mv -f "$partial/$program" "$bin_dir/$program"
    is_built "$program" ||
        die "$program was built, but says it is \"$(reported_version "$program" | head -n 1)\", not \"$(expected_version "$program")\""
    echo "   built in $((SECONDS - started)) s"
}

programs=("$@")
[ $# != 0 ] || programs=("${control_plane[@]}")
missing=()
for program in "${programs[@]}"; do
    module_of "$program" >/dev/null
    is_built "$program" || missing+=("$program")
done
if [ ${#missing[@]} != 0 ]; then
    check_go
    mkdir -p "$bin_dir"
    exec 9>"$bin_dir/.lock"
    flock -n 9 || { echo "waiting for another build in $bin_dir"; flock 9; }
    partial=$(mktemp -d "$bin_dir/.partial.XXXXXX")
    trap 'rm -rf "$partial"' EXIT
    log=$bin_dir/build.log
    for program in "${missing[@]}"; do
        is_built "$program" || build "$program"
    done
fi
echo "all there in $bin_dir: ${programs[*]}"
