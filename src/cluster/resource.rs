//! Types of resources, and how the command line names them.

/// A type of resource of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`.
    pub plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) is_namespaced: bool,
}

/// A row of the table of built-in types.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// The built-in types that run pods: API group, version, kind, plural, singular, short names. No discovery is
/// needed for them. Source: the `ShortNames` and `Kind` of Kubernetes' registries, and `kubectl api-resources`.
const BUILT_IN: [Row; 9] = [
    ("", "v1", "Pod", "pods", "pod", &["po"]),
    ("", "v1", "PodTemplate", "podtemplates", "podtemplate", &[]),
    (
        "",
        "v1",
        "ReplicationController",
        "replicationcontrollers",
        "replicationcontroller",
        &["rc"],
    ),
    (
        "apps",
        "v1",
        "DaemonSet",
        "daemonsets",
        "daemonset",
        &["ds"],
    ),
    (
        "apps",
        "v1",
        "Deployment",
        "deployments",
        "deployment",
        &["deploy"],
    ),
    (
        "apps",
        "v1",
        "ReplicaSet",
        "replicasets",
        "replicaset",
        &["rs"],
    ),
    (
        "apps",
        "v1",
        "StatefulSet",
        "statefulsets",
        "statefulset",
        &["sts"],
    ),
    ("batch", "v1", "CronJob", "cronjobs", "cronjob", &["cj"]),
    ("batch", "v1", "Job", "jobs", "job", &[]),
];

/// The built-in types that run pods.
pub(crate) fn built_in() -> impl Iterator<Item = Resource> {
    BUILT_IN.iter().map(
        |(group, version, kind, plural, singular, short_names)| Resource {
            group: (*group).into(),
            version: (*version).into(),
            kind: (*kind).into(),
            plural: (*plural).into(),
            singular: (*singular).into(),
            short_names: short_names.iter().map(|name| (*name).into()).collect(),
            categories: Vec::new(),
            is_namespaced: true,
        },
    )
}

impl Resource {
    /// A type of which only the place in the API matters.
    pub(crate) fn namespaced(group: &str, version: &str, plural: &str) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            is_namespaced: true,
            ..Self::default()
        }
    }

    /// `deployments.apps`, as the server names it in its messages.
    pub(crate) fn qualified(&self) -> String {
        match self.group.as_str() {
            "" => self.plural.clone(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Where its objects are, of one namespace or of all.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        let namespace = namespace.filter(|_| self.is_namespaced);
        let namespace = namespace.map(|name| format!("namespaces/{name}/"));
        format!(
            "/{root}/{}/{}{}",
            self.api_version(),
            namespace.unwrap_or_default(),
            self.plural
        )
    }

    /// kubectl's name of an object: `deployment.apps/web`.
    pub(crate) fn object(&self, name: &str) -> String {
        let kind = self.kind.to_lowercase();
        match self.group.as_str() {
            "" => format!("{kind}/{name}"),
            group => format!("{kind}.{group}/{name}"),
        }
    }
}

/// A TYPE of the command line: a name and what comes behind its first dot.
pub(crate) struct TypeName<'t> {
    name: String,
    behind: &'t str,
}

impl<'t> TypeName<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let (name, behind) = text.split_once('.').unwrap_or((text, ""));
        let name = name.to_lowercase();
        Self { name, behind }
    }

    /// The resources that it names, of a list in the order of preference: one by its plural, singular or short
    /// name, or all of a category. As `restmapper.shortcutExpander` of client-go has it, a plural anywhere wins
    /// over a short name, which wins over a singular.
    pub(crate) fn find(&self, known: &[Resource]) -> Vec<Resource> {
        let fits = |resource: &&Resource| self.fits(resource);
        let by = |names: &dyn Fn(&Resource) -> bool| {
            known
                .iter()
                .filter(fits)
                .find(|resource| names(resource))
                .cloned()
        };
        let name = &self.name;
        let one = by(&|resource| &resource.plural == name)
            .or_else(|| by(&|resource| resource.short_names.contains(name)))
            .or_else(|| by(&|resource| &resource.singular == name))
            .or_else(|| by(&|resource| resource.kind.to_lowercase() == *name));
        if let Some(one) = one {
            return vec![one];
        }
        let mut of_category: Vec<Resource> = Vec::new();
        for resource in known {
            let is_known = of_category
                .iter()
                .any(|other| other.qualified() == resource.qualified());
            if self.behind.is_empty() && resource.categories.contains(name) && !is_known {
                of_category.push(resource.clone());
            }
        }
        of_category
    }

    /// The built-in resource that it names, where it names one.
    pub(crate) fn find_built_in(&self) -> Option<Resource> {
        let known: Vec<_> = built_in().collect();
        self.find(&known).into_iter().next()
    }

    /// What is behind the first dot is a version and a group, or a group.
    fn fits(&self, resource: &Resource) -> bool {
        let versioned = self.behind.strip_prefix(resource.version.as_str());
        let versioned = versioned.and_then(|rest| rest.strip_prefix('.'));
        self.behind.is_empty()
            || versioned == Some(&resource.group)
            || self.behind == resource.group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(group: &str, version: &str, kind: &str, short: &str) -> Resource {
        Resource {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: format!("{}s", kind.to_lowercase()),
            singular: kind.to_lowercase(),
            short_names: vec![short.into()],
            categories: vec!["all".into()],
            is_namespaced: true,
        }
    }

    #[test]
    fn types_are_found_as_kubectl_finds_them() {
        let mut known: Vec<_> = built_in().collect();
        known.push(custom("a.example", "v2", "Rollout", "ro"));
        known.push(custom("a.example", "v1", "Rollout", "ro"));
        known.push(custom("b.example", "v1", "Rollout", "deploy"));
        known.push(custom("b.example", "v1", "Po", "x"));
        for (text, expected) in [
            ("deploy", "/apis/apps/v1/deployments"),
            ("Deployment", "/apis/apps/v1/deployments"),
            ("deployments.apps", "/apis/apps/v1/deployments"),
            ("deploy.v1.apps", "/apis/apps/v1/deployments"),
            ("rollouts", "/apis/a.example/v2/rollouts"),
            ("rollout.b.example", "/apis/b.example/v1/rollouts"),
            ("rollouts.v1.a.example", "/apis/a.example/v1/rollouts"),
            ("ro", "/apis/a.example/v2/rollouts"),
            ("po", "/api/v1/pods"),
            ("pos", "/apis/b.example/v1/pos"),
            ("pods.v1.", "/api/v1/pods"),
            (
                "all",
                "/apis/a.example/v2/rollouts /apis/b.example/v1/rollouts /apis/b.example/v1/pos",
            ),
            ("deployments.v2.apps", ""),
            ("deployments.extensions", ""),
            ("deploymentss", ""),
            ("", ""),
        ] {
            let found = TypeName::new(text).find(&known);
            let paths: Vec<_> = found.iter().map(|resource| resource.path(None)).collect();
            assert_eq!(paths.join(" "), expected, "{text}");
        }
    }
}
