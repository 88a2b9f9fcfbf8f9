mod notes;
mod rollout;

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx as Workbook};

use super::*;
use crate::report::sample;

fn written(report: &Report, xlsx: &Xlsx) -> Vec<u8> {
    let mut out = Vec::new();
    xlsx.write(report, &mut out).expect("written");
    out
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Workbook<_> = Workbook::new(Cursor::new(bytes)).expect("a workbook");
    workbook.worksheet_range(name).expect("a sheet")
}

fn number(cell: &Data) -> usize {
    cell.to_string().parse().expect("a number")
}

/// The lines of a table of the summary, from its header to the line before `end`.
fn table<'d>(summary: &'d Range<Data>, heading: &str) -> Vec<&'d [Data]> {
    let lines = summary.rows().skip_while(|row| row[0] != heading);
    lines
        .skip(2)
        .take_while(|row| row[0] != Data::Empty)
        .collect()
}

#[test]
fn counts_add_up_in_the_cells() {
    for applied in [false, true] {
        let mut report = sample::report();
        report.applied = applied;
        let bytes = written(&report, &Xlsx::default());
        let objects = sheet(&bytes, "Objects");
        let summary = sheet(&bytes, "Summary");
        let outcomes = table(&summary, "Objects by outcome");
        let (sum, of): (Vec<_>, Vec<_>) = (outcomes[6..].to_vec(), outcomes[..6].to_vec());
        for line in &of {
            let rows = objects
                .rows()
                .skip(1)
                .filter(|row| row[4] == line[0])
                .count();
            assert_eq!(number(&line[1]), rows, "{:?}", line[0]);
        }
        assert_eq!(of.iter().map(|line| number(&line[1])).sum::<usize>(), 6);
        assert_eq!(
            sum.iter()
                .map(|line| line[1].to_string())
                .collect::<Vec<_>>(),
            ["6", "6", "yes"]
        );

        let fields = sheet(&bytes, "Fields");
        let checks = table(&summary, "Fields by check");
        let header = summary
            .rows()
            .find(|row| row[0] == "check")
            .expect("a header");
        let (of, sum) = checks.split_at(checks.len() - 3);
        for line in of {
            for column in 1..=5 {
                let is_counted = |row: &&[Data]| row[2] == line[0] && row[14] == header[column];
                assert_eq!(
                    number(&line[column]),
                    fields.rows().filter(is_counted).count()
                );
            }
        }
        let seen: usize = of.iter().flat_map(|line| &line[1..=5]).map(number).sum();
        assert_eq!(seen, report.row_counts().seen());
        assert_eq!([number(&sum[0][6]), number(&sum[1][6])], [seen; 2]);
    }
}

/// A cell by its name: `$A$2`, `B3`.
fn at<T: calamine::CellType>(range: &Range<T>, name: &str) -> T {
    let name = name.replace('$', "");
    let column = u32::from(name.as_bytes()[0] - b'A');
    let row: u32 = name[1..].parse().expect("a row");
    range
        .get_value((row - 1, column))
        .cloned()
        .unwrap_or_default()
}

/// The cells of `Sheet!$A$2:$A$9`, or of the summary.
fn cells(bytes: &[u8], range: &str) -> Vec<String> {
    let (name, range) = range.split_once('!').unwrap_or(("Summary", range));
    let sheet = sheet(bytes, name);
    let (first, last) = range.split_once(':').expect("a range");
    let row = |name: &str| {
        name.trim_matches(|c: char| !c.is_ascii_digit())
            .parse::<u32>()
    };
    let column = |name: &str| name.replace('$', "").as_bytes()[0];
    let rows = row(first).expect("a row")..=row(last).expect("a row");
    let names = rows.flat_map(|row| {
        let columns = column(first)..=column(last);
        columns.map(move |column| format!("{}{row}", char::from(column)))
    });
    names.map(|name| at(&sheet, &name).to_string()).collect()
}

/// What a formula of the summary gives, of the few kinds that there are.
fn evaluated(bytes: &[u8], formula: &str) -> String {
    let summary = sheet(bytes, "Summary");
    let cell = |name: &str| at(&summary, name).to_string();
    let Some((function, arguments)) = formula.split_once('(') else {
        let sum = formula
            .split('+')
            .map(|name| name.parse().unwrap_or_else(|_| number(&at(&summary, name))));
        return sum.sum::<usize>().to_string();
    };
    let arguments: Vec<_> = arguments.trim_end_matches(')').split(',').collect();
    let count = |wanted: &dyn Fn(usize) -> bool| {
        let all = cells(bytes, arguments[0]).len();
        (0..all).filter(|at| wanted(*at)).count().to_string()
    };
    let columns: Vec<_> = arguments
        .iter()
        .filter(|a| a.contains(':'))
        .map(|a| cells(bytes, a))
        .collect();
    match (function, arguments.as_slice()) {
        ("SUM", _) => columns[0]
            .iter()
            .map(|n| n.parse::<usize>().expect("a number"))
            .sum::<usize>()
            .to_string(),
        ("COUNT", _) => count(&|at| columns[0][at].parse::<f64>().is_ok()),
        ("COUNTIF", [_, "\"?*\""]) => count(&|at| !columns[0][at].is_empty()),
        ("COUNTIF", [_, wanted]) => count(&|at| columns[0][at] == cell(wanted)),
        ("COUNTIFS", [_, first, _, second]) => {
            count(&|at| columns[0][at] == cell(first) && columns[1][at] == cell(second))
        }
        ("IF", [test, yes, no]) => {
            let (left, right) = test.split_once('=').expect("a comparison");
            if cell(left) == cell(right) { yes } else { no }
                .trim_matches('"')
                .to_owned()
        }
        _ => panic!("{formula}"),
    }
}

