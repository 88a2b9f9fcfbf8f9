//! Whether a trial Job shows that its template runs.

use serde_json::Value;

use super::containers::is_ready;
use super::fields::{given, holds, number, one_line, text};
use super::{Reason, Verdict, denied, pods};

/// What a Job, its pods and the warning events about it say.
///
/// Source of the conditions: `batch/v1` `JobConditionType`. `SuccessCriteriaMet` and `FailureTarget` come before `Complete` and
/// `Failed`, which wait until every pod has ended.
pub fn judge_job(job: &Value, job_pods: &[Value], warnings: &[Value]) -> Verdict {
    if ["Complete", "SuccessCriteriaMet"]
        .iter()
        .any(|kind| holds(job, kind).is_some())
    {
        return Verdict::Ready;
    }
    if let Some(failed) = holds(job, "Failed").or_else(|| holds(job, "FailureTarget")) {
        return Verdict::Failed(failure(failed, job_pods));
    }
    if let Some(reason) = pods::failing(job_pods) {
        return Verdict::Failed(reason);
    }
    if job_pods.is_empty()
        && let Some(verdict) = denied::not_made(warnings)
    {
        return verdict;
    }
    if let Some(reason) = pods::faltering(job_pods, warnings) {
        return Verdict::Faltering(reason);
    }
    Verdict::Progressing(if holds(job, "Suspended").is_some() {
        "the Job is suspended".into()
    } else {
        let wanted = given(job, "/spec/completions").unwrap_or(1);
        let succeeded = number(job, "/status/succeeded");
        format!("{succeeded} of {wanted} pods have succeeded")
    })
}

/// The same of a Job whose pod is a server's: it has to be ready, and never to end.
pub fn judge_server_trial(job: &Value, job_pods: &[Value], warnings: &[Value]) -> Verdict {
    match judge_job(job, job_pods, warnings) {
        Verdict::Ready => Verdict::Failed(Reason {
            word: "Completed".into(),
            message: "its pod ended, with exit code 0".into(),
            ..Reason::default()
        }),
        Verdict::Progressing(_) if job_pods.iter().any(is_ready) => Verdict::Ready,
        Verdict::Progressing(_) => Verdict::Progressing("its trial pod is not ready".into()),
        verdict => verdict,
    }
}

fn failure(condition: &Value, job_pods: &[Value]) -> Reason {
    let reason = Reason {
        word: text(condition, "/reason").to_owned(),
        message: one_line(text(condition, "/message")),
        ..Reason::default()
    };
    reason.because(pods::failing(job_pods).or_else(|| pods::culprit(job_pods)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Pod, ended, event, pod};
    use super::*;
    use serde_json::json;

    fn job(conditions: Value) -> Value {
        json!({"spec": {"completions": 2}, "status": {"succeeded": 1, "conditions": conditions}})
    }

    fn judged(conditions: Value, pods: Vec<Pod>) -> Verdict {
        let pods: Vec<Value> = pods.into_iter().map(|pod| pod.0).collect();
        judge_job(&job(conditions), &pods, &[])
    }

    #[test]
    fn a_server_has_to_be_ready_and_never_to_end() {
        let judged =
            |conditions: Value, pods: Vec<Value>| judge_server_trial(&job(conditions), &pods, &[]);
        let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        assert_eq!(judged(json!([]), vec![ready]), Verdict::Ready);
        let waits = judged(json!([]), vec![json!({})]);
        assert!(matches!(waits, Verdict::Progressing(_)), "{waits:?}");
        let ended = judged(json!([{"type": "Complete", "status": "True"}]), Vec::new());
        assert!(matches!(ended, Verdict::Failed(_)), "{ended:?}");
    }

    #[test]
    fn a_job_ends_with_its_conditions() {
        let condition = |kind: &str, status: &str| json!([{"type": kind, "status": status, "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}]);
        for done in ["Complete", "SuccessCriteriaMet"] {
            assert_eq!(judged(condition(done, "True"), Vec::new()), Verdict::Ready);
        }
        let died = || {
            pod("t-1")
                .phase("Failed", "", "")
                .container("app", 0, ended(0, "Completed", ""), json!({}))
                .container(
                    "side",
                    0,
                    ended(30, "Error", "read-only file system"),
                    json!({}),
                )
        };
        for failed in ["Failed", "FailureTarget"] {
            let Verdict::Failed(reason) = judged(condition(failed, "True"), vec![died()]) else {
                panic!("{failed}");
            };
            assert_eq!(reason.word, "BackoffLimitExceeded");
            assert_eq!(
                reason.message,
                "Job has reached the specified backoff limit: Error: exit code 30: read-only file system"
            );
            assert_eq!(
                (reason.pod.as_str(), reason.container.as_str()),
                ("t-1", "side")
            );
        }
        let Verdict::Failed(bare) = judged(condition("Failed", "True"), Vec::new()) else {
            panic!("no failure");
        };
        assert_eq!(bare.message, "Job has reached the specified backoff limit");
        let open = judged(condition("Failed", "False"), Vec::new());
        assert_eq!(
            open,
            Verdict::Progressing("1 of 2 pods have succeeded".into())
        );
        let suspended = judged(condition("Suspended", "True"), Vec::new());
        assert_eq!(
            suspended,
            Verdict::Progressing("the Job is suspended".into())
        );
        let once = judge_job(&json!({"spec": {}}), &[], &[]);
        assert_eq!(
            once,
            Verdict::Progressing("0 of 1 pods have succeeded".into())
        );
        // The pod failed and its Job does not know yet.
        assert!(
            matches!(judged(json!([]), vec![died()]), Verdict::Faltering(reason) if reason.container == "side")
        );
    }

    #[test]
    fn a_pod_that_never_starts_fails_its_job() {
        let message = "container has runAsNonRoot and image will run as root";
        let stuck = pod("t-1").waiting("app", "CreateContainerConfigError", message);
        let Verdict::Failed(reason) = judged(json!([]), vec![stuck]) else {
            panic!("no failure");
        };
        assert_eq!(
            (reason.message.as_str(), reason.container.as_str()),
            (message, "app")
        );
        let running = pod("t-1").container("app", 0, json!({"running": {}}), json!({}));
        assert!(matches!(
            judged(json!([]), vec![running]),
            Verdict::Progressing(_)
        ));
        let done = pod("t-1").phase("Succeeded", "", "").container(
            "app",
            0,
            ended(0, "Completed", ""),
            json!({}),
        );
        assert!(matches!(
            judged(json!([]), vec![done]),
            Verdict::Progressing(_)
        ));
    }

    #[test]
    fn a_job_whose_pods_are_refused_says_it_in_events() {
        let refused = [event(
            "Job",
            "t",
            "FailedCreate",
            "Error creating: pods \"t-\" is forbidden: violates PodSecurity",
        )];
        assert!(matches!(
            judge_job(&job(json!([])), &[], &refused),
            Verdict::Failed(_)
        ));
        let there = [pod("t-1").0];
        assert!(matches!(
            judge_job(&job(json!([])), &there, &refused),
            Verdict::Progressing(_)
        ));
    }
}
