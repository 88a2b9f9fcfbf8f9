//! Privileges that somebody granted, and the containers that are left alone for them.

use super::{CHECKS, Check, Excuse, FOR_GOOD, Fix, Judge, Remedy, Status, Violation};
use crate::checks::{Grant, GrantRule, Revision, Search};
use crate::yaml::Path;

impl Judge<'_> {
    /// Containers that hold a privilege are found whatever checks take part: half an edit breaks them.
    pub(super) fn grants(&mut self) {
        self.out.held = vec![None; self.pod.containers.len()];
        for check in CHECKS {
            let Some((rule, revision)) = check.grant.as_ref().zip(self.policy.in_force(check))
            else {
                continue;
            };
            if !revision.relaxes(self.pod) {
                self.grants_of(check, rule, revision);
            }
        }
    }

    fn grants_of(&mut self, check: &'static Check, rule: &GrantRule, revision: &'static Revision) {
        let search = Search {
            tree: self.tree,
            pod: self.pod,
            revision,
        };
        for grant in (rule.find)(search) {
            let container = grant.container;
            let known = self.needed_as_root(check, &grant);
            let is_held = rule.holds && known.is_none();
            let status = self.grant(check, revision, grant, known);
            if is_held {
                self.hold(container, status);
            }
        }
    }

    /// A container that holds an exempt privilege is exempt whole, unless it holds another one too. What the pod
    /// holds, every container does.
    fn hold(&mut self, container: Option<usize>, status: Status) {
        let holders = match container {
            Some(i) => i..i + 1,
            None => 0..self.out.held.len(),
        };
        for held in self.out.held.get_mut(holders).into_iter().flatten() {
            match &status {
                Status::Fixed => {}
                Status::Exempt(_) if held.is_none() => *held = Some(status.clone()),
                Status::Exempt(_) => {}
                Status::NeedsUnsafe if *held != Some(FOR_GOOD) => {
                    *held = Some(Status::Held { takes_unsafe: true });
                }
                _ => *held = Some(FOR_GOOD),
            }
        }
    }

    /// Where a grant is: in its container, in the pod spec, or beside it (an annotation of the pod).
    fn path(&mut self, grant: &Grant) -> String {
        let (tree, pod) = (self.tree, self.pod);
        let container = grant.container.and_then(|i| pod.containers.get(i));
        let of_container = container.map(|c| (c.node, pod.holder(Some(c))));
        let beside = tree.parent(pod.node).map(|template| {
            let holder = pod.path.rsplit_once('.').map_or("", |(holder, _)| holder);
            (template, holder.to_owned())
        });
        let holders = of_container
            .into_iter()
            .chain([(pod.node, pod.holder(None))])
            .chain(beside);
        let positions = &mut self.positions;
        let mut paths = holders.filter_map(|(holder, shown)| {
            let inside = Path::between(tree, holder, grant.at, positions)?.to_string();
            let dot = if shown.is_empty() { "" } else { "." };
            Some(format!("{shown}{dot}{inside}"))
        });
        paths.next().unwrap_or_else(|| pod.holder(container))
    }

    /// Records a grant and says what happens to it; `known` is why the program keeps it.
    fn grant(
        &mut self,
        check: &'static Check,
        revision: &'static Revision,
        grant: Grant,
        known: Option<Excuse>,
    ) -> Status {
        if !self.policy.includes(check) {
            return FOR_GOOD;
        }
        let status = match (self.excuse)(check, grant.container).or(known) {
            Some(excuse) => Status::Exempt(excuse),
            None if grant.remedy == Remedy::None => Status::NeedsDecision,
            None if self.policy.unsafe_fixes => Status::Fixed,
            None => Status::NeedsUnsafe,
        };
        let granted = Some(self.path(&grant));
        if status == Status::Fixed {
            self.out.fixes.push(Fix::Take(grant.remedy));
        }
        self.out.violations.push(Violation {
            check,
            revision: revision.id,
            container: grant.container,
            node: grant.at,
            at: self.tree.start(grant.at),
            granted,
            is_written: true,
            subject: grant.subject,
            values: grant.values,
            status: status.clone(),
        });
        status
    }
}
