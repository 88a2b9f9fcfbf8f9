//! Workflow commands of GitHub Actions, which show as annotations of files and pull requests.
//!
//! GitHub shows the first ten errors, warnings and notices of a step each, so what belongs to one place is
//! one annotation, what matters most comes first, and the last notice, with the counts, is the tenth at most.

use std::io::{self, Write};

use super::states::{meaning, read_back as read_back_of_all};
use super::words::{cluster, counted, outcome, read_back};
use super::{Counts, Exemption, Format, Outcome, Place, Report, Row, RowStatus, Subject};

/// Annotations of one kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// Writes a report as workflow commands.
#[derive(Clone, Copy, Debug)]
pub struct Github;

impl Format for Github {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let subjects = report.subjects.iter();
        let mut all: Vec<_> = subjects
            .flat_map(|subject| of(subject, report.applied))
            .collect();
        all.sort_by_key(|annotation| annotation.kind);
        let first_notice = all.partition_point(|annotation| annotation.kind < Kind::Exempt);
        let shown = all.len().min(first_notice + SHOWN - 1);
        for annotation in all.iter().take(shown) {
            annotation.write(out)?;
        }
        let rest = all.iter().skip(shown);
        summary(report, rest).write(out)
    }
}

/// Kinds of annotations, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Refused,
    NotHardened,
    NeedsDecision,
    NotCovered,
    Exempt,
    Summary,
}

impl Kind {
    fn command(self) -> &'static str {
        match self {
            Self::Refused | Self::NotHardened => "error",
            Self::NeedsDecision | Self::NotCovered => "warning",
            Self::Exempt | Self::Summary => "notice",
        }
    }
}

struct Annotation<'r> {
    kind: Kind,
    place: Option<&'r Place>,
    title: String,
    message: String,
}

impl Annotation<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "::{} ", self.kind.command())?;
        if let Some(Place { path, line, column }) = self.place.filter(|p| p.path != "stdin") {
            write!(out, "file={},line={line},col={column},", property(path))?;
        }
        let (title, message) = (property(&self.title), data(&self.message));
        writeln!(out, "title={title}::{message}")
    }
}

fn of(subject: &Subject, applied: bool) -> Vec<Annotation<'_>> {
    if subject.rollout.is_some() {
        let own = of_rollout(subject).into_iter();
        return own.chain(of_rows(subject, applied)).collect();
    }
    let kind = match subject.outcome {
        Outcome::Refused => Kind::Refused,
        Outcome::NotCovered => Kind::NotCovered,
        _ => return of_rows(subject, applied),
    };
    let title = match kind {
        Kind::Refused => format!("{}: refused", name(subject)),
        _ => format!("{}: not covered", name(subject)),
    };
    vec![Annotation {
        kind,
        place: Some(&subject.place),
        title,
        message: with_hint(subject, &subject.message),
    }]
}

fn with_hint(subject: &Subject, message: &str) -> String {
    match subject.hint.as_str() {
        "" => message.to_owned(),
        hint => format!("{message}\nhint: {hint}"),
    }
}

/// What a rollout did not do, or what was changed since; its fields are told with it.
fn of_rollout(subject: &Subject) -> Option<Annotation<'_>> {
    let rollout = subject.rollout.as_ref()?;
    let (kind, what) = match subject.outcome {
        Outcome::Refused => (Kind::Refused, rollout.state.as_str()),
        _ if rollout.has_changed_since() => (Kind::NotHardened, "changed since"),
        _ => return None,
    };
    let why = match (kind, rollout.reason.as_str(), &rollout.live) {
        (Kind::NotHardened, _, Some(read)) => format!("read back: {}", read_back(read)),
        (_, "", _) => meaning(&rollout.state).to_owned(),
        (_, reason, _) => reason.to_owned(),
    };
    Some(Annotation {
        kind,
        place: Some(&subject.place),
        title: format!("{}: {what}", name(subject)),
        message: with_hint(subject, &why),
    })
}

/// One annotation for each place and kind, a line for each field.
fn of_rows(subject: &Subject, applied: bool) -> Vec<Annotation<'_>> {
    let mut groups: Vec<(Kind, &Place, Vec<&Row>)> = Vec::new();
    for row in &subject.rows {
        let kind = match row.status {
            RowStatus::Compliant | RowStatus::NotDone => continue,
            RowStatus::Fixed if applied => continue,
            RowStatus::Fixed => Kind::NotHardened,
            RowStatus::NeedsUnsafeFixes | RowStatus::NeedsDecision => Kind::NeedsDecision,
            RowStatus::Exempt(_) => Kind::Exempt,
        };
        let group = groups
            .iter_mut()
            .find(|(of, place, _)| *of == kind && **place == row.place);
        match group {
            Some((_, _, rows)) => rows.push(row),
            None => groups.push((kind, &row.place, vec![row])),
        }
    }
    let annotation = |(kind, place, rows): (Kind, _, Vec<&Row>)| Annotation {
        kind,
        place: Some(place),
        title: title(subject, kind, rows.len()),
        message: rows.into_iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    groups.into_iter().map(annotation).collect()
}

