//! Exemptions that are added.

use glob::Pattern;
use jiff::civil::Date;

use super::Entry;
use super::scalar::{list, quoted, scalar};
use crate::config::file::ConfigFile;
use crate::config::meaning::rule;
use crate::exempt::{Checks, Rule};

/// An exemption of one workload, or of one container of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// `Deployment`.
    pub kind: String,
    /// Empty where none is written.
    pub namespace: String,
    /// The name, exactly.
    pub name: String,
    /// The container, exactly; `None` for the pod and all containers.
    pub container: Option<String>,
    /// The ids of the checks.
    pub checks: Vec<&'static str>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

impl Entry for Exemption {
    const KEY: &'static str = "exemptions";
    type Meaning = Rule;

    fn fields(&self) -> Vec<(&'static str, String)> {
        let exact = |text: &str| scalar(&Pattern::escape(text));
        let mut fields = vec![("kind", scalar(&self.kind))];
        if !self.namespace.is_empty() {
            fields.push(("namespace", exact(&self.namespace)));
        }
        fields.push(("name", exact(&self.name)));
        fields.extend(self.container.iter().map(|name| ("container", exact(name))));
        fields.push((
            "checks",
            list(self.checks.iter().map(|id| (*id).to_owned())),
        ));
        fields.push(("reason", quoted(&self.reason)));
        fields.extend(self.expires.map(|last| ("expires", last.to_string())));
        fields
    }

    fn read(file: ConfigFile) -> Result<Vec<Rule>, String> {
        file.exemptions.into_iter().map(rule).collect()
    }

    fn says(&self, rule: &Rule) -> bool {
        self.is_of(rule)
            && rule.excuse.reason == self.reason
            && rule.excuse.expires == self.expires
            && rule.checks == Checks::These(self.checks.clone())
    }
}

impl Exemption {
    /// Whether a rule exempts the same container of the same workload.
    fn is_of(&self, rule: &Rule) -> bool {
        let is = |pattern: &Option<Pattern>, text: &str| match pattern {
            Some(pattern) => pattern.as_str() == Pattern::escape(text),
            None => text.is_empty(),
        };
        let container = self.container.as_deref().unwrap_or_default();
        rule.kind.as_deref() == Some(&self.kind)
            && is(&rule.namespace, &self.namespace)
            && is(&rule.name, &self.name)
            && is(&rule.container, container)
    }

    /// Whether a rule exempts all of it already, for whatever reason and for ever.
    pub(super) fn is_there(&self, rule: &Rule) -> bool {
        let has = |check: &&'static str| match &rule.checks {
            Checks::These(checks) => checks.contains(check),
            Checks::All => true,
        };
        self.is_of(rule) && rule.excuse.expires.is_none() && self.checks.iter().all(has)
    }
}
