//! What a registry wants to see before it answers: `WWW-Authenticate`.
//!
//! Source: RFC 9110, 11.6.1; github.com/distribution/distribution `docs/content/spec/auth/token.md`.

use std::collections::HashMap;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// What to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user and a password.
    Basic,
    /// A token of a token server.
    Bearer {
        /// Its address.
        realm: String,
        service: Option<String>,
    },
}

/// The first challenge that can be met; a token before a password.
pub(super) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut there: Vec<_> = values
        .filter_map(|value| parse(value.to_str().ok()?))
        .collect();
    there.sort_by_key(|challenge| *challenge == Challenge::Basic);
    there.into_iter().next()
}

fn parse(text: &str) -> Option<Challenge> {
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let mut parameters = parameters(rest);
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: parameters.remove("realm")?,
            service: parameters.remove("service"),
        }),
        _ => None,
    }
}

/// `key="value", key=value`.
fn parameters(mut rest: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, left) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (value, left) = after.split_once(',').unwrap_or((after, ""));
                (value.trim().to_owned(), left)
            }
        };
        found.insert(key, value);
        rest = left;
    }
    found
}

/// What is before the closing quote, and what after it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            c if is_escaped => {
                value.push(c);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let bearer = |realm: &str, service: Option<&str>| {
            let (realm, service) = (realm.to_owned(), service.map(str::to_owned));
            Some(Challenge::Bearer { realm, service })
        };
        for (text, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull""#,
                bearer("https://auth.docker.io/token", Some("registry.docker.io")),
            ),
            (
                r#"bearer service = "a, \"b\"" , realm=https://x/token"#,
                bearer("https://x/token", Some(r#"a, "b""#)),
            ),
            (
                r#"Bearer realm="https://x/token"#,
                bearer("https://x/token", None),
            ),
            (r#"Basic realm="Registry Realm""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            ("Bearer service=x", None),
            ("Negotiate abc==", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
