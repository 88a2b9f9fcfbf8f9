//! The auditor's own row numbers: which row of whose spreadsheet a check answers.

use crate::checks::{CHECKS, Check, Control};
use crate::suggest::nearest;

/// Which rows of an auditor's list the checks answer, read from a CSV file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlMap {
    rows: Vec<AuditRow>,
}

/// A row of the auditor's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The auditor's name for it: `47`.
    pub id: String,
    /// The ids of the checks that answer it, in the file's order; none where the file names none.
    pub checks: Vec<&'static str>,
}

/// Why a control map cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlMapError {
    /// Not CSV.
    #[error("line {line}: {why}")]
    Syntax {
        /// Line, from 1.
        line: u64,
        /// What the reader says.
        why: String,
    },
    /// The header lacks a column.
    #[error(
        "line 1: the header has no column \"{wanted}\"\nhint: name one column check or control, and one row or id"
    )]
    Column {
        /// The names that would do.
        wanted: &'static str,
    },
    /// A control without a row.
    #[error("line {line}: no row is given for \"{control}\"")]
    NoRow {
        /// Line, from 1.
        line: u64,
        /// The control.
        control: String,
    },
    /// Neither a check nor a control of one.
    #[error("line {line}: unknown check or control \"{name}\"\nhint: {hint}")]
    Unknown {
        /// Line, from 1.
        line: u64,
        /// What is written.
        name: String,
        /// What may have been meant.
        hint: String,
    },
}

impl ControlMap {
    /// Reads a CSV file's text: a header with a column `check` or `control` and a column `row` or `id`, then lines in
    /// any order, several for one row or one control. A control is a check's id (`runAsUser`) or an item of a benchmark
    /// or scanner that a check supports (`5.2.7`, `CIS 1.12 5.2.7`, `CKV_K8S_23`), also in a column `framework`
    /// beside it; several stand apart by `;`. A row without a control stays as one that no check answers.
    /// Semicolons and tabs between columns and a byte order mark are taken, as Excel writes them.
    ///
    /// # Errors
    /// [`ControlMapError`].
    pub fn parse(text: &str) -> Result<Self, ControlMapError> {
        parse(text, CHECKS)
    }

    /// The auditor's rows, in the file's order.
    pub fn rows(&self) -> &[AuditRow] {
        &self.rows
    }

    /// The ids of the rows that a check answers, in the file's order.
    pub fn rows_of(&self, check: &Check) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter();
        rows.filter(|row| row.checks.contains(&check.id))
            .map(|row| row.id.as_str())
    }

    fn add(&mut self, id: &str, checks: Vec<&'static str>) {
        let known = self.rows.iter().position(|row| row.id == id);
        let at = known.unwrap_or_else(|| {
            let (id, checks) = (id.to_owned(), Vec::new());
            self.rows.push(AuditRow { id, checks });
            self.rows.len() - 1
        });
        let Some(row) = self.rows.get_mut(at) else {
            return;
        };
        for check in checks {
            if !row.checks.contains(&check) {
                row.checks.push(check);
            }
        }
    }
}

/// A control as it is written in reports: `CIS Kubernetes Benchmark 1.12 5.2.7`.
pub(super) fn spelled(control: &Control) -> String {
    let parts = [control.framework, control.version, control.id];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn parse(text: &str, checks: &'static [Check]) -> Result<ControlMap, ControlMapError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(syntax)?)?;
    let mut map = ControlMap::default();
    for record in reader.records() {
        let record = record.map_err(syntax)?;
        let line = record.position().map_or(0, csv::Position::line);
        let framework = columns.framework.and_then(|at| record.get(at));
        let mut found = Vec::new();
        for name in columns.controls.iter().filter_map(|at| record.get(*at)) {
            found.extend(checks_named(name, framework.unwrap_or(""), line, checks)?);
        }
        match record.get(columns.row).filter(|id| !id.is_empty()) {
            Some(id) => map.add(id, found),
            None if found.is_empty() => {}
            None => {
                let control = found.join("; ");
                return Err(ControlMapError::NoRow { line, control });
            }
        }
    }
    Ok(map)
}

/// What stands between the columns: the first of the three in the header.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let between = header.bytes().find(|byte| b",;\t".contains(byte));
    between.unwrap_or(b',')
}

