# shellcheck shell=bash
# Sourced: a certificate authority for one cluster, certificates for its programs, and kubeconfigs that contain them.
# shellcheck disable=SC2154 # state comes from the script that sources this

openssl_quietly() {
    openssl "$@" 2>>"$state/log/openssl.log" || failed openssl "openssl $1 failed"
}

new_key() {
    openssl_quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

create_authority() {
    local pki=$state/pki
    mkdir -p "$pki" "$state/log"
    printf '%s\n' '[req]' 'distinguished_name = name' '[name]' '[authority]' 'basicConstraints = critical, CA:true' \
        'keyUsage = critical, keyCertSign, cRLSign' 'subjectKeyIdentifier = hash' >"$pki/openssl.cnf"
    new_key "$pki/ca.key"
    openssl_quietly req -x509 -new -config "$pki/openssl.cnf" -extensions authority -days 365 -subj /CN=kubectl-harden-test \
        -key "$pki/ca.key" -out "$pki/ca.crt"
    new_key "$pki/service-accounts.key"
    openssl_quietly pkey -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub"
}

# create_certificate NAME SUBJECT USAGE [ALTERNATIVE_NAMES]
create_certificate() {
    local file=$state/pki/$1
    new_key "$file.key"
    openssl_quietly req -new -config "$state/pki/openssl.cnf" -subj "$2" -key "$file.key" -out "$file.csr"
    printf '%s\n' 'keyUsage = critical, digitalSignature' "extendedKeyUsage = $3" ${4:+"subjectAltName = $4"} >"$file.ext"
    openssl_quietly x509 -req -days 365 -extfile "$file.ext" -in "$file.csr" \
        -CA "$state/pki/ca.crt" -CAkey "$state/pki/ca.key" -set_serial "0x$(openssl rand -hex 16)" -out "$file.crt"
    rm -f "$file.csr" "$file.ext"
}

# create_kubeconfig FILE NAME SUBJECT: a new client certificate, inside the file, so that it can be copied elsewhere.
create_kubeconfig() {
    create_certificate "$2" "$3" clientAuth
    cat >"$1" <<END
apiVersion: v1
kind: Config
clusters:
- name: harden-test
  cluster:
    server: https://127.0.0.1:$(port_of kube-apiserver)
    certificate-authority-data: $(base64 -w0 <"$state/pki/ca.crt")
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 <"$state/pki/$2.crt")
    client-key-data: $(base64 -w0 <"$state/pki/$2.key")
contexts:
- name: harden-test
  context: {cluster: harden-test, user: $2}
current-context: harden-test
END
}

create_pki() {
    local pki=$state/pki
    create_authority
    create_certificate kube-apiserver /CN=kube-apiserver serverAuth \
        'DNS:localhost, DNS:kubernetes.default.svc, IP:127.0.0.1, IP:10.96.0.1'
    create_certificate kubelet-client /O=system:masters/CN=kubelet-client clientAuth
    create_kubeconfig "$state/kubeconfig" admin /O=system:masters/CN=admin
    create_kubeconfig "$pki/kube-controller-manager.kubeconfig" kube-controller-manager /CN=system:kube-controller-manager
    create_kubeconfig "$pki/kube-scheduler.kubeconfig" kube-scheduler /CN=system:kube-scheduler
    create_kubeconfig "$pki/kwok.kubeconfig" kwok /O=system:masters/CN=kwok
}
