//! One input: read, hardened, rendered, and written where the mode writes.

use std::sync::atomic::Ordering;

use super::Runner;
use crate::cli::Output;
use crate::manifest::{Document, harden_all, harden_every};
use crate::patch::splice;
use crate::render::{Mode, Page, Rendered, changed_objects, printable};
use crate::report::{failed_file, unwritten};
use crate::sink::{WriteError, replace_file};
use crate::source::{Expanded, Input, Item, LiveObject, Named, Origin, read};

impl Runner {
    pub(super) fn item(&self, item: Item) -> Rendered {
        match item {
            Item::Input(input) => self.one(input),
            Item::Remark(remark) => {
                let mut said = Rendered::default();
                said.remark(&remark);
                said
            }
            Item::End => {
                self.has_ended.store(true, Ordering::Relaxed);
                Rendered::default()
            }
        }
    }

    fn one(&self, input: Expanded) -> Rendered {
        if self.interrupted.load(Ordering::Relaxed) {
            return Rendered::default();
        }
        match input {
            Ok(input) => {
                let shown = input.shown(&self.working_directory);
                let rendered = self.file(&input, &shown);
                rendered.unwrap_or_else(|(message, hint)| self.failed(&shown, &message, hint))
            }
            Err(missing) => self.failed(&missing.path, &missing.message, missing.hint),
        }
    }

    fn failed(&self, shown: &str, message: &str, hint: &str) -> Rendered {
        let mut failed = Rendered::default();
        failed.error(message, hint);
        if self.reports.are_wanted() {
            let policy = self.configs.without_file();
            // A report's entry has the path beside.
            let own = message
                .strip_prefix(shown)
                .and_then(|m| m.strip_prefix(": "));
            let message = own.unwrap_or(message);
            failed.subjects = vec![failed_file(shown, &policy, message, hint)];
        }
        failed
    }

    fn file(&self, input: &Input, shown: &str) -> Result<Rendered, (String, &'static str)> {
        let text =
            read(&input.origin).map_err(|error| (format!("{shown}: {error}"), error.hint()))?;
        let settings = self.configs.of(input.directory()).map_err(|error| {
            let hint = "fix it first: the files that it is for are not read until then";
            (error.to_string(), hint)
        })?;
        let (settings, warnings) = self.inspection.knowing(&text, &settings);
        let mut documents = harden_all(&text, &settings);
        let nothing = input.named == Named::Yes && documents.iter().all(is_empty);
        if nothing {
            documents = harden_every(&text, &settings);
        }
        let page = Page {
            shown,
            within: match &input.origin {
                Origin::Live(object) => &object.namespace,
                _ => shown,
            },
            named: input.named,
            text: &text,
            documents: &documents,
            policy: &settings.policy,
        };
        let edits = page.edits();
        let mut out = page.render(self.mode, self.look, &edits);
        out.stderr = inspected(&warnings) + &out.stderr;
        if self.reports.are_wanted() {
            out.subjects = page.subjects();
        }
        if nothing && documents.iter().all(is_empty) && out.tally.errors == 0 {
            let what = match text.trim_ascii().is_empty() {
                true => "is empty",
                false => "holds no Kubernetes objects",
            };
            out.warning(&format!("{shown} {what}"));
        }
        match &input.origin {
            Origin::File(path) if self.mode == Mode::Write && !edits.is_empty() => {
                let written = replace_file(path, &text, &splice(&text, &edits));
                self.written(&page, written, &mut out);
            }
            Origin::Live(object) => self.say_of_live(object, !edits.is_empty(), &mut out),
            _ => {}
        }
        Ok(out)
    }

    /// What the reader of a live object's diff should know. Who prints it as a manifest knows already how to
    /// make it anew.
    fn say_of_live(&self, object: &LiveObject, changes: bool, out: &mut Rendered) {
        let said = std::mem::take(&mut out.stderr);
        object.remarks.iter().for_each(|remark| out.remark(remark));
        out.stderr += &said;
        let prints = matches!(self.mode, Mode::Print(Output::Yaml | Output::Json));
        if let (Some((message, hint)), true, false) = (&object.on_change, changes, prints) {
            out.warning(message);
            out.remark(&format!("hint: {hint}"));
        }
    }

    /// Says what became of a file that was to be written.
    fn written(&self, page: &Page, written: Result<(), WriteError>, out: &mut Rendered) {
        match written {
            Ok(()) => {
                let shown = printable(page.shown);
                for name in page.documents.iter().flat_map(changed_objects) {
                    let line = format!("{name} hardened ({shown})\n");
                    out.stdout.extend(line.into_bytes());
                }
            }
            Err(error) => {
                let tally = std::mem::take(&mut out.tally);
                out.tally.files = tally.files;
                out.tally.unwritten = tally.workloads();
                let message = format!("{}: {error}", page.shown);
                unwritten(&mut out.subjects, &error.to_string(), error.hint());
                out.error(&message, error.hint());
            }
        }
    }
}

/// What went wrong with reading images: the run goes on with what is known without.
fn inspected(warnings: &[String]) -> String {
    let mut said = Rendered::default();
    warnings.iter().for_each(|warning| said.warning(warning));
    said.stderr
}

fn is_empty(document: &Document) -> bool {
    document.hardened.examination.objects == 0 && document.hardened.result.is_ok()
}
