//! Workloads that run at times.

use super::case::Case;

pub(super) fn suspended(case: &Case<'_>) -> Vec<String> {
    let is_suspended = case.is("batch", "CronJob") && case.is_true("/spec/suspend");
    let message = "suspended: no run shows whether the change works until it is resumed";
    is_suspended
        .then(|| message.to_owned())
        .into_iter()
        .collect()
}

/// <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy>
pub(super) fn next_run(case: &Case<'_>) -> Vec<String> {
    if !case.is("batch", "CronJob") || case.is_true("/spec/suspend") {
        return Vec::new();
    }
    let meanwhile = match case.text("/spec/concurrencyPolicy") {
        "Forbid" => "which is skipped while one is going",
        "Replace" => "which ends one that is still going",
        _ => "one that is going keeps the old template",
    };
    let schedule = case.text("/spec/schedule");
    vec![format!(
        "the change takes effect with the next run (schedule {schedule}); {meanwhile}"
    )]
}

#[cfg(test)]
mod tests {
    use crate::rollout::risks::testing::table;
    use serde_json::json;

    #[test]
    fn runs_come_when_they_come() {
        let policy = |policy: &str| json!({"schedule": "0 3 * * *", "concurrencyPolicy": policy});
        table(
            "next-run",
            vec![
                (
                    "batch/v1 CronJob",
                    policy("Allow"),
                    "(schedule 0 3 * * *); one that is going keeps",
                ),
                ("batch/v1 CronJob", policy("Forbid"), "skipped while"),
                ("batch/v1 CronJob", policy("Replace"), "ends one"),
                ("batch/v1 CronJob", json!({"suspend": true}), ""),
                ("apps/v1 Deployment", json!({}), ""),
            ],
        );
        table(
            "suspended",
            vec![
                ("batch/v1 CronJob", json!({"suspend": true}), "resumed"),
                ("batch/v1 CronJob", json!({"suspend": false}), ""),
                ("batch/v1 Job", json!({"suspend": true}), ""),
            ],
        );
    }
}
