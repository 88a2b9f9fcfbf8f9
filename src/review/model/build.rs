//! From texts to what is reviewed.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fields::fields;
use super::together::groups;
use super::{Field, Item, Left, Live, Model, Named, Paper, Sheet, notes};
use crate::checks::{Status, Violation};
use crate::examine::{Examined, Settings};
use crate::manifest::{Document, harden_all, harden_every};
use crate::outcome::Outcome;
use crate::workload::Object;
use crate::yaml::{LineIndex, locate, node_to_json};

/// A text to review.
pub struct Text {
    /// Its path, or the object's name, as shown.
    pub shown: String,
    /// Its bytes.
    pub text: Vec<u8>,
    /// What it is judged by, with evidence kept.
    pub settings: Arc<Settings>,
    /// The file; `None` for a live object.
    pub file: Option<PathBuf>,
    /// What is known of a live object.
    pub live: Option<Live>,
}

/// What is reviewed in these texts. `left` is what could not even be read.
pub fn build(texts: Vec<Text>, left: Vec<Left>) -> Model {
    let mut model = Model {
        left,
        ..Model::default()
    };
    for text in texts {
        Builder {
            index: LineIndex::new(&text.text),
            text: &text,
        }
        .add(&mut model);
        let Some(paper) = model.papers.last_mut() else {
            continue;
        };
        paper.text = text.text;
    }
    model.fuse();
    model.groups = groups(&model.items);
    model
}

/// What exemptions know an object by.
pub(super) fn named(object: &Object) -> Named {
    Named {
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
    }
}

/// One text.
struct Builder<'t> {
    text: &'t Text,
    index: LineIndex<'t>,
}

impl Builder<'_> {
    fn add(&self, model: &mut Model) {
        let Text {
            shown,
            text,
            settings,
            file,
            live,
        } = self.text;
        let documents = match live.is_some() {
            true => harden_every(text, settings),
            false => harden_all(text, settings),
        };
        let paper = model.papers.len();
        let mut sheets = Vec::new();
        for document in &documents {
            self.left(document, model);
            let items = self.items(document, (paper, sheets.len()));
            let first = model.items.len();
            sheets.push(Sheet {
                span: document.span,
                items: (first..first + items.len()).collect(),
            });
            model.items.extend(items);
        }
        model.papers.push(Paper {
            shown: shown.clone(),
            text: Vec::new(),
            settings: Arc::clone(settings),
            file: file.clone(),
            documents: sheets,
        });
    }

    fn place(&self, document: &Document, at: usize) -> String {
        let line = self.line(document, at);
        match self.text.live.is_some() {
            true => self.text.shown.clone(),
            false => format!("{}:{line}", self.text.shown),
        }
    }

    fn line(&self, document: &Document, at: usize) -> usize {
        self.index.position(document.span.start + at).line
    }

    fn left(&self, document: &Document, model: &mut Model) {
        let hardened = &document.hardened;
        if let Err(failure) = &hardened.result {
            model.left.push(Left {
                place: self.place(document, failure.at),
                name: String::new(),
                why: format!("{}; {}", failure.message, failure.hint),
            });
        }
        for (object, why) in &hardened.examination.not_covered {
            model.left.push(Left {
                place: self.place(document, object.at),
                name: object.resource(),
                why: format!("not covered yet: {why}"),
            });
        }
        if hardened.result.is_err() {
            return;
        }
        for examined in &hardened.examination.workloads {
            if Outcome::of(examined) == Outcome::Compliant {
                model.compliant += 1;
            }
            let why = open(examined);
            if !why.is_empty() {
                let object = &examined.workload.object;
                model.left.push(Left {
                    place: self.place(document, object.at),
                    name: object.resource(),
                    why: why.join("; "),
                });
            }
        }
    }

    /// The workloads of a document that change.
    fn items(&self, document: &Document, (paper, sheet): (usize, usize)) -> Vec<Item> {
        let hardened = &document.hardened;
        if !matches!(&hardened.result, Ok(Some(_))) {
            return Vec::new();
        }
        let workloads = &hardened.examination.workloads;
        let mut together: Vec<(Named, Vec<usize>)> = Vec::new();
        for (w, examined) in workloads.iter().enumerate() {
            let named = named(&examined.workload.object);
            let same = |(other, _): &&mut (Named, Vec<usize>)| is_same(other, &named);
            match together.iter_mut().find(same) {
                Some((_, places)) => places.push(w),
                None => together.push((named, vec![w])),
            }
        }
        let is_alone = together.len() == 1;
        let values = self.values(document);
        let items = together.into_iter().filter_map(|(named, places)| {
            let of: Vec<_> = places
                .iter()
                .filter_map(|&w| Some((w, workloads.get(w)?)))
                .collect();
            let objects = vec![named];
            let fields = fields(&of, hardened.facts(), &objects);
            let (_, first) = *of.first().filter(|_| !fields.is_empty())?;
            let object = &first.workload.object;
            let mut item = Item {
                paper,
                sheet,
                workloads: places,
                name: object.resource(),
                line: self.line(document, object.at),
                notes: self.notes(&of, &values, &fields),
                is_alone,
                key: String::new(),
                fingerprint: String::new(),
                fields,
                objects,
            };
            item.identify(self.text);
            Some(item)
        });
        items.collect()
    }

    /// The objects of a document's workloads as JSON.
    fn values(&self, document: &Document) -> Vec<Value> {
        let tree = locate(document.span.of(&self.text.text));
        let workloads = document.hardened.examination.workloads.iter();
        let value = |examined: &Examined| {
            let tree = tree.as_ref().ok()?;
            let json = node_to_json(tree, examined.workload.object.node)?;
            serde_json::from_str(&json).ok()
        };
        workloads.map(|w| value(w).unwrap_or_default()).collect()
    }

    fn notes(&self, of: &[(usize, &Examined)], values: &[Value], fields: &[Field]) -> Vec<String> {
        let mut notes = match &self.text.live {
            Some(live) => live.notes.clone(),
            None => Vec::new(),
        };
        for &(w, examined) in of {
            let Some(value) = values.get(w) else { continue };
            let own: Vec<_> = fields
                .iter()
                .filter(|field| field.targets.iter().any(|target| target.workload == w))
                .cloned()
                .collect();
            if self.text.live.is_none() {
                notes.extend(notes::of_manifest(value, &own));
            }
            notes.extend(notes::of_change(&[examined], value, &own));
        }
        let mut said = std::collections::HashSet::new();
        notes.retain(|note| said.insert(note.clone()));
        notes
    }
}

