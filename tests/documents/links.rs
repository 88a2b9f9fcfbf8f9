//! Links between the documents, and what the table of contents names.

use std::fs;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

use crate::support::console::blocks;
use crate::{ROOT, named};

/// The targets of a document's links, but those of other sites.
fn links(prose: &str) -> Vec<String> {
    let found = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let targets = found.captures_iter(prose).map(|link| link[1].to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors of a document, as GitHub makes them of its headings.
fn anchors(path: &Path) -> Vec<String> {
    let (_, prose) = blocks(path);
    let titles = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |title: &str| {
        let title = title.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        });
        kept.collect::<String>()
    };
    titles.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for (document, path) in named() {
        for link in links(&blocks(&path).1) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target: PathBuf = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{document}: nothing is at {link}");
            let is_there = anchor.is_empty() || anchors(&target).iter().any(|a| a == anchor);
            assert!(is_there, "{document}: no heading is at {link}");
            count += 1;
        }
    }
    assert!(count >= 50, "{count} links");
}

#[test]
fn the_table_of_contents_names_every_document() {
    let contents = Path::new(ROOT).join("docs/README.md");
    let named_there = links(&blocks(&contents).1);
    for (document, _) in named() {
        let Some(page) = document.strip_prefix("docs/") else {
            continue;
        };
        let is_there = page == "README.md" || named_there.iter().any(|link| link == page);
        assert!(is_there, "docs/README.md does not name {page}");
    }
}

/// The pages that the table of contents numbers, and itself.
#[test]
fn the_guide_is_as_short_as_it_says() {
    let contents = Path::new(ROOT).join("docs/README.md");
    let text = fs::read_to_string(&contents).unwrap();
    let said = Regex::new("at most ([0-9,]+) words").unwrap();
    let said = said.captures(&text).unwrap()[1].replace(',', "");
    let most: usize = said.parse().unwrap();
    let numbered = text
        .lines()
        .filter(|line| line.starts_with(char::is_numeric));
    let pages: Vec<_> = numbered.flat_map(links).collect();
    assert!(pages.len() >= 8, "{pages:?}");
    let words = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let outside_of_blocks = text.split("\n```").step_by(2);
        outside_of_blocks.flat_map(str::split_whitespace).count()
    };
    let pages = pages.iter().map(|page| contents.with_file_name(page));
    let count: usize = pages
        .chain([contents.clone()])
        .map(|page| words(&page))
        .sum();
    assert!(count <= most, "{count} words");
}

#[test]
fn anchors_are_those_of_github() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.md");
    let text = "# A b\n```sh\n# no heading\n```\n## What `--x` does, and when\n";
    fs::write(&path, text).unwrap();
    assert_eq!(anchors(&path), ["a-b", "what---x-does-and-when"]);
}
