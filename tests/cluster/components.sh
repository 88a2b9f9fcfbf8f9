# shellcheck shell=bash
# Sourced: the programs of one cluster with their flags, each with what it takes to be called ready.
# shellcheck disable=SC2154 # state, bin_dir and cluster_dir come from the script that sources this

kubectl() {
    "$bin_dir/kubectl" --kubeconfig "$state/kubeconfig" --request-timeout=5s "$@"
}

# Without fsync: the data does not have to survive the machine.
start_etcd() {
    local client peer
    client=http://127.0.0.1:$(port_of etcd-client)
    peer=http://127.0.0.1:$(port_of etcd-peer)
    start etcd "$bin_dir/etcd" --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"
}

# Admission is as it is by default: PodSecurity is on and enforces what a namespace's labels say.
start_apiserver() {
    local pki=$state/pki
    start kube-apiserver "$bin_dir/kube-apiserver" --etcd-servers "http://127.0.0.1:$(port_of etcd-client)" \
        --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$(port_of kube-apiserver)" \
        --endpoint-reconciler-type none --service-cluster-ip-range 10.96.0.0/24 --allow-privileged \
        --tls-cert-file "$pki/kube-apiserver.crt" --tls-private-key-file "$pki/kube-apiserver.key" \
        --client-ca-file "$pki/ca.crt" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$pki/service-accounts.pub" \
        --service-account-signing-key-file "$pki/service-accounts.key" \
        --kubelet-client-certificate "$pki/kubelet-client.crt" --kubelet-client-key "$pki/kubelet-client.key" \
        --kubelet-certificate-authority "$pki/ca.crt" --kubelet-preferred-address-types Hostname \
        --shutdown-watch-termination-grace-period 1s \
        --audit-policy-file "$cluster_dir/audit-policy.yaml" --audit-log-path "$state/log/audit.log"
    wait_for kube-apiserver 60 "the API server is ready" kubectl get --raw /readyz
}

# Nodes count as lost after 10 minutes only: a test that stops the API server for a while is not about lost nodes.
start_controller_manager() {
    start kube-controller-manager "$bin_dir/kube-controller-manager" --secure-port 0 --leader-elect=false \
        --kubeconfig "$state/pki/kube-controller-manager.kubeconfig" --use-service-account-credentials \
        --service-account-private-key-file "$state/pki/service-accounts.key" --root-ca-file "$state/pki/ca.crt" \
        --node-monitor-grace-period 10m --kube-api-qps 200 --kube-api-burst 400
}

start_scheduler() {
    start kube-scheduler "$bin_dir/kube-scheduler" --secure-port 0 --leader-elect=false \
        --kubeconfig "$state/pki/kube-scheduler.kubeconfig"
}

# kwok keeps nodes alive by their status alone: with leases, a restarted one would wait for the old one's to expire.
start_kwok() {
    local kubeconfig=$state/pki/kwok.kubeconfig stages=()
    for file in "$cluster_dir"/stages/*.yaml; do
        stages+=(--config "$file")
    done
    start kwok "$bin_dir/kwok" --kubeconfig "$kubeconfig" "${stages[@]}" --node-lease-duration-seconds 0 \
        --manage-nodes-with-label-selector harden.test/node=kwok --node-ip 127.0.0.1 --cidr 10.128.0.0/16
}

nodes_are_ready() {
    [ "$(kubectl get nodes -l harden.test/node=kwok -o jsonpath='{.items[*].status.conditions[?(@.type=="Ready")].status}')" = "True True True" ] &&
        [ -z "$(kubectl get nodes -l harden.test/node=kwok -o jsonpath='{.items[*].spec.taints}')" ]
}
