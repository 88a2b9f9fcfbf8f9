# shellcheck shell=bash
# Sourced: the kubelet of the same Kubernetes as the control plane.
# shellcheck disable=SC2154 # the names and the words before a command come from node.sh

# The node is called localhost, so that exec and logs through the API server stay on loopback.
node_name=localhost

# No names are resolved, and a question is refused at once.
configure_kubelet() {
    local pki=$state/pki
    create_certificate kubelet "/O=system:nodes/CN=system:node:$node_name" serverAuth 'DNS:localhost, IP:127.0.0.1'
    create_kubeconfig "$pki/node.kubeconfig" node "/O=system:nodes/CN=system:node:$node_name"
    mkdir -p "$node_state/kubelet" "$node_state/logs"
    cat >"$node_state/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $(port_of kubelet)
readOnlyPort: 0
healthzPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $pki/kubelet.crt
tlsPrivateKeyFile: $pki/kubelet.key
containerRuntimeEndpoint: unix://$socket
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}
localStorageCapacityIsolation: false
imageGCHighThresholdPercent: 100
maxPods: 200
resolvConf: ""
clusterDNS: [127.0.0.1]
clusterDomain: cluster.local
makeIPTablesUtilChains: false
syncFrequency: 5s
nodeStatusUpdateFrequency: 5s
podLogsDir: $node_state/logs
END
}

start_kubelet() {
    start kubelet "${with_packages[@]}" "$bin_dir/kubelet" --config "$node_state/kubelet.yaml" --kubeconfig "$state/pki/node.kubeconfig" \
        --hostname-override "$node_name" --root-dir "$node_state/kubelet" --cert-dir "$node_state/certificates"
    wait_for kubelet 60 "the node is ready" node_is_ready
}

node_is_ready() {
    [ "$(kubectl get node "$node_name" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}{.spec.taints}')" = True ]
}
