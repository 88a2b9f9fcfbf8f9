//! From what is selected to a plan: the changes, who owns each workload, what is risky about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::check::Known;
use super::git_patch::{json_patch, kustomize_patch};
use super::owners::owners;
use super::plan::{
    API_VERSION, Blocked, HardenPlan, KIND, KnownImages, LeftOut, Metadata, ObjectRef,
    PlanSettings, Planned, PlannedWorkload, known_images,
};
use super::risks::{Risk, Surroundings, risks, weight};
use super::which_cluster::cluster_name;
use crate::cli::{Connection, Planning};
use crate::cluster::{Connected, Failure, Pages, Resource, Scope, Server};
use crate::examine::Settings;
use crate::image_lookup::Inspection;
use crate::ordered;
use crate::source::{Item, LiveObject, Origin, Query, live};

/// What was seen beside the plan.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// With the objects as JSON: thousands of parsed ones would fill the memory.
    workloads: Vec<(PlannedWorkload, Vec<u8>)>,
    /// The objects that change, where they are kept for a review.
    pub(super) objects: Option<Vec<(ObjectRef, LiveObject)>>,
    around: BTreeMap<String, Surroundings>,
    left_out: Vec<LeftOut>,
    /// What was known of images, by their names.
    images: KnownImages,
    /// What is fine as it is.
    compliant: Vec<ObjectRef>,
    /// What to say while or after: warnings, and errors with their hints.
    pub(super) remarks: Vec<String>,
    pub(super) errors: Vec<String>,
}

/// What one item of the listing gives.
enum Found {
    Planned(Planned, Vec<u8>, Box<LiveObject>, KnownImages),
    Remark(String),
    Error(String),
    End,
}

impl Survey {
    /// Reads what is selected and plans it, on all cores.
    ///
    /// # Errors
    /// What does not go together on the command line.
    pub(super) fn of(
        query: Query,
        settings: &Arc<Settings>,
        inspection: &Inspection,
        keeps_objects: bool,
    ) -> Result<Self, String> {
        let items = live(query)?;
        let threads = inspection.threads();
        let mut survey = Self {
            objects: keeps_objects.then(Vec::new),
            ..Self::default()
        };
        let mut has_ended = false;
        let work = |item| find(item, settings, inspection);
        ordered::for_each(items.into_iter(), threads, work, |(found, warnings)| {
            has_ended |= matches!(found, Found::End);
            let warnings = warnings.iter().map(|warning| format!("Warning: {warning}"));
            survey.remarks.extend(warnings);
            survey.add(found);
            true
        });
        if !has_ended {
            survey
                .errors
                .push("reading from the cluster ended early".into());
        }
        Ok(survey)
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::Planned(planned, json, object, images) => {
                self.images.extend(images);
                self.add_planned(planned, json, object);
            }
            Found::Remark(remark) => self.remarks.push(remark),
            Found::Error(error) => self.errors.push(error),
            Found::End => {}
        }
    }

    fn add_planned(&mut self, planned: Planned, json: Vec<u8>, object: Box<LiveObject>) {
        match planned {
            Planned::Workload(workload) => {
                if let Some(objects) = &mut self.objects {
                    objects.push((workload.object.clone(), *object));
                }
                self.workloads.push((*workload, json));
            }
            Planned::LeftOut(left_out) => self.left_out.push(left_out),
            Planned::Compliant(object) => self.compliant.push(object),
        }
    }

    /// The plan, with owners, risks and order, and the objects that it was made from.
    pub(super) async fn plan(
        &mut self,
        server: &Server,
        connected: &Connected,
        connection: &Connection,
        settings: &Settings,
        planning: &Planning,
    ) -> (HardenPlan, Known) {
        let mut known = Known::default();
        self.around = self.surroundings(server).await;
        let mut weighed: Vec<_> = std::mem::take(&mut self.workloads)
            .into_iter()
            .map(|(mut workload, json)| {
                let object = serde_json::from_slice(&json).unwrap_or_default();
                known.add(&workload.object, json);
                let found = self.assess(&mut workload, &object, planning);
                let weight = (workload.blocked.is_some(), weight(&object, &found));
                (weight, workload)
            })
            .collect();
        let mut order: Vec<_> = (0..weighed.len()).collect();
        order.sort_by_key(|&i| weighed.get(i).map(|(weight, _)| weight));
        for i in order.into_iter().take(planning.canary) {
            if let Some((_, workload)) = weighed.get_mut(i) {
                workload.canary = workload.blocked.is_none();
            }
        }
        weighed.sort_by_key(|(_, workload)| !workload.canary);
        let plan = HardenPlan {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            metadata: Metadata {
                created_at: Timestamp::now(),
                created_by: concat!("kubectl-harden ", env!("CARGO_PKG_VERSION")).into(),
                cluster: cluster_name(server, connected, connection).await,
            },
            settings: PlanSettings::of(&settings.policy),
            images: std::mem::take(&mut self.images)
                .into_values()
                .flatten()
                .collect(),
            workloads: weighed.into_iter().map(|(_, workload)| workload).collect(),
            compliant: std::mem::take(&mut self.compliant),
            left_out: std::mem::take(&mut self.left_out),
        };
        (plan, known)
    }

    /// Adds who owns a workload and what is risky about its change.
    pub(super) fn assess(
        &self,
        workload: &mut PlannedWorkload,
        object: &Value,
        planning: &Planning,
    ) -> Vec<Risk> {
        let nothing = Surroundings::default();
        let around = self.around.get(&workload.object.namespace);
        let fields: Vec<_> = workload.changes.iter().map(|c| c.field.clone()).collect();
        let found = risks(object, around.unwrap_or(&nothing), &fields);
        own(workload, object, planning);
        workload.risks = found.iter().map(|risk| risk.message.clone()).collect();
        found
    }

    /// What is around the workloads, by namespace. What may not be read is said, and not known.
    async fn surroundings(&mut self, server: &Server) -> BTreeMap<String, Surroundings> {
        let mut found: BTreeMap<String, Surroundings> = BTreeMap::new();
        for (workload, _) in &self.workloads {
            found.entry(workload.object.namespace.clone()).or_default();
        }
        let namespace = match found.len() {
            0 => return found,
            1 => found.keys().next().cloned(),
            _ => None,
        };
        for (group, version, plural) in [
            ("policy", "v1", "poddisruptionbudgets"),
            ("", "v1", "persistentvolumeclaims"),
            ("autoscaling", "v2", "horizontalpodautoscalers"),
        ] {
            let resource = Resource::namespaced(group, version, plural);
            let objects = match all(server, &resource, namespace.as_deref()).await {
                Ok(objects) => objects,
                Err(failure) => {
                    let remark = format!(
                        "Warning: {plural} are not read, and risks of theirs not known: {}",
                        failure.message
                    );
                    self.remarks.push(remark);
                    continue;
                }
            };
            for object in objects {
                let of = object
                    .pointer("/metadata/namespace")
                    .and_then(Value::as_str);
                let Some(around) = of.and_then(|of| found.get_mut(of)) else {
                    continue;
                };
                match plural {
                    "poddisruptionbudgets" => around.pdbs.push(object),
                    "persistentvolumeclaims" => around.claims.push(object),
                    _ => around.autoscalers.push(object),
                }
            }
        }
        found
    }
}

