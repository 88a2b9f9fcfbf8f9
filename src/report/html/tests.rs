mod rollout;

use sha2::{Digest, Sha256};

use super::*;
use crate::report::states::OUTCOMES;
use crate::report::{Counts, sample};

fn written(report: &Report) -> String {
    let controls = ControlMap::parse("check,row\nrunAsUser,<47>\n,48\n").expect("a map");
    let mut out = Vec::new();
    Html { controls }.write(report, &mut out).expect("written");
    String::from_utf8(out).expect("UTF-8")
}

/// The text of the cells of every line of the table below a heading.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = page
        .split_once(&format!("id=\"{heading}\""))
        .expect("a heading");
    let (table, _) = section.split_once("</table>").expect("a table");
    let lines = table.split("<tr").skip(1);
    // What a check supports stands below its numbers, and has none.
    let lines = lines.filter(|line| !line.starts_with(" class=\"supports\""));
    let cells = |line: &str| {
        let cells = line
            .split("<t")
            .filter(|cell| cell.starts_with("h ") || cell.starts_with("d "));
        cells.map(|cell| text(&format!("<t{cell}"))).collect()
    };
    lines.map(cells).collect()
}

fn text(html: &str) -> String {
    let parts = html.split('<').filter_map(|part| part.split_once('>'));
    parts
        .map(|(_, text)| text)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[test]
fn counts_add_up_on_the_page() {
    for applied in [false, true] {
        let mut report = sample::report();
        report.applied = applied;
        let page = written(&report);
        let totals = table(&page, "totals");
        let number = |line: &[String], at: usize| line[at].parse::<usize>().expect("a number");
        let (of, seen) = (&totals[1..7], &totals[7]);
        let names: Vec<_> = of.iter().map(|line| line[0].as_str()).collect();
        let fixed = report.fixed_label();
        let urgent = ["refused", "needs a decision", "not covered"];
        assert_eq!(
            names,
            [&urgent[..], &[fixed, "exempt", "compliant"]].concat()
        );
        for column in [2, 3] {
            let sum: usize = of.iter().map(|line| number(line, column)).sum();
            assert_eq!(sum, number(seen, column));
        }
        for (line, outcome) in of.iter().zip(OUTCOMES) {
            let sections = format!("data-outcome=\"{}\"", outcome.id());
            assert_eq!(page.matches(&sections).count(), number(line, 2));
            let fields = format!("data-status=\"{}\"", outcome.id());
            assert_eq!(page.matches(&fields).count(), number(line, 3));
        }
        assert_eq!(number(seen, 2), table(&page, "objects").len() - 1);

        let checks = table(&page, "checks");
        let (of, all) = (&checks[1..checks.len() - 1], &checks[checks.len() - 1]);
        for column in 1..=5 {
            let sum: usize = of.iter().map(|line| number(line, column)).sum();
            assert_eq!(sum, number(all, column));
        }
        assert_eq!(
            (1..=4).map(|column| number(all, column)).sum::<usize>(),
            number(seen, 3)
        );
        let audit = table(&page, "audit");
        assert_eq!(audit[1], ["&lt;47&gt;runAsUser", "0", "0", "1", "0", "1"]);
        assert_eq!(audit[2][0], "48no check answers this row");
    }
}

#[test]
fn the_page_asks_for_nothing_and_allows_nothing_else() {
    let page = written(&sample::report());
    for (kind, text) in [("style", STYLE), ("script", SCRIPT)] {
        let hash = base64(&Sha256::digest(text));
        assert!(
            page.contains(&format!("{kind}-src 'sha256-{hash}'")),
            "head.html wants {kind} {hash}"
        );
        assert!(!text.contains(&format!("</{kind}")));
        assert!(!text.contains("url(") && !text.contains("@import") && !text.contains("innerHTML"));
    }
    for start in [
        " src=",
        " style=",
        " onclick=",
        "<link",
        "<iframe",
        "<img",
        "href=\"h",
        "href=\"/",
    ] {
        assert!(!page.contains(start), "{start}");
    }
    let forms = page.matches("<form").count();
    assert_eq!(
        forms,
        page.matches("aria-label=\"Filter the objects\" hidden>")
            .count()
    );
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).map(|group| {
        let number = (0..3).fold(0, |n, i| n << 8 | u32::from(*group.get(i).unwrap_or(&0)));
        let letters = (0..4).map(|i| match i <= group.len() {
            true => char::from(LETTERS[(number >> (18 - 6 * i) & 63) as usize]),
            false => '=',
        });
        letters.collect::<String>()
    });
    groups.collect()
}

