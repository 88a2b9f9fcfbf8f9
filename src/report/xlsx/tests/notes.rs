use super::*;

#[test]
fn what_is_to_know_has_a_sheet() {
    let mut report = sample::report();
    let notes = sheet(&written(&report, &Xlsx::default()), "To know");
    let row = |at: usize| {
        let row = notes.rows().nth(at).expect("a row");
        row.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(notes.height(), 3);
    let hostile = crate::report::words::visible(sample::HOSTILE);
    assert_eq!(
        row(1),
        [
            "1",
            "deployment.apps/web",
            "shop",
            "web",
            "nginx:1.27",
            "reason of a value",
            &hostile,
            "apps/shop api/web.yaml",
            "14",
            "9"
        ]
    );
    assert_eq!(row(2)[3..6], ["", "", "persistent data"]);
    report.subjects.iter_mut().for_each(|s| s.notes.clear());
    let bytes = written(&report, &Xlsx::default());
    let workbook: Workbook<_> = Workbook::new(Cursor::new(&bytes)).expect("a workbook");
    assert_eq!(workbook.sheet_names(), ["Summary", "Objects", "Fields"]);
}