/// What an item is, and what went wrong with reading its images.
fn find(item: Item, settings: &Arc<Settings>, inspection: &Inspection) -> (Found, Vec<String>) {
    let mut warnings = Vec::new();
    let found = match item {
        Item::Remark(remark) => Found::Remark(remark),
        Item::End => Found::End,
        Item::Input(Err(missing)) => Found::Error(format!(
            "{}: {}\nhint: {}",
            missing.path, missing.message, missing.hint
        )),
        Item::Input(Ok(input)) => match input.origin {
            Origin::Live(object) => {
                let (settings, said) = inspection.knowing(&object.text, settings);
                warnings = said;
                let planned = Planned::of(&object, &settings);
                let is_needed = matches!(planned, Planned::Workload(_));
                let json = is_needed.then(|| object.raw.to_string().into_bytes());
                let images = known_images(&object.text, &settings);
                Found::Planned(planned, json.unwrap_or_default(), object, images)
            }
            _ => Found::Remark(String::new()),
        },
    };
    (found, warnings)
}

fn own(workload: &mut PlannedWorkload, object: &Value, planning: &Planning) {
    let owners = owners(object);
    let blocking = owners.iter().find(|owner| owner.blocks);
    if let Some(owner) = blocking {
        let wanted: Vec<_> = workload
            .changes
            .iter()
            .map(|c| (c.field.clone(), c.after.clone()))
            .collect();
        let patch = kustomize_patch(object, &wanted);
        workload.patch = patch.or_else(|| {
            let patch = json_patch(object, &wanted)?;
            serde_json::to_string_pretty(&patch).ok()
        });
        if !planning.include_managed && workload.blocked.is_none() {
            workload.blocked = Some(Blocked {
                reason: format!("{} owns it: {}", owner.tool, owner.name),
                hint: owner.advice.clone(),
                managed: true,
            });
        }
    }
    workload.owners = owners
        .iter()
        .map(|owner| format!("{} {} ({})", owner.tool, owner.name, owner.evidence))
        .collect();
}

async fn all(
    server: &Server,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let scope = Scope {
        namespace,
        labels: None,
        fields: None,
        chunk: 500,
    };
    let mut pages = Pages::new(server, resource, scope);
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await? {
        objects.extend(page);
    }
    Ok(objects)
}
