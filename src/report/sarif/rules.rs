//! The rules: every check, and one each for what is refused and what is not covered.

use serde::Serialize;

use super::Text;
use crate::checks::{CHECKS, Check, Control, Level as FieldLevel};

/// The id of the rule for documents of which nothing is written.
pub(super) const REFUSED: &str = "refused";

/// The id of the rule for objects in forms that are not edited.
pub(super) const NOT_COVERED: &str = "notCovered";

/// The id of the rule for workloads that a rollout did not change, or that have changed since.
pub(super) const ROLLOUT: &str = "rollout";

/// GitHub rejects rules with more tags than this.
const MAX_TAGS: usize = 20;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Error,
    Warning,
    Note,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: &'static str,
    name: String,
    short_description: Text<String>,
    full_description: Text<String>,
    help: Help,
    help_uri: &'static str,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: Level,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
}

/// All rules, with that of rollouts last where there is one; [`index`] counts in them.
pub(super) fn all(of_rollout: bool) -> Vec<Rule> {
    let own = [
        own_rule(
            REFUSED,
            "DocumentRefused",
            Level::Error,
            "A document is refused",
            "Nothing of the document or file is judged or written; the message says why.",
        ),
        own_rule(
            NOT_COVERED,
            "ObjectNotCovered",
            Level::Warning,
            "An object is not covered",
            "The object runs containers in a form that is not edited, so nobody looked at them.",
        ),
    ];
    let rollout = own_rule(
        ROLLOUT,
        "WorkloadNotHardened",
        Level::Error,
        "A workload is not hardened",
        "The rollout did not change it, set it back after it failed, or somebody changed it since; the message says which.",
    );
    let rollout = of_rollout.then_some(rollout);
    CHECKS
        .iter()
        .map(of_check)
        .chain(own)
        .chain(rollout)
        .collect()
}

/// The place of a rule in [`all`].
pub(super) fn index(id: &str) -> Option<usize> {
    let ids = CHECKS.iter().map(|check| check.id);
    ids.chain([REFUSED, NOT_COVERED, ROLLOUT])
        .position(|rule| rule == id)
}

fn of_check(check: &Check) -> Rule {
    let full = format!("{}. {}", check.title, demand(check));
    let mut text = format!("{full}\n\n{}\n\n{}", check.about.what, check.about.why);
    let mut markdown = text.clone();
    if !check.controls.is_empty() {
        text.push_str("\n\nSupports:");
        markdown.push_str("\n\nSupports:\n");
    }
    for control in check.controls {
        let line = described(control);
        text.push_str(&format!("\n- {line}"));
        markdown.push_str(&format!("\n- {line}"));
    }
    let id = check.id;
    let reason = "write the reason on or above the line";
    text.push_str(&format!(
        "\n\nTo leave it as it is, {reason}: # harden: ignore[{id}] REASON\n\nSource: {}\n",
        check.link
    ));
    markdown.push_str(&format!(
        "\n\nTo leave it as it is, {reason}: `# harden: ignore[{id}] REASON`\n\n[Source]({})\n",
        check.link
    ));
    let level = match check.field {
        Some(_) => Level::Error,
        None => Level::Warning,
    };
    let mut tags = vec!["security".to_owned(), "kubernetes".to_owned()];
    for control in check.controls {
        let tag = tag(control);
        if !tags.contains(&tag) && tags.len() < MAX_TAGS {
            tags.push(tag);
        }
    }
    Rule {
        id,
        name: name(id),
        short_description: Text {
            text: format!("{}.", check.title),
        },
        full_description: Text { text: full },
        help: Help { text, markdown },
        help_uri: check.link,
        default_configuration: Configuration { level },
        properties: Properties { tags },
    }
}

fn demand(check: &Check) -> String {
    match &check.field {
        Some(field) => {
            let who = match field.level {
                FieldLevel::Pod => "The pod",
                FieldLevel::PodOrContainer => "The pod or each of its containers",
                FieldLevel::Container => "Each container",
            };
            format!("{who} {}.", check.must())
        }
        None => "Somebody may have granted it on purpose, so a person has to decide.".into(),
    }
}

fn described(control: &Control) -> String {
    match control.version {
        "" => format!("{} {}", control.framework, control.id),
        version => format!("{} {version}: {}", control.framework, control.id),
    }
}

/// `CIS-5.2.7`.
fn tag(control: &Control) -> String {
    let framework = control.framework.trim_end_matches(" Kubernetes Benchmark");
    format!("{framework}-{}", control.id).replace(' ', "-")
}

fn own_rule(id: &'static str, name: &str, level: Level, title: &str, full: &str) -> Rule {
    let text = format!("{title}. {full}");
    let help = Help {
        markdown: text.clone(),
        text: text.clone(),
    };
    Rule {
        id,
        name: name.into(),
        short_description: Text {
            text: format!("{title}."),
        },
        full_description: Text { text },
        help,
        help_uri: env!("CARGO_PKG_REPOSITORY"),
        default_configuration: Configuration { level },
        properties: Properties {
            tags: vec!["security".into(), "kubernetes".into()],
        },
    }
}

/// `HardenRunAsNonRoot`: SARIF's names of rules are in Pascal case and differ from the ids.
fn name(id: &str) -> String {
    let mut chars = id.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    "Harden".chars().chain(first).chain(chars).collect()
}
