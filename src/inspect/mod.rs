//! `kubectl harden inspect`: who a pod is really running as, beside what it declares. It changes nothing, but for the
//! container that `--debug-image` adds.

mod actual;
mod container;
mod csv;
mod debug;
mod declared;
mod finding;
mod inspection;
mod look;
mod markdown;
pub(crate) mod probe;
mod progress;
#[cfg(test)]
mod sample;
mod table;

use std::io::{self, Write};

use anyhow::bail;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;

use self::inspection::{Inspection, Missing};
use self::look::Looker;
use self::progress::Progress;
use crate::cli::{InspectArgs, InspectOutput};
use crate::cluster::{Server, connect};
use crate::report::Target;
use crate::source::{PodQuery, Pods};
use crate::yaml::to_yaml;

/// What the process says at its end: everything selected was looked at.
pub const LOOKED: u8 = 0;
/// Something runs as root, under `--check`.
pub const ROOT: u8 = 1;
/// Something could not be had; under `--check` also, where it is not known who runs.
pub const FAILED: u8 = 2;

/// How many pods are looked at at a time.
const AT_A_TIME: usize = 8;

/// The formats of `--report`.
pub const FORMATS: [&str; 3] = ["json", "markdown", "csv"];

/// Looks at what the command line selects.
///
/// # Errors
/// A command line that asks for what cannot be; no connection.
pub fn run(args: &InspectArgs) -> anyhow::Result<u8> {
    let query = PodQuery::new(&args.resources, &args.selection).map_err(anyhow::Error::msg)?;
    if let Some(other) = args
        .report
        .iter()
        .find(|target| !FORMATS.contains(&target.name()))
    {
        bail!(
            "inspect writes no report as {}: it writes {}",
            other.name(),
            FORMATS.join(", ")
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let inspection = runtime.block_on(inspect(args, &query))?;
    print(args, &inspection)?;
    for missing in &inspection.errors {
        eprintln!(
            "error: {}: {}\nhint: {}",
            missing.object, missing.message, missing.hint
        );
    }
    inspection
        .hints()
        .iter()
        .for_each(|hint| eprintln!("hint: {hint}"));
    let is_written = write_reports(&args.report, &inspection)?;
    Ok(match args.check {
        _ if !is_written || !inspection.errors.is_empty() => FAILED,
        true if inspection.runs_root() => ROOT,
        true if !inspection.is_known() => FAILED,
        _ => LOOKED,
    })
}

async fn inspect(args: &InspectArgs, query: &PodQuery) -> anyhow::Result<Inspection> {
    let started = Timestamp::now();
    let failed = |failure: crate::cluster::Failure| {
        anyhow::anyhow!("{}\nhint: {}", failure.message, failure.hint)
    };
    let connected = connect(&args.connection).await.map_err(failed)?;
    let server = Server::new(&connected, args.connection.request_timeout);
    let Pods {
        pods,
        missing,
        remarks,
    } = query.read(&server, &connected.namespace).await;
    remarks.iter().for_each(|remark| eprintln!("{remark}"));
    if let Some(image) = args.debug_image.as_deref().filter(|_| !pods.is_empty()) {
        eprintln!(
            "Warning: where nothing else tells, a container of {image} is added to the pod ({}*). It ends at once, and stays \
             in the pod's list until the pod goes: Kubernetes cannot remove it",
            debug::NAME_PREFIX
        );
    }
    let looker = Looker {
        server: &server,
        containers: &args.container,
        may_exec: !args.no_exec,
        debug_image: args.debug_image.as_deref(),
        time: args.connection.request_timeout,
    };
    let progress = Progress::new(pods.len());
    let looks = stream::iter(pods).map(async |pod| {
        let looked = looker.look(pod).await;
        progress.one_more();
        looked
    });
    let pods: Vec<_> = looks.buffered(AT_A_TIME).collect().await;
    let mut errors: Vec<_> = missing.into_iter().map(Missing::from).collect();
    let has_any = |name: &String| {
        let mut containers = pods.iter().flat_map(|pod| &pod.containers);
        containers.any(|container| &container.name == name)
    };
    let unknown = args.container.iter().filter(|name| !has_any(name));
    errors.extend(
        unknown
            .filter(|_| !pods.is_empty())
            .map(|name| Missing::container(name)),
    );
    Ok(Inspection {
        started,
        server: connected.host.clone(),
        context: connected.context.clone(),
        pods,
        errors,
    })
}

fn print(args: &InspectArgs, inspection: &Inspection) -> anyhow::Result<()> {
    let is_wide = args.output == Some(InspectOutput::Wide);
    let text = match args.output {
        Some(InspectOutput::Json) => inspection.to_json()?,
        Some(InspectOutput::Yaml) => to_yaml(&serde_json::to_value(inspection.document())?),
        _ if inspection.pods.is_empty() => String::new(),
        _ => table::print(
            inspection,
            args.selection.all_namespaces,
            is_wide,
            args.color.colors(),
        ),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

fn write_reports(targets: &[Target], inspection: &Inspection) -> anyhow::Result<bool> {
    let mut all = true;
    for target in targets {
        let text = match target.name() {
            "csv" => csv::write(inspection)?,
            "markdown" => markdown::write(inspection),
            _ => inspection.to_json()?,
        };
        if let Err(error) = target.write(text.as_bytes(), &mut io::stdout().lock()) {
            eprintln!("error: cannot write the report {target}: {error}");
            eprintln!("hint: the directory has to be there and writable");
            all = false;
        }
    }
    Ok(all)
}
