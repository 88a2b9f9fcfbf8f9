//! No bytes make any mode or report panic, hang or exhaust memory.
#![no_main]

use kubectl_harden::cli::Output;
use kubectl_harden::examine::Settings;
use kubectl_harden::manifest::{harden_all, harden_every};
use kubectl_harden::render::{Look, Mode, Page};
use kubectl_harden::report::{ControlMap, FORMATS, Report, Target};
use kubectl_harden::source::Named;
use kubectl_harden_fuzz::settings;
use libfuzzer_sys::fuzz_target;

const MODES: [Mode; 5] = [
    Mode::Print(Output::Diff),
    Mode::Print(Output::Yaml),
    Mode::Print(Output::Json),
    Mode::Print(Output::Name),
    Mode::Check,
];

fuzz_target!(|text: &[u8]| {
    for unsafe_fixes in [false, true] {
        let settings = Settings {
            keeps_evidence: true,
            ..settings(unsafe_fixes)
        };
        for named in [Named::Yes, Named::No] {
            let documents = match named {
                Named::Yes => harden_every(text, &settings),
                Named::No => harden_all(text, &settings),
            };
            let page = Page {
                shown: "in.yaml",
                within: "in.yaml",
                named,
                text,
                documents: &documents,
                policy: &settings.policy,
            };
            for (mode, on_terminal) in MODES.into_iter().zip([false, true].into_iter().cycle()) {
                let color = unsafe_fixes;
                page.render(mode, Look { color, on_terminal }, &page.edits());
            }
            reported(&page, unsafe_fixes);
        }
    }
});

/// A format takes what was seen, and its numbers add up. The length of the text says which. The workbook is left out: it is slow, and has the
/// table of the CSV.
fn reported(page: &Page, applied: bool) {
    let report = Report {
        started: "2026-01-01T00:00:00Z".parse().expect("a time"),
        applied,
        rollout: None,
        subjects: page.subjects(),
    };
    assert_eq!(report.counts().seen(), report.subjects.len());
    let formats = FORMATS.into_iter().filter(|format| *format != "xlsx");
    let format = formats.cycle().nth(page.text.len() % 7).expect("a format");
    let target = Target::parse(&format!("{format}=-")).expect("a format");
    let mut out = Vec::new();
    let written = target
        .format(&ControlMap::default())
        .write(&report, &mut out);
    written.expect("written to memory");
}
