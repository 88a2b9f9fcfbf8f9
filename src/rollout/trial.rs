//! A Job that tries a hardened template before its workload is changed.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// Marks a trial Job, so that one that was left behind can be found.
const LABEL: &str = "kubectl-harden.dev/trial";

/// A day: longer than a night, so that the Job is there when it is looked at, and gone if nobody deletes it.
const KEPT_SECONDS: u32 = 24 * 60 * 60;

/// A name longer than this leaves no room for the index of an Indexed Job's pods, `NAME-99999`, in 63 characters.
const LONGEST: usize = 57;

/// The Job that `kubectl create job NAME --from=cronjob/...` makes of a CronJob, whose template is the one to try. What
/// differs from kubectl's:
///
/// - The owner is no controller. To the CronJob's controller a Job that it controls and did not start is an
///   `UnexpectedJob`, and counts for the history limits: it might delete the trial, or a Job of the user in its stead.
/// - One attempt: `backoffLimit: 0`, and `restartPolicy: Never`, with which a failed pod stays with its logs (the Job's
///   controller deletes a pod that it would restart). A limit for each index would be a second attempt of the others.
/// - It is kept for a day whatever the template says.
///
/// Source: k8s.io/kubectl `pkg/cmd/create/create_job.go`, `createJobFromCronJob`, at v0.36.2.
pub fn trial_job(cron_job: &Value, name: &str) -> Value {
    let template = cron_job.pointer("/spec/jobTemplate");
    let field = |pointer: &str| template.and_then(|template| template.pointer(pointer));
    let mapping = |pointer: &str| field(pointer).and_then(Value::as_object).cloned();

    let mut annotations = Map::new();
    annotations.insert("cronjob.kubernetes.io/instantiate".into(), "manual".into());
    annotations.extend(mapping("/metadata/annotations").unwrap_or_default());
    let mut labels = mapping("/metadata/labels").unwrap_or_default();
    labels.insert(LABEL.into(), "true".into());
    let mut metadata = json!({
        "name": name,
        "annotations": annotations,
        "labels": labels,
        "ownerReferences": [owner(cron_job)],
    });
    if let Some(namespace) = cron_job.pointer("/metadata/namespace")
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.insert("namespace".into(), namespace.clone());
    }
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": once(mapping("/spec").unwrap_or_default()),
    })
}

/// How long a trial of a server is kept after its end, in seconds: it is deleted before, unless the run died.
const KEPT_AFTER_DEATH: u32 = 60;

/// A Job whose one pod is that of a hardened workload that serves. It is a Job because a Job ends, and goes, by itself,
/// whatever becomes of this run. What differs from a pod of the workload:
///
/// - None of its labels: no Service, HorizontalPodAutoscaler, PodDisruptionBudget or ReplicaSet counts it.
/// - `restartPolicy: Never`: a container that ends is a failure, and its logs stay.
/// - No ports of the host, and no name in a headless Service: its workload has them.
pub fn server_trial(object: &Value, name: &str, deadline: Duration) -> Value {
    let template = object.pointer("/spec/template");
    let field = |pointer: &str| {
        template
            .and_then(|template| template.pointer(pointer))
            .cloned()
    };
    let mut spec = match field("/spec") {
        Some(Value::Object(spec)) => spec,
        _ => Map::new(),
    };
    spec.insert("restartPolicy".into(), "Never".into());
    for key in ["hostname", "subdomain"] {
        spec.shift_remove(key);
    }
    for list in ["initContainers", "containers"] {
        without_host_ports(spec.get_mut(list));
    }
    let mut metadata = json!({
        "name": name,
        "labels": {LABEL: "true"},
        "ownerReferences": [owner(object)],
    });
    if let Some(namespace) = object.pointer("/metadata/namespace")
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.insert("namespace".into(), namespace.clone());
    }
    let mut of_pod = json!({"labels": {LABEL: "true"}});
    if let Some(annotations) = field("/metadata/annotations")
        && let Some(of_pod) = of_pod.as_object_mut()
    {
        of_pod.insert("annotations".into(), annotations);
    }
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": deadline.as_secs().max(1),
            "ttlSecondsAfterFinished": KEPT_AFTER_DEATH,
            "template": {"metadata": of_pod, "spec": spec},
        },
    })
}

