# shellcheck shell=bash
# Sourced: what a node changes outside its directory: sysctls, cgroups, a bridge, mounts. All of it is undone.
# shellcheck disable=SC2154 # the names come from node.sh

# The kubelet and the bridge plugin set these.
node_sysctls=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys
    kernel.keys.root_maxbytes net.ipv4.ip_forward)

# Nodes of several clusters share the machine: the first writes down how it was, the last restores it.
save_sysctls() {
    mkdir -p "$cache_dir/nodes"
    {
        flock 6
        forget_gone_nodes
        [ -s "$cache_dir/nodes.sysctls" ] || sysctl -e "${node_sysctls[@]}" 2>/dev/null | tr -d ' ' >"$cache_dir/nodes.sysctls"
        echo "$state" >"$cache_dir/nodes/${bridge#harden}"
    } 6>"$cache_dir/nodes.lock"
}

restore_sysctls() {
    {
        flock 6
        rm -f "$cache_dir/nodes/${bridge#harden}"
        forget_gone_nodes
        if [ -z "$(ls -A "$cache_dir/nodes" 2>/dev/null)" ] && [ -s "$cache_dir/nodes.sysctls" ]; then
            sysctl -q -p "$cache_dir/nodes.sysctls"
            rm "$cache_dir/nodes.sysctls"
        fi
    } 6>"$cache_dir/nodes.lock"
}

# A machine that was switched off has no nodes left, and their directories may be gone as well.
forget_gone_nodes() {
    local file
    for file in "$cache_dir"/nodes/*; do
        [ ! -e "$file" ] || [ -e "$(<"$file")/node" ] || rm -f "$file"
    done
}

# The hierarchies of cgroup v1, or the one of v2.
cgroup_roots() {
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts
}

# The kubelet wants its root to be there.
create_cgroups() {
    local root
    for root in $(cgroup_roots); do
        mkdir -p "$root/$cgroup" || die "$root/$cgroup cannot be made" "a real node needs cgroups that root may write to"
        [ ! -e "$root/$cgroup/cpuset.mems" ] || [ -e "$root/cgroup.controllers" ] || {
            cat "$root/cpuset.cpus" >"$root/$cgroup/cpuset.cpus"
            cat "$root/cpuset.mems" >"$root/$cgroup/cpuset.mems"
        }
    done
}

processes_in_cgroups() {
    local root
    for root in $(cgroup_roots); do
        find "$root/$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null
    done | sort -u
}

# Mounts below a directory, the innermost first.
mounts_below() {
    awk -v below="$1/" 'index($2 "/", below) == 1 { print $2 }' /proc/mounts | sort -r
}

release_machine() {
    local path root
    for path in $(mounts_below "$node_state") $(mounts_below "$runtime_dir"); do
        umount -l "$path" 2>/dev/null || true
    done
    ! ip link show "$bridge" >/dev/null 2>&1 || ip link delete "$bridge"
    for root in $(cgroup_roots); do
        [ ! -d "$root/$cgroup" ] || find "$root/$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    restore_sysctls
}
