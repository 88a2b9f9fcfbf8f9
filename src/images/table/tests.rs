use proptest::prelude::*;

use super::*;
use crate::images::{Ids, StaysRoot, User};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn facts(image: &str) -> Option<Facts> {
    well_known(&Reference::parse(image)?)
}

fn ids(image: &str) -> Option<(i64, Option<i64>)> {
    let Ids { uid, gid } = facts(image)?.ids?.value;
    Some((uid, gid))
}

#[test]
fn official_images_are_found_wherever_they_are_mirrored() {
    for image in [
        "nginx",
        "nginx:1.27-alpine",
        "library/nginx",
        "docker.io/nginx",
        "docker.io/library/nginx:1.27",
        "index.docker.io/library/nginx",
        "registry-1.docker.io/library/nginx",
        "registry-1.docker.io/nginx",
        "public.ecr.aws/docker/library/nginx",
        "mirror.gcr.io/library/nginx",
        "registry.example:5000/library/nginx",
        "registry.example/team/library/nginx",
        "mirror.corp/dockerhub/nginx",
        "registry.example/dockerhub/nginx:1.27",
        "registry.example/docker-hub/nginx",
        "registry.example/docker.io/nginx",
        "registry.example/mirror/docker.io/nginx",
        "registry.example/dockerhub-proxy/nginx",
        "registry.example/docker-remote/nginx",
        "mirror.corp/nginx",
        "dockerhub-cache.corp:5000/nginx",
        "docker-proxy.corp/nginx",
    ] {
        assert_eq!(ids(image), Some((101, Some(101))), "{image}");
    }
}

#[test]
fn builds_of_others_are_not_known() {
    for image in [
        "mycorp/nginx",
        "mirror/nginx",
        "registry.example/nginx",
        "registry.example/team/nginx",
        "registry.example:5000/nginx",
        "registry.example/proxy/team/nginx",
        "mirror.corp/team/nginx",
        "localhost:5000/nginx",
        "proxyteam.corp/nginx",
        "registry.example/docker/nginx",
        "nginx/nginx",
        "nginx-custom",
        "Nginx",
        "registry.example/library",
        "registry.example/pause",
        "grafana",
        "registry.example/grafana",
    ] {
        assert_eq!(facts(image), None, "{image}");
    }
}

#[test]
fn names_of_two_parts_are_found_in_every_registry() {
    for (image, uid) in [
        ("grafana/grafana:11.0.0", 472),
        ("mirror.corp/dockerhub/grafana/grafana", 472),
        ("registry.example:5000/grafana/grafana", 472),
        ("registry.k8s.io/ingress-nginx/controller:v1.11", 101),
        ("ghcr.io/some/mirror/ingress-nginx/controller", 101),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.15.0", 1000),
        ("bitnami/redis:7.4", 1001),
        ("public.ecr.aws/bitnami/postgresql", 1001),
        ("docker.io/bitnamilegacy/kafka", 1001),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", 1654),
        ("gcr.io/distroless/java21:nonroot", 65532),
    ] {
        assert_eq!(ids(image).map(|(uid, _)| uid), Some(uid), "{image}");
    }
    for image in [
        "registry.k8s.io/kube-proxy:v1.36.2",
        "mirror.corp/registry.k8s.io/kube-proxy",
    ] {
        let stays = facts(image).and_then(|facts| facts.stays_root);
        assert_eq!(
            stays.map(|root| root.value),
            Some(StaysRoot::Always),
            "{image}"
        );
    }
}

