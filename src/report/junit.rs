//! JUnit XML as CI servers read it: a suite for each file, a test case for each field.
//!
//! It follows both the schema of Ant's format (windyroad) and that of Jenkins' xUnit plugin, so there are
//! no attributes that only one of them has.

mod notes;
mod rollout;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Counts, Format, Outcome, Report, Row, RowStatus, Subject};

/// Writes a report as JUnit XML.
#[derive(Clone, Copy, Debug)]
pub struct Junit;

impl Format for Junit {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut xml = Writer::new_with_indent(out, b' ', 2);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let files = report
            .subjects
            .chunk_by(|a, b| a.place.path == b.place.path);
        xml.create_element("testsuites")
            .write_inner_content(|xml| {
                files
                    .enumerate()
                    .try_for_each(|(id, subjects)| write_suite(xml, report, id, subjects))
            })?;
        writeln!(xml.get_mut())
    }
}

/// What became of a test case.
enum Verdict<'r> {
    Passed,
    /// The element, its type where it has one, its message and its text.
    Not(&'static str, Option<&'static str>, Cow<'r, str>, String),
}

struct Case<'r> {
    class: String,
    name: String,
    seconds: u64,
    verdict: Verdict<'r>,
}

type Xml<'w> = Writer<&'w mut dyn Write>;

fn write_suite(xml: &mut Xml, report: &Report, id: usize, subjects: &[Subject]) -> io::Result<()> {
    let mut cases = Vec::new();
    for subject in subjects {
        cases.extend(cases_of(subject, report.applied));
    }
    number(&mut cases);
    let count = |wanted: &str| {
        let cases = cases.iter();
        let found =
            cases.filter(|case| matches!(case.verdict, Verdict::Not(is, ..) if is == wanted));
        found.count().to_string()
    };
    let path = subjects.first().map_or("", |s| s.place.path.as_str());
    // The schema wants no zone and no fraction.
    let started = report.started.to_string();
    let host = report.rollout.as_ref().map(|run| run.machine.as_str());
    let host = host.filter(|host| !host.is_empty());
    let seconds: u64 = cases.iter().map(|case| case.seconds).sum();
    let element = xml.create_element("testsuite").with_attributes([
        ("name", legal(path).as_ref()),
        ("package", "kubectl-harden"),
        ("id", &id.to_string()),
        ("timestamp", started.get(..19).unwrap_or(&started)),
        ("hostname", legal(host.unwrap_or("localhost")).as_ref()),
        ("tests", &cases.len().to_string()),
        ("failures", &count("failure")),
        ("errors", &count("error")),
        ("skipped", &count("skipped")),
        ("time", &seconds.to_string()),
    ]);
    element.write_inner_content(|xml| {
        write_properties(xml, report, subjects)?;
        cases.iter().try_for_each(|case| write_case(xml, case))?;
        let diffs: String = subjects.iter().map(|s| s.diff.as_str()).collect();
        let notes: String = subjects.iter().flat_map(notes::lines).collect();
        let rollouts: String = subjects.iter().map(rollout::output).collect();
        write_text(xml, "system-out", &(diffs + &notes + &rollouts))?;
        write_text(xml, "system-err", "")
    })?;
    Ok(())
}

fn write_properties(xml: &mut Xml, report: &Report, subjects: &[Subject]) -> io::Result<()> {
    let (mut workloads, mut fields) = (Counts::default(), Counts::default());
    for subject in subjects {
        workloads.add(subject.outcome);
        let outcomes = subject.rows.iter().map(|row| row.status.outcome());
        outcomes.for_each(|outcome| fields.add(outcome));
    }
    xml.create_element("properties")
        .write_inner_content(|xml| {
            write_property(xml, "applied", &report.applied.to_string())?;
            for (name, value) in report.rollout.iter().flat_map(rollout::properties) {
                write_property(xml, &legal(&name), &legal(&value))?;
            }
            for (of, counts) in [("workloads", workloads), ("fields", fields)] {
                write_property(xml, &format!("{of}.seen"), &counts.seen().to_string())?;
                for outcome in Outcome::ALL {
                    let name = format!("{of}.{}", outcome.id());
                    write_property(xml, &name, &counts.of(outcome).to_string())?;
                }
            }
            Ok(())
        })?;
    Ok(())
}

fn write_property(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    let element = xml.create_element("property");
    element
        .with_attributes([("name", name), ("value", value)])
        .write_empty()?;
    Ok(())
}

