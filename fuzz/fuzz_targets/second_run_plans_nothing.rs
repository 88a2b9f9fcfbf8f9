//! A hardened text is left alone, with the settings that hardened it.
#![no_main]

use kubectl_harden::manifest::{edits_of, harden_all};
use kubectl_harden::patch::splice;
use kubectl_harden_fuzz::settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for unsafe_fixes in [false, true] {
        let settings = settings(unsafe_fixes);
        let documents = harden_all(text, &settings);
        let edits = edits_of(&documents);
        if edits.is_empty() {
            continue;
        }
        let patched = splice(text, &edits);
        let again = harden_all(&patched, &settings);
        assert!(
            edits_of(&again).is_empty(),
            "a second run changes something"
        );
        assert_eq!(
            documents.len(),
            again.len(),
            "a second run sees other documents"
        );
        let read = |documents: &[kubectl_harden::manifest::Document]| {
            let read = documents.iter().map(|d| d.hardened.result.is_ok());
            read.collect::<Vec<_>>()
        };
        assert_eq!(
            read(&documents),
            read(&again),
            "a second run refuses what the first one wrote"
        );
    }
});
