use super::*;
use crate::report::states::in_order;

fn column(sheet: &Range<Data>, name: &str) -> usize {
    let header = sheet.rows().next().expect("a header");
    header.iter().position(|cell| *cell == *name).expect(name)
}

#[test]
fn counts_of_a_rollout_add_up_in_the_cells() {
    let report = sample::rollout();
    assert!(formulas(&report) > 70);
    let bytes = written(&report, &Xlsx::default());
    let (summary, objects) = (sheet(&bytes, "Summary"), sheet(&bytes, "Objects"));
    let states = table(&summary, "Workloads by state");
    let (of, sum) = states.split_at(states.len() - 3);
    let said: Vec<_> = of
        .iter()
        .map(|line| (line[0].to_string(), number(&line[1])))
        .collect();
    let wanted = report
        .states()
        .into_iter()
        .map(|(state, count)| (state.to_owned(), count));
    assert_eq!(said, wanted.collect::<Vec<_>>());
    let state = column(&objects, "state");
    for (name, count) in &said {
        let rows = objects.rows().skip(1).filter(|row| row[state] == **name);
        assert_eq!(rows.count(), *count, "{name}");
    }
    let all: usize = said.iter().map(|(_, count)| count).sum();
    assert_eq!([number(&sum[0][1]), number(&sum[1][1])], [all; 2]);
    assert_eq!(sum[2][1], Data::String("yes".into()));
    let outcomes = table(&summary, "Objects by outcome");
    assert_eq!(
        (outcomes[4][0].to_string(), number(&outcomes[4][1])),
        ("not done".into(), 8)
    );
    assert_eq!(number(&outcomes[6][1]), report.subjects.len());
    let checks = table(&summary, "Fields by check");
    let sums = &checks[checks.len() - 3];
    assert_eq!(
        [number(&sums[6]), number(&sums[7])],
        [report.row_counts().refused, report.row_counts().seen()]
    );
}

#[test]
fn the_run_stands_on_the_summary_and_every_step_on_its_sheet() {
    let report = sample::rollout();
    let bytes = written(&report, &Xlsx::default());
    let summary = sheet(&bytes, "Summary");
    for (name, value) in [
        ("rollout", "20261125-010000-x7k2"),
        ("rollout ended (UTC)", "2026-11-25T02:15:07Z"),
        ("took", "1 h 15 min"),
        ("cluster", "https://10.0.0.1:6443 (context prod-eu)"),
        ("Kubernetes user", "=ada@example.com"),
        ("machine account", "ada@laptop"),
        ("option max-failures", "5"),
        ("applied", "yes: the changes are in the cluster"),
    ] {
        let line = summary.rows().find(|row| row[0] == *name).expect(name);
        assert_eq!(line[1].to_string(), value, "{name}");
    }
    let steps = sheet(&bytes, "Steps");
    let all = report.subjects.iter().filter_map(|s| s.rollout.as_ref());
    let all: usize = all.map(|rollout| rollout.transitions.len()).sum();
    assert_eq!(steps.height(), all + 1);
    let last = steps.rows().nth(6).expect("a row");
    assert_eq!(last[4], *"unrestored");
    assert_eq!(last[3], *"2026-11-25T01:20:07Z");
    assert!(
        last[5]
            .to_string()
            .starts_with("=cmd|'/C calc'!A0 </script><b>|`@all`\\u{1b}")
    );
}

#[test]
fn cells_of_a_rollout_are_those_of_the_table_and_none_is_a_formula() {
    let (report, xlsx) = (sample::rollout(), Xlsx::default());
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
                Cell::Day(_) => false,
            };
            assert!(same, "{read:?} is not {wanted:?}");
        }
    }
    assert_eq!(
        column(&fields, "cluster"),
        40,
        "the last column has a width"
    );
    let objects = sheet(&bytes, "Objects");
    let names = objects.rows().skip(1).map(|row| row[1].to_string());
    let order = in_order(&report).into_iter();
    let order = order.map(|(subject, _)| subject.object.as_ref().expect("one").resource.clone());
    assert!(names.eq(order));
    let mut workbook: Workbook<_> = Workbook::new(Cursor::new(&bytes)).expect("a workbook");
    for name in ["Objects", "Fields", "Steps"] {
        let formulas = workbook.worksheet_formula(name).expect("a sheet");
        assert!(formulas.is_empty(), "{name}");
    }
    let mut plain: Workbook<_> =
        Workbook::new(Cursor::new(written(&sample::report(), &xlsx))).expect("a workbook");
    assert!(plain.worksheet_range("Steps").is_err());
}

#[test]
fn more_steps_than_a_sheet_takes_are_refused_not_cut() {
    let report = sample::rollout();
    let all = crate::report::xlsx::steps::all(&report).len();
    assert!(all > report.subjects.len() && fits(all, all - 1).is_err());
}