fn write_case(xml: &mut Xml, case: &Case) -> io::Result<()> {
    let element = xml.create_element("testcase").with_attributes([
        ("classname", legal(&case.class).as_ref()),
        ("name", legal(&case.name).as_ref()),
        ("time", &case.seconds.to_string()),
    ]);
    match &case.verdict {
        Verdict::Passed => element.write_empty()?,
        Verdict::Not(kind, of_type, message, text) => element.write_inner_content(|xml| {
            let mut element = xml
                .create_element(*kind)
                .with_attribute(("message", legal(message).as_ref()));
            if let Some(of_type) = of_type {
                element = element.with_attribute(("type", *of_type));
            }
            element.write_text_content(BytesText::new(&legal(text)))?;
            Ok(())
        })?,
    };
    Ok(())
}

fn write_text(xml: &mut Xml, element: &str, text: &str) -> io::Result<()> {
    let element = xml.create_element(element);
    element.write_text_content(BytesText::new(&legal(text)))?;
    Ok(())
}

fn cases_of(subject: &Subject, applied: bool) -> Vec<Case<'_>> {
    let of_rows = subject.rows.iter().map(|row| Case {
        class: class(subject),
        name: match &row.container {
            Some(container) => format!("{}: {}", container.name, row.check.id),
            None => format!("pod: {}", row.check.id),
        },
        seconds: 0,
        verdict: of_row(subject, row, applied),
    });
    let mut cases: Vec<_> = of_rows.collect();
    let own = match subject.outcome {
        _ if subject.rollout.is_some() => None,
        Outcome::Refused => Some(("refused", of_refused(subject))),
        Outcome::NotCovered => Some(("not covered", of_not_covered(subject))),
        // Else it would be in the numbers and nowhere else.
        _ if cases.is_empty() => Some(("no field to check", Verdict::Passed)),
        _ => None,
    };
    cases.extend(own.map(|(name, verdict)| Case {
        class: class(subject),
        name: name.into(),
        seconds: 0,
        verdict,
    }));
    cases.extend(rollout::cases(subject));
    cases
}

/// The path and the object: what servers group by, and show beside a case's name.
fn class(subject: &Subject) -> String {
    let path = &subject.place.path;
    match &subject.object {
        None => path.clone(),
        Some(object) if object.namespace.is_empty() => format!("{path}/{}", object.resource),
        Some(object) => format!("{path}/{}/{}", object.namespace, object.resource),
    }
}

/// Servers take cases of one name for one case.
fn number(cases: &mut [Case]) {
    let mut met: HashMap<(String, String), usize> = HashMap::new();
    for case in cases {
        let count = met
            .entry((case.class.clone(), case.name.clone()))
            .or_default();
        *count += 1;
        if *count > 1 {
            case.name = format!("{} ({count})", case.name);
        }
    }
}

fn of_row<'r>(subject: &'r Subject, row: &'r Row, applied: bool) -> Verdict<'r> {
    let message = || match row.detail.as_str() {
        "" => Cow::Borrowed(row.check.title),
        detail => Cow::Borrowed(detail),
    };
    let advice = match &row.status {
        RowStatus::Compliant => return Verdict::Passed,
        RowStatus::Fixed if applied => return Verdict::Passed,
        RowStatus::Fixed => "kubectl harden -w fixes it",
        RowStatus::NeedsUnsafeFixes => "only --unsafe-fixes changes it",
        RowStatus::NeedsDecision => "a person has to decide",
        RowStatus::NotDone => "the change is not in the cluster: see the case \"rollout\"",
        RowStatus::Exempt(exemption) => {
            let until = exemption.expires.map(|date| format!(" until {date}"));
            let until = until.unwrap_or_default();
            let reason = format!("exempt{until}: {}", exemption.reason);
            let owner = match exemption.owner.as_str() {
                "" => String::new(),
                owner => format!("owner: {owner}\n"),
            };
            let text = format!("{owner}{}", evidence(subject, row));
            return Verdict::Not("skipped", None, reason.into(), text);
        }
    };
    let text = format!("{advice}\n{}", evidence(subject, row));
    Verdict::Not("failure", Some(row.status.id()), message(), text)
}

