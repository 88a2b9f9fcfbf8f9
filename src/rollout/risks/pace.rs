//! How long a rollout takes.

use super::case::{Case, counted};

/// Seconds from which a delay is worth a word.
const LONG: i64 = 60;

/// Kubernetes' default of `progressDeadlineSeconds`.
const USUAL_DEADLINE: i64 = 600;

pub(super) fn progress_deadline(case: &Case<'_>) -> Vec<String> {
    let deadline = case.number("/spec/progressDeadlineSeconds");
    match deadline.filter(|_| case.is("apps", "Deployment")) {
        Some(deadline) if deadline < USUAL_DEADLINE => vec![format!(
            "progressDeadlineSeconds {deadline}: a pod that takes longer than {} to become Ready counts as a failure",
            duration(deadline)
        )],
        _ => Vec::new(),
    }
}

/// Each batch of new pods has to be Ready for that long before the next one is made.
pub(super) fn min_ready(case: &Case<'_>) -> Vec<String> {
    let seconds = case.number("/spec/minReadySeconds").unwrap_or_default();
    let wanted = case.wanted().unwrap_or(1);
    let total = seconds.saturating_mul(batches(case, wanted));
    if seconds <= 0 || total < LONG {
        return Vec::new();
    }
    let (pods, total) = (counted(wanted, "pod"), duration(total));
    vec![format!(
        "minReadySeconds {seconds}: {pods} cannot be replaced in less than {total}"
    )]
}

/// A pod may stop earlier, so this is the longest that it takes.
pub(super) fn slow_stop(case: &Case<'_>) -> Vec<String> {
    let wanted = case.wanted().unwrap_or_default();
    let rolled = case.rolling();
    let is_waited_for = rolled.is_none_or(|rolling| rolling.surge == 0);
    let of_pods = case.pods.iter().filter_map(|pods| {
        let grace = pods.spec.get("terminationGracePeriodSeconds")?.as_i64()?;
        (grace > LONG && wanted > 0).then_some(grace)
    });
    let message = |grace: i64| {
        let each = duration(grace);
        let longest = duration(grace.saturating_mul(batches(case, wanted)));
        let then = if is_waited_for {
            format!("the rollout may take {longest} longer")
        } else {
            "old pods may run on beside the new ones".into()
        };
        format!("terminationGracePeriodSeconds {grace}: a pod may take {each} to stop, and {then}")
    };
    of_pods.map(message).collect()
}

/// How often pods are replaced one after the other.
fn batches(case: &Case<'_>, wanted: i64) -> i64 {
    let at_a_time = match case.rolling() {
        Some(rolling) => rolling.surge.saturating_add(rolling.unavailable),
        None if case.is_rolling_set() => 1,
        None => wanted,
    };
    let at_a_time = at_a_time.max(1);
    wanted.max(0).saturating_add(at_a_time - 1) / at_a_time
}

/// `90 s`, `2 min 30 s`, `1 h 5 min`.
fn duration(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    let parts = match seconds {
        ..120 => [(seconds, "s"), (0, "")],
        120..3600 => [(minutes, "min"), (rest, "s")],
        _ => [(hours, "h"), (minutes, "min")],
    };
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    let shown: Vec<_> = shown
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::duration;
    use crate::rollout::risks::testing::table;
    use serde_json::{Value, json};

    #[test]
    fn durations_are_short() {
        let cases = [
            (59, "59 s"),
            (119, "119 s"),
            (120, "2 min"),
            (150, "2 min 30 s"),
            (3600, "1 h"),
            (3900, "1 h 5 min"),
        ];
        for (seconds, wanted) in cases {
            assert_eq!(duration(seconds), wanted);
        }
    }

    #[test]
    fn deadlines() {
        table(
            "progress-deadline",
            vec![
                (
                    "apps/v1 Deployment",
                    json!({"progressDeadlineSeconds": 30}),
                    "longer than 30 s",
                ),
                (
                    "apps/v1 Deployment",
                    json!({"progressDeadlineSeconds": 600}),
                    "",
                ),
                ("apps/v1 Deployment", json!({}), ""),
            ],
        );
    }

    #[test]
    fn waiting_for_pods_to_stay_ready() {
        let spec =
            |replicas: i64, seconds: i64| json!({"replicas": replicas, "minReadySeconds": seconds});
        let daemons = |strategy: Value| json!({"minReadySeconds": 10, "updateStrategy": strategy, "status": {"desiredNumberScheduled": 20}});
        table(
            "min-ready",
            vec![
                // 25% of 10 pods: 3 more and 2 fewer, so 5 at a time.
                (
                    "apps/v1 Deployment",
                    spec(10, 45),
                    "10 pods cannot be replaced in less than 90 s",
                ),
                ("apps/v1 Deployment", spec(1, 10), ""),
                (
                    "apps/v1 Deployment",
                    spec(1, 60),
                    "1 pod cannot be replaced in less than 60 s",
                ),
                ("apps/v1 Deployment", spec(0, 60), ""),
                (
                    "apps/v1 StatefulSet",
                    spec(10, 45),
                    "10 pods cannot be replaced in less than 7 min 30 s",
                ),
                (
                    "apps/v1 DaemonSet",
                    daemons(json!({})),
                    "20 pods cannot be replaced in less than 3 min 20 s",
                ),
                (
                    "apps/v1 DaemonSet",
                    daemons(json!({"rollingUpdate": {"maxUnavailable": "50%"}})),
                    "",
                ),
                ("apps/v1 Deployment", json!({}), ""),
            ],
        );
    }

    #[test]
    fn waiting_for_pods_to_stop() {
        let spec = |replicas: i64, grace: i64| json!({"replicas": replicas, "template": {"spec": {"terminationGracePeriodSeconds": grace}}});
        let mut recreate = spec(3, 600);
        recreate["strategy"] = json!({"type": "Recreate"});
        table(
            "slow-stop",
            vec![
                ("apps/v1 Deployment", spec(3, 30), ""),
                (
                    "apps/v1 Deployment",
                    spec(3, 3600),
                    "1 h to stop, and old pods may run on",
                ),
                (
                    "apps/v1 Deployment",
                    recreate,
                    "10 min to stop, and the rollout may take 10 min longer",
                ),
                (
                    "apps/v1 StatefulSet",
                    spec(3, 600),
                    "may take 30 min longer",
                ),
                ("apps/v1 StatefulSet", spec(0, 600), ""),
            ],
        );
    }
}
