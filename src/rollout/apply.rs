//! `kubectl harden apply`: from a plan, or from what is selected, to a run.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, anyhow, bail};

use super::begin::begin;
use super::check::{Checked, Known, Standing, check_all, review};
use super::conduct::{runtime, server};
use super::lessons::can_remember;
use super::options::Options;
use super::overview::{Sizes, ask, overview, pace, target};
use super::plan::HardenPlan;
use super::resume::resume;
use super::which_cluster::{cluster_name, is_same_cluster};
use super::{fail, outcome, planning};
use crate::cli::{ApplyArgs, DryRun};
use crate::cluster::{Server, connect};

/// Carries a plan out.
///
/// # Errors
/// What keeps it from beginning.
pub fn apply(args: &ApplyArgs) -> anyhow::Result<u8> {
    runtime(async {
        if let Some(run) = &args.resume {
            return resume(args, run.as_deref()).await;
        }
        if args.filename.is_none() && args.resources.is_empty() {
            bail!(
                "must specify one of -f PLAN, TYPE[/NAME] or --resume\nhint: kubectl harden plan deploy -A --out=plan.yaml, \
                 then kubectl harden apply -f plan.yaml"
            );
        }
        fresh(args).await
    })
}

async fn fresh(args: &ApplyArgs) -> anyhow::Result<u8> {
    let options = Options::new(&args.pace, &args.planning, &args.connection)?;
    let options = options.remembering(args.remember.as_deref());
    if let Some(file) = &options.remember {
        can_remember(file)?;
    }
    // What is wrong with the file needs no cluster to be said.
    let read = args.filename.as_deref().map(read_plan).transpose()?;
    let connected = connect(&args.connection).await.map_err(fail)?;
    let server = server(&connected, &args.connection);
    let (plan, known) = match read {
        Some(plan) => (plan, Known::default()),
        None => {
            let request = planning::Request {
                words: &args.resources,
                selection: &args.selection,
                connection: &args.connection,
                values: &args.values,
                planning: &args.planning,
            };
            planning::make(&request, &server, &connected).await?
        }
    };
    let cluster = cluster_name(&server, &connected, &args.connection).await;
    if !is_same_cluster(&plan.metadata.cluster, &cluster) {
        bail!(
            "the plan is for the cluster {}, and this is {}\nhint: choose its context with --context{}",
            plan.metadata.cluster.server,
            cluster.server,
            match plan.metadata.cluster.context.as_str() {
                "" => String::new(),
                context => format!("={context}"),
            }
        );
    }
    if args.dry_run == DryRun::Client {
        return would_be(&plan, None);
    }
    allowed(&server, &options, &plan).await?;
    let checked = check(&server, &options, &plan, known).await?;
    if args.dry_run == DryRun::Server {
        return would_be(&plan, Some(&checked));
    }
    let sizes = Sizes::of(&checked);
    remark!("{}", overview(&plan, &checked).trim_end());
    if sizes.sound > 0 && !args.yes {
        remark!("{}", pace(&options).trim_end());
        let question = format!("Harden {}?", target(&plan, sizes.sound));
        if !ask(
            &question,
            "--yes does not ask; --dry-run=server only checks",
        )? {
            remark!("nothing was changed");
            return Ok(outcome::FAILED);
        }
    }
    if plan.workloads.is_empty() {
        remark!("nothing to harden");
        return Ok(outcome::DONE);
    }
    begin(args, plan, options, checked, Rc::new(server)).await
}

fn read_plan(path: &Path) -> anyhow::Result<HardenPlan> {
    let text = match path.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => std::fs::read_to_string(path),
    };
    let text = text.with_context(|| format!("cannot read the plan {}", path.display()))?;
    HardenPlan::read(&text, path).map_err(|error| anyhow!("{error}"))
}

/// `--dry-run`: what would be done, in kubectl's form.
fn would_be(plan: &HardenPlan, checked: Option<&[Checked]>) -> anyhow::Result<u8> {
    let mut stdout = io::stdout().lock();
    let mut is_blocked = false;
    for (i, workload) in plan.workloads.iter().enumerate() {
        let shown = workload.object.shown();
        let standing = checked.and_then(|checked| Some(&checked.get(i)?.standing));
        let line = match (standing, &workload.blocked) {
            (None, None) => format!("{shown} hardened (dry run)"),
            (None, Some(blocked)) => format!("{shown} blocked: {} (dry run)", blocked.reason),
            (Some(Standing::Sound { .. }), _) => format!("{shown} hardened (server dry run)"),
            (Some(Standing::AlreadyDone), _) => format!("{shown} unchanged (server dry run)"),
            (Some(Standing::Gone), _) => format!("{shown} gone (server dry run)"),
            (Some(Standing::Blocked(reason, _)), _) => {
                format!("{shown} blocked: {} (server dry run)", reason.message)
            }
        };
        is_blocked |= line.contains(" blocked: ");
        writeln!(stdout, "{line}")?;
    }
    if let Some(checked) = checked {
        remark!("{}", overview(plan, checked).trim_end());
    }
    Ok(if is_blocked {
        outcome::SOME_FAILED
    } else {
        outcome::DONE
    })
}

async fn allowed(server: &Server, options: &Options, plan: &HardenPlan) -> anyhow::Result<()> {
    let access = review(server, options, &plan.workloads)
        .await
        .map_err(fail)?;
    for lacking in &access.lacking {
        remark!("Warning: you may not {lacking}");
    }
    if access.missing.is_empty() {
        return Ok(());
    }
    bail!(
        "you may not {}\nhint: ask for these rights, or select less; kubectl auth can-i shows what you may do",
        access.missing.join(", nor ")
    )
}

async fn check(
    server: &Server,
    options: &Options,
    plan: &HardenPlan,
    known: Known,
) -> anyhow::Result<Vec<Checked>> {
    let all = plan.workloads.len();
    let on_terminal = io::stderr().is_terminal();
    let done = |n: usize| {
        if on_terminal && (n == all || n.is_multiple_of(50)) {
            let end = if n == all { "\n" } else { "" };
            let _ = write!(io::stderr(), "\rchecked {n} of {all}{end}");
        }
    };
    check_all(server, options, &plan.workloads, known, &done)
        .await
        .map_err(fail)
}
