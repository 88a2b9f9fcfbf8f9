//! A Job that tries a CronJob's template before the CronJob is changed.

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

fn owner(cron_job: &Value) -> Value {
    let field = |pointer: &str| cron_job.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
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

/// The name of a CronJob's trial in a run: the same whenever it is asked for, a DNS label, at most 57 characters.
pub fn trial_name(cron_job: &str, run: &str) -> String {
    let tail = format!("-trial-{:010x}", hash(&[cron_job, run]) & 0xff_ffff_ffff);
    let kept = LONGEST.saturating_sub(tail.len());
    let head: String = cron_job
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
            let trial = trial_name(name, "20260131T010203Z-4f");
            assert!(trial.len() <= LONGEST, "{trial}");
            assert!(!trial.contains("--") && !trial.contains('.'), "{trial}");
            assert_eq!(trial, trial_name(name, "20260131T010203Z-4f"));
            assert_ne!(trial, trial_name(name, "20260131T010203Z-50"));
        }
        assert_ne!(
            trial_name(&"a".repeat(51), "r"),
            trial_name(&"a".repeat(52), "r")
        );
        assert_ne!(trial_name("ab", "c"), trial_name("a", "bc"));
        // Fixed, for runs that another build began.
        assert_eq!(trial_name("report", "r1"), "report-trial-c0b01715a8");
    }
}