#[test]
fn a_tag_tells_the_variant() {
    for (image, expected) in [
        ("postgres:16-alpine", Some((70, Some(70)))),
        ("postgres:16", Some((999, Some(999)))),
        ("redis:7-alpine", Some((999, Some(1000)))),
        ("redis:7-bookworm", Some((999, Some(999)))),
        ("httpd:2.4-alpine", Some((82, Some(82)))),
        ("php:8.4-fpm-alpine", Some((82, Some(82)))),
        ("php:8.4-apache", Some((33, Some(33)))),
        ("php:8.4", None),
        ("influxdb:1.8", None),
        ("influxdb:2.7-alpine", Some((1000, Some(1000)))),
        ("influxdb:3-core", Some((1500, Some(1500)))),
        ("influxdb", None),
        ("gcr.io/distroless/static", None),
        ("mcr.microsoft.com/dotnet/runtime:6.0", None),
        (
            "mcr.microsoft.com/dotnet/runtime:10.0-noble-chiseled",
            Some((1654, Some(1654))),
        ),
    ] {
        assert_eq!(ids(image), expected, "{image}");
    }
    let dirs = |image| {
        let facts = facts(image).unwrap_or_default();
        let words = |dirs: Option<Vec<String>>| dirs.unwrap_or_default().join(" ");
        (words(facts.writable), words(facts.filled))
    };
    // Up to 17 the data directory itself is the volume, and has to belong to the uid.
    let owned = ("/var/run/postgresql", "/var/lib/postgresql/data");
    let above = ("/var/lib/postgresql /var/run/postgresql", "");
    for (image, (writable, filled)) in [
        ("postgres:9.6", owned),
        ("postgres:17-alpine", owned),
        ("postgres:18", above),
        ("postgres:18.1-alpine3.23", above),
        ("postgres", above),
    ] {
        assert_eq!(dirs(image), (writable.into(), filled.into()), "{image}");
    }
}

#[test]
fn with_a_digest_alone_only_what_variants_agree_on_is_known() {
    assert_eq!(
        ids(&format!("postgres:16-alpine@{DIGEST}")),
        Some((70, Some(70)))
    );
    assert_eq!(ids(&format!("nginx@{DIGEST}")), Some((101, Some(101))));
    let postgres = facts(&format!("postgres@{DIGEST}")).unwrap_or_default();
    assert_eq!(postgres.ids, None);
    assert_eq!(
        postgres.writable,
        Some(vec!["/var/run/postgresql".to_owned()])
    );
    assert_eq!(postgres.user.map(|user| user.value), Some(User::Unset));
    let fluentd = facts(&format!("fluent/fluentd@{DIGEST}")).unwrap_or_default();
    assert!(fluentd.is_agent);
    assert!(matches!(
        fluentd.user.map(|user| user.origin),
        Some(Origin::Table {
            row: "fluent/fluentd",
            is_verified: false
        })
    ));
}

#[test]
fn a_row_becomes_facts() {
    let caddy = facts("caddy:2").unwrap_or_default();
    let origin = Origin::Table {
        row: "caddy",
        is_verified: true,
    };
    assert_eq!(caddy.user.as_ref().map(|user| &user.origin), Some(&origin));
    let words = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect());
    assert_eq!(caddy.low_ports, Some(vec![80, 443]));
    assert_eq!(caddy.file_capabilities, words(&["NET_BIND_SERVICE"]));
    assert_eq!(caddy.writable, words(&["/config", "/data"]));
    assert_eq!(caddy.filled, None);
    let kafka = facts("apache/kafka").unwrap_or_default();
    assert_eq!(kafka.filled, words(&["/opt/kafka/config"]));
    let user = |image| facts(image)?.user.map(|user| user.value);
    assert_eq!(user("haproxy"), Some(User::Name("haproxy".to_owned())));
    assert_eq!(user("otel/opentelemetry-collector"), Some(User::Uid(10001)));
}

