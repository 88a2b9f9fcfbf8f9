# shellcheck shell=bash
# Sourced: Debian's containerd with runc and the bridge plugin, out of the cache directory.
# shellcheck disable=SC2154 # the names come from node.sh

node_packages=(containerd runc libseccomp2 containernetworking-plugins)

# use_packages: sets the words before a command that give it the programs and libraries of the node's packages.
use_packages() {
    local package libraries
    for package in "${node_packages[@]}"; do
        unpacked "$package" >/dev/null
    done
    libraries=("$cache_dir"/debian/libseccomp2/usr/lib/*-linux-gnu*)
    with_packages=(env "PATH=$cache_dir/debian/containerd/usr/bin:$cache_dir/debian/runc/usr/sbin:$PATH" "LD_LIBRARY_PATH=${libraries[0]}")
}

ctr() {
    "${with_packages[@]}" ctr -a "$socket" -n k8s.io "$@"
}

containerd_version() {
    "${with_packages[@]}" containerd --version | awk '{ print $3 }'
}

# restrict_oom_score_adj: a small virtual machine may have no CAP_SYS_RESOURCE.
configure_containerd() {
    mkdir -p "$node_state/cni" "$runtime_dir"
    cat >"$node_state/containerd.toml" <<END
version = 2
root = "$node_state/containerd"
state = "$runtime_dir/containerd"
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$(image_name pause)"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = $low_ports_are_open
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$cache_dir/debian/containernetworking-plugins/usr/lib/cni"
    conf_dir = "$node_state/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "$cache_dir/debian/runc/usr/sbin/runc"
      Root = "$runtime_dir/runc"
      SystemdCgroup = false
END
    cat >"$node_state/cni/10-bridge.conflist" <<END
{"cniVersion": "0.4.0", "name": "$bridge", "plugins": [{"type": "bridge", "bridge": "$bridge", "isGateway": true, "ipMasq": false,
 "ipam": {"type": "host-local", "dataDir": "$node_state/addresses", "ranges": [[{"subnet": "$subnet"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
END
}

start_containerd() {
    start containerd "${with_packages[@]}" containerd --config "$node_state/containerd.toml"
    wait_for containerd 30 "containerd answers" ctr version
}

# load_image NAME: builds it if need be, and hands it to containerd if it does not have this very one.
load_image() {
    local digest
    [ -e "$(image_cache "$1")/index.json" ] || "$images_dir/build.sh" "$1" >&2
    digest=$(grep -o 'sha256:[0-9a-f]*' "$(image_cache "$1")/index.json")
    ! ctr images ls "name==$(image_name "$1")" | grep -qw "$digest" || return 0
    image_archive "$1" | ctr images import - >/dev/null || die "containerd does not take the image $1"
}

# image_archive NAME: what containerd needs of its layout, without the layers that it has.
image_archive() {
    local there=()
    mapfile -t there < <(ctr content ls -q | sed 's|^sha256:|--exclude=blobs/sha256/|')
    tar -C "$(image_cache "$1")" "${there[@]}" -cf - oci-layout index.json blobs
}

# Containers end with the node, without the kubelet's 30 s.
end_containers() {
    local pid tries=100
    for pid in $(processes_in_cgroups); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    while [ -n "$(processes_in_cgroups)" ] && [ "$tries" != 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
    for pid in /proc/[0-9]*; do
        end_shim "${pid#/proc/}"
    done
}

# end_shim PID: if it is one of this containerd, whose socket its command line names. Its own socket is in a directory
# that all of them share, under the hash of what it serves.
end_shim() {
    local words index name
    mapfile -d '' -t words 2>/dev/null <"/proc/$1/cmdline" || return 0
    [[ "${words[*]}" == *containerd-shim*"$socket"* ]] || return 0
    kill -KILL "$1" 2>/dev/null || true
    for index in "${!words[@]}"; do
        [ "${words[index]}" = -id ] || continue
        name=$(printf %s "$socket/k8s.io/${words[index + 1]}" | sha256sum | cut -d ' ' -f 1)
        rm -f "/run/containerd/s/$name"
    done
}
