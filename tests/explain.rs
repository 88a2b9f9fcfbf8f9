//! `kubectl harden explain`: two texts in whole, and docs/checks.md, which is made of the same data.
//!
//! `BLESS=1 cargo test --test explain` writes them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use kubectl_harden::checks::{Breakage, CHECKS, Check};
use kubectl_harden::explain::{Facts, facts};
use support::run;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn compare(path: &str, made: &str) {
    let path = Path::new(ROOT).join(path);
    if std::env::var_os("BLESS").is_some() {
        return fs::write(path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let first = kept.lines().zip(made.lines()).position(|(a, b)| a != b);
    let line = first.unwrap_or(kept.lines().count().min(made.lines().count())) + 1;
    assert!(
        kept == made,
        "{}:{line} differs from what is printed; read the difference, then: BLESS=1 cargo test --test explain",
        path.display()
    );
}

#[test]
fn the_texts_are_as_they_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    for (args, path) in [
        (&["explain"][..], "tests/explain/overview.txt"),
        (
            &["explain", "runAsNonRoot"],
            "tests/explain/runAsNonRoot.txt",
        ),
        (&["explain", "CIS", "5.2.7"], "tests/explain/cis.txt"),
    ] {
        let ran = run(folder.path(), args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        compare(path, &ran.out());
    }
}

#[test]
fn the_document_says_what_the_checks_say() {
    compare("docs/checks.md", &document().unwrap());
}

fn document() -> Result<String, std::fmt::Error> {
    let mut page = String::from(
        "<!-- Made of src/checks by BLESS=1 cargo test --test explain. Do not edit. -->\n\n# Checks\n\n\
         `kubectl harden explain CHECK` prints what is here, on a terminal. Ids are those of Pod Security Admission.\n\n\
         Each level includes those before it: baseline, restricted, hardened. `--profile` names the level, and\n\
         `--pss-version` the version of Pod Security Standards.\n\n\
         | check | baseline since | restricted since | hardened | what harden does |\n|---|---|---|---|---|\n",
    );
    for check in CHECKS {
        let facts = facts(check);
        let since = |profile: &str| {
            let mut rules = facts.rules.iter().filter(|r| r.profile == profile);
            rules.find(|r| !r.since.is_empty()).map_or("", |r| &r.since)
        };
        let hardened = facts.rules.iter().any(|r| r.profile == "hardened");
        writeln!(
            page,
            "| [{0}](#{1}) | {2} | {3} | {4} | {5} |",
            check.id,
            check.id.to_lowercase(),
            since("baseline"),
            since("restricted"),
            if hardened { "must be set" } else { "" },
            handled(&facts)
        )?;
    }
    for check in CHECKS {
        section(&mut page, check)?;
    }
    Ok(page)
}

fn handled(facts: &Facts) -> String {
    let written = facts.written.as_ref().map(|_| "writes it");
    let taken = facts.taken_away.map(|how| match how {
        "" => "leaves it to a person",
        _ => "takes it away with `--unsafe-fixes`",
    });
    let both: Vec<_> = written.into_iter().chain(taken).collect();
    both.join("; ")
}

fn section(page: &mut String, check: &'static Check) -> std::fmt::Result {
    let facts = facts(check);
    let about = &check.about;
    writeln!(
        page,
        "\n## {}\n\n**{}.** {}\n",
        check.id, check.title, about.what
    )?;
    writeln!(page, "Why an attacker cares: {}\n", about.why)?;
    for (place, path) in &facts.fields {
        writeln!(page, "- {place}: `{path}`")?;
    }
    writeln!(page, "- accepted: {}", about.accepts)?;
    if let Some(written) = &facts.written {
        writeln!(page, "- written: `{written}`")?;
    }
    if let Some(how) = facts.taken_away.filter(|how| !how.is_empty()) {
        writeln!(page, "- with `--unsafe-fixes`: {how}")?;
    }
    if let Some((reason, detail)) = &facts.reported {
        writeln!(page, "- reported as: `{reason} ({detail})`")?;
    }
    writeln!(page, "- source of the rule: <{}>", check.link)?;
    page.push_str("\n| profile | since | demand |\n|---|---|---|\n");
    for rule in &facts.rules {
        writeln!(
            page,
            "| {} | {} | {} |",
            rule.profile, rule.since, rule.demand
        )?;
    }
    if !about.breaks.is_empty() {
        writeln!(page, "\n### When {} breaks something", check.id)?;
    }
    for breakage in about.breaks {
        broken(page, breakage)?;
    }
    if !check.controls.is_empty() {
        writeln!(
            page,
            "\n### What {} supports\n\n| framework | version | id | note |\n|---|---|---|---|",
            check.id
        )?;
    }
    for c in check.controls {
        writeln!(
            page,
            "| {} | {} | {} | {} |",
            c.framework, c.version, c.id, c.note
        )?;
    }
    Ok(())
}

fn broken(page: &mut String, breakage: &Breakage) -> std::fmt::Result {
    writeln!(page, "\n```text\n{}\n```\n", breakage.symptoms.join("\n"))?;
    writeln!(
        page,
        "The pod shows: {}. {}\n",
        breakage.status, breakage.cause
    )?;
    for (i, remedy) in breakage.remedies.iter().enumerate() {
        writeln!(page, "{}. {remedy}", i + 1)?;
    }
    writeln!(page, "\nKnown from: {}.", breakage.sources.join("; "))
}

#[test]
fn no_fact_can_break_a_table_or_a_block() {
    for check in CHECKS {
        let facts = facts(check);
        let controls = check.controls.iter();
        let controls = controls.flat_map(|c| [c.framework, c.version, c.id, c.note]);
        let rules = facts.rules.iter().map(|rule| rule.demand.as_str());
        for cell in controls.chain(rules) {
            assert!(!cell.contains(['|', '\n', '<']), "{}: {cell}", check.id);
        }
        for symptom in check.about.breaks.iter().flat_map(|b| b.symptoms) {
            assert!(
                !symptom.contains('\n') && !symptom.starts_with("```"),
                "{symptom}"
            );
        }
    }
}
