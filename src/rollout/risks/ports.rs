//! Ports of nodes.

use serde_json::Value;

use super::case::Case;

/// Two pods with one host port do not fit on a node, so a new pod may wait for the old one, which waits for it.
pub(super) fn surge_port(case: &Case<'_>) -> Vec<String> {
    let Some(rolling) = case.rolling().filter(|rolling| rolling.surge > 0) else {
        return Vec::new();
    };
    let mut messages = Vec::new();
    for pods in &case.pods {
        let is_of_host = pods.spec.get("hostNetwork") == Some(&Value::Bool(true));
        let ports = host_ports(pods.spec, is_of_host);
        let what = match ports.as_slice() {
            [] if is_of_host => "hostNetwork".to_owned(),
            [] => continue,
            [port] => format!("host port {port}"),
            ports => format!("host ports {}", ports.join(", ")),
        };
        let stuck = match rolling.unavailable {
            0 => ", and maxUnavailable 0 keeps the old ones",
            _ => "",
        };
        messages.push(format!(
            "{what}: a new pod waits for a node without an old one (maxSurge {}){stuck}",
            rolling.surge
        ));
    }
    messages
}

/// The API server gives every port of a pod on the host's network a host port.
fn host_ports(spec: &Value, is_of_host: bool) -> Vec<String> {
    let containers = spec.get("containers").and_then(Value::as_array);
    let ports = containers.into_iter().flatten().filter_map(|container| {
        let ports = container.get("ports")?.as_array()?;
        Some(ports.iter())
    });
    let of_node = ports.flatten().filter_map(|port| {
        let set = port
            .get("hostPort")
            .and_then(Value::as_i64)
            .filter(|port| *port > 0);
        let own = port.get("containerPort").and_then(Value::as_i64);
        set.or(own.filter(|_| is_of_host))
    });
    of_node.map(|port| port.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use crate::rollout::risks::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn host_ports_and_more_pods_do_not_fit() {
        let spec = |is_of_host: bool, port: Value, strategy: Value| {
            json!({"replicas": 4, "strategy": strategy, "template": {"spec": {
                "hostNetwork": is_of_host, "containers": [{"name": "a", "ports": [port]}],
            }}})
        };
        let no_surge = json!({"rollingUpdate": {"maxSurge": 0}});
        let kept = json!({"rollingUpdate": {"maxUnavailable": 0}});
        let host = json!({"containerPort": 80, "hostPort": 8080});
        let own = json!({"containerPort": 80});
        table(
            "surge-port",
            vec![
                (
                    "apps/v1 Deployment",
                    spec(false, host.clone(), json!({})),
                    "host port 8080: a new pod waits for a node without an old one (maxSurge 1)",
                ),
                (
                    "apps/v1 Deployment",
                    spec(false, host.clone(), kept),
                    "maxUnavailable 0 keeps",
                ),
                (
                    "apps/v1 Deployment",
                    spec(false, host.clone(), no_surge),
                    "",
                ),
                (
                    "apps/v1 Deployment",
                    spec(false, own.clone(), json!({})),
                    "",
                ),
                (
                    "apps/v1 Deployment",
                    spec(true, own.clone(), json!({})),
                    "host port 80",
                ),
                (
                    "apps/v1 Deployment",
                    spec(true, json!({}), json!({})),
                    "hostNetwork",
                ),
                (
                    "apps/v1 Deployment",
                    spec(true, own, json!({"type": "Recreate"})),
                    "",
                ),
                (
                    "apps/v1 StatefulSet",
                    spec(false, host.clone(), json!({})),
                    "",
                ),
                ("apps/v1 DaemonSet", spec(false, host, json!({})), ""),
            ],
        );
    }
}
