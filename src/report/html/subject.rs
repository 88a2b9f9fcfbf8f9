//! One section for each subject.

use std::io::{self, Write};

use super::{rollout, state_labels, status_label};
use crate::report::escape::html;
use crate::report::words::plural;
use crate::report::{ContainerName, Exemption, Place, Report, Row, RowStatus, Subject};

/// A subject's section.
pub(super) fn write(
    report: &Report,
    subject: &Subject,
    number: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let namespace = subject.object.as_ref().map_or("", |o| o.namespace.as_str());
    writeln!(
        out,
        "<section class=\"subject\" id=\"s{number}\" aria-labelledby=\"h{number}\" data-outcome=\"{}\" data-namespace=\"{}\"{}>",
        subject.outcome.id(),
        html(namespace),
        rollout::attribute(report, subject),
    )?;
    let labels = state_labels(report, subject);
    writeln!(out, "<h3 id=\"h{number}\">{} {labels}</h3>", name(subject))?;
    writeln!(out, "<p class=\"where\">{}</p>", whereabouts(subject))?;
    message(subject, out)?;
    rollout::write(subject, out)?;
    fields(report, subject, out)?;
    notes(subject, out)?;
    diff(subject, out)?;
    writeln!(out, "</section>")
}

/// Why it is refused or not covered, and what to do; the reason and the hint of a rollout stand with its times.
fn message(subject: &Subject, out: &mut dyn Write) -> io::Result<()> {
    let rollout = subject.rollout.as_ref();
    if subject.message.is_empty() || rollout.is_some_and(|r| r.reason == subject.message) {
        return Ok(());
    }
    let hint = match (subject.hint.as_str(), rollout) {
        ("", _) | (_, Some(_)) => String::new(),
        (hint, None) => format!(" Hint: {}.", html(hint)),
    };
    writeln!(
        out,
        "<p class=\"message\">{}.{hint}</p>",
        html(&subject.message)
    )
}

pub(super) fn name(subject: &Subject) -> String {
    match &subject.object {
        Some(object) => format!("<code>{}</code>", html(&object.resource)),
        None => "document that cannot be read".to_owned(),
    }
}

pub(super) fn place(place: &Place) -> String {
    format!("{}:{}:{}", html(&place.path), place.line, place.column)
}

fn whereabouts(subject: &Subject) -> String {
    let mut parts = vec![format!("<code>{}</code>", place(&subject.place))];
    if let Some(object) = &subject.object {
        parts.push(match object.namespace.is_empty() {
            true => "no namespace written".to_owned(),
            false => format!("namespace {}", html(&object.namespace)),
        });
        parts.push(format!(
            "{} {}",
            html(&object.api_version),
            html(&object.kind)
        ));
    }
    if !subject.profile.is_empty() {
        parts.push(format!(
            "profile {} {}",
            html(subject.profile),
            html(&subject.pss_version)
        ));
    }
    parts.join(" · ")
}

/// The fields, those of one container below its name.
fn fields(report: &Report, subject: &Subject, out: &mut dyn Write) -> io::Result<()> {
    if subject.rows.is_empty() {
        return Ok(());
    }
    let (live, width) = match subject.rollout {
        Some(_) => ("<th scope=\"col\">Read back</th>", 5),
        None => ("", 4),
    };
    writeln!(
        out,
        "<table class=\"fields\"><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Before</th>\
         <th scope=\"col\">After</th>{live}<th scope=\"col\">Status</th></tr></thead>"
    )?;
    for rows in subject.rows.chunk_by(|a, b| a.container == b.container) {
        let container = rows.first().and_then(|row| row.container.as_ref());
        writeln!(
            out,
            "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{width}\">{}</th></tr>",
            holder(container)
        )?;
        for row in rows {
            field(report, subject, row, out)?;
        }
        writeln!(out, "</tbody>")?;
    }
    writeln!(out, "</table>")
}

fn holder(container: Option<&ContainerName>) -> String {
    let Some(container) = container else {
        return "<strong>pod</strong>".to_owned();
    };
    let image = match container.image.is_empty() {
        true => String::new(),
        false => format!(" · <code>{}</code>", html(&container.image)),
    };
    format!(
        "container <strong>{}</strong> · {}{image}",
        html(&container.name),
        html(container.list)
    )
}

