//! What an object says of itself.

use serde_json::Value;

/// An object's metadata, as rules ask for it.
pub(super) struct Marks<'o> {
    object: &'o Value,
}

/// The name of what owns an object, and what says so.
pub(super) type Found = (String, String);

impl<'o> Marks<'o> {
    pub(super) fn of(object: &'o Value) -> Self {
        Self { object }
    }

    fn text(&self, pointer: &str) -> &'o str {
        let value = self.object.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    pub(super) fn name(&self) -> &'o str {
        self.text("/metadata/name")
    }

    pub(super) fn namespace(&self) -> &'o str {
        self.text("/metadata/namespace")
    }

    pub(super) fn kind(&self) -> &'o str {
        self.text("/kind")
    }

    pub(super) fn group(&self) -> &'o str {
        group_of(self.text("/apiVersion"))
    }

    pub(super) fn label(&self, key: &str) -> Option<&'o str> {
        self.object.pointer("/metadata/labels")?.get(key)?.as_str()
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&'o str> {
        let annotations = self.object.pointer("/metadata/annotations")?;
        annotations.get(key)?.as_str()
    }

    /// The first label or annotation, by `kind`, whose key starts with `prefix`.
    pub(super) fn starting(&self, kind: &str, prefix: &str) -> Option<&'o str> {
        let fields = self.object.pointer("/metadata")?.get(kind)?.as_object()?;
        let mut keys = fields.keys().map(String::as_str);
        keys.find(|key| key.starts_with(prefix))
    }

    pub(super) fn owner_references(&self) -> impl Iterator<Item = OwnerReference<'o>> {
        let references = self.object.pointer("/metadata/ownerReferences");
        let references = references.and_then(Value::as_array);
        references.into_iter().flatten().map(|reference| {
            let text = |key: &str| reference.get(key).and_then(Value::as_str);
            OwnerReference {
                group: group_of(text("apiVersion").unwrap_or_default()),
                kind: text("kind").unwrap_or_default(),
                name: text("name").unwrap_or_default(),
                is_controller: reference.get("controller") == Some(&Value::Bool(true)),
            }
        })
    }

    /// The field manager among `names` that set a part of the spec. One that only labels or reports status does not
    /// keep an object as it is.
    pub(super) fn manager(&self, names: &[&str]) -> Option<&'o str> {
        let entries = self.object.pointer("/metadata/managedFields")?.as_array()?;
        let mut entries = entries
            .iter()
            .filter(|entry| entry.pointer("/fieldsV1/f:spec").is_some());
        entries.find_map(|entry| {
            let manager = entry.get("manager")?.as_str()?;
            names.contains(&manager).then_some(manager)
        })
    }
}

pub(super) struct OwnerReference<'o> {
    pub(super) group: &'o str,
    pub(super) kind: &'o str,
    pub(super) name: &'o str,
    pub(super) is_controller: bool,
}

fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// `namespace/name`, or the name alone where there is no namespace.
pub(super) fn qualified(namespace: &str, name: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        namespace => format!("{namespace}/{name}"),
    }
}
