//! Properties over generated manifests: whatever the kind, the style and the line endings are, a result is
//! compliant, reversible, stable, and keeps what it was not asked to change.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::sync::Arc;

use kubectl_harden::checks::{LowPorts, Policy, WritableDirs};
use kubectl_harden::examine::Settings;
use kubectl_harden::images::{Entry, Facts, Images};
use kubectl_harden::manifest::{edits_of, harden_all, harden_every};
use kubectl_harden::patch::splice;
use proptest::prelude::*;
use serde::Deserialize;
use serde_yaml::Value;
use support::judge;

fn settings() -> Settings {
    Settings::new(Policy::new(jiff::civil::date(2026, 11, 24)))
}

/// Of images that write to directories and listen on a low port, all of which are given to them.
fn wide_settings() -> Settings {
    let known = Facts {
        writable: Some(vec!["/run".into(), "/var/cache/x".into()]),
        low_ports: Some(vec![80]),
        ..Facts::default()
    };
    let pattern = "*".parse().expect("a pattern");
    let entry = Entry {
        pattern,
        facts: known,
    };
    let mut settings = settings();
    settings.policy.writable_dirs = Some(WritableDirs::Auto);
    settings.policy.low_ports = LowPorts::Sysctl;
    settings.images = Arc::new(Images::new(vec![entry]));
    settings
}

/// Writes a manifest from a tape of choices; where the tape ends, every choice is the simplest.
struct Writer<'t> {
    tape: std::slice::Iter<'t, u8>,
    lines: Vec<String>,
    step: usize,
    dashes: usize,
    gap: usize,
    marks: usize,
    /// What stands before the next line's text instead of its indentation.
    prefix: Option<String>,
    /// Comments may not stand deeper than this: they would be a part of the scalar above.
    ceiling: Option<usize>,
    shares: bool,
    grants: bool,
    plain_documents: Vec<String>,
}

struct Generated {
    text: Vec<u8>,
    shares: bool,
    grants: bool,
    plain_documents: Vec<String>,
}

const FIELDS: [(&str, &[&str]); 8] = [
    ("runAsNonRoot", &["true", "false", "yes", "~"]),
    ("runAsUser", &["10001", "0", "\"5\"", "null"]),
    ("runAsGroup", &["10001", "0", "-1", ""]),
    ("fsGroup", &["2000", "0", "0x10", "null"]),
    ("seccompProfile", &["", "", "", ""]),
    ("allowPrivilegeEscalation", &["false", "true", "no", "~"]),
    ("readOnlyRootFilesystem", &["true", "false", "On", "null"]),
    ("capabilities", &["", "", "", ""]),
];

