//! What is edited differs from the original in nothing but securityContexts, judged without the crate's own proofs.
#![no_main]

use kubectl_harden::manifest::{edits_of, harden_all};
use kubectl_harden::patch::splice;
use kubectl_harden_fuzz::{comments_stay, only_contexts_differ, settings, undone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let documents = harden_all(text, &settings(false));
    let all = edits_of(&documents);
    let patched = splice(text, &all);
    assert_eq!(undone(text, &patched, &all), text);
    for document in &documents {
        let Ok(Some(verified)) = &document.hardened.result else {
            continue;
        };
        let original = document.span.of(text);
        only_contexts_differ(original, &splice(original, verified.edits()));
        comments_stay(original, verified.edits());
    }
});
