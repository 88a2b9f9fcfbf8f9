#!/usr/bin/env bash
# up.sh DIR [IMAGE...]: joins a real node to the control plane that ../up.sh started for DIR, with those images loaded.
# HARDEN_TEST_LOW_PORTS=open|closed: whether a process that is not root may listen below 1024. Without it closed, as
# containerd 1.x and CRI-O have it; containerd 2 and Docker have it open.
set -euo pipefail
umask 077
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/node.sh"

check_node() {
    needs_root
    case ${HARDEN_TEST_LOW_PORTS:-closed} in
        open) low_ports_are_open=true ;;
        closed) low_ports_are_open=false ;;
        *) die "HARDEN_TEST_LOW_PORTS is \"$HARDEN_TEST_LOW_PORTS\"" "open or closed" ;;
    esac
    is_built kubelet || die "$bin_dir/kubelet is missing, or is not \"$(expected_version kubelet)\"" "build it first: $cluster_dir/build.sh kubelet"
    ! pid_of kubelet >/dev/null || die "the cluster in $state has its node already" "stop it first: $node_dir/down.sh $state"
}

clean_up() {
    local status=$?
    trap - EXIT
    [ -z "$ready" ] || exit 0
    stop_node >&2
    exit $((status ? status : 1))
}

[ $# != 0 ] || die "which cluster?" "$0 DIR [IMAGE...]"
started=$SECONDS
ready=
use_node "$1"
shift
check_node
"$images_dir/build.sh" pause "$@"
trap clean_up EXIT
mkdir -p "$node_state"
save_sysctls
create_cgroups
configure_containerd
configure_kubelet
# Containers see the modes of directories that these two make.
umask 022
start_containerd
for image in pause "$@"; do
    load_image "$image"
done
start_kubelet
# The pods of this cluster belong on the real node now.
kubectl cordon -l harden.test/node=kwok >/dev/null
ready=yes
# shellcheck disable=SC2154 # from versions.sh
echo "node: ready after $((SECONDS - started)) s, Kubernetes $kubernetes_version, containerd $(containerd_version), low ports ${HARDEN_TEST_LOW_PORTS:-closed}"
