//! The messages that docs/faq.md starts from are said by the program, or known to its checks.

use std::fs;
use std::path::Path;

use regex_lite::Regex;

use crate::ROOT;

/// Everything that may hold a message: the checks, and the program's own text with its broken lines joined.
fn sources() -> String {
    let root = Path::new(ROOT);
    let mut text = fs::read_to_string(root.join("docs/checks.md")).unwrap();
    for entry in walkdir::WalkDir::new(root.join("src")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|e| e == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    let broken = Regex::new(r"\\\n\s*").unwrap();
    broken.replace_all(&text, "").replace("\\\"", "\"")
}

#[test]
fn the_messages_of_the_faq_are_real() {
    let faq = fs::read_to_string(Path::new(ROOT).join("docs/faq.md")).unwrap();
    let (sources, mut count) = (sources(), 0);
    let quoted = Regex::new(r"`([^`]+)`").unwrap();
    // What differs from one message to the next, and the state before a reason.
    let varies = Regex::new(r#"\.\.\.|\b\d+m\b|"\.\.\."|^[a-z]+: | the namespace "#).unwrap();
    let cells = faq.lines().filter_map(|line| line.split(" | ").next());
    for cell in cells.filter(|cell| cell.starts_with("| ")) {
        for message in quoted.captures_iter(cell) {
            for part in varies.split(&message[1]) {
                let part = part.trim_matches([' ', '"', ',', ':']);
                assert!(sources.contains(part), "nothing says \"{part}\": {cell}");
                count += 1;
            }
        }
    }
    assert!(count >= 40, "{count} parts of messages");
}