/// The images that the table began with.
#[test]
fn the_first_images_are_known() {
    for (image, uid) in [
        ("nginx", 101),
        ("nginxinc/nginx-unprivileged", 101),
        ("registry.k8s.io/ingress-nginx/controller", 101),
        ("httpd", 33),
        ("caddy", 1000),
        ("traefik", 65532),
        ("haproxy", 99),
        ("envoyproxy/envoy:v1.30", 101),
        ("varnish", 1000),
        ("redis", 999),
        ("redis:alpine", 999),
        ("valkey/valkey", 999),
        ("memcached", 11211),
        ("postgres", 999),
        ("postgres:alpine", 70),
        ("ghcr.io/cloudnative-pg/postgresql", 26),
        ("mysql", 999),
        ("mariadb", 999),
        ("mongo", 999),
        ("rabbitmq", 999),
        ("rabbitmq:alpine", 100),
        ("apache/kafka", 1000),
        ("quay.io/strimzi/kafka", 1001),
        ("zookeeper", 1000),
        ("docker.elastic.co/elasticsearch/elasticsearch", 1000),
        ("grafana/grafana", 472),
        ("prom/prometheus", 65534),
        ("prom/alertmanager", 65534),
        ("prom/node-exporter", 65534),
        ("grafana/loki", 10001),
        ("otel/opentelemetry-collector-contrib", 10001),
        ("fluent/fluent-bit", 65532),
        ("fluent/fluentd:v1.19-debian", 999),
        ("telegraf", 999),
        ("influxdb:2.7", 1000),
        ("influxdb:3-core", 1500),
        ("jenkins/jenkins", 1000),
        ("sonarqube", 1000),
        ("hashicorp/vault", 100),
        ("hashicorp/consul", 100),
        ("gcr.io/etcd-development/etcd", 65532),
        ("coredns/coredns", 65532),
        ("minio/minio", 1000),
        ("registry", 1000),
        ("nats", 1000),
        ("eclipse-mosquitto", 1883),
        ("cassandra", 999),
        ("couchdb", 5984),
        ("solr", 8983),
        ("neo4j:5", 7474),
        ("clickhouse/clickhouse-server", 101),
        ("wordpress", 33),
        ("php:apache", 33),
        ("php:fpm", 33),
        ("drupal", 33),
        ("nextcloud", 33),
        ("ghost", 1000),
        ("adminer", 100),
        ("node", 1000),
        ("tomcat", 1000),
        ("mcr.microsoft.com/dotnet/runtime:9.0", 1654),
        ("mcr.microsoft.com/dotnet/aspnet:10.0", 1654),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled", 1654),
        ("gcr.io/distroless/static:nonroot", 65532),
        ("kong", 1000),
        ("quay.io/keycloak/keycloak", 1000),
        ("quay.io/argoproj/argocd", 999),
        ("quay.io/jetstack/cert-manager-controller", 65532),
        ("quay.io/oauth2-proxy/oauth2-proxy", 65532),
        ("temporalio/server", 1000),
        ("apache/airflow", 50000),
        ("gitea/gitea:rootless", 1000),
        ("metabase/metabase", 2000),
        ("n8nio/n8n", 1000),
        ("bitnami/redis", 1001),
        ("bitnami/postgresql", 1001),
    ] {
        assert_eq!(ids(image).map(|(uid, _)| uid), Some(uid), "{image}");
    }
    for image in [
        "python:slim",
        "eclipse-temurin",
        "busybox",
        "alpine",
        "debian",
        "ubuntu",
    ] {
        assert_eq!(facts(image).map(|facts| facts.ids), Some(None), "{image}");
    }
    let promtail = facts("grafana/promtail").unwrap_or_default();
    assert_eq!(
        promtail.stays_root.map(|root| root.value),
        Some(StaysRoot::WithHostPath)
    );
}

proptest! {
    #[test]
    fn no_string_panics(text in any::<String>()) {
        let _ = facts(&text);
    }

    #[test]
    fn no_reference_panics(text in "([a-z.:5/]{0,12}/)?(library/)?(nginx|redis|php|bitnami/x|distroless/y)(:[a-z0-9.-]{0,9})?") {
        let _ = facts(&text);
    }
}
