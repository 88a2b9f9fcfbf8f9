//! `kubectl harden undo`: what a run changed is set back, watched like every change.

use std::io::{self, Write};
use std::rc::Rc;

use anyhow::bail;

use super::conduct::{Going, began, open, runtime, same_cluster, take_lease};
use super::health::Reason;
use super::journal::{History, Run, Runs, UNDO};
use super::outcome;
use super::overview::{ask, names, pace, target};
use super::plan::{HardenPlan, ObjectRef, PlannedWorkload};
use super::state::State;
use super::task::Task;
use crate::cli::{DryRun, UndoArgs};
use crate::cluster::TypeName;

/// Sets back.
///
/// # Errors
/// No such run or object; what keeps it from beginning.
pub fn undo(args: &UndoArgs) -> anyhow::Result<u8> {
    if args.dry_run == DryRun::Server {
        bail!(
            "undo sends nothing to be checked: --dry-run=server is not for it\nhint: --dry-run lists what would be set back"
        );
    }
    let runs = Runs::of_user()?;
    let chosen = choose(&runs, args)?;
    let mut worst = outcome::DONE;
    for (run, plan, workloads) in chosen {
        let code = runtime(undo_run(args, run, plan, workloads))?;
        worst = worst.max(code);
    }
    Ok(worst)
}

type Chosen = (Run, HardenPlan, Vec<PlannedWorkload>);

/// What of which runs is to be set back.
fn choose(runs: &Runs, args: &UndoArgs) -> anyhow::Result<Vec<Chosen>> {
    let is_object = |word: &String| word.contains('/');
    if !args.what.iter().any(is_object) {
        let ids: Vec<_> = match args.what.is_empty() {
            true => vec![None],
            false => args.what.iter().map(|id| Some(id.as_str())).collect(),
        };
        return ids.into_iter().map(|id| whole(runs.find(id)?)).collect();
    }
    if let Some(word) = args.what.iter().find(|word| !is_object(word)) {
        bail!("\"{word}\" is no TYPE/NAME\nhint: name either runs or objects");
    }
    let mut chosen: Vec<Chosen> = Vec::new();
    for word in &args.what {
        let (run, plan, workload) = newest(runs, word, args.namespace.as_deref())?;
        match chosen.iter_mut().find(|(known, ..)| known.id == run.id) {
            Some((.., workloads)) => workloads.push(workload),
            None => chosen.push((run, plan, vec![workload])),
        }
    }
    Ok(chosen)
}

fn whole(run: Run) -> anyhow::Result<Chosen> {
    let plan = run.plan()?;
    let history = History::of(&run.entries()?);
    let workloads = plan
        .workloads
        .iter()
        .filter(|workload| is_changed(&history, workload));
    let workloads = workloads.cloned().collect();
    Ok((run, plan, workloads))
}

/// Whether a run changed a workload and left it so, or could not set it back.
fn is_changed(history: &History, workload: &PlannedWorkload) -> bool {
    let track = history.tracks.get(&workload.object.shown());
    track.is_some_and(|track| {
        let is_left = track.state().is_success() || track.state() == State::Unrestored;
        is_left && track.did.iter().any(|did| did == "apply")
    })
}

/// The newest run that changed an object.
fn newest(
    runs: &Runs,
    word: &str,
    namespace: Option<&str>,
) -> anyhow::Result<(Run, HardenPlan, PlannedWorkload)> {
    for id in runs.ids().into_iter().rev() {
        let run = runs.find(Some(&id))?;
        let Ok(plan) = run.plan() else { continue };
        let Ok(entries) = run.entries() else { continue };
        let history = History::of(&entries);
        let fits = |workload: &&PlannedWorkload| {
            let object = &workload.object;
            let is_there = namespace.is_none_or(|namespace| namespace == object.namespace);
            is_there && is_named(object, word) && is_changed(&history, workload)
        };
        let found: Vec<_> = plan.workloads.iter().filter(fits).cloned().collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok((run, plan, one.clone())),
            [one, another, ..] => bail!(
                "{word} is in the namespaces {} and {} of the run {id}\nhint: name one with -n",
                one.object.namespace,
                another.object.namespace
            ),
        }
    }
    bail!(
        "no run has changed {word} and left it so\nhint: kubectl harden status --all lists the runs"
    )
}

