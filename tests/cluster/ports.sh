# shellcheck shell=bash
# Sourced: free ports for a cluster. Ten at once, below the range from which outgoing connections get theirs, and reserved
# by a file, so that clusters that start together, or one whose API server is stopped, keep out of each other's way.
# shellcheck disable=SC2154 # cache_dir and state come from the script that sources this

is_listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A reservation counts as long as the cluster that made it still says that it has these ports.
is_reserved() {
    local owner
    [ -s "$cache_dir/ports/$1" ] || return 1
    owner=$(<"$cache_dir/ports/$1")
    [ "$(cat "$owner/ports" 2>/dev/null)" = "$1" ]
}

is_free() {
    local port
    ! is_reserved "$1" || return 1
    for port in $(seq "$1" $(($1 + 9))); do
        ! is_listening "$port" || return 1
    done
}

reserve_ports() {
    local base
    mkdir -p "$cache_dir/ports"
    {
        flock 8
        for _ in $(seq 100); do
            base=$((20000 + 10 * (RANDOM % 1000)))
            is_free "$base" || continue
            echo "$state" >"$cache_dir/ports/$base"
            echo "$base" >"$state/ports"
            return 0
        done
    } 8>"$cache_dir/ports.lock"
    die "found no ten free ports in a row between 20000 and 30000"
}

release_ports() {
    [ ! -s "$state/ports" ] || rm -f "$cache_dir/ports/$(<"$state/ports")" "$state/ports"
}

port_of() {
    local base
    base=$(cat "$state/ports" 2>/dev/null) || die "there is no cluster in $state" "start one with up.sh"
    case $1 in
        kube-apiserver) echo "$base" ;;
        etcd-client) echo $((base + 1)) ;;
        etcd-peer) echo $((base + 2)) ;;
        kubelet) echo $((base + 3)) ;;
    esac
}
