//! The rules, a function for each state.

use crate::rollout::age::exact;
use crate::rollout::health::{Reason, Verdict};
use crate::rollout::machine::{
    Clock, Decision, Effect, Fields, GRACE, Limits, PATIENCE, Present, Probe, Seen, Trial,
};
use crate::rollout::state::State;

/// What is to be done next.
pub(in crate::rollout) fn decide(
    state: State,
    seen: &Seen,
    clock: &Clock,
    limits: &Limits,
) -> Decision {
    let Seen::Present(present) = seen else {
        return match state.is_final() {
            true => Decision::Wait(String::new()),
            false => enter(State::Gone, "Deleted", "it was deleted during the run"),
        };
    };
    match state {
        State::Pending => pending(present, clock),
        State::Trying => trying(present, clock, limits),
        State::Applying => applying(present),
        State::Watching => watching(present, clock, limits),
        State::Soaking => soaking(present, clock, limits),
        State::Failing => Decision::Do(Effect::Save),
        State::Restoring => restoring(present),
        State::Settling => settling(present, clock, limits),
        _ => Decision::Wait(String::new()),
    }
}

fn enter(state: State, word: &str, message: impl Into<String>) -> Decision {
    let reason = Reason {
        word: word.to_owned(),
        message: message.into(),
        ..Reason::default()
    };
    Decision::Enter(state, Some(reason))
}

fn stale() -> Decision {
    enter(
        State::Blocked,
        "Stale",
        "its pod template changed since the plan was made: plan again",
    )
}

fn overtaken(present: &Present, what: &str) -> Decision {
    let by = match present.changed_by.as_str() {
        "" => "somebody else",
        by => by,
    };
    enter(
        State::Overtaken,
        "Overtaken",
        format!("{by} {what}: left as it is"),
    )
}

fn pending(present: &Present, clock: &Clock) -> Decision {
    if present.fields == Fields::After {
        return enter(State::Hardened, "AlreadyDone", "it was as planned already");
    }
    if !present.is_as_planned || present.fields == Fields::Other {
        return stale();
    }
    if let Some(reason) = &present.unhealthy {
        if clock.in_state < PATIENCE {
            return Decision::Wait(format!("not healthy yet: {reason}"));
        }
        let message = format!("it is not healthy before the change: {reason}");
        return Decision::Enter(
            State::Blocked,
            Some(Reason {
                message,
                ..reason.clone()
            }),
        );
    }
    match (&present.trial, &present.proof.probe) {
        _ if present.wants_survey => Decision::Do(Effect::Survey),
        (_, Probe::Failed(reason)) => {
            let message = format!("the probe fails before the change: {}", reason.message);
            enter(State::Blocked, &reason.word, message)
        }
        (_, Probe::Open) if present.ready > 0 => Decision::Do(Effect::Probe),
        (Some(_), _) => Decision::Enter(State::Trying, None),
        (None, _) => Decision::Enter(State::Applying, None),
    }
}

fn trying(present: &Present, clock: &Clock, limits: &Limits) -> Decision {
    if !present.is_as_planned {
        return stale();
    }
    let failed = |reason: &Reason| {
        let message = format!("its trial job failed: {reason}");
        Decision::Enter(
            State::Blocked,
            Some(Reason {
                message,
                ..reason.clone()
            }),
        )
    };
    match &present.trial {
        None => Decision::Enter(State::Applying, None),
        Some(Trial::Missing) => Decision::Do(Effect::Try),
        Some(Trial::Serving(Verdict::Ready)) => {
            let left = limits.soak.saturating_sub(clock.without_progress);
            let proof = &present.proof;
            match &proof.errors {
                Some(reason) => failed(reason),
                None if !left.is_zero() => Decision::Wait(format!(
                    "its trial pod is ready; {}s more to watch",
                    left.as_secs() + 1
                )),
                None if proof.has_logs_before && proof.compared.is_none() => {
                    Decision::Do(Effect::CompareLogs)
                }
                None => Decision::Enter(State::Applying, None),
            }
        }
        Some(Trial::Running(verdict) | Trial::Serving(verdict)) => match verdict {
            Verdict::Ready => Decision::Enter(State::Applying, None),
            Verdict::Failed(reason) => failed(reason),
            Verdict::Faltering(reason) if clock.faltering >= GRACE => failed(reason),
            _ if clock.in_state >= limits.timeout => {
                let passed = exact(limits.timeout);
                failed(&timed_out(present, format!("not complete after {passed}")))
            }
            Verdict::Faltering(reason) => Decision::Wait(reason.message.clone()),
            Verdict::Progressing(text) => Decision::Wait(text.clone()),
            Verdict::Unwatched(why) => Decision::Wait((*why).to_owned()),
        },
    }
}

