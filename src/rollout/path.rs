//! Places in an object, as a plan writes them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// The item of a list by its `name`.
    Named(String),
    /// The item of a list without names, from 0.
    Index(usize),
}

/// A place in an object, from its root: `spec.template.spec.containers[name=app].securityContext.runAsUser`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<Step>);

/// Why a text is no [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no field path such as spec.template.spec.containers[name=app].securityContext.runAsUser"
)]
pub struct NoPath(String);

impl FieldPath {
    /// The path through `steps`.
    pub fn new(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// Its steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// One step further.
    pub fn then(&self, step: Step) -> Self {
        let steps = self.0.iter().cloned().chain([step]);
        Self(steps.collect())
    }

    /// The place that holds this one; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// Whether it is inside what `above` leads to.
    pub fn is_below(&self, above: &Self) -> bool {
        self.0.len() > above.0.len() && self.0.starts_with(&above.0)
    }

    /// What is there.
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Named(name) => value.as_array()?.iter().find(|item| is_named(item, name)),
            Step::Index(index) => value.get(index),
        })
    }

    /// Puts a value there; mappings on the way are made. False where an item of a list is missing, or something
    /// on the way is of another kind.
    pub fn set(&self, root: &mut Value, new: Value) -> bool {
        let mut value = root;
        for step in &self.0 {
            if value.is_null() && matches!(step, Step::Key(_)) {
                *value = Value::Object(Map::new());
            }
            let Some(next) = entry(value, step) else {
                return false;
            };
            value = next;
        }
        *value = new;
        true
    }

    /// Takes away the key there; false where there is none.
    pub fn remove(&self, root: &mut Value) -> bool {
        let Some((Step::Key(key), above)) = self.0.split_last() else {
            return false;
        };
        let above = above.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            _ => entry(value, step),
        });
        let above = above.and_then(Value::as_object_mut);
        above.is_some_and(|fields| fields.shift_remove(key).is_some())
    }

    /// As RFC 6901 writes it, with the indexes that named items have in `root`; `None` where one is missing.
    pub fn pointer(&self, root: &Value) -> Option<String> {
        let mut pointer = String::new();
        let mut value = Some(root);
        for step in &self.0 {
            let next = match step {
                Step::Key(key) => {
                    pointer += &format!("/{}", key.replace('~', "~0").replace('/', "~1"));
                    value.and_then(|value| value.get(key))
                }
                Step::Named(name) => {
                    let items = value?.as_array()?;
                    let index = items.iter().position(|item| is_named(item, name))?;
                    pointer += &format!("/{index}");
                    items.get(index)
                }
                Step::Index(index) => {
                    pointer += &format!("/{index}");
                    Some(value?.get(index)?)
                }
            };
            value = next;
        }
        Some(pointer)
    }
}

fn is_named(item: &Value, name: &str) -> bool {
    item.get("name").and_then(Value::as_str) == Some(name)
}

fn entry<'v>(value: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    match step {
        Step::Key(key) => Some(
            value
                .as_object_mut()?
                .entry(key.as_str())
                .or_insert(Value::Null),
        ),
        Step::Named(name) => {
            let mut items = value.as_array_mut()?.iter_mut();
            items.find(|item| is_named(item, name))
        }
        Step::Index(index) => value.get_mut(index),
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Named(name) => write!(f, "[name={name}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for FieldPath {
    type Err = NoPath;

    fn from_str(text: &str) -> Result<Self, NoPath> {
        let steps = steps(text).filter(|steps| !steps.is_empty());
        steps.map(Self).ok_or_else(|| NoPath(text.to_owned()))
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let (mut steps, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (item, behind) = inside.split_once(']')?;
            steps.push(match item.strip_prefix("name=") {
                Some("") => return None,
                Some(name) => Step::Named(name.to_owned()),
                None => Step::Index(item.parse().ok()?),
            });
            rest = behind;
            continue;
        }
        let dotted = rest.strip_prefix('.');
        if dotted.is_some() == steps.is_empty() {
            return None;
        }
        rest = dotted.unwrap_or(rest);
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, behind) = rest.split_at_checked(end)?;
        if key.is_empty() || key.contains(']') {
            return None;
        }
        steps.push(Step::Key(key.to_owned()));
        rest = behind;
    }
    Some(steps)
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> FieldPath {
        text.parse().expect(text)
    }

    #[test]
    fn paths_are_written_as_they_are_read() {
        for text in [
            "spec",
            "spec.template.spec.containers[name=app].securityContext.runAsUser",
            "spec.list[3].x",
            "spec.a[0][name=b.c]",
        ] {
            assert_eq!(path(text).to_string(), text);
        }
        for text in [
            "", ".spec", "spec.", "spec..x", "a[", "a[x]", "a[name=]", "a]b", "a[0]b",
        ] {
            assert!(text.parse::<FieldPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_is_set_found_and_removed() {
        let original = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}});
        let mut object = original.clone();
        let place = path("spec.containers[name=b].securityContext.runAsUser");
        assert_eq!(place.get(&object), None);
        assert!(place.set(&mut object, json!(1)));
        assert_eq!(place.get(&object), Some(&json!(1)));
        let pointer = place.pointer(&object);
        assert_eq!(
            pointer.as_deref(),
            Some("/spec/containers/1/securityContext/runAsUser")
        );
        assert!(place.remove(&mut object));
        assert!(!place.remove(&mut object));
        assert!(place.parent().expect("a parent").remove(&mut object));
        assert_eq!(object, original);
    }

    #[test]
    fn nothing_is_made_where_a_container_is_missing() {
        let mut object = json!({"spec": {"containers": []}});
        let place = path("spec.containers[name=b].securityContext.runAsUser");
        assert!(!place.set(&mut object, json!(1)));
        assert!(!path("spec.containers.x").set(&mut object, json!(1)));
        assert_eq!(object, json!({"spec": {"containers": []}}));
        assert_eq!(place.pointer(&object), None);
    }
}