fn evidence(subject: &Subject, row: &Row) -> String {
    let place = &row.place;
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "unset".into());
    let mut text = format!(
        "at: {}:{}:{}\nfield: {}\ndemand: {}\nbefore: {}\nafter: {}\nprofile: {} {}\n",
        place.path,
        place.line,
        place.column,
        row.field,
        row.detail,
        value(&row.before),
        value(&row.after),
        subject.profile,
        subject.pss_version,
    );
    if row.live.is_some() {
        text.push_str(&format!("live: {}\n", rollout::live(row)));
    }
    for control in row.check.controls {
        let name = match control.version {
            "" => control.framework.to_owned(),
            version => format!("{} {version}", control.framework),
        };
        text.push_str(&format!("supports: {name}: {}\n", control.id));
    }
    text + "rule: " + row.check.link + "\n"
}

fn of_refused(subject: &Subject) -> Verdict<'_> {
    let message = Cow::Borrowed(subject.message.as_str());
    Verdict::Not("error", Some("refused"), message, told(subject))
}

fn of_not_covered(subject: &Subject) -> Verdict<'_> {
    let message = format!("not covered: {}", subject.message);
    Verdict::Not("skipped", None, message.into(), told(subject))
}

fn told(subject: &Subject) -> String {
    let place = &subject.place;
    let mut text = format!("at: {}:{}:{}\n", place.path, place.line, place.column);
    if !subject.hint.is_empty() {
        text.push_str(&format!("hint: {}\n", subject.hint));
    }
    text
}

