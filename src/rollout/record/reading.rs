//! What the cluster says of workloads when the report is made.

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::Value;

use crate::cli::ReportArgs;
use crate::cluster::Server;
use crate::examine::Settings;
use crate::manifest::harden_every;
use crate::report::{LiveRead, LiveResult, Row, Subject, absent};
use crate::rollout::conduct::same_cluster;
use crate::rollout::options::Options;
use crate::rollout::plan::{HardenPlan, ObjectRef, subjects};

/// How many workloads are read again at a time.
const AT_A_TIME: usize = 16;

/// What was read again: when, and the object, its absence, or why not.
pub(super) type Reading = (Timestamp, Result<Option<Value>, String>);

pub(super) async fn read_again(
    args: &ReportArgs,
    plan: &HardenPlan,
    options: &Options,
    objects: &[&ObjectRef],
) -> anyhow::Result<Vec<Option<Reading>>> {
    let connection = options.connection.clone().overridden(&args.connection);
    let connection = connection.flags(args.connection.token.as_ref());
    let hint = "--offline reports without reading the workloads again";
    let server = same_cluster(&connection, plan).await;
    let server = server.map_err(|error| anyhow::anyhow!("{error:#}\nhint: {hint}"))?;
    let readings = objects.iter().map(|object| reading(&server, object));
    Ok(stream::iter(readings)
        .buffered(AT_A_TIME)
        .map(Some)
        .collect()
        .await)
}

async fn reading(server: &Server, object: &ObjectRef) -> Reading {
    let found = match server.get::<Value>(&object.path()).await {
        Ok(found) => {
            let uid = found.pointer("/metadata/uid").and_then(Value::as_str);
            Ok((uid == Some(&object.uid)).then_some(found))
        }
        Err(failure) if failure.code == 404 => Ok(None),
        Err(failure) => Err(failure.message),
    };
    (Timestamp::now(), found)
}

/// What a report says of an object as it was.
pub(super) fn judged(object: &ObjectRef, value: Value, settings: &Settings) -> Subject {
    let live = object.manifest(value);
    let documents = harden_every(&live.text, settings);
    let found = subjects(&live, &documents, settings);
    let first = found.into_iter().next();
    first.unwrap_or_else(|| absent(object.shown(), &settings.policy))
}

/// Takes what the cluster says now into the rows.
pub(super) fn reread(
    subject: &mut Subject,
    object: &ObjectRef,
    (at, found): Reading,
    settings: &Settings,
    planned: impl Fn(&Value) -> LiveResult,
) -> LiveRead {
    let result = match found {
        Err(why) => LiveResult::NotRead(why),
        Ok(None) => LiveResult::Gone,
        Ok(Some(found)) => {
            let result = planned(&found);
            let now = judged(object, found, settings);
            for row in &mut subject.rows {
                let same = now.rows.iter().find(|other| is_same(row, other));
                row.live = Some(same.and_then(|same| same.before.clone()));
            }
            result
        }
    };
    LiveRead { at, result }
}

/// Whether two rows are of the same field of the same container.
fn is_same(row: &Row, other: &Row) -> bool {
    let is_pod_or_same = row.container == other.container
        || match (&row.container, &other.container) {
            (Some(one), Some(other)) => one.name == other.name && one.list == other.list,
            _ => false,
        };
    row.check.id == other.check.id && is_pod_or_same
}
