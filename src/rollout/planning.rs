//! `kubectl harden plan`, and the plan that `apply` makes where none is given.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use super::check::{Checked, Known};
use super::conduct::{runtime, server};
use super::overview::{Sizes, overview};
use super::plan::HardenPlan;
use super::survey::Survey;
use super::{fail, outcome};
use crate::cli::{Connection, PlanArgs, Planning, Selection, Values};
use crate::cluster::{Connected, Server, connect};
use crate::config::Configs;
use crate::image_lookup::Inspection;
use crate::sink::create_private_file;
use crate::source::Query;
use crate::tally::count;

/// What a plan is made of.
pub(super) struct Request<'r> {
    pub(super) words: &'r [String],
    pub(super) selection: &'r Selection,
    pub(super) connection: &'r Connection,
    pub(super) values: &'r Values,
    pub(super) planning: &'r Planning,
}

/// Writes a plan.
///
/// # Errors
/// What keeps it from being made or written.
pub fn plan(args: &PlanArgs) -> anyhow::Result<u8> {
    let (plan, _) = runtime(async {
        let connected = connect(&args.connection).await.map_err(fail)?;
        let server = server(&connected, &args.connection);
        let request = Request {
            words: &args.resources,
            selection: &args.selection,
            connection: &args.connection,
            values: &args.values,
            planning: &args.planning,
        };
        make(&request, &server, &connected).await
    })?;
    let yaml = plan.to_yaml()?;
    if args.out == Path::new("-") {
        io::stdout().lock().write_all(yaml.as_bytes())?;
        return Ok(outcome::DONE);
    }
    create_private_file(&args.out, yaml.as_bytes())
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    let checked: Vec<_> = plan.workloads.iter().map(Checked::planned).collect();
    let sizes = Sizes::of(&checked);
    remark!("{}", overview(&plan, &checked).trim_end());
    let out = args.out.display();
    remark!(
        "{out} written: {} to harden, {} blocked, {} left out",
        count(sizes.sound, "workload", "workloads"),
        sizes.blocked,
        plan.left_out.len()
    );
    if sizes.sound > 0 {
        remark!(
            "hint: read it and take out what you do not want, then: kubectl harden apply -f {out}"
        );
    }
    Ok(outcome::DONE)
}

/// Makes a plan and says what was noticed. The objects that it was made from come along.
///
/// # Errors
/// What could not be read: a plan of a part of what is selected is none.
pub(super) async fn make(
    request: &Request<'_>,
    server: &Server,
    connected: &Connected,
) -> anyhow::Result<(HardenPlan, Known)> {
    let (plan, known, _) = surveyed(request, server, connected, false).await?;
    if !plan.compliant.is_empty() {
        let compliant = count(plan.compliant.len(), "workload is", "workloads are");
        remark!("{compliant} hardened already");
    }
    Ok((plan, known))
}

/// As [`make`], with what it was made of.
///
/// # Errors
/// As [`make`].
pub(super) async fn surveyed(
    request: &Request<'_>,
    server: &Server,
    connected: &Connected,
    keeps_objects: bool,
) -> anyhow::Result<(HardenPlan, Known, Survey)> {
    let today = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let configs = Configs::new(request.values.flags(true), today);
    let settings = configs.of(Path::new(""))?;
    let query = Query {
        words: request.words.to_vec(),
        selection: request.selection.clone(),
        connection: request.connection.clone(),
        kinds: settings.kinds.clone(),
        keeps_raw: true,
    };
    let inspection = Inspection::new(&request.values.images).map_err(anyhow::Error::msg)?;
    let survey = Survey::of(query, &settings, &inspection, keeps_objects);
    let mut survey = survey.map_err(anyhow::Error::msg)?;
    let (plan, known) = survey
        .plan(
            server,
            connected,
            request.connection,
            &settings,
            request.planning,
        )
        .await;
    let remarks = survey.remarks.iter().filter(|remark| !remark.is_empty());
    remarks.for_each(|remark| remark!("{remark}"));
    if !survey.errors.is_empty() {
        anyhow::bail!("{}", survey.errors.join("\nerror: "));
    }
    Ok((plan, known, survey))
}