fn is_same(one: &Named, other: &Named) -> bool {
    one.kind.eq_ignore_ascii_case(&other.kind)
        && (&one.namespace, &one.name) == (&other.namespace, &other.name)
}

/// What is left of a workload, for one line.
fn open(examined: &Examined) -> Vec<String> {
    let judgements = examined.judgements.iter();
    let violations = judgements.flat_map(|judgement| &judgement.violations);
    let mut said = Vec::new();
    for violation in violations {
        let why = match &violation.status {
            Status::Exempt(excuse) => format!("exempt: {}", excuse.reason),
            _ if notes::is_open(violation) => needs(violation),
            Status::Held { .. } => "left alone beside a privilege".into(),
            _ => continue,
        };
        if !said.contains(&why) {
            said.push(why);
        }
    }
    said
}

fn needs(violation: &Violation) -> String {
    let how = match violation.status {
        Status::NeedsUnsafe => "--unsafe-fixes takes it away",
        _ => "needs a decision",
    };
    format!("{}: {how}", violation.check.id)
}

impl Item {
    fn identify(&mut self, text: &Text) {
        let objects = self.objects.iter();
        let names: Vec<_> = objects
            .map(|o| format!("{}/{}/{}", o.kind, o.namespace, o.name))
            .collect();
        self.key = format!("{}#{}:{}", text.shown, self.sheet, names.join(","));
        let mut hash = Sha256::new();
        match &text.live {
            Some(live) => hash.update(&live.hash),
            None => hash.update(&text.text),
        }
        for field in &self.fields {
            let of = (
                field.check.id,
                &field.container,
                &field.before,
                &field.after,
            );
            hash.update(format!("{of:?}"));
        }
        let hex = hash.finalize();
        self.fingerprint = hex.iter().map(|byte| format!("{byte:02x}")).collect();
    }
}