fn field(report: &Report, subject: &Subject, row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let live = match subject.rollout {
        Some(_) => live(row),
        None => String::new(),
    };
    let changed = if row.before == row.after {
        ""
    } else {
        " changed"
    };
    writeln!(
        out,
        "<tr data-status=\"{}\" data-check=\"{}\"><th scope=\"row\"><code>{}</code><small>line {}: {}</small></th>\
         <td class=\"value\">{}</td><td class=\"value{changed}\">{}</td>{live}<td>{}{}</td></tr>",
        row.status.outcome().id(),
        html(row.check.id),
        html(row.check.id),
        row.place.line,
        path(&row.field),
        value(row.before.as_deref()),
        value(row.after.as_deref()),
        status_label(report, &row.status),
        why(row),
    )
}

/// A field's path, which may go on in the next line after a dot.
fn path(field: &str) -> String {
    html(field).replace('.', ".<wbr>")
}

fn value(json: Option<&str>) -> String {
    match json {
        // A line may break after a key, not within a value.
        Some(json) => format!(
            "<code>{}</code>",
            html(json).replace("&quot;:", "&quot;:<wbr>")
        ),
        None => "<span class=\"unset\">not set</span>".to_owned(),
    }
}

/// The value in the cluster when the report was made.
fn live(row: &Row) -> String {
    match &row.live {
        None => "<td class=\"value unset\">not read</td>".to_owned(),
        Some(live) if *live == row.after => {
            format!("<td class=\"value\">{}</td>", value(live.as_deref()))
        }
        Some(live) => format!(
            "<td class=\"value changed\">{}<small>differs</small></td>",
            value(live.as_deref())
        ),
    }
}

fn why(row: &Row) -> String {
    let mut why = match row.detail.is_empty() {
        true => String::new(),
        false => format!("<p class=\"demand\">{}</p>", html(&row.detail)),
    };
    if let RowStatus::Exempt(exemption) = &row.status {
        why += &exempt(exemption);
    }
    why
}

fn exempt(exemption: &Exemption) -> String {
    let mut parts = vec![format!("Reason: {}", html(&exemption.reason))];
    if !exemption.owner.is_empty() {
        parts.push(format!("Owner: {}", html(&exemption.owner)));
    }
    parts.push(match exemption.expires {
        Some(day) => format!("Until: {day}"),
        None => "Until: no end is set".to_owned(),
    });
    let parts = parts
        .iter()
        .map(|part| format!("<p class=\"exemption\">{part}</p>"));
    parts.collect()
}

/// What to know besides: why values are not the defaults, what the program needs to keep running.
fn notes(subject: &Subject, out: &mut dyn Write) -> io::Result<()> {
    if subject.notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"notes\" aria-label=\"To know\">")?;
    for note in &subject.notes {
        let (topic, title) = (note.topic.name(), note.topic.title());
        let holder = match &note.container {
            Some(container) => format!("container <code>{}</code>", html(&container.name)),
            None => "pod".to_owned(),
        };
        let (line, text) = (note.place.line, html(&note.text));
        writeln!(
            out,
            "<li data-topic=\"{topic}\"><strong>To know, {title}:</strong> {holder}: {text} <small>line {line}</small></li>"
        )?;
    }
    writeln!(out, "</ul>")
}

fn diff(subject: &Subject, out: &mut dyn Write) -> io::Result<()> {
    if subject.diff.is_empty() {
        return Ok(());
    }
    // What stands before the first hunk names the files.
    let is_file_name = |line: &&str| !line.starts_with('@');
    let hunks = || subject.diff.lines().skip_while(is_file_name);
    let added = hunks().filter(|line| line.starts_with('+')).count();
    let removed = hunks().filter(|line| line.starts_with('-')).count();
    let (added, removed) = (plural(added, "line"), plural(removed, "line"));
    write!(
        out,
        "<details open><summary>Change: {added} added, {removed} removed</summary>\n<pre class=\"diff\">"
    )?;
    for line in subject.diff.lines().take_while(is_file_name) {
        write!(out, "<span class=\"hunk\">{}\n</span>", html(line))?;
    }
    for line in hunks() {
        let (open, close) = match line.as_bytes().first() {
            Some(b'+') => ("<ins>", "</ins>"),
            Some(b'-') => ("<del>", "</del>"),
            Some(b'@') => ("<span class=\"hunk\">", "</span>"),
            _ => ("<span>", "</span>"),
        };
        write!(out, "{open}{}\n{close}", html(line))?;
    }
    writeln!(out, "</pre></details>")
}
