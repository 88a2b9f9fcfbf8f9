//! CSV as RFC 4180 has it: UTF-8, CRLF between records, line breaks in cells kept in quotes.
//!
//! There is no byte order mark: readers other than Excel take it for a part of the first column's name, and for
//! Excel there is the XLSX format. The counts are not in the file, they are in its rows: distinct `subject`s by
//! `outcome`, and rows with a `check` by `status`. Rows of what is to know have the status `to know` and no check.

use std::borrow::Cow;
use std::io::{self, Write};

use super::controls::ControlMap;
use super::table::{Cell, columns, rows_with_notes};
use super::{Format, Report};

/// The table as CSV.
#[derive(Clone, Debug, Default)]
pub struct Csv {
    /// The auditor's rows; empty where no map is given.
    pub controls: ControlMap,
}

impl Format for Csv {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(out);
        writer.write_record(columns(report))?;
        for row in rows_with_notes(report, &self.controls) {
            for cell in row {
                match cell {
                    Cell::Text(text) => writer.write_field(neutral(&text).as_bytes())?,
                    Cell::Number(number) => writer.write_field(number.to_string())?,
                    Cell::Day(day) => writer.write_field(day.to_string())?,
                }
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }
}

/// Text that no spreadsheet takes for a formula: OWASP's "CSV Injection" names the first characters, also those of
/// double width.
pub fn neutral(text: &str) -> Cow<'_, str> {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    match text.starts_with(begins) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::report::words::visible;
    use crate::report::{Outcome, sample};

    fn written(report: &Report, csv: &Csv) -> String {
        let mut out = Vec::new();
        csv.write(report, &mut out).expect("written");
        String::from_utf8(out).expect("UTF-8")
    }

    fn read(text: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().expect("a header").clone();
        let named = |record: csv::StringRecord| {
            let cells = record.iter().map(str::to_owned);
            header.iter().map(str::to_owned).zip(cells).collect()
        };
        reader
            .records()
            .map(|r| named(r.expect("a record")))
            .collect()
    }

    #[test]
    fn counts_can_be_made_again_from_the_rows() {
        for applied in [false, true] {
            let mut report = sample::report();
            report.applied = applied;
            let rows = read(&written(&report, &Csv::default()));
            let subjects: BTreeSet<_> = rows
                .iter()
                .map(|r| (&r["subject"], &r["outcome"]))
                .collect();
            let seen: BTreeSet<_> = rows.iter().map(|r| &r["subject"]).collect();
            assert_eq!(subjects.len(), seen.len(), "one outcome each");
            let of = |outcome: &str| subjects.iter().filter(|(_, o)| *o == outcome).count();
            let fixed = report.fixed_label();
            let outcomes = [
                "compliant",
                fixed,
                "needs a decision",
                "exempt",
                "refused",
                "not covered",
            ];
            assert_eq!(outcomes.map(of), [1; 6]);
            assert_eq!(
                outcomes.map(of).iter().sum::<usize>(),
                report.counts().seen()
            );

            let fields: Vec<_> = rows.iter().filter(|r| !r["check"].is_empty()).collect();
            let of = |status: &str| fields.iter().filter(|r| r["status"] == status).count();
            let counts = report.row_counts();
            assert_eq!(of("compliant"), counts.compliant);
            assert_eq!(of(fixed), counts.fixed);
            assert_eq!(
                of("needs a decision") + of("needs --unsafe-fixes"),
                counts.needs_decision
            );
            assert_eq!(of("exempt"), counts.exempt);
            assert_eq!(fields.len(), counts.seen());
        }
    }

    #[test]
    fn what_is_to_know_stands_below_the_fields_of_its_subject() {
        let rows = read(&written(&sample::report(), &Csv::default()));
        let notes: Vec<_> = rows.iter().filter(|r| r["status"] == "to know").collect();
        let [of_web, of_pod] = notes.as_slice() else {
            panic!("{notes:?}");
        };
        for (column, wanted) in [
            ("object", "deployment.apps/web"),
            ("container", "web"),
            ("image", "nginx:1.27"),
            ("title", "reason of a value"),
            ("check", ""),
            ("line", "14"),
            ("subject", "1"),
            ("outcome", "fixed by -w"),
        ] {
            assert_eq!(of_web[column], wanted, "{column}");
        }
        assert_eq!(of_web["reason"], format!("'{}", visible(sample::HOSTILE)));
        assert_eq!((&*of_pod["container"], &*of_pod["line"]), ("", "11"));
    }

    #[test]
    fn a_subject_without_fields_has_a_row_whatever_became_of_it() {
        let mut report = sample::report();
        report.subjects.iter_mut().for_each(|subject| {
            subject.rows.clear();
            subject.notes.clear();
        });
        let rows = read(&written(&report, &Csv::default()));
        assert_eq!(rows.len(), Outcome::ALL.len());
        assert!(rows.iter().all(|row| row["status"] == row["outcome"]));
    }

