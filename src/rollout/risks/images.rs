//! Images that may be others after the rollout.

use serde_json::Value;

use super::case::{Case, listed};

/// <https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy>. A tag can be moved, a digest cannot.
pub(super) fn mutable(case: &Case<'_>) -> Vec<String> {
    let of_lists = case.pods.iter().flat_map(|pods| {
        let lists = ["initContainers", "containers"].map(|list| pods.spec.get(list));
        lists.into_iter().flatten().filter_map(Value::as_array)
    });
    let mut images: Vec<String> = Vec::new();
    for container in of_lists.flatten() {
        let text = |key: &str| {
            container
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let image = text("image");
        if may_change(image, text("imagePullPolicy")) && !images.iter().any(|known| known == image)
        {
            images.push(image.to_owned());
        }
    }
    if images.is_empty() {
        return Vec::new();
    }
    let images = listed(&images);
    vec![format!(
        "new pods may get another image than runs now ({images}): a failure may not come from this change"
    )]
}

fn may_change(image: &str, policy: &str) -> bool {
    if image.is_empty() || image.contains('@') || policy == "Never" {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    let tag = last.split_once(':').map_or("latest", |(_, tag)| tag);
    policy == "Always" || tag == "latest"
}

#[cfg(test)]
mod tests {
    use super::may_change;
    use crate::rollout::risks::testing::table;
    use serde_json::json;

    #[test]
    fn digests_stay() {
        let cases = [
            ("web", "", true),
            ("web:latest", "IfNotPresent", true),
            ("host:5000/web", "IfNotPresent", true),
            ("host:5000/web:1", "IfNotPresent", false),
            ("web:1", "", false),
            ("web:1", "Always", true),
            ("web@sha256:0", "Always", false),
            ("web:latest@sha256:0", "Always", false),
            ("web:latest", "Never", false),
            ("", "Always", false),
        ];
        for (image, policy, wanted) in cases {
            assert_eq!(may_change(image, policy), wanted, "{image} {policy}");
        }
    }

    #[test]
    fn they_are_named_once() {
        let images = |images: &[&str]| {
            let containers: Vec<_> = images.iter().map(|image| json!({"image": image})).collect();
            json!({"template": {"spec": {"containers": containers, "initContainers": [{"image": "init:1"}]}}})
        };
        table(
            "mutable-image",
            vec![
                ("apps/v1 Deployment", images(&["web:1"]), ""),
                (
                    "apps/v1 Deployment",
                    images(&["web:1", "web", "web"]),
                    "(web):",
                ),
                (
                    "apps/v1 Deployment",
                    images(&["a", "b", "c", "d", "e"]),
                    "(a, b, c and 2 more)",
                ),
                (
                    "batch/v1 CronJob",
                    json!({"jobTemplate": {"spec": {"template": {"spec": {"initContainers": [{"image": "x"}]}}}}}),
                    "(x)",
                ),
            ],
        );
    }
}
