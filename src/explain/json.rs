//! Checks, for programs.

use serde::Serialize;

use super::Found;
use super::facts::facts;
use crate::checks::Check;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    id: &'static str,
    title: &'static str,
    what: &'static str,
    why: &'static str,
    fields: Vec<Field>,
    accepts: &'static str,
    writes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writes_in_windows_pods: Option<bool>,
    privilege: Option<Privilege>,
    demands: Vec<Demand>,
    breaks: Vec<Breaks>,
    supports: Vec<Supports>,
    link: &'static str,
}

#[derive(Serialize)]
struct Field {
    level: &'static str,
    path: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Privilege {
    /// `None` where only a person can take it away.
    unsafe_fix: Option<&'static str>,
    container_is_left_alone: bool,
}

#[derive(Serialize)]
struct Demand {
    profile: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    since: String,
    demand: String,
}

#[derive(Serialize)]
struct Breaks {
    symptoms: &'static [&'static str],
    status: &'static str,
    cause: &'static str,
    remedies: &'static [&'static str],
    sources: &'static [&'static str],
}

#[derive(Serialize)]
struct Supports {
    framework: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'static str,
    id: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'static str,
}

/// One check as an object, several as a list.
pub(super) fn print(found: &Found) -> String {
    let text = match found {
        Found::One(check) => serde_json::to_string_pretty(&explained(check)),
        found => {
            let checks = found.checks().into_iter().map(explained);
            serde_json::to_string_pretty(&checks.collect::<Vec<_>>())
        }
    };
    // Strings, lists and booleans always have a form in JSON.
    text.unwrap_or_default() + "\n"
}

fn explained(check: &'static Check) -> Explained {
    let facts = facts(check);
    let about = &check.about;
    let fields = facts.fields.into_iter();
    let rules = facts.rules.into_iter();
    Explained {
        id: check.id,
        title: check.title,
        what: about.what,
        why: about.why,
        fields: fields.map(|(level, path)| Field { level, path }).collect(),
        accepts: about.accepts,
        writes: facts.written,
        writes_in_windows_pods: facts.on_windows,
        privilege: facts.taken_away.map(|how| Privilege {
            unsafe_fix: Some(how).filter(|how| !how.is_empty()),
            container_is_left_alone: facts.holds,
        }),
        demands: rules
            .map(|rule| Demand {
                profile: rule.profile,
                since: rule.since,
                demand: rule.demand,
            })
            .collect(),
        breaks: breaks(check),
        supports: supports(check),
        link: check.link,
    }
}

fn breaks(check: &Check) -> Vec<Breaks> {
    let breaks = check.about.breaks.iter().map(|b| Breaks {
        symptoms: b.symptoms,
        status: b.status,
        cause: b.cause,
        remedies: b.remedies,
        sources: b.sources,
    });
    breaks.collect()
}

fn supports(check: &Check) -> Vec<Supports> {
    let supports = check.controls.iter().map(|c| Supports {
        framework: c.framework,
        version: c.version,
        id: c.id,
        note: c.note,
    });
    supports.collect()
}