fn syntax(error: csv::Error) -> ControlMapError {
    let line = error.position().map_or(1, csv::Position::line);
    let why = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".to_owned(),
        _ => error.to_string(),
    };
    ControlMapError::Syntax { line, why }
}

struct Columns {
    controls: Vec<usize>,
    row: usize,
    framework: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, ControlMapError> {
        let named = |name: &str| {
            header
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name))
        };
        let controls: Vec<_> = ["check", "control"].into_iter().filter_map(named).collect();
        if controls.is_empty() {
            let wanted = "check\" or \"control";
            return Err(ControlMapError::Column { wanted });
        }
        let row = named("row").or_else(|| named("id"));
        Ok(Self {
            controls,
            row: row.ok_or(ControlMapError::Column {
                wanted: "row\" or \"id",
            })?,
            framework: named("framework"),
        })
    }
}

/// The checks that a cell names: as a whole, else each part between semicolons, commas and line breaks.
fn checks_named(
    cell: &str,
    framework: &str,
    line: u64,
    checks: &'static [Check],
) -> Result<Vec<&'static str>, ControlMapError> {
    let whole = matching(cell, framework, checks);
    if !whole.is_empty() {
        return Ok(whole);
    }
    let mut found = Vec::new();
    let parts = cell.split([';', ',', '\n']).map(str::trim);
    for name in parts.filter(|name| !name.is_empty()) {
        let matched = matching(name, framework, checks);
        if matched.is_empty() {
            let hint = suggestion(name, checks);
            let name = name.to_owned();
            return Err(ControlMapError::Unknown { line, name, hint });
        }
        found.extend(matched);
    }
    Ok(found)
}