fn applying(present: &Present) -> Decision {
    match present.fields {
        Fields::After => Decision::Enter(State::Watching, None),
        Fields::Before if present.is_as_planned => Decision::Do(Effect::Apply),
        Fields::Before => stale(),
        Fields::Other => overtaken(present, "changed the same fields"),
    }
}

fn watching(present: &Present, clock: &Clock, limits: &Limits) -> Decision {
    match present.fields {
        Fields::After => {}
        Fields::Before => return overtaken(present, "set the fields back"),
        Fields::Other => return overtaken(present, "changed the same fields"),
    }
    let late = clock.without_progress >= limits.timeout;
    let proof = &present.proof;
    match &present.verdict {
        Verdict::Progressing(_) if proof.errors.is_some() => {
            Decision::Enter(State::Failing, proof.errors.clone())
        }
        Verdict::Progressing(_) if present.ready == 0 && proof.is_due_early(clock.in_state) => {
            Decision::Do(Effect::CompareLogs)
        }
        Verdict::Unwatched(_) if present.trial.is_some() => {
            enter(State::Hardened, "Tried", "its trial job succeeded")
        }
        Verdict::Unwatched(why) => enter(State::Unwatched, "Unwatched", *why),
        Verdict::Ready => Decision::Enter(State::Soaking, None),
        Verdict::Failed(reason) => Decision::Enter(State::Failing, Some(reason.clone())),
        Verdict::Faltering(reason) if late || clock.faltering >= GRACE => {
            Decision::Enter(State::Failing, Some(reason.clone()))
        }
        Verdict::Progressing(text) if late => {
            Decision::Enter(State::Failing, Some(late_rollout(present, limits, text)))
        }
        Verdict::Faltering(reason) => Decision::Wait(reason.message.clone()),
        Verdict::Progressing(text) => Decision::Wait(text.clone()),
    }
}

fn soaking(present: &Present, clock: &Clock, limits: &Limits) -> Decision {
    match present.fields {
        Fields::After => {}
        Fields::Before => return overtaken(present, "set the fields back"),
        Fields::Other => return overtaken(present, "changed the same fields"),
    }
    if let Some(reason) = present.disturbed.as_ref().or(present.proof.failure()) {
        return Decision::Enter(State::Failing, Some(reason.clone()));
    }
    let longest = limits.timeout.saturating_mul(3).saturating_add(limits.soak);
    match &present.verdict {
        Verdict::Failed(reason) => Decision::Enter(State::Failing, Some(reason.clone())),
        Verdict::Ready | Verdict::Unwatched(_) => soaked(present, clock, limits),
        Verdict::Progressing(text) if clock.in_rollout >= longest => {
            let message = format!("it does not stay ready: {text}");
            enter(State::Failing, "Flapping", message)
        }
        Verdict::Progressing(_) | Verdict::Faltering(_) => Decision::Enter(State::Watching, None),
    }
}

/// It is ready. The probe is run before the logs are compared for the last time: what it provokes is found in them.
fn soaked(present: &Present, clock: &Clock, limits: &Limits) -> Decision {
    let is_over = clock.in_state >= limits.soak;
    if is_over && present.ready > 0 && present.proof.probe == Probe::Open {
        return Decision::Do(Effect::Probe);
    }
    if present.proof.is_due(clock.in_state, limits.soak) {
        return Decision::Do(Effect::CompareLogs);
    }
    if is_over {
        return Decision::Enter(State::Hardened, None);
    }
    let left = limits.soak.saturating_sub(clock.in_state);
    Decision::Wait(format!("ready; {}s more to watch", left.as_secs() + 1))
}