#[test]
fn formulas_give_what_is_cached() {
    assert!(formulas(&sample::report()) > 60);
}

/// How many formulas the summary has, each checked.
fn formulas(report: &Report) -> usize {
    let controls = ControlMap::parse("check,row\nrunAsUser;capabilities,1\n,12\n").expect("a map");
    let bytes = written(report, &Xlsx { controls });
    let mut workbook: Workbook<_> = Workbook::new(Cursor::new(&bytes)).expect("a workbook");
    let formulas = workbook.worksheet_formula("Summary").expect("a sheet");
    let (top, left) = formulas.start().expect("formulas");
    let summary = sheet(&bytes, "Summary");
    let mut seen = 0;
    for (row, column, formula) in formulas.used_cells() {
        let place = (top + row as u32, left + column as u32);
        let cached = summary.get_value(place).expect("a value").to_string();
        assert_eq!(evaluated(&bytes, formula), cached, "{formula} at {place:?}");
        seen += 1;
    }
    seen
}

#[test]
fn cells_are_those_of_the_table_and_none_is_a_formula() {
    let controls =
        ControlMap::parse("check,row\nrunAsUser,=47\n,12\nprocMount,13\n").expect("a map");
    let (report, xlsx) = (sample::report(), Xlsx { controls });
    let bytes = written(&report, &xlsx);
    let fields = sheet(&bytes, "Fields");
    let wanted: Vec<_> = rows(&report, &xlsx.controls).collect();
    assert_eq!(fields.height(), wanted.len() + 1);
    for (read, wanted) in fields.rows().skip(1).zip(&wanted) {
        for (read, wanted) in read.iter().zip(wanted) {
            let same = match wanted {
                Cell::Text(text) if text.is_empty() => *read == Data::Empty,
                Cell::Text(text) => *read == Data::String(text.clone()),
                Cell::Number(number) => *read == Data::Float(*number as f64),
                Cell::Day(_) => matches!(read, Data::DateTime(day) if day.as_f64() == 73_050.0),
            };
            assert!(same, "{read:?} is not {wanted:?}");
        }
    }
    let mut workbook: Workbook<_> = Workbook::new(Cursor::new(&bytes)).expect("a workbook");
    for name in ["Objects", "Fields", "To know"] {
        assert!(
            workbook
                .worksheet_formula(name)
                .expect("a sheet")
                .is_empty()
        );
    }
    let summary = sheet(&bytes, "Summary");
    let rows: Vec<_> = table(&summary, "Fields by audit row")
        .into_iter()
        .map(|line| (line[0].to_string(), number(&line[6]), line[7].to_string()))
        .collect();
    assert_eq!(
        rows,
        [
            ("=47".into(), 1, "runAsUser".into()),
            ("12".into(), 0, "no check answers this row".into()),
            ("13".into(), 0, "no field was seen: procMount".to_owned()),
        ]
    );
}

#[test]
fn rows_are_as_high_as_their_text() {
    for (text, lines) in [
        ("", 1),
        ("ab", 1),
        ("0123456789", 1),
        ("01234567890", 2),
        ("01234 56789", 2),
        ("a b c d e", 1),
        ("a\nb\n\nc", 4),
        ("012345678901234567890123", 3),
    ] {
        assert_eq!(sheets::lines_of(text, 10), lines, "{text:?}");
    }
    assert!(sheets::height(1_000_000) <= 409.0);
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = sample::report();
    let first = written(&report, &Xlsx::default());
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!(first, written(&report, &Xlsx::default()));
}

#[test]
fn what_is_too_large_is_said_and_nothing_fails() {
    let mut report = sample::report();
    report.subjects[4].message = "\u{1F600}_x0041_\u{b}".repeat(20_000);
    let expires = [jiff::civil::Date::MIN, jiff::civil::Date::MAX];
    for expires in expires {
        let status = &mut report.subjects[3].rows[0].status;
        if let crate::report::RowStatus::Exempt(exemption) = status {
            exemption.expires = Some(expires);
        }
        let fields = sheet(&written(&report, &Xlsx::default()), "Fields");
        let day = fields.rows().find_map(|row| {
            (row[18] != Data::Empty && row[14] == "exempt").then(|| row[18].to_string())
        });
        assert!(day.is_some());
        let reason = fields
            .rows()
            .find(|row| row[14] == "refused")
            .expect("a row")[15]
            .to_string();
        assert!(reason.encode_utf16().count() < 32_767);
        assert!(
            reason.starts_with("\u{1F600}_x0041_\\u{b}") && reason.ends_with("do not fit a cell]")
        );
    }
    report.subjects.clear();
    let summary = sheet(&written(&report, &Xlsx::default()), "Summary");
    assert_eq!(number(&table(&summary, "Objects by outcome")[6][1]), 0);
    let error = fits(3, 2).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "3 rows do not fit a sheet of Excel, which takes 2\nhint: --report csv=FILE"
    );
}