fn matching(name: &str, framework: &str, checks: &'static [Check]) -> Vec<&'static str> {
    let control = format!("{framework} {name}");
    let named = checks.iter().filter(|check| {
        let mut controls = check.controls.iter();
        check.id.eq_ignore_ascii_case(name) || controls.any(|c| c.goes_by(&control))
    });
    named.map(|check| check.id).collect()
}

fn suggestion(name: &str, checks: &'static [Check]) -> String {
    let ids = checks.iter().map(|check| check.id);
    let controls = checks.iter().flat_map(|check| check.controls);
    match nearest(name, ids.chain(controls.map(|control| control.id))) {
        Some(known) => format!("did you mean \"{known}\"?"),
        None => {
            "write a check's id, as in runAsUser, or a control that a check supports".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{About, Control};

    const CIS_5_2_7: Control = Control {
        framework: "CIS Kubernetes Benchmark",
        version: "1.8 to 1.10",
        id: "5.2.7",
        note: "",
    };

    const fn control(framework: &'static str, version: &'static str, id: &'static str) -> Control {
        Control {
            framework,
            version,
            id,
            note: "",
        }
    }

    const fn check(id: &'static str, controls: &'static [Control]) -> Check {
        let (title, link) = ("", "");
        Check {
            id,
            title,
            link,
            controls,
            about: About {
                looks_at: &[],
                accepts: "",
                what: "",
                why: "",
                example: "",
                breaks: &[],
            },
            revisions: &[],
            overridden_by: None,
            field: None,
            grant: None,
            words: |_| unreachable!("no pod is judged here"),
        }
    }

    const SOME: &[Check] = &[
        check(
            "runAsNonRoot",
            &[CIS_5_2_7, control("Checkov", "", "CKV_K8S_23")],
        ),
        check(
            "runAsUser",
            &[
                CIS_5_2_7,
                control("NSA/CISA Kubernetes Hardening Guide", "k8s-nsa-1.0", "1.0"),
            ],
        ),
        check(
            "capabilities",
            &[
                control("CIS Kubernetes Benchmark", "1.8 to 1.11", "5.2.9"),
                control("CIS Kubernetes Benchmark", "1.12 and 2.0.1", "5.2.8"),
            ],
        ),
        check(
            "hostPorts",
            &[control(
                "CIS Kubernetes Benchmark",
                "1.12 and 2.0.1",
                "5.2.9",
            )],
        ),
    ];

    fn read(text: &str) -> Vec<(String, String)> {
        let map = parse(text, SOME).expect("a map");
        let pair = |row: &AuditRow| (row.id.clone(), row.checks.join(" "));
        map.rows().iter().map(pair).collect()
    }

    fn is_read_as(text: &str, wanted: &[(&str, &str)]) {
        let read = read(text);
        let read: Vec<_> = read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(read, wanted, "{text}");
    }

    #[test]
    fn rows_and_controls_are_many_to_many() {
        let text = "Control,ROW\nrunAsUser,47\nrunasnonroot,47\nrunAsUser,48\n\"runAsUser; capabilities\",\"row 9, b\"\n";
        is_read_as(
            text,
            &[
                ("47", "runAsUser runAsNonRoot"),
                ("48", "runAsUser"),
                ("row 9, b", "runAsUser capabilities"),
            ],
        );
        let map = parse(text, SOME).expect("a map");
        assert_eq!(
            map.rows_of(&SOME[1]).collect::<Vec<_>>(),
            ["47", "48", "row 9, b"]
        );
    }

    #[test]
    fn controls_are_named_with_and_without_their_framework() {
        let both = "runAsNonRoot runAsUser";
        for (name, checks) in [
            ("5.2.7", both),
            ("CIS 5.2.7", both),
            ("CIS Kubernetes Benchmark v1.9 5.2.7", both),
            ("cis-5.2.7", both),
            ("ckv_k8s_23", "runAsNonRoot"),
            ("Checkov: CKV_K8S_23", "runAsNonRoot"),
            ("1.0", "runAsUser"),
            ("NSA k8s-nsa-1.0 1.0", "runAsUser"),
            ("5.2.9", "capabilities hostPorts"),
            ("CIS 1.11 5.2.9", "capabilities"),
            ("CIS 2.0.1 5.2.9", "hostPorts"),
        ] {
            is_read_as(&format!("id,check\n1,{name}\n"), &[("1", checks)]);
        }
        is_read_as(
            "framework,control,row\nCIS 1.12,5.2.9,4\nCheckov,CKV_K8S_23,5\n",
            &[("4", "hostPorts"), ("5", "runAsNonRoot")],
        );
    }

    #[test]
    fn what_excel_writes_is_read() {
        is_read_as(
            "\u{feff}id;control;note\r\n47;runAsUser, 5.2.7;x\r\n",
            &[("47", "runAsUser runAsNonRoot")],
        );
        is_read_as("row\tcontrol\n47\trunAsUser\n\t\n", &[("47", "runAsUser")]);
        is_read_as("row,control\n12,\n", &[("12", "")]);
        is_read_as("row,control\n", &[]);
        is_read_as("id,row,control\nx,47,runAsUser\n", &[("47", "runAsUser")]);
    }

    #[test]
    fn errors_name_the_line_and_what_was_meant() {
        for (text, wanted) in [
            (
                "",
                "line 1: the header has no column \"check\" or \"control\"\nhint: name one column check or control, and one row or id",
            ),
            (
                "check,what\n",
                "line 1: the header has no column \"row\" or \"id\"\nhint: name one column check or control, and one row or id",
            ),
            (
                "check,row\nrunAsUser,1\n\"runAs\nUsr\",2\n",
                "line 3: unknown check or control \"runAs\"\nhint: did you mean \"runAsUser\"?",
            ),
            (
                "check,row\nCIS 1.7 5.2.7,2\n",
                "line 2: unknown check or control \"CIS 1.7 5.2.7\"\nhint: write a check's id, as in runAsUser, or a control that a check supports",
            ),
            (
                "check,row\nCKV_K8S_32,2\n",
                "line 2: unknown check or control \"CKV_K8S_32\"\nhint: did you mean \"CKV_K8S_23\"?",
            ),
            (
                "check,row\n15.2.7,2\n",
                "line 2: unknown check or control \"15.2.7\"\nhint: did you mean \"5.2.7\"?",
            ),
            (
                "check,row\nrunAsUser,\n",
                "line 2: no row is given for \"runAsUser\"",
            ),
            (
                "check,row\nrunAsUser\n",
                "line 2: no row is given for \"runAsUser\"",
            ),
        ] {
            let error = parse(text, SOME).expect_err(text);
            assert_eq!(error.to_string(), wanted);
        }
    }

    #[test]
    fn the_products_own_checks_are_known() {
        let map = ControlMap::parse("check,row\nrunAsUser,47\n").expect("a map");
        assert_eq!(map.rows()[0].checks, ["runAsUser"]);
    }
}