/// Whether TYPE/NAME means an object.
fn is_named(object: &ObjectRef, word: &str) -> bool {
    let Some((of, name)) = word.split_once('/') else {
        return false;
    };
    let built_in = TypeName::new(of).find_built_in();
    let is_type = match built_in {
        Some(resource) => resource.qualified() == object.qualified(),
        None => {
            let of = of.to_lowercase();
            let kind = object.kind.to_lowercase();
            let names = [
                kind.clone(),
                object.resource.clone(),
                object.qualified(),
                format!("{kind}.{}", object.group()),
            ];
            names.contains(&of)
        }
    };
    is_type && name == object.name
}

async fn undo_run(
    args: &UndoArgs,
    mut run: Run,
    plan: HardenPlan,
    workloads: Vec<PlannedWorkload>,
) -> anyhow::Result<u8> {
    if workloads.is_empty() {
        remark!("nothing of the run {} is left to set back", run.id);
        return Ok(outcome::DONE);
    }
    if args.dry_run != DryRun::None {
        let mut stdout = io::stdout().lock();
        for workload in &workloads {
            writeln!(stdout, "{} restored (dry run)", workload.object.shown())?;
        }
        return Ok(outcome::DONE);
    }
    let options = run.options()?.with(&args.pace, &args.connection)?;
    let connection = options.connection.flags(args.connection.token.as_ref());
    let server = same_cluster(&connection, &plan).await?;
    if !args.yes {
        let objects = workloads.iter().map(|workload| &workload.object);
        remark!("to set back:\n{}{}", names(objects), pace(&options));
        let question = format!("Set back {}?", target(&plan, workloads.len()));
        if !ask(&question, "--yes does not ask; --dry-run only lists")? {
            remark!("nothing was changed");
            return Ok(outcome::FAILED);
        }
    }
    run.take_lock()?;
    let (journal, entries) = run.journal()?;
    // While nobody held it, somebody else may have set back the same.
    let history = History::of(&entries);
    run.same_plan(&history)?;
    let still = |workload: &PlannedWorkload| is_changed(&history, workload);
    let workloads: Vec<_> = workloads.into_iter().filter(still).collect();
    let lease = take_lease(&server, &run, &plan).await?;
    let ledger = open(run, journal, history, &options, &plan, args.color.colors())?;
    ledger.write(began(&server, &ledger.run).await?)?;
    let mut tasks = Vec::new();
    for workload in workloads {
        let from = ledger.history().state(&workload.object.shown());
        let reason = Reason {
            word: UNDO.into(),
            message: "set back on request".into(),
            ..Reason::default()
        };
        ledger.moved(&workload.object, from, State::Restoring, Some(reason))?;
        tasks.push(Task {
            workload: Rc::new(workload),
            state: State::Restoring,
            calm: None,
        });
    }
    let names: Vec<_> = tasks
        .iter()
        .map(|task| task.workload.object.shown())
        .collect();
    let going = Going {
        server: Rc::new(server),
        connection,
        options,
        ledger,
        lease,
    };
    going.undo(tasks, &names).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_kubectl_names_them() {
        let object = |api_version: &str, kind: &str, resource: &str| ObjectRef {
            api_version: api_version.into(),
            kind: kind.into(),
            resource: resource.into(),
            namespace: "shop".into(),
            name: "web".into(),
            uid: "u".into(),
        };
        let deployment = object("apps/v1", "Deployment", "deployments");
        for word in [
            "deploy/web",
            "deployment/web",
            "Deployments/web",
            "deployment.apps/web",
            "deployments.v1.apps/web",
        ] {
            assert!(is_named(&deployment, word), "{word}");
        }
        for word in ["deploy/api", "sts/web", "deployment.extensions/web", "web"] {
            assert!(!is_named(&deployment, word), "{word}");
        }
        let rollout = object("argoproj.io/v1alpha1", "Rollout", "rollouts");
        for word in [
            "rollout/web",
            "rollouts/web",
            "rollouts.argoproj.io/web",
            "rollout.argoproj.io/web",
        ] {
            assert!(is_named(&rollout, word), "{word}");
        }
    }
}