impl Writer<'_> {
    fn pick(&mut self, n: usize) -> usize {
        self.tape.next().map_or(0, |&b| usize::from(b) % n)
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.pick(one_in) == one_in - 1
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("#c{}.", self.marks)
    }

    /// A line of its own, sometimes with comments or blanks around.
    fn line(&mut self, indent: usize, text: &str) {
        while self.chance(8) {
            let deepest = self.ceiling.unwrap_or(14);
            let indent = self.pick(deepest.max(1));
            let mark = self.mark();
            let comment = format!("{}{mark} note", " ".repeat(indent));
            self.lines.push(comment);
        }
        if self.chance(20) && self.ceiling.is_none() {
            self.lines.push(String::new());
        }
        let prefix = self.prefix.take().unwrap_or_else(|| " ".repeat(indent));
        let mut line = format!("{prefix}{text}");
        match self.pick(12) {
            10 => line += "  ",
            11 => {
                let mark = self.mark();
                line += &format!(" {mark} it's \"said\"");
            }
            _ => {}
        }
        self.ceiling = None;
        self.lines.push(line);
    }

    fn key(&mut self, name: &str) -> String {
        match self.pick(12) {
            10 => format!("\"{name}\""),
            11 => format!("'{name}'"),
            _ => name.to_owned(),
        }
    }

    fn entry(&mut self, indent: usize, name: &str, value: &str) {
        let key = self.key(name);
        let blank = if value.is_empty() { "" } else { " " };
        self.line(indent, &format!("{key}:{blank}{value}"));
    }

    /// The dash of an item; returns the column of its content.
    fn dash(&mut self, indent: usize) -> usize {
        if self.chance(10) {
            self.line(indent, "-");
            return indent + self.step;
        }
        self.prefix = Some(format!("{}-{}", " ".repeat(indent), " ".repeat(self.gap)));
        indent + 1 + self.gap
    }

    fn scalar(&mut self, indent: usize, name: &str) {
        match self.pick(10) {
            0..=3 => {}
            4..=6 => self.entry(indent, name, r#"["a", 'b #no', c]"#),
            7 => {
                self.entry(indent, name, "");
                let at = indent + self.dashes;
                for _ in 0..=self.pick(2) {
                    self.line(at, "- one");
                }
            }
            8 => {
                let key = self.key(name);
                self.line_without_comment(indent, &format!("{key}: plain text"));
                let deeper = " ".repeat(indent + 1 + self.pick(3));
                self.lines.push(format!("{deeper}that goes on"));
            }
            _ => {
                let header = ["|", "|-", "|+", ">", ">-", ">+"][self.pick(6)];
                let key = self.key(name);
                self.line(indent, &format!("{key}: {header}"));
                let inside = indent + 1 + self.pick(4);
                for _ in 0..=self.pick(3) {
                    let text = ["text", "- item: {", "# none", "---x", "\"open"][self.pick(5)];
                    self.lines.push(format!("{}{text}", " ".repeat(inside)));
                }
                for _ in 0..self.pick(3) {
                    self.lines.push(String::new());
                }
                self.ceiling = Some(indent);
            }
        }
    }

    /// Like [`Self::line`], without anything behind the text.
    fn line_without_comment(&mut self, indent: usize, text: &str) {
        let prefix = self.prefix.take().unwrap_or_else(|| " ".repeat(indent));
        self.ceiling = None;
        self.lines.push(format!("{prefix}{text}"));
    }

    /// A securityContext: absent, empty in its many ways, or with good and bad values, in block or flow.
    fn context(&mut self, indent: usize, fields: std::ops::Range<usize>, anchor: &str) {
        let open = anchor.trim_end().to_owned();
        match self.pick(9) {
            0..=2 if anchor.is_empty() => {}
            3 => self.entry(indent, "securityContext", &open),
            4 if anchor.is_empty() => {
                let null = ["null", "~"][self.pick(2)];
                self.entry(indent, "securityContext", null);
            }
            5 => self.entry(indent, "securityContext", &format!("{anchor}{{}}")),
            6 => {
                let mut parts = Vec::new();
                for (i, (name, values)) in FIELDS.iter().enumerate() {
                    if fields.contains(&i) && self.chance(2) {
                        let value = match *name {
                            "seccompProfile" => "{type: Unconfined}",
                            "capabilities" => "{drop: [NET_RAW]}",
                            _ => values[self.pick(3).min(1)],
                        };
                        parts.push(format!("{name}: {value}"));
                    }
                }
                let flow = format!("{anchor}{{{}}}", parts.join(", "));
                self.entry(indent, "securityContext", &flow);
            }
            _ => {
                let chosen: Vec<_> = fields.filter(|_| self.chance(2)).collect();
                self.entry(indent, "securityContext", &open);
                let inside = indent + self.step;
                for i in chosen {
                    let (name, values) = FIELDS[i];
                    match name {
                        "seccompProfile" => self.seccomp(inside),
                        "capabilities" => self.capabilities(inside),
                        name => {
                            let value = values[self.pick(4)];
                            self.entry(inside, name, value);
                        }
                    }
                }
            }
        }
    }

    fn seccomp(&mut self, indent: usize) {
        match self.pick(4) {
            0 => self.entry(indent, "seccompProfile", "{type: RuntimeDefault}"),
            1 => {
                self.entry(indent, "seccompProfile", "");
                self.entry(indent + self.step, "type", "Unconfined");
            }
            2 => {
                self.entry(indent, "seccompProfile", "");
                self.entry(indent + self.step, "localhostProfile", "x.json");
                self.entry(indent + self.step, "type", "Localhost");
            }
            _ => self.entry(indent, "seccompProfile", "{type: \"Unconfined\"}"),
        }
    }

    fn capabilities(&mut self, indent: usize) {
        match self.pick(6) {
            0 => self.entry(indent, "capabilities", "{drop: [ALL]}"),
            1 => self.entry(indent, "capabilities", "{}"),
            2 => self.entry(indent, "capabilities", "{add: [NET_BIND_SERVICE]}"),
            3 => {
                self.entry(indent, "capabilities", "");
                self.entry(indent + self.step, "drop", "");
                let at = indent + self.step + self.dashes;
                self.line(at, "- NET_RAW");
                self.line(at, "- MKNOD");
            }
            4 => {
                self.entry(indent, "capabilities", "");
                self.entry(indent + self.step, "drop", "[]");
            }
            _ => {
                self.grants = true;
                self.entry(indent, "capabilities", "{add: [SYS_ADMIN]}");
            }
        }
    }

    fn container(&mut self, indent: usize, index: usize) {
        if self.chance(8) {
            let text = format!("- {{name: c{index}, image: x}}");
            return self.line(indent, &text);
        }
        let at = self.dash(indent);
        let shared = self.shares && index > 0;
        if self.chance(10) && !shared {
            self.context(at, 0..8, "");
            self.entry(at, "name", &format!("c{index}"));
            return self.entry(at, "image", "x");
        }
        self.entry(at, "name", &format!("c{index}"));
        self.entry(at, "image", "registry:5000/x");
        self.scalar(at, "command");
        match index {
            0 if self.chance(15) => {
                self.shares = true;
                self.context(at, 0..8, "&shared ");
            }
            _ if shared && self.chance(2) => self.entry(at, "securityContext", "*shared"),
            _ => {
                // 3 is fsGroup, which containers do not have
                let fields = if self.chance(2) { 0..3 } else { 4..8 };
                self.context(at, fields, "");
            }
        }
        if self.chance(3) {
            self.scalar(at, "args");
        }
    }

    fn pod_spec(&mut self, indent: usize) {
        let before = self.chance(2);
        if before {
            self.context(indent, 0..5, "");
        }
        let mut index = 0;
        for list in ["initContainers", "containers"] {
            if list == "initContainers" && !self.chance(4) {
                continue;
            }
            if self.chance(12) && !self.shares {
                let flow = format!("[{{name: c{index}, image: x}}]");
                self.entry(indent, list, &flow);
                index += 1;
                continue;
            }
            self.entry(indent, list, "");
            for _ in 0..=self.pick(3) {
                self.container(indent + self.dashes, index);
                index += 1;
            }
        }
        if !before {
            self.context(indent, 0..5, "");
        }
        if self.chance(3) {
            self.entry(indent, "restartPolicy", "Always");
        }
    }

    fn workload(&mut self) {
        self.step = [2, 4, 3, 1, 6, 8, 5, 7][self.pick(8)];
        self.dashes = [0, 2, self.step, 1][self.pick(4)];
        self.gap = [1, 1, 3, 2][self.pick(4)];
        let kinds: [(&str, &str, &[&str]); 6] = [
            ("v1", "Pod", &["spec"]),
            ("apps/v1", "Deployment", &["spec", "template", "spec"]),
            ("apps/v1", "StatefulSet", &["spec", "template", "spec"]),
            ("batch/v1", "Job", &["spec", "template", "spec"]),
            (
                "batch/v1",
                "CronJob",
                &["spec", "jobTemplate", "spec", "template", "spec"],
            ),
            ("v1", "PodTemplate", &["template", "spec"]),
        ];
        let (version, kind, path) = kinds[self.pick(6)];
        self.shares = false;
        self.entry(0, "apiVersion", version);
        self.entry(0, "kind", kind);
        self.entry(0, "metadata", "{name: x}");
        let mut indent = 0;
        for key in path {
            if self.chance(6) {
                self.scalar(indent, "x-note");
            }
            self.entry(indent, key, "");
            indent += self.step;
        }
        self.pod_spec(indent);
    }
}

