//! Data that outlives pods.

use serde_json::Value;

use super::case::{Case, Pods, listed};

/// Volumes that a node holds at a time: <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>
pub(super) fn surge_volume(case: &Case<'_>) -> Vec<String> {
    let Some(rolling) = case.rolling().filter(|rolling| rolling.surge > 0) else {
        return Vec::new();
    };
    let first = match rolling.unavailable {
        0 => ", and maxUnavailable 0 keeps the old ones until then",
        _ => "",
    };
    let claims = case.pods.iter().flat_map(shared_claims);
    let message = |claim: String| {
        let mode = only_mode(case, &claim)?;
        let waits = match mode {
            "ReadWriteOncePod" => "a new pod waits until the old one is gone",
            _ => "a new pod on another node than the old ones waits for the volume",
        };
        Some(format!("claim {claim} is {mode}: {waits}{first}"))
    };
    claims.filter_map(message).collect()
}

/// The mode by which one node or one pod holds a claim, if no other mode lets more.
fn only_mode(case: &Case<'_>, claim: &str) -> Option<&'static str> {
    let named = |found: &&Value| {
        let text = |pointer: &str| found.pointer(pointer).and_then(Value::as_str);
        text("/metadata/name") == Some(claim)
            && text("/metadata/namespace").unwrap_or_default() == case.text("/metadata/namespace")
    };
    let claim = case.around.claims.iter().find(named)?;
    let modes = claim.pointer("/spec/accessModes")?.as_array()?;
    let has = |mode: &str| modes.iter().any(|other| other.as_str() == Some(mode));
    match () {
        () if has("ReadWriteMany") || has("ReadOnlyMany") => None,
        () if has("ReadWriteOncePod") => Some("ReadWriteOncePod"),
        () if has("ReadWriteOnce") => Some("ReadWriteOnce"),
        () => None,
    }
}

/// <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods>
pub(super) fn fs_group(case: &Case<'_>) -> Vec<String> {
    let changed = case
        .pods
        .iter()
        .filter(|pods| case.changes(pods, "fsGroup"));
    let message = |pods: &Pods<'_>| {
        let claims = kept(case, pods);
        let policy = pods.spec.pointer("/securityContext/fsGroupChangePolicy");
        let when = match policy.and_then(Value::as_str) {
            Some("OnRootMismatch") => "once",
            _ => "at every mount",
        };
        (!claims.is_empty()).then(|| {
            format!(
                "fsGroup changes the group of all files in {} {when}: this can take long, and setting the field back does not undo it",
                shown(&claims)
            )
        })
    };
    changed.filter_map(message).collect()
}

pub(super) fn file_owner(case: &Case<'_>) -> Vec<String> {
    let message = |pods: &Pods<'_>| {
        let claims = kept(case, pods);
        (!claims.is_empty()).then(|| {
            format!(
                "the user changes, and what the old one wrote to {}, root too, may be closed to the new one",
                shown(&claims)
            )
        })
    };
    other_user(case).filter_map(message).collect()
}

/// <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>: `fsGroup` does not reach what is the node's.
pub(super) fn host_path(case: &Case<'_>) -> Vec<String> {
    let message = |pods: &Pods<'_>| {
        let paths: Vec<_> = volumes(pods)
            .filter_map(|volume| volume.pointer("/hostPath/path")?.as_str())
            .map(str::to_owned)
            .collect();
        (!paths.is_empty()).then(|| {
            format!(
                "the user changes and hostPath {} stays as the node has it, fsGroup or not: the new user may not be able to write there",
                listed(&paths)
            )
        })
    };
    other_user(case).filter_map(message).collect()
}

fn other_user<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = &'c Pods<'a>> {
    let is_other = |pods: &&Pods<'_>| {
        ["runAsUser", "runAsGroup"]
            .iter()
            .any(|field| case.changes(pods, field))
    };
    case.pods.iter().filter(is_other)
}

fn volumes<'a>(pods: &Pods<'a>) -> impl Iterator<Item = &'a Value> + use<'a> {
    let volumes = pods.spec.get("volumes").and_then(Value::as_array);
    volumes.into_iter().flatten()
}

/// The claims that all pods of a template share.
fn shared_claims(pods: &Pods<'_>) -> impl Iterator<Item = String> {
    let claims = volumes(pods).filter_map(|volume| {
        let claim = volume.pointer("/persistentVolumeClaim/claimName")?;
        claim.as_str().map(str::to_owned)
    });
    claims.collect::<Vec<_>>().into_iter()
}

/// What keeps its files when pods are replaced: shared claims, and those that a StatefulSet makes for each pod. An
/// ephemeral volume goes with its pod.
fn kept(case: &Case<'_>, pods: &Pods<'_>) -> Vec<String> {
    let templates = case
        .at("/spec/volumeClaimTemplates")
        .and_then(Value::as_array);
    let own = templates.into_iter().flatten().filter_map(|template| {
        template
            .pointer("/metadata/name")?
            .as_str()
            .map(str::to_owned)
    });
    shared_claims(pods).chain(own).collect()
}

/// `claim data`, `claims data, wal`.
fn shown(claims: &[String]) -> String {
    let thing = if claims.len() == 1 { "claim" } else { "claims" };
    format!("{thing} {}", listed(claims))
}

#[cfg(test)]
mod tests {
    use crate::rollout::FieldPath;
    use crate::rollout::risks::testing::{object, said};
    use crate::rollout::risks::{Surroundings, risks};
    use serde_json::{Value, json};

