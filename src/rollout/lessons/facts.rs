//! What was learned of workloads, as facts of their images and exemptions of their containers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Taught;
use crate::config::{Exemption, ImageFacts, Remembered};
use crate::images::{Ids, without_tag};
use crate::rollout::retry::{Lesson, RunsAs, ToFix};

/// What is worth remembering.
pub(super) fn of(run: &str, taught: &[Taught]) -> Remembered {
    let mut images: BTreeMap<&str, Seen> = BTreeMap::new();
    for one in taught {
        for (container, image) in containers(one) {
            let lesson = one.learned.containers.get(container);
            if let Some(lesson) = lesson.filter(|lesson| says_something(lesson)) {
                let seen = images.entry(without_tag(image)).or_default();
                seen.add(&one.workload.object.shown(), lesson);
            }
        }
    }
    let lessons = || images.values().flat_map(|seen| &seen.lessons);
    Remembered {
        mounts_dirs: lessons()
            .any(|lesson| !lesson.writable.is_empty() || !lesson.seeded.is_empty()),
        opens_ports: lessons().any(|lesson| !lesson.low_ports.is_empty()),
        exemptions: taught.iter().flat_map(exemptions).collect(),
        images: images
            .iter()
            .map(|(image, seen)| seen.facts(image, run))
            .collect(),
    }
}

/// The containers of a workload with their images.
fn containers<'t>(one: &'t Taught) -> impl Iterator<Item = (&'t str, &'t str)> {
    let specs = one
        .workload
        .pod_specs
        .iter()
        .filter_map(|path| path.get(&one.original));
    let lists = specs.flat_map(|spec| ["initContainers", "containers"].map(|list| spec.get(list)));
    let containers = lists.flatten().filter_map(Value::as_array).flatten();
    containers.filter_map(|container| {
        let text = |key: &str| container.get(key)?.as_str();
        Some((text("name")?, text("image")?))
    })
}

/// Whether a lesson says anything of the image, beside what is left out.
fn says_something(lesson: &Lesson) -> bool {
    let lists = [
        &lesson.writable,
        &lesson.seeded,
        &lesson.capabilities,
        &lesson.root_capabilities,
    ];
    lesson.run_as.is_some()
        || lesson.home.is_some()
        || lesson.pings
        || !lesson.low_ports.is_empty()
        || lists.iter().any(|list| !list.is_empty())
}

/// An image wherever it was seen.
#[derive(Default)]
struct Seen<'l> {
    workloads: BTreeSet<String>,
    lessons: Vec<&'l Lesson>,
}

impl<'l> Seen<'l> {
    fn add(&mut self, workload: &str, lesson: &'l Lesson) {
        self.workloads.insert(workload.to_owned());
        self.lessons.push(lesson);
    }

    /// What all of them say. Users that differ say nothing of the image.
    fn facts(&self, image: &str, run: &str) -> ImageFacts {
        let lessons = || self.lessons.iter();
        let mut users = lessons().filter_map(|lesson| lesson.run_as);
        let user = users
            .next()
            .filter(|first| users.all(|user| user == *first));
        let all = |of: fn(&Lesson) -> &BTreeSet<String>| {
            lessons()
                .flat_map(|lesson| of(lesson))
                .collect::<BTreeSet<_>>()
        };
        let owned = |all: BTreeSet<&String>| all.into_iter().cloned().collect::<Vec<_>>();
        let seeded = all(|lesson| &lesson.seeded);
        let writable = &all(|lesson| &lesson.writable) - &seeded;
        let ports: BTreeSet<_> = lessons()
            .flat_map(|lesson| &lesson.low_ports)
            .copied()
            .collect();
        let is_unnamed = ports == BTreeSet::from([0]);
        ImageFacts {
            image: image.to_owned(),
            run_as: user.map(|RunsAs { uid, gid }| Ids { uid, gid }),
            writable_dirs: owned(writable),
            seeded_dirs: owned(seeded),
            home: lessons().find_map(|lesson| lesson.home.clone()),
            pings: lessons().any(|lesson| lesson.pings),
            low_ports: ports.into_iter().filter(|port| *port > 0).collect(),
            file_capabilities: owned(all(|lesson| &lesson.capabilities)),
            root_capabilities: owned(all(|lesson| &lesson.root_capabilities)),
            reason: self.reason(run, is_unnamed),
        }
    }

    fn reason(&self, run: &str, is_unnamed: bool) -> String {
        let first = self.workloads.first().map_or("", String::as_str);
        let more = match self.workloads.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let port = match is_unnamed {
            true => "; it listens on a port below 1024 that nobody named: say which under lowPorts",
            false => "",
        };
        format!("learned from {first}{more} in the run {run}{port}")
    }
}

/// The fields that containers of a workload run without.
fn exemptions(one: &Taught) -> Vec<Exemption> {
    let object = &one.workload.object;
    let to_fix = one.learned.to_fix().into_iter();
    let exemptions = to_fix.map(
        |ToFix {
             container,
             checks,
             evidence,
             ..
         }| Exemption {
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            container: Some(container),
            checks,
            reason: format!("left out, for the app does not run with it: {evidence}"),
            expires: None,
        },
    );
    exemptions.collect()
}