fn generate(tape: &[u8]) -> Generated {
    let mut writer = Writer {
        tape: tape.iter(),
        lines: Vec::new(),
        step: 2,
        dashes: 0,
        gap: 1,
        marks: 0,
        prefix: None,
        ceiling: None,
        shares: false,
        grants: false,
        plain_documents: Vec::new(),
    };
    let (endings, open, mark) = (writer.pick(4), writer.chance(4), writer.chance(10));
    let documents = 1 + writer.pick(3);
    let mut shares = false;
    for i in 0..documents {
        writer.ceiling = None;
        if i > 0 || writer.chance(3) {
            writer.lines.push("---".into());
        }
        if writer.chance(5) {
            let at = writer.lines.len();
            writer.line(0, "apiVersion: v1");
            writer.line(0, "kind: ConfigMap");
            writer.line(0, "data: {containers: none, securityContext: \"{}\"}");
            let document = writer.lines[at..].join("\n");
            writer.plain_documents.push(document);
        } else {
            writer.workload();
            shares |= writer.shares;
        }
    }
    let mut text = Vec::new();
    if mark {
        text.extend_from_slice(b"\xEF\xBB\xBF");
    }
    let last = writer.lines.len() - 1;
    let lines = std::mem::take(&mut writer.lines);
    for (i, line) in lines.iter().enumerate() {
        text.extend_from_slice(line.as_bytes());
        let crlf = match endings {
            0 | 1 => false,
            2 => true,
            _ => writer.chance(2),
        };
        if i < last || !open {
            text.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
        }
    }
    Generated {
        text,
        shares,
        grants: writer.grants,
        plain_documents: match endings {
            0 | 1 => writer.plain_documents,
            _ => Vec::new(),
        },
    }
}

