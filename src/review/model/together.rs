//! Which workloads are decided on together: those that cannot be written without each other, and those that are alike.

use std::collections::HashMap;

use super::{Field, Item, Model};
use crate::review::decision::{Decision, Verdict};

impl Model {
    /// Makes one item of those of a document that cannot be written without each other.
    pub(super) fn fuse(&mut self) {
        let mut gone = Vec::new();
        for p in 0..self.papers.len() {
            let sheets = self.papers.get(p).map_or(0, |paper| paper.documents.len());
            for s in 0..sheets {
                if let Some(others) = self.bound(p, s) {
                    gone.extend(self.fuse_sheet(&others));
                }
            }
        }
        if gone.is_empty() {
            return;
        }
        let mut at = 0;
        self.items.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
        let sheets = self
            .papers
            .iter_mut()
            .flat_map(|paper| &mut paper.documents);
        for sheet in sheets {
            sheet.items.clear();
        }
        for (i, item) in self.items.iter().enumerate() {
            let paper = self.papers.get_mut(item.paper);
            let sheet = paper.and_then(|paper| paper.documents.get_mut(item.sheet));
            if let Some(sheet) = sheet {
                sheet.items.push(i);
            }
        }
    }

    /// The items of a document, where one of them cannot be written alone.
    fn bound(&self, paper: usize, sheet: usize) -> Option<Vec<usize>> {
        let of = self.papers.get(paper)?;
        let document = of.documents.get(sheet)?;
        let text = document.span.of(&of.text);
        if document.items.len() < 2 || !text.contains(&b'&') {
            return None;
        }
        let alone = |&i: &usize| {
            let mut decisions = vec![Decision::default(); self.items.len()];
            if let Some(decision) = decisions.get_mut(i) {
                decision.verdict = Some(Verdict::Accepted);
            }
            self.harden(paper, sheet, &decisions, None)
                .is_some_and(|document| document.hardened.result.is_ok())
        };
        (!document.items.iter().all(alone)).then(|| document.items.clone())
    }

    /// Moves all into the first; the others are to be taken away.
    fn fuse_sheet(&mut self, items: &[usize]) -> Vec<usize> {
        let Some((&first, others)) = items.split_first() else {
            return Vec::new();
        };
        for &other in others {
            // The other one goes away: what it held is moved.
            let Some(from) = self.items.get_mut(other) else {
                continue;
            };
            let (objects, workloads) = (from.objects.clone(), from.workloads.clone());
            let (fields, notes) = (from.fields.clone(), from.notes.clone());
            let (name, key) = (from.name.clone(), from.key.clone());
            let Some(into) = self.items.get_mut(first) else {
                continue;
            };
            let offset = into.objects.len();
            into.objects.extend(objects);
            into.workloads.extend(workloads);
            into.fields.extend(fields.into_iter().map(|field| Field {
                object: field.object + offset,
                ..field
            }));
            into.notes.extend(notes);
            into.name = format!("{}, {name}", into.name);
            into.key = format!("{},{key}", into.key);
        }
        others.to_vec()
    }
}

/// Items by change and notes. In a group, everything but names and places is the same.
pub(super) fn groups(items: &[Item]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (i, item) in items.iter().enumerate() {
        let fields: Vec<_> = item
            .fields
            .iter()
            .map(|f| (f.check.id, &f.place, &f.before, &f.after, f.object))
            .collect();
        let same = format!(
            "{:?}",
            (fields, &item.notes, item.is_alone, item.objects.len())
        );
        match known.get(&same).and_then(|&g| groups.get_mut(g)) {
            Some(group) => group.push(i),
            None => {
                known.insert(same, groups.len());
                groups.push(vec![i]);
            }
        }
    }
    groups
}
