//! Whose clock counts.

use jiff::tz::{self, TimeZone};

use super::NoWindow;
use crate::suggest;

/// A time zone of the database, with the spelling that its name has there.
pub(super) fn named(name: &str) -> Result<(TimeZone, String), NoWindow> {
    let zone = TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
    if let Some(zone) = zone {
        let spelling = zone.iana_name().unwrap_or(name).to_owned();
        return Ok((zone, spelling));
    }
    Err(match tz::db().is_definitively_empty() {
        true => NoWindow::NoDatabase(name.to_owned()),
        false => NoWindow::Timezone {
            name: name.to_owned(),
            hint: meant(name),
        },
    })
}

fn meant(name: &str) -> String {
    let known: Vec<_> = tz::db().available().map(|name| name.to_string()).collect();
    let typed = name.to_lowercase();
    let city = known.iter().find(|known| {
        let city = known.rsplit_once('/').map(|(_, city)| city.to_lowercase());
        city.is_some_and(|city| city == typed.replace(' ', "_"))
    });
    let near = || suggest::nearest(name, known.iter().map(String::as_str));
    match city.map(String::as_str).or_else(near) {
        Some(known) => format!("did you mean {known}?"),
        None => "give a name such as Europe/Berlin or UTC".to_owned(),
    }
}

/// A journal needs the name: it may be read on another machine.
pub(super) fn of_this_machine(
    zone: Result<TimeZone, jiff::Error>,
) -> Result<(TimeZone, String), NoWindow> {
    let zone = zone.map_err(|error| NoWindow::Machine(format!(": {error}")))?;
    let name = zone.iana_name().filter(|_| !zone.is_unknown());
    let name = name.ok_or_else(|| NoWindow::Machine(String::new()))?;
    Ok((zone.clone(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::Window;
    use super::*;

    #[test]
    fn a_time_zone_that_nobody_knows_is_an_error_with_a_suggestion() {
        for (name, hint) in [
            ("Europe/Berlim", "did you mean Europe/Berlin?"),
            ("Berlin", "did you mean Europe/Berlin?"),
            ("new york", "did you mean America/New_York?"),
            ("Zz9", "give a name such as Europe/Berlin or UTC"),
            ("", "give a name such as Europe/Berlin or UTC"),
            (
                "../../etc/passwd",
                "give a name such as Europe/Berlin or UTC",
            ),
            ("Etc/Unknown", "give a name such as Europe/Berlin or UTC"),
        ] {
            let error = Window::new("01:00-05:00", Some(name))
                .expect_err(name)
                .to_string();
            let start = format!(
                "--timezone: \"{name}\" is not a time zone of the IANA database\nhint: {hint}"
            );
            assert!(error.starts_with(&start), "{error}");
        }
    }

    #[test]
    fn the_zone_of_a_machine_needs_a_name() {
        let named = of_this_machine(TimeZone::get("Europe/Berlin"));
        assert_eq!(named.expect("a name").1, "Europe/Berlin");
        for nameless in [
            TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3"),
            Ok(TimeZone::unknown()),
            TimeZone::posix("no zone"),
        ] {
            let error = of_this_machine(nameless).expect_err("no name").to_string();
            assert!(
                error.contains("has no name") && error.contains("\nhint: "),
                "{error}"
            );
        }
    }
}