/// Text for every place of the model that holds text.
fn nasty() -> Report {
    with_evil(sample::report())
}

fn with_evil(mut report: Report) -> Report {
    let evil = "</script></style><!--<img src=x onerror=alert(1)>\"' onload='x' &lt;\u{202e}\u{0}";
    for subject in &mut report.subjects {
        subject.place.path = evil.into();
        (subject.message, subject.hint) = (evil.into(), evil.into());
        (subject.diff, subject.pss_version) = (
            format!("--- {evil}\n@@ {evil}\n+{evil}\n-{evil}\n {evil}"),
            evil.into(),
        );
        if let Some(object) = &mut subject.object {
            for part in [
                &mut object.api_version,
                &mut object.kind,
                &mut object.namespace,
                &mut object.name,
                &mut object.resource,
            ] {
                *part = evil.into();
            }
        }
        for note in &mut subject.notes {
            (note.place.path, note.text) = (evil.into(), evil.into());
            if let Some(container) = &mut note.container {
                container.name = evil.into();
            }
        }
        for row in &mut subject.rows {
            row.place.path = evil.into();
            row.field = evil.into();
            (row.before, row.after) = (Some(evil.into()), Some(evil.into()));
            row.detail = evil.into();
            row.live = row.live.as_ref().map(|_| Some(evil.into()));
            if let Some(container) = &mut row.container {
                (container.name, container.image) = (evil.into(), evil.into());
            }
            if let RowStatus::Exempt(exemption) = &mut row.status {
                (exemption.reason, exemption.owner) = (evil.into(), evil.into());
            }
        }
    }
    report
}

#[test]
fn nothing_of_the_input_is_markup() {
    let (page, plain) = (written(&nasty()), written(&sample::report()));
    for page in [&page, &plain] {
        assert_is_well_formed(page);
    }
    for sign in [
        "<img",
        "onerror=alert(1)>",
        "<!--",
        "' onload='",
        "\u{202e}",
        "\0",
    ] {
        assert!(!page.contains(sign), "{sign:?}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
}

/// Every tag is closed in its order, and every attribute is one that the page writes.
fn assert_is_well_formed(page: &str) {
    let page = page.replace(STYLE, "").replace(SCRIPT, "");
    let mut open = Vec::new();
    for tag in page
        .split('<')
        .skip(2)
        .filter_map(|part| part.split_once('>'))
        .map(|(tag, _)| tag)
    {
        let name = tag
            .split([' ', '/'])
            .find(|name| !name.is_empty())
            .expect("a name");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "at </{name}>");
        } else if !matches!(name, "meta" | "input" | "rect" | "wbr") {
            open.push(name);
        }
        let quotes = tag.matches('"').count();
        assert_eq!(quotes % 2, 0, "{tag}");
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn what_is_to_know_can_be_chosen() {
    let page = written(&sample::report());
    let notes: Vec<_> = page.split("<li data-topic=\"").skip(1).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes[0].starts_with(
        "value\"><strong>To know, reason of a value:</strong> container <code>web</code>: =cmd|"
    ));
    assert!(notes[1].contains(
        "persistent data:</strong> pod: look first who owns the files <small>line 11</small></li>"
    ));
    let (_, choices) = page.split_once("name=\"topic\"").expect("a filter");
    let (choices, _) = choices.split_once("</select>").expect("its end");
    let wanted = "<option value=\"\">all</option><option value=\"value\">reason of a value</option>\
                  <option value=\"data\">persistent data</option>";
    assert!(choices.ends_with(wanted), "{choices}");
    let mut report = sample::report();
    report.subjects.iter_mut().for_each(|s| s.notes.clear());
    assert!(!written(&report).contains("To know"));
}

#[test]
fn an_empty_run_has_a_page() {
    let mut report = sample::report();
    report.subjects.clear();
    let page = written(&report);
    assert_is_well_formed(&page);
    assert_eq!(report.counts(), Counts::default());
    assert!(page.contains("<p class=\"verdict\">no object was seen</p>"));
}
