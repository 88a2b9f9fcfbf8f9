//! One section for each subject, and the list of them.

use std::io::{self, Write};

use super::{label, status_label};
use crate::report::escape::html;
use crate::report::words::{outcome, plural};
use crate::report::{ContainerName, Exemption, Place, Report, Row, RowStatus, Subject};

/// The list of all subjects, with links to their sections.
pub(super) fn index(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section aria-labelledby=\"objects\">\n<h2 id=\"objects\">Objects</h2>"
    )?;
    writeln!(
        out,
        "<table class=\"index\"><thead><tr><th scope=\"col\">Object</th><th scope=\"col\" class=\"narrow-off\">Namespace</th>\
         <th scope=\"col\">Place</th><th scope=\"col\">Outcome</th></tr></thead>\n<tbody>"
    )?;
    for (subject, number) in report.subjects.iter().zip(1..) {
        let namespace = subject.object.as_ref().map_or("", |o| o.namespace.as_str());
        let outcome = label(subject.outcome, outcome(report, subject.outcome));
        writeln!(
            out,
            "<tr id=\"i{number}\"><th scope=\"row\" class=\"name\"><a href=\"#s{number}\">{}</a></th><td class=\"narrow-off\">{}</td>\
             <td><code>{}</code></td><td>{outcome}</td></tr>",
            name(subject),
            html(namespace),
            place(&subject.place),
        )?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

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
        "<section class=\"subject\" id=\"s{number}\" aria-labelledby=\"h{number}\" data-outcome=\"{}\" data-namespace=\"{}\">",
        subject.outcome.id(),
        html(namespace),
    )?;
    let outcome = label(subject.outcome, outcome(report, subject.outcome));
    writeln!(out, "<h3 id=\"h{number}\">{} {outcome}</h3>", name(subject))?;
    writeln!(out, "<p class=\"where\">{}</p>", whereabouts(subject))?;
    if !subject.message.is_empty() {
        let hint = match subject.hint.is_empty() {
            true => String::new(),
            false => format!(" Hint: {}.", html(&subject.hint)),
        };
        writeln!(
            out,
            "<p class=\"message\">{}.{hint}</p>",
            html(&subject.message)
        )?;
    }
    fields(report, subject, out)?;
    diff(subject, out)?;
    writeln!(out, "</section>")
}

fn name(subject: &Subject) -> String {
    match &subject.object {
        Some(object) => format!("<code>{}</code>", html(&object.resource)),
        None => "document that cannot be read".to_owned(),
    }
}

fn place(place: &Place) -> String {
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
    writeln!(
        out,
        "<table class=\"fields\"><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Before</th>\
         <th scope=\"col\">After</th><th scope=\"col\">Status</th></tr></thead>"
    )?;
    for rows in subject.rows.chunk_by(|a, b| a.container == b.container) {
        let container = rows.first().and_then(|row| row.container.as_ref());
        writeln!(
            out,
            "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"4\">{}</th></tr>",
            holder(container)
        )?;
        for row in rows {
            field(report, row, out)?;
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

fn field(report: &Report, row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let changed = if row.before == row.after {
        ""
    } else {
        " changed"
    };
    writeln!(
        out,
        "<tr data-status=\"{}\" data-check=\"{}\"><th scope=\"row\"><code>{}</code><small>line {}: {}</small></th>\
         <td class=\"value\">{}</td><td class=\"value{changed}\">{}</td><td>{}{}</td></tr>",
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
