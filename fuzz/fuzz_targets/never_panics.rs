//! No bytes make any mode panic, hang or exhaust memory.
#![no_main]

use kubectl_harden::cli::Output;
use kubectl_harden::manifest::{harden_all, harden_every};
use kubectl_harden::render::{Mode, Page};
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
        let settings = settings(unsafe_fixes);
        for named in [Named::Yes, Named::No] {
            let documents = match named {
                Named::Yes => harden_every(text, &settings),
                Named::No => harden_all(text, &settings),
            };
            let page = Page {
                shown: "in.yaml",
                named,
                text,
                documents: &documents,
            };
            for mode in MODES {
                page.render(mode, false, &page.edits());
            }
        }
    }
});