    #[test]
    fn a_rollout_has_its_columns_at_the_end() {
        let header = |text: &str| text.split("\r\n").next().unwrap_or("").to_owned();
        let plain = header(&written(&sample::report(), &Csv::default()));
        let text = written(&sample::rollout(), &Csv::default());
        let more = header(&text);
        let more = more.strip_prefix(&plain).expect("the same columns first");
        assert!(more.starts_with(",state,state reason,rollout started (UTC)"));
        let rows = read(&text);
        let of = |name: &str, check: &str| {
            let mut found = rows.iter();
            found
                .find(|row| row["name"] == name && row["check"] == check)
                .expect(name)
        };
        let web = of("web", "runAsNonRoot");
        for (column, wanted) in [
            ("state", "hardened"),
            ("before", ""),
            ("after", "true"),
            ("live", "true"),
            ("read back", "as planned"),
            ("read back at (UTC)", "2026-11-25T06:30:00Z"),
            ("rollout started (UTC)", "2026-11-25T01:05:07Z"),
            ("rollout ended (UTC)", "2026-11-25T01:08:07Z"),
            ("who", "'=ada@example.com"),
            ("machine account", "ada@laptop"),
            ("run", "20261125-010000-x7k2"),
            ("cluster", "https://10.0.0.1:6443 (context prod-eu)"),
            ("took over", "kubectl-client-side-apply; =edit"),
            ("retries", "1"),
            ("learned", "app: emptyDir at /run, </script>/x"),
            ("status", "fixed"),
        ] {
            assert_eq!(web[column], wanted, "{column}");
        }
        let to_fix = "app runs without runAsUser, runAsGroup: =cmd|";
        assert!(web["to fix"].starts_with(to_fix), "{}", web["to fix"]);
        assert!(web["to fix"].ends_with("; fix: =let it write to /data"));
        let db = of("db", "runAsNonRoot");
        assert_eq!(
            (&*db["retries"], &*db["learned"], &*db["to fix"]),
            ("", "", "")
        );
        assert_eq!((&*db["status"], &*db["outcome"]), ("not done", "not done"));
        assert_eq!(db["live"], "\"other\"");
        assert_eq!(db["state reason"], format!("'{}", visible(sample::HOSTILE)));
        assert!(db["evidence"].starts_with("evidence/db/app.previous.log; "));
        assert_eq!(
            of("db", "")["reason"],
            format!(
                "'{}; hint: see the evidence, then plan again",
                visible(sample::HOSTILE)
            )
        );
        assert_eq!(of("late", "runAsNonRoot")["live"], "not read");
        assert_eq!(
            of("late", "runAsNonRoot")["read back"],
            "not read: forbidden"
        );
        assert_eq!(of("old", "capabilities")["state"], "");
        assert_eq!(rows[0]["name"], "db");
    }

    #[test]
    fn states_can_be_counted_again_from_the_rows() {
        let report = sample::rollout();
        let rows = read(&written(&report, &Csv::default()));
        let subjects: BTreeSet<_> = rows.iter().map(|r| (&r["subject"], &r["state"])).collect();
        assert_eq!(subjects.len(), report.subjects.len());
        for (state, count) in report.states() {
            let times = subjects.iter().filter(|(_, of)| *of == state).count();
            assert_eq!(times, count, "{state}");
        }
        let of = |status: &str| {
            rows.iter()
                .filter(|r| !r["check"].is_empty() && r["status"] == status)
                .count()
        };
        assert_eq!(of("not done"), report.row_counts().refused);
        assert_eq!(of("fixed"), report.row_counts().fixed);
    }

    #[test]
    fn rows_say_all_there_is_to_say() {
        let controls = ControlMap::parse("check,row\nreadOnlyRootFilesystem,=47\n").expect("a map");
        let text = written(&sample::report(), &Csv { controls });
        let rows = read(&text);
        let exempt = rows
            .iter()
            .find(|row| row["status"] == "exempt")
            .expect("a row");
        for (column, wanted) in [
            ("audit row", "'=47"),
            ("check", "readOnlyRootFilesystem"),
            ("object", "deployment.apps/+cache"),
            ("name", "'+cache"),
            ("list", "containers"),
            ("image", "nginx:1.27"),
            ("before", ""),
            (
                "exemption reason",
                "'=HYPERLINK(\"http://x\"), <b>\"writes\" & 'reads'</b> | until\nthe next release",
            ),
            ("owner", "'@platform"),
            ("expires", "2099-12-31"),
            ("file", "apps/shop api/web.yaml"),
            ("line", "75"),
            ("profile", "hardened"),
            ("PSS version", "v1.37"),
            ("time (UTC)", "2026-11-24T23:05:00Z"),
            ("applied", "no"),
            ("subject", "4"),
        ] {
            assert_eq!(exempt[column], wanted, "{column}");
        }
        let refused = rows
            .iter()
            .find(|row| row["status"] == "refused")
            .expect("a row");
        assert_eq!(
            refused["reason"],
            "the key \"name\" is there twice; hint: keep one of them"
        );
        assert_eq!(refused["line"], "90");
        assert_eq!(refused["object"], "");
        assert!(text.starts_with("audit row,controls,check,") && text.ends_with("\r\n"));
    }

    #[test]
    fn nothing_is_a_formula() {
        let mut report = sample::report();
        for start in [
            "=1+1",
            "+1",
            "-1",
            "@a",
            "\t=1",
            "\r=1",
            "\n=1",
            "\u{ff1d}1",
            "\u{1}=1",
        ] {
            report.subjects[4].message = start.into();
            let rows = read(&written(&report, &Csv::default()));
            let reason = &rows
                .iter()
                .find(|row| row["status"] == "refused")
                .expect("a row")["reason"];
            let shown = reason.starts_with('\'') || reason.starts_with('\\');
            assert!(shown, "{start:?} is written as {reason:?}");
        }
        assert_eq!(neutral("a=b"), "a=b");
    }
}