    fn with_volume(kind: &str, volume: Value, more: Value) -> Value {
        let mut spec =
            json!({"template": {"spec": {"volumes": [volume, {"name": "tmp", "emptyDir": {}}]}}});
        let more = more.as_object().expect("fields").clone();
        spec.as_object_mut().expect("fields").extend(more);
        object(kind, spec)
    }

    fn claim() -> Value {
        json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}})
    }

    fn says(object: &Value, around: &Surroundings, changes: &[&str], id: &str) -> String {
        let changes: Vec<FieldPath> = changes
            .iter()
            .map(|text| text.parse().expect("a path"))
            .collect();
        said(&risks(object, around, &changes), id)
    }

    #[test]
    fn new_pods_wait_for_volumes() {
        let around = |namespace: &str, modes: &[&str]| Surroundings {
            claims: vec![
                json!({"metadata": {"name": "data", "namespace": namespace}, "spec": {"accessModes": modes}}),
            ],
            ..Surroundings::default()
        };
        let recreate = json!({"strategy": {"type": "Recreate"}});
        let first = json!({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}});
        let some = json!({"replicas": 8});
        let none = json!({});
        let once = around("shop", &["ReadWriteOnce"]);
        let cases = [
            (
                claim(),
                &none,
                once.clone(),
                "claim data is ReadWriteOnce: a new pod on another node than the old ones waits for the volume, and maxUnavailable 0",
            ),
            (claim(), &some, once.clone(), "waits for the volume"),
            (
                claim(),
                &none,
                around("shop", &["ReadWriteOncePod"]),
                "until the old one is gone",
            ),
            (
                claim(),
                &none,
                around("shop", &["ReadWriteOnce", "ReadWriteMany"]),
                "",
            ),
            (claim(), &none, around("shop", &["ReadOnlyMany"]), ""),
            (claim(), &none, around("other", &["ReadWriteOnce"]), ""),
            (claim(), &none, Surroundings::default(), ""),
            (claim(), &recreate, once.clone(), ""),
            (claim(), &first, once.clone(), ""),
            (
                json!({"name": "data", "ephemeral": {}}),
                &none,
                once.clone(),
                "",
            ),
        ];
        for (volume, more, around, wanted) in cases {
            let object = with_volume("apps/v1 Deployment", volume, more.clone());
            let said = says(&object, &around, &[], "surge-volume");
            assert!(
                said.contains(wanted) && said.is_empty() == wanted.is_empty(),
                "{said}"
            );
        }
        let set = with_volume("apps/v1 StatefulSet", claim(), none);
        assert_eq!(says(&set, &once, &[], "surge-volume"), "");
    }

    #[test]
    fn files_stay_behind() {
        let none = Surroundings::default();
        let templates = json!({"volumeClaimTemplates": [{"metadata": {"name": "wal"}}]});
        let claims = with_volume("apps/v1 StatefulSet", claim(), templates);
        let pod = "spec.template.spec.securityContext";
        let group = format!("{pod}.fsGroup");
        let user = "spec.template.spec.containers[name=app].securityContext.runAsUser";
        let said = says(&claims, &none, &[&group], "fs-group");
        assert!(
            said.contains("all files in claims data, wal at every mount"),
            "{said}"
        );
        assert_eq!(says(&claims, &none, &[user], "fs-group"), "");
        let said = says(&claims, &none, &[user], "file-owner");
        assert!(
            said.contains("wrote to claims data, wal, root too"),
            "{said}"
        );
        assert_eq!(says(&claims, &none, &[&group], "file-owner"), "");
        assert_eq!(
            says(
                &claims,
                &none,
                &["spec.other.securityContext.runAsUser"],
                "file-owner"
            ),
            ""
        );

        let mut once = with_volume("apps/v1 Deployment", claim(), json!({}));
        once["spec"]["template"]["spec"]["securityContext"] =
            json!({"fsGroupChangePolicy": "OnRootMismatch"});
        assert!(says(&once, &none, &[&group], "fs-group").contains("claim data once:"));

        let bare = with_volume(
            "apps/v1 Deployment",
            json!({"name": "x", "ephemeral": {}}),
            json!({}),
        );
        for id in ["fs-group", "file-owner", "host-path"] {
            assert_eq!(says(&bare, &none, &[&group, user], id), "", "{id}");
        }
    }

    #[test]
    fn nodes_keep_what_is_theirs() {
        let none = Surroundings::default();
        let host = with_volume(
            "apps/v1 DaemonSet",
            json!({"name": "log", "hostPath": {"path": "/var/log"}}),
            json!({}),
        );
        let said = says(
            &host,
            &none,
            &["spec.template.spec.securityContext.runAsUser"],
            "host-path",
        );
        assert!(said.contains("hostPath /var/log stays"), "{said}");
        assert_eq!(
            says(
                &host,
                &none,
                &["spec.template.spec.securityContext.fsGroup"],
                "host-path"
            ),
            ""
        );
    }

    #[test]
    fn custom_resources_are_read_where_they_change() {
        let spec = json!({"roles": [{"pod": {"spec": {"volumes": [claim()]}}}]});
        let custom = object("example.com/v1 App", spec);
        let change = "spec.roles[0].pod.spec.securityContext.runAsUser";
        let said = says(&custom, &Surroundings::default(), &[change], "file-owner");
        assert!(said.contains("wrote to claim data,"), "{said}");
    }
}
