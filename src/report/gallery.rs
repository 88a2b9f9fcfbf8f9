//! The sample reports in every format, to be looked at:
//! `REPORTS=folder cargo test --lib write_the_gallery -- --ignored`.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::report::{ContainerName, ControlMap, FORMATS, Report, RowStatus, Target, sample};

    /// The sample, several times over, in two namespaces, with checks and containers as a real workload has them.
    fn large() -> Report {
        let mut report = sample::report();
        let subjects = report.subjects.clone();
        for copy in 1..7 {
            for subject in &subjects {
                let mut subject = subject.clone();
                if let Some(object) = &mut subject.object {
                    object.name = format!("{}-{copy}", object.name);
                    object.resource = format!("{}-{copy}", object.resource);
                    object.namespace = ["shop", "payments", ""][copy % 3].into();
                }
                subject.place.line += copy * 120;
                fill(&mut subject.rows);
                report.subjects.push(subject);
            }
        }
        report
    }

    /// All fields of two containers, in the state of the first row.
    fn fill(rows: &mut Vec<crate::report::Row>) {
        let Some(first) = rows.first().cloned() else {
            return;
        };
        for (name, list) in [("migrate", "initContainers"), ("api", "containers")] {
            for (id, value) in [
                ("runAsNonRoot", "true"),
                ("runAsUser", "1000"),
                ("seccompProfile", "{\"type\":\"RuntimeDefault\"}"),
                ("allowPrivilegeEscalation", "false"),
                ("readOnlyRootFilesystem", "true"),
                ("capabilities", "{\"drop\":[\"ALL\"]}"),
            ] {
                let mut row = first.clone();
                let image = "registry.example.com/platform/payments-api:2026.11.24-rc1".into();
                let name = name.into();
                row.container = Some(ContainerName { name, list, image });
                row.check = crate::checks::find(id).expect("a check");
                row.field = format!("spec.template.spec.{list}[0].securityContext.{id}");
                row.status = match &first.status {
                    RowStatus::Exempt(_) => RowStatus::Compliant,
                    status => status.clone(),
                };
                if matches!(row.status, RowStatus::Compliant) {
                    (row.before, row.detail) = (Some(value.into()), String::new());
                    row.forbidden_reason.clear();
                }
                row.after = Some(value.into());
                rows.push(row);
            }
        }
    }

    #[test]
    #[ignore = "writes files to be looked at"]
    fn write_the_gallery() {
        let folder = std::env::var_os("REPORTS").expect("REPORTS names a folder");
        let text = "row,check\n47,runAsUser\n48,runAsNonRoot\n49,allowPrivilegeEscalation; capabilities\n52,\n";
        let controls = ControlMap::parse(text).expect("a map");
        let mut applied = sample::report();
        applied.applied = true;
        for (name, report) in [
            ("sample", sample::report()),
            ("applied", applied),
            ("large", large()),
            ("rollout", sample::rollout()),
        ] {
            for format in FORMATS {
                let target = Target::parse(&format!("{format}=-")).expect("a target");
                let mut bytes = Vec::new();
                let format_of_target = target.format(&controls);
                format_of_target
                    .write(&report, &mut bytes)
                    .expect("written");
                let path = Path::new(&folder).join(format!("{name}.{format}"));
                std::fs::write(path, bytes).expect("written");
            }
        }
    }
}