fn restoring(present: &Present) -> Decision {
    match present.fields {
        Fields::Before => Decision::Enter(State::Settling, None),
        Fields::After => Decision::Do(Effect::Restore),
        Fields::Other => overtaken(present, "changed the same fields"),
    }
}

fn settling(present: &Present, clock: &Clock, limits: &Limits) -> Decision {
    match present.fields {
        Fields::Before => {}
        Fields::After => return overtaken(present, "changed the fields again"),
        Fields::Other => return overtaken(present, "changed the same fields"),
    }
    if present.has_stuck_pods {
        return Decision::Do(Effect::DeleteStuckPods);
    }
    let late = clock.without_progress >= limits.timeout;
    match &present.verdict {
        Verdict::Ready | Verdict::Unwatched(_) => match &present.retry {
            Some(why) => enter(State::Pending, "Retry", why.as_str()),
            None => Decision::Enter(State::Restored, None),
        },
        Verdict::Failed(reason) | Verdict::Faltering(reason) if late => {
            let message = format!("the fields are set back, but it is not ready: {reason}");
            Decision::Enter(
                State::Unrestored,
                Some(Reason {
                    message,
                    ..reason.clone()
                }),
            )
        }
        Verdict::Progressing(text) if late => {
            let message = format!("the fields are set back, but it is not ready: {text}");
            enter(State::Unrestored, "Timeout", message)
        }
        Verdict::Failed(reason) | Verdict::Faltering(reason) => {
            Decision::Wait(reason.message.clone())
        }
        Verdict::Progressing(text) => Decision::Wait(text.clone()),
    }
}

fn late_rollout(present: &Present, limits: &Limits, text: &str) -> Reason {
    let late = match present.ready {
        0 => "not ready after",
        _ => "no further pod ready for",
    };
    let passed = exact(limits.timeout);
    timed_out(present, format!("{late} {passed}: {text}"))
}