fn without_host_ports(containers: Option<&mut Value>) {
    let containers = containers.and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let ports = container.get_mut("ports").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
            port.shift_remove("hostPort");
        }
    }
}

/// The claims that pods of a workload mount by their own names, and whether each pod has claims of its own besides.
pub fn claims(object: &Value) -> (Vec<String>, bool) {
    let volumes = object.pointer("/spec/template/spec/volumes");
    let volumes = volumes.and_then(Value::as_array).into_iter().flatten();
    let named = volumes.filter_map(|volume| {
        let claim = volume.pointer("/persistentVolumeClaim/claimName")?;
        claim.as_str().map(str::to_owned)
    });
    let own = object.pointer("/spec/volumeClaimTemplates");
    let has_own = own
        .and_then(Value::as_array)
        .is_some_and(|own| !own.is_empty());
    (named.collect(), has_own)
}

/// Whether pods on several nodes may mount a claim.
pub fn is_shared(claim: &Value) -> bool {
    let modes = claim.pointer("/spec/accessModes").and_then(Value::as_array);
    let mut modes = modes.into_iter().flatten().filter_map(Value::as_str);
    modes.any(|mode| mode.ends_with("Many"))
}

fn owner(object: &Value) -> Value {
    let field = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "apiVersion": field("/apiVersion"),
        "kind": field("/kind"),
        "name": field("/metadata/name"),
        "uid": field("/metadata/uid"),
    })
}

/// A Job's spec with one attempt.
fn once(mut spec: Map<String, Value>) -> Map<String, Value> {
    spec.insert("backoffLimit".into(), 0.into());
    spec.insert("ttlSecondsAfterFinished".into(), KEPT_SECONDS.into());
    if let Some(limit) = spec.get_mut("backoffLimitPerIndex") {
        *limit = 0.into();
    }
    let pod = spec.get_mut("template");
    let pod = pod.and_then(|template| template.get_mut("spec"));
    if let Some(pod) = pod.and_then(Value::as_object_mut) {
        pod.insert("restartPolicy".into(), "Never".into());
    }
    spec
}

/// The name of a workload's trial in a run: the same whenever it is asked for, a DNS label, at most 57 characters.
/// `retries` is how often it was tried before.
pub fn trial_name(workload: &str, run: &str, retries: usize) -> String {
    let round = retries.to_string();
    let parts = [workload, run, &round];
    let parts = parts
        .get(..if retries == 0 { 2 } else { 3 })
        .unwrap_or_default();
    let tail = format!("-trial-{:010x}", hash(parts) & 0xff_ffff_ffff);
    let kept = LONGEST.saturating_sub(tail.len());
    let head: String = workload
        .chars()
        .map(|c| if c == '.' { '-' } else { c })
        .take(kept)
        .collect();
    format!("{}{tail}", head.trim_end_matches('-'))
}

