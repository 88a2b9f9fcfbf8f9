#!/usr/bin/env bash
# deployment.sh NAME: prints a Deployment of that server as it is usually shipped: as the image says, without a
# securityContext. It is ready when its probe has exercised the program. deployment.sh --list names all servers.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/images/images.sh"

# The ports that the image's configuration names, if any, as lines that go on after the one before.
container_ports() {
    local ports port protocol
    mapfile -t ports < <(field "$1" ExposedPorts | grep -o '[0-9]*/[a-z]*')
    [ ${#ports[@]} != 0 ] || return 0
    printf '\n        ports:'
    for port in "${ports[@]}"; do
        protocol=${port#*/}
        printf '\n        - {containerPort: %s, protocol: %s}' "${port%/*}" "${protocol^^}"
    done
}

if [ "${1:-}" = --list ]; then
    all_servers
    exit
fi
[ $# = 1 ] || die "which server?" "$0 NAME, one of: $(all_servers | paste -s -d ' ')"
recipe_of "$1" >/dev/null
cat <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $1
  labels: {app: $1}
spec:
  selector:
    matchLabels: {app: $1}
  template:
    metadata:
      labels: {app: $1}
    spec:
      terminationGracePeriodSeconds: 3
      containers:
      - name: $1
        image: $(image_name "$1")
        imagePullPolicy: Never$(container_ports "$1")
        readinessProbe:
          exec: {command: [/probe]}
          periodSeconds: 5
          timeoutSeconds: 10
END
