//! From a command line to what is reviewed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use super::git::uncommitted;
use super::model::{Left, Live, Model, Text, build};
use crate::cli::ReviewArgs;
use crate::config::Configs;
use crate::examine::Settings;
use crate::image_lookup::Inspection;
use crate::printable::printable;
use crate::rollout::{Reviewable, reviewable};
use crate::source::{Input, Origin, expand, read};

/// What is reviewed, and the objects that it was made of where it is live.
pub(super) struct Loaded {
    pub(super) model: Model,
    pub(super) live: Option<(Reviewable, PathBuf)>,
}

/// Reads what the command line asks for.
///
/// # Errors
/// What does not go together, and a cluster that cannot be read.
pub(super) fn load(args: &ReviewArgs) -> anyhow::Result<Loaded> {
    let today = jiff::tz::TimeZone::UTC
        .to_datetime(jiff::Timestamp::now())
        .date();
    let configs = Configs::new(args.values.flags(true), today);
    if !args.resources.is_empty() {
        return objects(args, &configs);
    }
    if args.filename.is_empty() && args.files.is_empty() {
        bail!(
            "must specify one of -f PATH, TYPE[/NAME] or -- FILE...\nhint: kubectl harden review -f manifests/ -R"
        );
    }
    if args.filename.iter().any(|name| name == "-") {
        bail!("a review ends by writing files, and - is none\nhint: write it to a file first");
    }
    if let Some(flag) = args.selection.live_only() {
        bail!(
            "{flag} selects live objects, not files\nhint: kubectl harden review TYPE {flag}, without -f"
        );
    }
    if args.out.is_some() {
        bail!(
            "--out is the plan of live objects; a review of files writes the files\nhint: leave it out"
        );
    }
    let inspection = Inspection::new(&args.values.images).map_err(anyhow::Error::msg)?;
    let model = manifests(args, &configs, &inspection);
    Ok(Loaded { model, live: None })
}

fn manifests(args: &ReviewArgs, configs: &Configs, inspection: &Inspection) -> Model {
    let here = std::env::current_dir().unwrap_or_default();
    let mut texts = Vec::new();
    let mut left = Vec::new();
    for expanded in expand(&args.filename, &args.files, args.recursive) {
        let text = match &expanded {
            Ok(input) => text(input, &here, configs, inspection),
            Err(missing) => Err((missing.path.clone(), missing.message.clone())),
        };
        match text {
            Ok(text) => texts.push(text),
            Err((place, why)) => left.push(Left {
                place,
                name: String::new(),
                why,
            }),
        }
    }
    let mut model = build(texts, left);
    let used = model
        .items
        .iter()
        .filter_map(|item| model.papers.get(item.paper));
    let files: Vec<_> = used
        .filter_map(|paper| Some((paper.file.clone()?, paper.shown.clone())))
        .collect();
    let dirty = uncommitted(files.iter().map(|(path, _)| path.as_path()));
    let mut shown: Vec<_> = files
        .into_iter()
        .filter(|(path, _)| dirty.contains(path))
        .map(|(_, shown)| shown)
        .collect();
    shown.dedup();
    model.dirty = shown;
    model.writes_dirty = args.allow_dirty;
    model
}

/// What is known of the images that a text names; what went wrong with reading them is said before the review begins.
fn known(inspection: &Inspection, text: &[u8], settings: &Arc<Settings>) -> Arc<Settings> {
    let (settings, warnings) = inspection.knowing(text, settings);
    for warning in warnings {
        eprintln!("Warning: {}", printable(&warning));
    }
    settings
}

fn text(
    input: &Input,
    here: &Path,
    configs: &Configs,
    inspection: &Inspection,
) -> Result<Text, (String, String)> {
    let shown = input.shown(here);
    let failed = |why: String| (shown.clone(), why);
    let bytes = read(&input.origin).map_err(|error| failed(error.to_string()))?;
    let settings = configs.of(input.directory());
    let settings = settings.map_err(|error| failed(error.to_string()))?;
    let settings = known(inspection, &bytes, &settings);
    Ok(Text {
        text: bytes.into_owned(),
        settings,
        file: match &input.origin {
            Origin::File(path) => Some(path.clone()),
            Origin::Stdin | Origin::Live(_) => None,
        },
        live: None,
        shown: shown.clone(),
    })
}

fn objects(args: &ReviewArgs, configs: &Configs) -> anyhow::Result<Loaded> {
    let Some(out) = &args.out else {
        bail!("a review of live objects ends by writing a plan\nhint: say where with --out=FILE");
    };
    if !args.files.is_empty() {
        bail!("name either files or live objects\nhint: leave out what stands behind --");
    }
    let live = reviewable(args)?;
    // By what the plan knows of images: they are asked once.
    let settings = live.plan.knowing(&configs.of(Path::new(""))?);
    let cluster = &live.plan.metadata.cluster;
    let cluster = match cluster.uid.as_str() {
        "" => &cluster.server,
        uid => uid,
    };
    let mut texts = Vec::new();
    let mut left: Vec<_> = live.plan.left_out.iter().map(left_out).collect();
    for workload in &live.plan.workloads {
        let shown = workload.object.shown();
        if let Some(blocked) = &workload.blocked {
            left.push(Left {
                place: shown,
                name: String::new(),
                why: format!("{}; {}", blocked.reason, blocked.hint),
            });
            continue;
        }
        let Some(object) = live.object(&workload.object) else {
            continue;
        };
        let owners = workload
            .owners
            .iter()
            .map(|owner| format!("owned by {owner}"));
        texts.push(Text {
            text: object.text.clone(),
            settings: Arc::clone(&settings),
            file: None,
            live: Some(Live {
                notes: owners.chain(workload.risks.iter().cloned()).collect(),
                hash: format!(
                    "{cluster} {} {}",
                    workload.object.uid, workload.template_hash
                ),
            }),
            shown,
        });
    }
    let mut model = build(texts, left);
    model.compliant = live.plan.compliant.len();
    model.plan = out.display().to_string();
    // Exemptions go into a file that a person edits; a plan goes into one of its own.
    model.writes_dirty = true;
    Ok(Loaded {
        model,
        live: Some((live, out.clone())),
    })
}

fn left_out(one: &crate::rollout::LeftOut) -> Left {
    Left {
        place: one.object.clone(),
        name: String::new(),
        why: one.reason.clone(),
    }
}