/// FNV-1a with 64 bits: unlike the standard library's hash it is the same in every build, as a resumed run needs.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TestCreateJobFromCronJob`, with what is ours.
    #[test]
    fn a_trial_is_a_job_as_kubectl_makes_it() {
        let cron_job = json!({
            "apiVersion": "batch/v1", "kind": "CronJob",
            "metadata": {"name": "report", "namespace": "shop", "uid": "1-2", "labels": {"team": "a"}},
            "spec": {
                "schedule": "@daily", "suspend": true, "failedJobsHistoryLimit": 0,
                "jobTemplate": {
                    "metadata": {
                        "labels": {"app": "report"},
                        "annotations": {"note": "x", "cronjob.kubernetes.io/instantiate": "own"},
                    },
                    "spec": {
                        "backoffLimit": 6, "ttlSecondsAfterFinished": 0, "backoffLimitPerIndex": 2,
                        "activeDeadlineSeconds": 60,
                        "template": {"spec": {
                            "containers": [{"name": "app", "image": "app:1"}], "restartPolicy": "OnFailure",
                        }},
                    },
                },
            },
        });
        let expected = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": "report-trial-1",
                "namespace": "shop",
                "annotations": {"note": "x", "cronjob.kubernetes.io/instantiate": "own"},
                "labels": {"app": "report", "kubectl-harden.dev/trial": "true"},
                "ownerReferences": [
                    {"apiVersion": "batch/v1", "kind": "CronJob", "name": "report", "uid": "1-2"},
                ],
            },
            "spec": {
                "backoffLimit": 0, "ttlSecondsAfterFinished": 86400, "backoffLimitPerIndex": 0,
                "activeDeadlineSeconds": 60,
                "template": {"spec": {
                    "containers": [{"name": "app", "image": "app:1"}], "restartPolicy": "Never",
                }},
            },
        });
        assert_eq!(trial_job(&cron_job, "report-trial-1"), expected);
    }

    #[test]
    fn a_cron_job_without_metadata_in_its_template_is_tried_too() {
        let cron_job = json!({
            "metadata": {"name": "x", "uid": "u"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
        });
        let job = trial_job(&cron_job, "x-trial");
        let annotations = json!({"cronjob.kubernetes.io/instantiate": "manual"});
        assert_eq!(job["metadata"]["annotations"], annotations);
        assert_eq!(job["metadata"]["labels"], json!({LABEL: "true"}));
        assert_eq!(job["metadata"].get("namespace"), None);
        assert_eq!(job["spec"]["template"]["spec"]["restartPolicy"], "Never");
    }

    #[test]
    fn names_are_labels_that_differ_by_run_and_cron_job() {
        let cut = "a".repeat(38) + "-b";
        let names = ["report", "report.v1", &"long".repeat(13), &cut, "r", "ünï"];
        for name in names {
            let trial = trial_name(name, "20260131T010203Z-4f", 0);
            assert!(trial.len() <= LONGEST, "{trial}");
            assert!(!trial.contains("--") && !trial.contains('.'), "{trial}");
            assert_eq!(trial, trial_name(name, "20260131T010203Z-4f", 0));
            assert_ne!(trial, trial_name(name, "20260131T010203Z-50", 0));
        }
        assert_ne!(
            trial_name(&"a".repeat(51), "r", 0),
            trial_name(&"a".repeat(52), "r", 0)
        );
        assert_ne!(trial_name("ab", "c", 0), trial_name("a", "bc", 0));
        // Fixed, for runs that another build began.
        assert_eq!(trial_name("report", "r1", 0), "report-trial-c0b01715a8");
    }

    #[test]
    fn a_servers_trial_is_counted_by_nobody_and_ends_by_itself() {
        let web = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "uid": "u"},
            "spec": {"template": {
                "metadata": {"labels": {"app": "web"}, "annotations": {"note": "x"}},
                "spec": {
                    "hostname": "web", "subdomain": "webs", "restartPolicy": "Always",
                    "containers": [{"name": "app", "image": "app:1", "ports": [{"containerPort": 80, "hostPort": 80}]}],
                },
            }},
        });
        let expected = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": "web-trial", "namespace": "shop", "labels": {"kubectl-harden.dev/trial": "true"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u"}],
            },
            "spec": {
                "backoffLimit": 0, "activeDeadlineSeconds": 390, "ttlSecondsAfterFinished": 60,
                "template": {
                    "metadata": {"labels": {"kubectl-harden.dev/trial": "true"}, "annotations": {"note": "x"}},
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "app", "image": "app:1", "ports": [{"containerPort": 80}]}],
                    },
                },
            },
        });
        assert_eq!(
            server_trial(&web, "web-trial", Duration::from_secs(390)),
            expected
        );
    }

    #[test]
    fn claims_are_those_of_the_workload_and_of_each_pod() {
        let object = json!({"spec": {
            "volumeClaimTemplates": [{"metadata": {"name": "own"}}],
            "template": {"spec": {"volumes": [
                {"name": "a", "persistentVolumeClaim": {"claimName": "data"}}, {"name": "b", "emptyDir": {}},
            ]}},
        }});
        assert_eq!(claims(&object), (vec!["data".into()], true));
        assert_eq!(claims(&json!({})), (Vec::new(), false));
        for (mode, shared) in [
            ("ReadWriteOnce", false),
            ("ReadWriteOncePod", false),
            ("ReadWriteMany", true),
            ("ReadOnlyMany", true),
        ] {
            assert_eq!(is_shared(&json!({"spec": {"accessModes": [mode]}})), shared);
        }
    }

    #[test]
    fn each_try_has_a_trial_of_its_own() {
        let names: Vec<_> = (0..4).map(|n| trial_name("web", "r", n)).collect();
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }
}
