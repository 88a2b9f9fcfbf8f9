//! kubectl's rules for TYPE, TYPE/NAME and TYPE NAME, in its words.

use crate::cli::Selection;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Objects by type and name.
    Named(Vec<(String, String)>),
    /// All objects of types.
    Every(Vec<String>),
}

/// Reads the arguments as `resource.Builder.ResourceTypeOrNameArgs` of k8s.io/cli-runtime does.
///
/// # Errors
/// kubectl's sentence on what does not go together.
pub(super) fn wanted(words: &[String], selection: &Selection) -> Result<Wanted, String> {
    let with_slash = words.iter().filter(|word| word.contains('/')).count();
    let wanted = match with_slash {
        0 => plain(words)?,
        n if n == words.len() => Wanted::Named(
            words
                .iter()
                .map(|word| pair(word))
                .collect::<Result<_, _>>()?,
        ),
        _ => {
            return Err(
                "there is no need to specify a resource type as a separate argument when passing arguments in \
                 resource/name form (e.g. 'kubectl harden resource/<resource_name>' instead of \
                 'kubectl harden resource resource/<resource_name>')"
                    .into(),
            );
        }
    };
    if let Wanted::Named(names) = &wanted {
        let selects = selection.selector.is_some() || selection.field_selector.is_some();
        if selects && with_slash > 0 {
            let what =
                "selectors and the all flag cannot be used when passing resource/name arguments";
            return Err(what.into());
        }
        if selects {
            return Err("name cannot be provided when a selector is specified".into());
        }
        if selection.all_namespaces {
            return Err("a resource cannot be retrieved by name across all namespaces".into());
        }
        for (_, name) in names {
            check_segment("resource name", name)?;
        }
    }
    if let Some(namespace) = &selection.namespace {
        check_segment("namespace", namespace)?;
    }
    Ok(wanted)
}

fn plain(words: &[String]) -> Result<Wanted, String> {
    let Some((types, names)) = words.split_first() else {
        return Err("you must specify a resource by its type".into());
    };
    let types: Vec<_> = types.split(',').map(str::to_owned).collect();
    if types.iter().any(String::is_empty) {
        return Err(format!("a type is missing in \"{}\"", types.join(",")));
    }
    if names.is_empty() {
        return Ok(Wanted::Every(types));
    }
    let named = types.iter().flat_map(|of| {
        let of = |name: &String| (of.clone(), name.clone());
        names.iter().map(of)
    });
    Ok(Wanted::Named(named.collect()))
}

fn pair(word: &str) -> Result<(String, String), String> {
    let mut parts = word.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (_, _, Some(_)) => {
            Err("arguments in resource/name form may not have more than one slash".into())
        }
        (Some(kind), Some(name), None)
            if !kind.is_empty() && !name.is_empty() && !kind.contains(',') =>
        {
            Ok((kind.to_owned(), name.to_owned()))
        }
        _ => Err("arguments in resource/name form must have a single resource and name".into()),
    }
}

/// A name is one segment of a path (`IsValidPathSegmentName` of apimachinery): it must not lead elsewhere.
fn check_segment(what: &str, name: &str) -> Result<(), String> {
    let why = match name {
        "." | ".." => format!("may not be '{name}'"),
        _ if name.contains('/') => "may not contain '/'".into(),
        _ if name.contains('%') => "may not contain '%'".into(),
        _ if !name.chars().all(|c| c.is_ascii_graphic()) || name.contains(['?', '#']) => {
            "may hold only the characters of a URL's path".into()
        }
        "" => "may not be empty".into(),
        _ => return Ok(()),
    };
    Err(format!("invalid {what} \"{name}\": [{why}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str, selection: &Selection) -> Result<Wanted, String> {
        let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
        wanted(&words, selection)
    }

    fn named(pairs: &[(&str, &str)]) -> Wanted {
        let pairs = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        Wanted::Named(pairs.collect())
    }

    #[test]
    fn the_forms_are_kubectls() {
        let any = Selection::default();
        let every = |types: &[&str]| Wanted::Every(types.iter().map(|t| (*t).to_owned()).collect());
        for (words, expected) in [
            ("deploy", every(&["deploy"])),
            ("deploy,sts,ds", every(&["deploy", "sts", "ds"])),
            ("deploy/web", named(&[("deploy", "web")])),
            (
                "deploy/web sts/db",
                named(&[("deploy", "web"), ("sts", "db")]),
            ),
            (
                "deploy web api",
                named(&[("deploy", "web"), ("deploy", "api")]),
            ),
            (
                "deployments.v1.apps/web",
                named(&[("deployments.v1.apps", "web")]),
            ),
        ] {
            assert_eq!(read(words, &any), Ok(expected), "{words}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_said_in_kubectls_words() {
        let any = Selection::default();
        let selector = Selection {
            selector: Some("a=b".into()),
            ..Selection::default()
        };
        let all = Selection {
            all_namespaces: true,
            ..Selection::default()
        };
        for (words, selection, expected) in [
            (
                "deploy sts/db",
                &any,
                "there is no need to specify a resource type",
            ),
            ("deploy/web/x", &any, "may not have more than one slash"),
            ("deploy/", &any, "must have a single resource and name"),
            ("/web", &any, "must have a single resource and name"),
            (
                "deploy,sts/web",
                &any,
                "must have a single resource and name",
            ),
            ("deploy,,sts", &any, "a type is missing in \"deploy,,sts\""),
            (
                "deploy web",
                &selector,
                "name cannot be provided when a selector",
            ),
            (
                "deploy/web",
                &selector,
                "selectors and the all flag cannot be used",
            ),
            ("deploy web", &all, "by name across all namespaces"),
            ("deploy/web", &all, "by name across all namespaces"),
            (
                "deploy ..",
                &any,
                "invalid resource name \"..\": [may not be '..']",
            ),
            ("deploy a%2fb", &any, "may not contain '%'"),
            ("deploy a?watch=1", &any, "may hold only"),
        ] {
            let error = read(words, selection).expect_err(words);
            assert!(error.contains(expected), "{words}: {error}");
        }
        let namespace = Selection {
            namespace: Some("../x".into()),
            ..Selection::default()
        };
        assert!(read("deploy", &namespace).is_err());
    }
}