fn values(text: &[u8]) -> Result<Vec<Value>, String> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let documents = serde_yaml::Deserializer::from_slice(text);
    let values = documents.map(|document| {
        let mut value = Value::deserialize(document).map_err(|error| error.to_string())?;
        value.apply_merge().map_err(|error| error.to_string())?;
        Ok(value)
    });
    values.collect()
}

fn marks(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let marks = text.match_indices("#c").map(|(at, _)| {
        let rest = &text[at..];
        rest[..rest.find('.').unwrap_or(0)].to_owned()
    });
    marks.collect()
}

/// `PROPTEST_CASES`, a thousand without it.
fn cases() -> u32 {
    let set = std::env::var("PROPTEST_CASES").ok();
    set.and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

fn tape() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..250)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases())
    })]

    #[test]
    fn results_are_compliant_stable_and_reversible(tape in tape(), is_wide in any::<bool>()) {
        let settings = || if is_wide { wide_settings() } else { settings() };
        let made = generate(&tape);
        let text = &made.text;
        let shown = String::from_utf8_lossy(text);
        let before = match values(text) {
            Ok(values) => values,
            Err(error) => return Err(TestCaseError::fail(format!("not YAML: {error}\n{shown}"))),
        };
        let documents = harden_all(text, &settings());
        for document in &documents {
            if let Err(failure) = &document.hardened.result {
                prop_assert!(made.shares, "refused: {failure} at {}\n{shown}", failure.at);
            }
        }
        let refused = documents.iter().any(|d| d.hardened.result.is_err());
        let edits = edits_of(&documents);
        let patched = splice(text, &edits);
        let result = String::from_utf8_lossy(&patched);

        prop_assert_eq!(&splice(&patched, &edits.inverse(text)), text);
        prop_assert_eq!(marks(text), marks(&patched));
        prop_assert_eq!(text.ends_with(b"\n"), patched.ends_with(b"\n"));
        prop_assert_eq!(text.starts_with(b"\xEF"), patched.starts_with(b"\xEF"));
        for document in &made.plain_documents {
            prop_assert!(result.contains(document), "{document}\nis not in\n{result}");
        }

        let again = harden_all(&patched, &settings());
        prop_assert!(edits_of(&again).is_empty(), "a second run changes\n{result}");

        let after = values(&patched);
        prop_assert!(after.is_ok(), "{after:?}\n{result}");
        let after = after.unwrap_or_default();
        prop_assert_eq!(before.len(), after.len());
        for (was, is) in before.iter().zip(&after) {
            let specs = judge::pod_specs(is);
            if specs.is_empty() {
                prop_assert_eq!(was, is);
                continue;
            }
            let (was, is) = (judge::without_contexts(was), judge::without_contexts(is));
            let is = if is_wide { judge::without_new_volumes(&was, &is) } else { is };
            prop_assert_eq!(was, is);
            if !made.grants && !refused {
                let left: Vec<_> = specs.into_iter().flat_map(judge::violations).collect();
                prop_assert!(left.is_empty(), "{left:?} left in\n{result}\nfrom\n{shown}");
            }
        }
    }

    #[test]
    fn nothing_panics_and_nothing_is_half_done(
        tape in tape(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..4), 1..8),
    ) {
        let made = generate(&tape);
        let mut text = made.text;
        for (index, byte, how) in cuts {
            let at = index.index(text.len().max(1)).min(text.len());
            match how {
                0 if at < text.len() => text[at] = byte,
                1 if at < text.len() => { text.remove(at); }
                2 => text.insert(at, b":-#\t{}[],&*!|>'\"\n \r"[usize::from(byte) % 19]),
                _ => text.truncate(at.max(text.len() / 2)),
            }
        }
        for documents in [harden_all(&text, &settings()), harden_every(&text, &settings())] {
            let edits = edits_of(&documents);
            let patched = splice(&text, &edits);
            prop_assert_eq!(&splice(&patched, &edits.inverse(&text)), &text);
            let again = edits_of(&harden_all(&patched, &settings()));
            prop_assert!(again.is_empty(), "{}", String::from_utf8_lossy(&text));
            // an edit at an anchor serves whatever else uses it
            let apart = !made.shares;
            if let (true, Ok(before), Ok(after)) = (apart, values(&text), values(&patched)) {
                let plain = |values: &[Value]| -> Vec<_> {
                    values.iter().map(judge::without_contexts).collect()
                };
                prop_assert_eq!(plain(&before), plain(&after));
            }
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut text = text;
        text.extend_from_slice(b"\nkind: Pod\ncontainers:");
        let documents = harden_every(&text, &settings());
        let _ = splice(&text, &edits_of(&documents));
    }
}
