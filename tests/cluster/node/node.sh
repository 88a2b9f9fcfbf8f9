# shellcheck shell=bash
# Sourced: one real node of a cluster that up.sh started: what belongs to it, and where.
# shellcheck source-path=SCRIPTDIR

node_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$node_dir/../cluster.sh"
. "$node_dir/images/images.sh"
. "$node_dir/machine.sh"
. "$node_dir/containerd.sh"
. "$node_dir/kubelet.sh"

# use_node DIR: the cluster and the names of its node, which differ from those of every other cluster of the machine.
use_node() {
    local base
    use_state_directory "${1:-}"
    base=$(cat "$state/ports" 2>/dev/null) || die "the cluster in $state is down or somebody else's" "start one: $cluster_dir/up.sh $state"
    node_state=$state/node
    # Short, because the path of a socket has to fit into 108 bytes.
    runtime_dir=/run/kubectl-harden/$base
    cgroup=harden-$base
    bridge=harden$base
    subnet=10.$((240 + (base - 20000) / 2560)).$(((base - 20000) / 10 % 256)).0/24
    socket=$runtime_dir/containerd.sock
    use_packages
}

# stop_node: also what a node left behind that was killed.
stop_node() {
    stop kubelet
    end_containers
    stop containerd
    release_machine
    rm -rf "${node_state:?}" "${runtime_dir:?}"
}