fn timed_out(present: &Present, message: String) -> Reason {
    let warning = present.warning.clone().unwrap_or_default();
    let why = match warning.message.as_str() {
        "" => String::new(),
        message => format!("; {}: {message}", warning.word),
    };
    Reason {
        word: "Timeout".into(),
        message: message + &why,
        ..warning
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rollout::machine::Proof;

    const LIMITS: Limits = Limits {
        timeout: Duration::from_secs(100),
        soak: Duration::from_secs(30),
    };

    fn present(fields: Fields, verdict: Verdict) -> Present {
        Present {
            fields,
            is_as_planned: fields == Fields::Before,
            verdict,
            ready: 0,
            unhealthy: None,
            disturbed: None,
            proof: Proof::default(),
            warning: None,
            has_stuck_pods: false,
            wants_survey: false,
            retry: None,
            trial: None,
            changed_by: String::new(),
        }
    }

    fn reason(word: &str) -> Reason {
        Reason {
            word: word.into(),
            ..Reason::default()
        }
    }

    fn progressing() -> Verdict {
        Verdict::Progressing("1 of 2".into())
    }

    fn after(state: State, present: &Present, seconds: u64) -> Decision {
        let passed = Duration::from_secs(seconds);
        let clock = Clock {
            in_state: passed,
            without_progress: passed,
            in_rollout: passed,
            faltering: passed,
        };
        let seen = Seen::Present(Box::new(present.clone()));
        decide(state, &seen, &clock, &LIMITS)
    }

    /// The state that is entered, or the effect, or `wait`.
    fn short(decision: &Decision) -> String {
        match decision {
            Decision::Wait(_) => "wait".into(),
            Decision::Enter(state, _) => state.id().into(),
            Decision::Do(effect) => format!("{effect:?}"),
        }
    }

    #[test]
    fn what_is_next_follows_from_the_state_and_the_cluster() {
        use Fields::{After, Before, Other};
        use State::{Applying, Pending, Restoring, Settling, Soaking, Trying, Watching};
        let failed = || Verdict::Failed(reason("CrashLoopBackOff"));
        let faltering = || Verdict::Faltering(reason("ErrImagePull"));
        let ready = || Verdict::Ready;
        for (state, fields, verdict, seconds, expected) in [
            (Pending, Before, ready(), 0, "applying"),
            (Pending, After, ready(), 0, "hardened"),
            (Pending, Other, ready(), 0, "blocked"),
            (Trying, Before, ready(), 0, "applying"),
            (Trying, Other, ready(), 0, "blocked"),
            (Applying, Before, ready(), 0, "Apply"),
            (Applying, After, failed(), 0, "watching"),
            (Applying, Other, ready(), 0, "overtaken"),
            (Watching, After, progressing(), 99, "wait"),
            (Watching, After, progressing(), 100, "failing"),
            (Watching, After, failed(), 0, "failing"),
            (Watching, After, faltering(), 19, "wait"),
            (Watching, After, faltering(), 20, "failing"),
            (Watching, After, ready(), 0, "soaking"),
            (Watching, After, Verdict::Unwatched("x"), 0, "unwatched"),
            (Watching, Before, ready(), 0, "overtaken"),
            (Watching, Other, failed(), 0, "overtaken"),
            (Soaking, After, ready(), 29, "wait"),
            (Soaking, After, ready(), 30, "hardened"),
            (Soaking, After, progressing(), 0, "watching"),
            (Soaking, After, progressing(), 330, "failing"),
            (Soaking, After, failed(), 0, "failing"),
            (Soaking, Before, ready(), 30, "overtaken"),
            (State::Failing, Other, ready(), 0, "Save"),
            (Restoring, After, failed(), 1000, "Restore"),
            (Restoring, Before, failed(), 0, "settling"),
            (Restoring, Other, failed(), 0, "overtaken"),
            (Settling, Before, ready(), 0, "restored"),
            (Settling, Before, failed(), 99, "wait"),
            (Settling, Before, failed(), 100, "unrestored"),
            (Settling, Before, progressing(), 100, "unrestored"),
            (Settling, After, ready(), 0, "overtaken"),
            (Settling, Before, Verdict::Unwatched("x"), 0, "restored"),
        ] {
            let decision = after(state, &present(fields, verdict.clone()), seconds);
            let what = format!("{state:?} {fields:?} {verdict:?} after {seconds} s: {decision:?}");
            assert_eq!(short(&decision), expected, "{what}");
        }
    }

    #[test]
    fn nothing_is_applied_to_another_template_than_the_planned() {
        for state in [State::Pending, State::Trying, State::Applying] {
            let mut now = present(Fields::Before, Verdict::Ready);
            now.is_as_planned = false;
            assert_eq!(short(&after(state, &now, 0)), "blocked", "{state:?}");
        }
    }

    #[test]
    fn what_is_unhealthy_before_gets_a_moment_and_is_left_alone() {
        let mut now = present(Fields::Before, progressing());
        now.unhealthy = Some(reason("NotReady"));
        assert_eq!(short(&after(State::Pending, &now, 19)), "wait");
        assert_eq!(short(&after(State::Pending, &now, 20)), "blocked");
    }

    #[test]
    fn a_cron_job_is_tried_first_where_that_is_wanted() {
        let mut now = present(Fields::Before, Verdict::Unwatched("x"));
        now.trial = Some(Trial::Missing);
        assert_eq!(short(&after(State::Pending, &now, 0)), "trying");
        assert_eq!(short(&after(State::Trying, &now, 0)), "Try");
        for (verdict, seconds, expected) in [
            (progressing(), 99, "wait"),
            (progressing(), 100, "blocked"),
            (Verdict::Ready, 0, "applying"),
            (
                Verdict::Failed(reason("BackoffLimitExceeded")),
                0,
                "blocked",
            ),
        ] {
            now.trial = Some(Trial::Running(verdict));
            assert_eq!(
                short(&after(State::Trying, &now, seconds)),
                expected,
                "{now:?}"
            );
        }
        let mut applied = present(Fields::After, Verdict::Unwatched("x"));
        applied.trial = Some(Trial::Missing);
        assert_eq!(short(&after(State::Watching, &applied, 0)), "hardened");
    }

    #[test]
    fn a_trial_is_over_when_its_logs_show_nothing() {
        let mut now = present(Fields::Before, Verdict::Ready);
        now.trial = Some(Trial::Serving(Verdict::Ready));
        now.proof.has_logs_before = true;
        assert_eq!(short(&after(State::Trying, &now, 29)), "wait");
        assert_eq!(short(&after(State::Trying, &now, 30)), "CompareLogs");
        now.proof.compared = Some(Duration::from_secs(30));
        assert_eq!(short(&after(State::Trying, &now, 30)), "applying");
        now.proof.errors = Some(reason("ErrorsInLog"));
        assert_eq!(short(&after(State::Trying, &now, 30)), "blocked");
        now.proof = Proof::default();
        assert_eq!(short(&after(State::Trying, &now, 30)), "applying");
    }

    #[test]
    fn a_disturbance_while_soaking_is_a_failure() {
        let mut now = present(Fields::After, Verdict::Ready);
        now.disturbed = Some(reason("Restarted"));
        assert_eq!(short(&after(State::Soaking, &now, 40)), "failing");
    }

    #[test]
    fn what_the_logs_show_fails_it_while_it_soaks_and_in_no_other_state() {
        let mut now = present(Fields::After, Verdict::Ready);
        now.proof.errors = Some(reason("ErrorsInLog"));
        assert_eq!(short(&after(State::Soaking, &now, 0)), "failing");
        assert_eq!(short(&after(State::Watching, &now, 0)), "soaking");
        now.fields = Fields::Before;
        assert_eq!(short(&after(State::Soaking, &now, 0)), "overtaken");
        now.proof.errors = None;
        now.fields = Fields::After;
        now.proof.has_logs_before = true;
        for (compared, seconds, expected) in [
            (None, 9, "wait"),
            (None, 10, "CompareLogs"),
            (Some(10), 15, "wait"),
            (Some(20), 30, "CompareLogs"),
            (Some(30), 31, "hardened"),
        ] {
            now.proof.compared = compared.map(Duration::from_secs);
            let decision = after(State::Soaking, &now, seconds);
            assert_eq!(short(&decision), expected, "{compared:?} {seconds}");
        }
        // Whatever else is to be done first.
        now.verdict = progressing();
        assert_eq!(short(&after(State::Soaking, &now, 30)), "watching");
    }

    /// A program that runs and never gets ready may say why from its first line on.
    #[test]
    fn logs_are_compared_before_the_time_is_up_where_no_pod_is_ready() {
        let mut now = present(Fields::After, progressing());
        now.proof.has_logs_before = true;
        assert_eq!(short(&after(State::Watching, &now, 29)), "wait");
        assert_eq!(short(&after(State::Watching, &now, 30)), "CompareLogs");
        now.proof.compared = Some(Duration::from_secs(30));
        assert_eq!(short(&after(State::Watching, &now, 59)), "wait");
        assert_eq!(short(&after(State::Watching, &now, 60)), "CompareLogs");
        now.ready = 1;
        assert_eq!(short(&after(State::Watching, &now, 60)), "wait");
        now.ready = 0;
        now.proof.errors = Some(reason("ErrorsInLog"));
        assert_eq!(short(&after(State::Watching, &now, 60)), "failing");
        now.verdict = Verdict::Ready;
        assert_eq!(short(&after(State::Watching, &now, 60)), "soaking");
    }

    #[test]
    fn a_probe_is_run_before_the_change_and_at_the_end_of_the_soak() {
        let mut now = present(Fields::Before, Verdict::Ready);
        now.proof.probe = Probe::Open;
        now.proof.has_logs_before = true;
        assert_eq!(short(&after(State::Pending, &now, 0)), "applying");
        now.ready = 1;
        assert_eq!(short(&after(State::Pending, &now, 0)), "Probe");
        now.wants_survey = true;
        assert_eq!(short(&after(State::Pending, &now, 0)), "Survey");
        now.fields = Fields::After;
        assert_eq!(short(&after(State::Watching, &now, 0)), "soaking");
        now.proof.compared = Some(Duration::from_secs(29));
        assert_eq!(short(&after(State::Soaking, &now, 29)), "wait");
        assert_eq!(short(&after(State::Soaking, &now, 30)), "Probe");
        now.proof.probe = Probe::Settled;
        assert_eq!(short(&after(State::Soaking, &now, 30)), "CompareLogs");
        now.proof.probe = Probe::Failed(reason("ProbeCommandFailed"));
        assert_eq!(short(&after(State::Soaking, &now, 30)), "failing");
    }

    #[test]
    fn a_probe_that_fails_before_the_change_does_not_blame_it() {
        let mut now = present(Fields::Before, Verdict::Ready);
        now.proof.probe = Probe::Failed(Reason {
            message: "--probe-cmd exited with 1: 503".into(),
            ..reason("ProbeCommandFailed")
        });
        let Decision::Enter(State::Blocked, Some(why)) = after(State::Pending, &now, 0) else {
            panic!("it is not blocked");
        };
        assert_eq!(
            why.message,
            "the probe fails before the change: --probe-cmd exited with 1: 503"
        );
        assert!(why.pod.is_empty(), "it is no matter of that pod");
    }

    #[test]
    fn stuck_pods_are_deleted_before_anything_is_waited_for() {
        let mut now = present(Fields::Before, progressing());
        now.has_stuck_pods = true;
        assert_eq!(short(&after(State::Settling, &now, 0)), "DeleteStuckPods");
    }

    #[test]
    fn one_look_never_leads_in_a_circle() {
        let verdicts = [
            Verdict::Ready,
            progressing(),
            Verdict::Failed(reason("x")),
            Verdict::Faltering(reason("x")),
            Verdict::Unwatched("x"),
        ];
        let trials = [
            None,
            Some(Trial::Missing),
            Some(Trial::Running(Verdict::Ready)),
        ];
        let all = [Fields::Before, Fields::After, Fields::Other];
        let mut longest = 0;
        for start in State::ALL {
            for (fields, verdict) in all
                .into_iter()
                .flat_map(|f| verdicts.iter().map(move |v| (f, v)))
            {
                for (trial, is_disturbed) in trials.iter().flat_map(|t| [(t, false), (t, true)]) {
                    for soak in [0, 30] {
                        let mut now = present(fields, verdict.clone());
                        now.trial.clone_from(trial);
                        now.disturbed = is_disturbed.then(|| reason("x"));
                        let seen = Seen::Present(Box::new(now));
                        let limits = Limits {
                            soak: Duration::from_secs(soak),
                            ..LIMITS
                        };
                        let mut states = vec![start];
                        while let Decision::Enter(next, _) =
                            decide(states[states.len() - 1], &seen, &Clock::default(), &limits)
                            && states[states.len() - 1].is_seen_as(next)
                        {
                            assert!(!states.contains(&next), "{states:?} to {next:?}: {seen:?}");
                            states.push(next);
                        }
                        longest = longest.max(states.len());
                    }
                }
            }
        }
        assert_eq!(
            longest, 3,
            "pending, trying, applying; watching, soaking, failing"
        );
    }

    #[test]
    fn what_is_gone_ends_in_every_state_and_final_states_stay() {
        for state in State::ALL {
            let gone = decide(state, &Seen::Gone, &Clock::default(), &LIMITS);
            let expected = if state.is_final() { "wait" } else { "gone" };
            assert_eq!(short(&gone), expected, "{state:?}");
            if state.is_final() {
                for fields in [Fields::Before, Fields::After, Fields::Other] {
                    let decision = after(state, &present(fields, progressing()), 1000);
                    assert_eq!(short(&decision), "wait", "{state:?}");
                }
            }
        }
    }
}
