# shellcheck shell=bash
# Sourced: one cluster, which is a state directory and the processes that are named in it.
# shellcheck source-path=SCRIPTDIR

. "$(dirname "${BASH_SOURCE[0]}")/versions.sh"
. "$cluster_dir/process.sh"
. "$cluster_dir/ports.sh"
. "$cluster_dir/pki.sh"
. "$cluster_dir/components.sh"

components=(etcd kube-apiserver kube-controller-manager kube-scheduler kwok)
marker=.kubectl-harden-cluster

# use_state_directory [DIR]: an existing one, by its absolute path.
use_state_directory() {
    local dir=${1:-$cache_dir/run}
    [ -e "$dir/$marker" ] || die "there is no cluster in $dir" "start one: $cluster_dir/up.sh $dir"
    state=$(cd "$dir" && pwd -P)
}

# claim_state_directory [DIR]: a new or empty one, or one that is left of a cluster that is down.
claim_state_directory() {
    local dir=${1:-$cache_dir/run} name
    mkdir -p "$dir"
    state=$(cd "$dir" && pwd -P)
    if [ ! -e "$state/$marker" ]; then
        [ -z "$(ls -A "$state")" ] || die "$state is not empty and holds no cluster" "name an empty directory"
        touch "$state/$marker"
    fi
    for name in "${components[@]}"; do
        ! pid_of "$name" >/dev/null || die "$name of the cluster in $state is running" "stop it first: $cluster_dir/down.sh $state"
    done
    [ ! -e "$state/node" ] || "$cluster_dir/node/down.sh" "$state"
    remove_state
    rm -rf "${state:?}/log"
    mkdir -p "$state/log"
}

stop_all() {
    local index
    [ ! -e "$state/node" ] || "$cluster_dir/node/down.sh" "$state"
    for ((index = ${#components[@]} - 1; index >= 0; index--)); do
        stop "${components[index]}"
    done
}

# The logs stay, for whoever wants to know why.
remove_state() {
    release_ports
    rm -rf "${state:?}/etcd" "${state:?}/pki" "${state:?}/pid" "${state:?}/kubeconfig"
}
