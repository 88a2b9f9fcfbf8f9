# shellcheck shell=bash
# Sourced: which programs at which versions, and where their binaries are. The go.mod files are the source of the versions.

cluster_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
control_plane=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok)

die() {
    echo "error: $1" >&2
    [ $# -lt 2 ] || echo "hint: $2" >&2
    exit 1
}

# required MODULE_DIR MODULE: the version that go.mod requires, without its v.
required() {
    local version
    version=$(sed -nE "s|^(require)?[[:space:]]*$2 v([0-9][^ ]*).*|\2|p" "$cluster_dir/$1/go.mod")
    [ -n "$version" ] || die "$cluster_dir/$1/go.mod does not require $2"
    echo "$version"
}

kubernetes_version=$(required kubernetes k8s.io/kubernetes)
etcd_version=$(required etcd go.etcd.io/etcd/server/v3)
kwok_version=$(required kwok sigs.k8s.io/kwok)

cache_dir=${HARDEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-harden/cluster}
bin_dir=$cache_dir/kubernetes-$kubernetes_version-etcd-$etcd_version-kwok-$kwok_version

# expected_version PROGRAM: what its own version output has to contain.
expected_version() {
    case $1 in
        etcd) echo "etcd Version: $etcd_version" ;;
        kwok) echo "kwok version v$kwok_version" ;;
        kubectl) echo "Client Version: v$kubernetes_version" ;;
        *) echo "Kubernetes v$kubernetes_version" ;;
    esac
}

reported_version() {
    case $1 in
        kubectl) "$bin_dir/kubectl" version --client 2>&1 ;;
        *) "$bin_dir/$1" --version 2>&1 ;;
    esac
}

# is_built PROGRAM: it is there and says that it is the version that is wanted.
is_built() {
    [ -x "$bin_dir/$1" ] && [[ "$(reported_version "$1") " == *"$(expected_version "$1")"[[:space:]]* ]]
}
