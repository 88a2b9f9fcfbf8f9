#!/usr/bin/env bash
# up.sh [DIR]: starts a control plane on loopback with three nodes that kwok plays, and writes DIR/kubeconfig.
# With HARDEN_TEST_KUBECONFIG, adds the three nodes to that cluster instead of starting one.
set -euo pipefail
umask 077
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

check_programs() {
    local program
    for program in "${control_plane[@]}"; do
        is_built "$program" ||
            die "$bin_dir/$program is missing, or is not \"$(expected_version "$program")\"" "build it first: $cluster_dir/build.sh"
    done
    openssl version >/dev/null 2>&1 || die "openssl is not installed" "it makes the cluster's certificates: apt-get install openssl"
}

start_control_plane() {
    reserve_ports
    create_pki
    start_etcd
    start_apiserver
    echo "API server: ready after $((SECONDS - started)) s"
    start_controller_manager
    start_scheduler
}

# A copy that stands on its own, of the context that HARDEN_TEST_CONTEXT names or the current one.
join_cluster() {
    mkdir -p "$state/pki"
    "$bin_dir/kubectl" config view --kubeconfig "$HARDEN_TEST_KUBECONFIG" ${HARDEN_TEST_CONTEXT:+--context "$HARDEN_TEST_CONTEXT"} \
        --minify --flatten --raw >"$state/kubeconfig"
    cp "$state/kubeconfig" "$state/pki/kwok.kubeconfig"
    kubectl get --raw /readyz >/dev/null || die "the cluster of $HARDEN_TEST_KUBECONFIG does not answer"
}

add_nodes() {
    start_kwok
    kubectl apply -f "$cluster_dir/nodes.yaml" >/dev/null
    wait_for kwok 30 "the nodes are ready" nodes_are_ready
    wait_for kwok 30 "there is a default service account" kubectl get serviceaccount default -n default
}

all_run() {
    local file
    for file in "$state"/pid/*; do
        pid_of "${file##*/}" >/dev/null || failed "${file##*/}" "${file##*/} ended"
    done
}

# What did not come up whole goes away whole, also when it is interrupted, where the exit code may say anything.
clean_up() {
    local status=$?
    trap - EXIT
    [ -z "$ready" ] || exit 0
    { stop_all && remove_state; } >&2
    exit $((status ? status : 1))
}

started=$SECONDS
ready=
check_programs
claim_state_directory "${1:-}"
trap clean_up EXIT
if [ -n "${HARDEN_TEST_KUBECONFIG:-}" ]; then
    join_cluster
else
    start_control_plane
fi
add_nodes
all_run
ready=yes
echo "cluster: ready after $((SECONDS - started)) s, the nodes are Kubernetes $kubernetes_version played by kwok $kwok_version"
printf 'export KUBECONFIG=%q\n' "$state/kubeconfig"