fn title(subject: &Subject, kind: Kind, fields: usize) -> String {
    let what = match (kind, fields) {
        (Kind::NotHardened, 1) => "1 field is not hardened".into(),
        (Kind::NotHardened, _) => format!("{fields} fields are not hardened"),
        (Kind::Exempt, 1) => "1 field is exempt".into(),
        (Kind::Exempt, _) => format!("{fields} fields are exempt"),
        (_, 1) => "1 field needs a decision".into(),
        (_, _) => format!("{fields} fields need a decision"),
    };
    format!("{}: {what}", name(subject))
}

fn line(row: &Row) -> String {
    let who = row.container.as_ref().map_or("pod", |c| c.name.as_str());
    let what = match &row.status {
        RowStatus::Compliant => "it is compliant".into(),
        RowStatus::Fixed => "kubectl harden -w fixes it".into(),
        RowStatus::NeedsUnsafeFixes => "only --unsafe-fixes changes it".into(),
        RowStatus::NeedsDecision => "a person has to decide".into(),
        RowStatus::NotDone => "it is not in the cluster".into(),
        RowStatus::Exempt(exemption) => exempt(exemption),
    };
    let line = format!("- {who}: {}: {}; {what}", row.check.id, row.detail);
    line.replace(['\r', '\n'], " ")
}

fn exempt(exemption: &Exemption) -> String {
    let until = exemption.expires.map(|date| format!(" until {date}"));
    let until = until.unwrap_or_default();
    let by = match exemption.owner.as_str() {
        "" => String::new(),
        owner => format!(" ({owner})"),
    };
    format!("exempt{until}{by}: {}", exemption.reason)
}

/// The counts, then the notices that would not be shown.
fn summary<'r>(
    report: &Report,
    rest: impl Iterator<Item = &'r Annotation<'r>>,
) -> Annotation<'static> {
    let mut message = format!(
        "workloads: {}\nfields: {}",
        counts_in_words(&report.counts(), report),
        counts_in_words(&report.row_counts(), report)
    );
    if let Some(run) = &report.rollout {
        let (by, cluster) = (&run.user, cluster(run));
        let (states, found) = (report.states(), read_back_of_all(report));
        message.push_str(&format!(
            "\nrollout {} by {by} to {cluster}: {}\nread back: {}",
            run.id,
            counted(&states),
            counted(&found)
        ));
    }
    for annotation in rest {
        message.push('\n');
        if let Some(Place { path, line, .. }) = annotation.place {
            message.push_str(&format!("{path}:{line}: "));
        }
        message.push_str(&format!("{}\n{}", annotation.title, annotation.message));
    }
    Annotation {
        kind: Kind::Summary,
        place: None,
        title: "kubectl harden".into(),
        message,
    }
}

fn counts_in_words(counts: &Counts, report: &Report) -> String {
    let fixed = report.fixed_label();
    let refused = outcome(report, Outcome::Refused);
    format!(
        "{} seen = {} compliant + {} {fixed} + {} needing a decision + {} exempt + {} {refused} + {} not covered",
        counts.seen(),
        counts.compliant,
        counts.fixed,
        counts.needs_decision,
        counts.exempt,
        counts.refused,
        counts.not_covered,
    )
}

fn name(subject: &Subject) -> &str {
    let object = subject.object.as_ref();
    object.map_or("document", |object| object.resource.as_str())
}