/// XML 1.0 has no way to write most control characters, not even as references.
fn legal(text: &str) -> Cow<'_, str> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    if text.chars().all(allowed) {
        return Cow::Borrowed(text);
    }
    let replaced = text
        .chars()
        .map(|c| if allowed(c) { c } else { '\u{FFFD}' });
    Cow::Owned(replaced.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use quick_xml::events::BytesStart;
    use quick_xml::{Reader, XmlVersion};

    use super::super::sample;
    use super::*;

    /// Elements with their attributes and text, in document order.
    fn elements(report: &Report) -> Vec<(String, BTreeMap<String, String>, String)> {
        let mut out = Vec::new();
        Junit.write(report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let mut reader = Reader::from_str(&text);
        reader.config_mut().expand_empty_elements = true;
        let (mut found, mut open) = (Vec::new(), Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    open.push(found.len());
                    found.push(element(&start));
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => {
                    if let Some(&at) = open.last() {
                        found[at].2.push_str(&text);
                    }
                }
                Event::GeneralRef(name) => {
                    let at = *open.last().unwrap();
                    let reference = format!("&{};", &*name);
                    found[at]
                        .2
                        .push_str(&quick_xml::escape::unescape(&reference).unwrap());
                }
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    fn element(start: &BytesStart) -> (String, BTreeMap<String, String>, String) {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
            (attribute.key.as_ref().to_string(), value.into_owned())
        });
        let name = start.name().as_ref().to_string();
        (name, attributes.collect(), String::new())
    }

    fn named(
        elements: &[(String, BTreeMap<String, String>, String)],
        name: &str,
    ) -> Vec<(BTreeMap<String, String>, String)> {
        let found = elements.iter().filter(|(is, ..)| is == name);
        found
            .map(|(_, attributes, text)| (attributes.clone(), text.clone()))
            .collect()
    }

    #[test]
    fn cases_say_what_is_wrong_and_where() {
        let elements = elements(&sample::report());
        let cases = named(&elements, "testcase");
        assert_eq!(
            cases[1].0["classname"],
            "apps/shop api/web.yaml/shop/deployment.apps/web"
        );
        assert_eq!(cases[1].0["name"], "web: allowPrivilegeEscalation");
        assert_eq!(cases[0].0["name"], "pod: runAsNonRoot");
        let (failure, text) = named(&elements, "failure")[1].clone();
        assert_eq!(failure["type"], "fixed");
        assert_eq!(
            failure["message"],
            "container \"web\" must set securityContext.allowPrivilegeEscalation=false"
        );
        assert!(
            text.starts_with("kubectl harden -w fixes it\nat: apps/shop api/web.yaml:14:9\n"),
            "{text}"
        );
        let (skipped, text) = named(&elements, "skipped")[0].clone();
        assert!(
            skipped["message"].contains(
                "until 2099-12-31: =HYPERLINK(\"http://x\"), <b>\"writes\" & 'reads'</b>"
            )
        );
        assert!(text.starts_with("owner: @platform\n"));
        assert_eq!(
            named(&elements, "error")[0].0["message"],
            "the key \"name\" is there twice"
        );
        assert!(
            named(&elements, "system-out")[0]
                .1
                .contains("# <pinned> & \"quoted\"\n")
        );
    }

    #[test]
    fn what_is_to_know_is_in_the_output_of_the_suite() {
        let mut report = sample::report();
        report.subjects[0].notes[1].text = "look\nfirst".into();
        let out = &named(&elements(&report), "system-out")[0].1;
        let lines: Vec<_> = out.lines().filter(|l| l.starts_with("to know: ")).collect();
        let web = "apps/shop api/web.yaml/shop/deployment.apps/web";
        assert!(
            lines[0].starts_with(&format!("to know: {web}: container web: =cmd|'/C calc'!A0")),
            "{out}"
        );
        assert_eq!(lines[1..], [format!("to know: {web}: pod: look first")]);
    }

    #[test]
    fn what_was_written_passes() {
        let report = Report {
            applied: true,
            ..sample::report()
        };
        let elements = elements(&report);
        assert!(
            named(&elements, "failure")
                .iter()
                .all(|(failure, _)| failure["type"] != "fixed")
        );
    }

    #[test]
    fn files_are_suites_and_names_are_unique() {
        let mut report = sample::report();
        let twin = report.subjects[0].clone();
        report.subjects.insert(1, twin);
        report
            .subjects
            .iter_mut()
            .skip(2)
            .for_each(|s| s.place.path = "b.yaml".into());
        let elements = elements(&report);
        let suites = named(&elements, "testsuite");
        let suite = |at: usize| (suites[at].0["name"].as_str(), suites[at].0["id"].as_str());
        assert_eq!(suite(0), ("apps/shop api/web.yaml", "0"));
        assert_eq!(suite(1), ("b.yaml", "1"));
        let cases = named(&elements, "testcase");
        assert_eq!(cases[3].0["name"], "pod: runAsNonRoot (2)");
        let mut names: Vec<_> = cases
            .iter()
            .map(|(case, _)| (&case["classname"], &case["name"]))
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), cases.len());
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let mut report = sample::report();
        let nasty = "a\u{0}\u{1b}[31m\u{fffe}]]>&#0;<!-- \u{85}\u{2028}👾\r\n\tz";
        report.subjects[4].message = nasty.into();
        report.subjects[0].diff = nasty.into();
        report.subjects[0].notes.clear();
        report.subjects[1].place.path = "\u{7}<>&'\".yaml".into();
        let elements = elements(&report);
        let wanted = "a\u{FFFD}\u{FFFD}[31m\u{FFFD}]]>&#0;<!-- \u{85}\u{2028}👾\r\n\tz";
        assert_eq!(named(&elements, "system-out")[0].1, wanted);
        assert!(named(&elements, "error")[0].0["message"].starts_with("a\u{FFFD}\u{FFFD}[31m"));
        assert_eq!(
            named(&elements, "testsuite")[1].0["name"],
            "\u{FFFD}<>&'\".yaml"
        );
    }

    #[test]
    fn a_rollout_fails_where_a_person_has_to_look_and_errs_where_it_is_open() {
        let report = sample::rollout();
        let elements = elements(&report);
        let of = |name: &str| {
            let start = elements.iter().position(|(is, attributes, _)| {
                is == "testsuite" && attributes["name"].ends_with(&format!("/{name}"))
            });
            let rest = &elements[start.expect(name)..];
            let at = rest.iter().position(|(is, attributes, _)| {
                is == "testcase" && attributes["name"] == "rollout"
            });
            &rest[at.expect("a case")..]
        };
        for (name, element) in [
            ("db", "failure"),
            ("cache", "failure"),
            ("argo", "failure"),
            ("hand", "failure"),
            ("odd", "failure"),
            ("queue", "error"),
            ("late", "error"),
            ("report", "skipped"),
            ("web", "testcase"),
            ("api", "testcase"),
        ] {
            assert_eq!(of(name)[1].0, element, "{name}");
        }
        assert_eq!(of("cache")[0].1["time"], "300");
        assert_eq!(of("queue")[0].1["time"], "0");
        let (_, failure, text) = &of("cache")[1];
        assert!(
            failure["message"]
                .starts_with("restored: =cmd|'/C calc'!A0 </script><b>|`@all`\u{FFFD}[31m")
        );
        for line in [
            "state: restored\n",
            "step: 2026-11-25T01:23:07Z restoring\n",
            "read back: 2026-11-25T06:30:00Z as before\n",
            "evidence: evidence/cache/events.yaml\n",
            "hint: see the evidence, then plan again\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let drifted = of("drifted");
        assert_eq!(drifted[0].1["time"], "180");
        assert_eq!(drifted[1].1["name"], "read back");
        assert_eq!(drifted[2].1["message"], "changed since: as before");
        let property = |name: &str| {
            let all = named(&elements, "property").into_iter();
            all.filter(|(p, _)| p["name"] == name)
                .map(|(p, _)| p["value"].clone())
                .next()
        };
        assert_eq!(
            property("rollout.user").as_deref(),
            Some("=ada@example.com")
        );
        assert_eq!(property("rollout.option.soak").as_deref(), Some("2m"));
        let suites = named(&elements, "testsuite");
        assert!(
            suites
                .iter()
                .all(|(suite, _)| suite["hostname"] == "laptop")
        );
        let out = &named(&elements, "system-out")[0].1;
        assert!(
            out.contains("securityContext.runAsNonRoot: before unset, after true, live true\n"),
            "{out}"
        );
        assert!(out.contains("took over from: =edit\n"), "{out}");
        let learned = "retries: 1\nlearned: app: emptyDir at /run, </script>/x\nto fix: app runs without runAsUser, runAsGroup: ";
        assert!(out.contains(learned), "{out}");
    }

    #[test]
    fn counts_of_a_rollout_add_up() {
        let report = sample::rollout();
        let elements = elements(&report);
        let times = |name: &str| named(&elements, name).len();
        for (attribute, element) in [
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ] {
            let suites = named(&elements, "testsuite");
            let said = suites
                .iter()
                .map(|(suite, _)| suite[attribute].parse::<usize>().unwrap());
            assert_eq!(said.sum::<usize>(), times(element), "{attribute}");
        }
        let of_type = |wanted: &str| {
            named(&elements, "failure")
                .iter()
                .filter(|(f, _)| f["type"] == wanted)
                .count()
        };
        let (fields, rolled_out) = (report.row_counts(), report.states());
        assert_eq!(of_type("notDone"), fields.refused);
        assert_eq!(of_type("needsDecision"), fields.needs_decision);
        assert_eq!(of_type("rollout"), 5);
        assert_eq!(of_type("changedSince"), 1);
        let rolled_out: usize = rolled_out.iter().map(|(_, count)| count).sum();
        assert_eq!(times("testcase"), fields.seen() + 2 * rolled_out + 1);
        let property = |name: &str| -> usize {
            let all = named(&elements, "property").into_iter();
            let values = all
                .filter(|(p, _)| p["name"] == name)
                .map(|(p, _)| p["value"].parse::<usize>().unwrap());
            values.sum()
        };
        assert_eq!(property("workloads.refused"), report.counts().refused);
        assert_eq!(property("fields.refused"), fields.refused);
    }

    #[test]
    fn counts_add_up() {
        let mut report = sample::report();
        report
            .subjects
            .iter_mut()
            .skip(3)
            .for_each(|s| s.place.path = "b.yaml".into());
        let compliant = &mut report.subjects[1];
        compliant.rows.clear();
        let elements = elements(&report);
        let number = |text: &str| text.parse::<usize>().unwrap();
        let attribute = |name: &str| -> usize {
            named(&elements, "testsuite")
                .iter()
                .map(|(suite, _)| number(&suite[name]))
                .sum()
        };
        let times = |name: &str| named(&elements, name).len();
        assert_eq!(attribute("tests"), times("testcase"));
        assert_eq!(attribute("failures"), times("failure"));
        assert_eq!(attribute("errors"), times("error"));
        assert_eq!(attribute("skipped"), times("skipped"));
        let property = |name: String| -> usize {
            let all = named(&elements, "property").into_iter();
            all.filter(|(p, _)| p["name"] == name)
                .map(|(p, _)| number(&p["value"]))
                .sum()
        };
        for of in ["workloads", "fields"] {
            let parts = Outcome::ALL
                .iter()
                .map(|o| property(format!("{of}.{}", o.id())));
            assert_eq!(property(format!("{of}.seen")), parts.sum::<usize>());
        }
        assert_eq!(property("workloads.seen".into()), 6);
        assert_eq!(property("workloads.refused".into()), times("error"));
        let failed = property("fields.fixed".into()) + property("fields.needsDecision".into());
        assert_eq!(failed, times("failure"));
        let skipped = property("fields.exempt".into()) + property("workloads.notCovered".into());
        assert_eq!(skipped, times("skipped"));
        // A refused, an uncovered and a compliant subject without fields have a case of their own.
        assert_eq!(property("fields.seen".into()) + 3, times("testcase"));
    }
}
