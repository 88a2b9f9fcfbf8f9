#!/usr/bin/env bash
# capture.sh DIR OUT SERVER...: what those servers say on the real node of that cluster when they are hardened, once with
# all fields and once with each alone. Writes OUT/SERVER/CASE/: the pod, its events, its logs, and whether it was healthy.
# HARDEN is the program, without it the one of the debug build; WAIT the seconds until a look is taken, 45.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/node.sh"

cases=(none baseline uid read-only no-capabilities no-escalation)

# harden CASE: the manifest on stdin with the fields of that case.
harden() {
    local only=()
    case $1 in
        none) cat && return ;;
        baseline) ;;
        uid) only=(--only "runAsNonRoot,runAsUser") ;;
        read-only) only=(--only readOnlyRootFilesystem) ;;
        no-capabilities) only=(--only capabilities) ;;
        no-escalation) only=(--only allowPrivilegeEscalation) ;;
    esac
    "$program" -f - -o yaml "${only[@]}" 2>/dev/null
}

save() {
    local server=$1 namespace=capture-$2 target=$out/$1/$2 pod
    mkdir -p "$target"
    pod=$(kubectl get pods -n "$namespace" -l "app=$server" -o jsonpath='{.items[0].metadata.name}' 2>/dev/null) || pod=
    kubectl get deploy "$server" -n "$namespace" -o jsonpath='{.status.availableReplicas}' >"$target/available"
    [ -n "$pod" ] || return 0
    kubectl get pod "$pod" -n "$namespace" -o json >"$target/pod.json"
    kubectl get events -n "$namespace" --field-selector "involvedObject.name=$pod" -o json >"$target/events.json"
    kubectl logs "$pod" -n "$namespace" >"$target/log" 2>&1 || true
    kubectl logs "$pod" -n "$namespace" --previous >"$target/log-previous" 2>/dev/null || rm -f "$target/log-previous"
    # The container before that is removed while this is asked.
    ! grep -qs '^unable to retrieve container logs' "$target/log-previous" || rm "$target/log-previous"
    kubectl get pod "$pod" -n "$namespace" -o jsonpath="available=$(<"$target/available") restarts={.status.containerStatuses[0].restartCount} state={.status.containerStatuses[0].state} last={.status.containerStatuses[0].lastState}" >"$target/summary"
    printf '%-16s %-16s %s\n' "$server" "$2" "$(cut -c 1-300 "$target/summary")"
}

[ $# -gt 2 ] || die "which servers?" "$0 DIR OUT SERVER..."
use_node "$1"
out=$2
shift 2
program=${HARDEN:-$cluster_dir/../../target/debug/kubectl-harden}
for server in "$@"; do
    load_image "$server"
done
for case in "${cases[@]}"; do
    kubectl create namespace "capture-$case" --dry-run=client -o yaml | kubectl apply -f - >/dev/null
    for server in "$@"; do
        "$node_dir/deployment.sh" "$server" | harden "$case" | kubectl apply -n "capture-$case" -f - >/dev/null
    done
done
sleep "${WAIT:-45}"
for server in "$@"; do
    for case in "${cases[@]}"; do
        save "$server" "$case"
    done
done
for case in "${cases[@]}"; do
    kubectl delete deploy -n "capture-$case" --all --wait=false >/dev/null
done