/// Escapes a message as `@actions/core` does. Other control characters would reach the log's terminal codes.
fn data(text: &str) -> String {
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    text.replace(control, "\u{FFFD}")
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::sample;
    use super::*;

    struct Command {
        name: String,
        properties: HashMap<String, String>,
        message: String,
    }

    fn written(report: &Report) -> Vec<Command> {
        let mut out = Vec::new();
        Github.write(report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines().map(read).collect()
    }

    /// As actions/runner does (`ActionCommand.TryParseV2`).
    fn read(line: &str) -> Command {
        let (info, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (name, properties) = info.split_once(' ').unwrap();
        let properties = properties.split(',').map(|property| {
            let (key, value) = property.split_once('=').unwrap();
            (
                key.into(),
                unescape(&value.replace("%3A", ":").replace("%2C", ",")),
            )
        });
        Command {
            name: name.into(),
            properties: properties.collect(),
            message: unescape(message),
        }
    }

    fn unescape(text: &str) -> String {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    }

    #[test]
    fn the_important_comes_first() {
        let commands = written(&sample::report());
        let shown = commands
            .iter()
            .map(|c| format!("{} {}", c.name, c.properties["title"]));
        let wanted = [
            "error document: refused",
            "error deployment.apps/web: 1 field is not hardened",
            "error deployment.apps/web: 1 field is not hardened",
            "warning deployment.apps/agent: 2 fields need a decision",
            "warning deployment.apps/agent: 1 field needs a decision",
            "warning deployment.apps/flow: not covered",
            "notice deployment.apps/+cache: 1 field is exempt",
            "notice kubectl harden",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), wanted);
        assert_eq!(
            commands[0].message,
            "the key \"name\" is there twice\nhint: keep one of them"
        );
        assert_eq!(commands[2].properties["file"], "apps/shop api/web.yaml");
        assert_eq!(commands[2].properties["line"], "14");
        assert_eq!(commands[2].properties["col"], "9");
        assert_eq!(
            commands[3].message.lines().next(),
            Some(
                "- agent: privileged: container \"web\" must set securityContext.privileged=false; only --unsafe-fixes changes it"
            )
        );
        assert!(
            commands[6]
                .message
                .contains("<b>\"writes\" & 'reads'</b> | until the next release")
        );
    }

    #[test]
    fn a_rollout_is_told_by_its_states() {
        let report = sample::rollout();
        let commands = written(&report);
        let titles: Vec<_> = commands
            .iter()
            .map(|c| c.properties["title"].as_str())
            .collect();
        for (title, command) in [
            ("deployment.apps/db: unrestored", "error"),
            ("deployment.apps/late: pending", "error"),
            ("deployment.apps/drifted: changed since", "error"),
            ("deployment.apps/agent: 1 field needs a decision", "warning"),
        ] {
            let at = titles.iter().position(|t| *t == title).expect(title);
            assert_eq!(commands[at].name, command);
        }
        assert!(
            commands[0]
                .message
                .starts_with("=cmd|'/C calc'!A0 </script>")
        );
        let errors = commands.iter().filter(|c| c.name == "error").count();
        assert_eq!(errors, report.counts().refused + 1);
        let last = &commands.last().expect("a summary").message;
        assert!(last.starts_with("workloads: 14 seen = 1 compliant + 3 fixed + 1 needing a decision + 0 exempt + 8 not done + 1 not covered\n"), "{last}");
        assert!(last.contains("\nrollout 20261125-010000-x7k2 by =ada@example.com to https://10.0.0.1:6443 (context prod-eu): 1 unrestored, 1 restored,"), "{last}");
        assert!(last.contains("\nread back: 3 as planned, 4 as before, 2 different, 1 gone, 1 not read, 1 not asked"), "{last}");
    }

    #[test]
    fn nothing_in_a_text_is_a_command() {
        let mut report = sample::report();
        let nasty = "100%\r\n::stop-commands::x\n%0A::error::y, file=z: ü\t";
        report.subjects[4].message = nasty.into();
        report.subjects[5].message = "\u{1b}[2J".into();
        report.subjects[4].place.path = "a,b:c%3A\n::x::.yaml".into();
        let commands = written(&report);
        assert_eq!(commands.len(), written(&sample::report()).len());
        assert_eq!(
            commands[0].message,
            format!("{nasty}\nhint: keep one of them")
        );
        assert_eq!(commands[0].properties["file"], "a,b:c%3A\n::x::.yaml");
        assert_eq!(commands[5].message, "\u{FFFD}[2J");
    }

    #[test]
    fn standard_input_is_no_file() {
        let mut report = sample::report();
        report.subjects[4].place.path = "stdin".into();
        assert!(!written(&report)[0].properties.contains_key("file"));
    }

    #[test]
    fn the_last_notice_is_the_tenth_at_most_and_nothing_is_lost() {
        let mut report = sample::report();
        let exempt = report.subjects[3].clone();
        for line in 100..120 {
            let mut more = exempt.clone();
            more.rows[0].place.line = line;
            report.subjects.push(more);
        }
        let commands = written(&report);
        assert_eq!(commands.iter().filter(|c| c.name == "notice").count(), 10);
        let last = &commands.last().unwrap().message;
        assert!(last.starts_with("workloads: 26 seen = "), "{last}");
        assert!(
            last.contains(
                "\napps/shop api/web.yaml:119: deployment.apps/+cache: 1 field is exempt\n- "
            ),
            "{last}"
        );
        counts_add_up_in(&report);
    }

    #[test]
    fn counts_add_up() {
        counts_add_up_in(&sample::report());
    }

    fn counts_add_up_in(report: &Report) {
        let commands = written(report);
        let (last, others) = commands.split_last().unwrap();
        let lines = |name: &str| -> usize {
            let of = others.iter().filter(|c| c.name == name);
            of.map(|c| c.message.lines().filter(|l| l.starts_with("- ")).count())
                .sum()
        };
        let mut said = last.message.lines();
        let mut counts = || {
            let words = said.next().unwrap().split(' ');
            let numbers: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
            assert_eq!(numbers[0], numbers[1..].iter().sum::<usize>());
            numbers
        };
        let (workloads, fields) = (counts(), counts());
        let more = said.filter(|line| line.starts_with("- ")).count();
        assert_eq!(lines("error"), fields[2]);
        assert_eq!(lines("warning"), fields[3]);
        assert_eq!(lines("notice") + more, fields[4]);
        let titled = |what: &str| {
            others
                .iter()
                .filter(|c| c.properties["title"].ends_with(what))
                .count()
        };
        assert_eq!(titled(": refused"), workloads[5]);
        assert_eq!(titled(": not covered"), workloads[6]);
    }
}
