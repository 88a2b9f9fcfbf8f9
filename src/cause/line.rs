//! What a line of a log names: the path that an error is about.

use std::ops::Range;

use super::FilePath;

/// A text in a line that can be a path.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    /// Where it is, quotes included.
    span: Range<usize>,
    path: FilePath,
    is_quoted: bool,
    /// Whether it was written with a slash: a name without one may be anything.
    has_slash: bool,
}

/// Quotes, with what closes them. GNU's old style closes a back quote with an apostrophe.
const QUOTES: [(char, &str); 6] = [
    ('\'', "'"),
    ('"', "\""),
    ('`', "`'"),
    ('\u{2018}', "\u{2019}"),
    ('\u{201c}', "\u{201d}"),
    ('\u{ab}', "\u{bb}"),
];

/// How far from the words of an error a quoted name without a slash may stand, in bytes: `"x" for writing, failed (13: `.
const NEAR: usize = 24;

/// What ends a path without quotes.
const ENDS: &str = "'\"`()[]{}<>,;:|\\\u{2018}\u{2019}\u{201c}\u{201d}\u{2026}";

/// The path that an error is about, whose words stand at `words`: what follows them directly (`[Errno 30] Read-only file
/// system: '/x'`), else the nearest before them (`open /x: read-only file system`), else the next one after them.
pub(super) fn path_about(line: &str, words: &Range<usize>) -> Option<FilePath> {
    let candidates = candidates(line);
    let between = |range: Range<usize>| line.get(range).unwrap_or_default();
    let mut after = candidates.iter().filter(|one| one.span.start >= words.end);
    let mut before = candidates.iter().filter(|one| one.span.end <= words.start);
    let next = after.clone().next();
    let follows = next.is_some_and(|one| is_joint(between(words.end..one.span.start)));
    if follows {
        // What is written is the second of two: `copyfile '/a' -> '/b'`.
        let pair = after.clone().nth(1).filter(|second| {
            let first = next.map_or(0, |one| one.span.end);
            between(first..second.span.start).trim() == "->"
        });
        return pair.or(next).map(|one| one.path.clone());
    }
    let is_near = |one: &Candidate| {
        let gap = between(one.span.end..words.start);
        gap.len() <= NEAR && gap.starts_with([':', ' ', ')']) || one.has_slash
    };
    if let Some(one) =
        before.rfind(|one| is_near(one) && !is_script(line, one) && !is_source(line, one))
    {
        return Some(one.path.clone());
    }
    let named = after.find(|one| one.has_slash && !is_source(line, one));
    let before = between(0..words.start);
    named
        .map(|one| one.path.clone())
        .or_else(|| last_word(before))
        .or_else(|| segment(before))
}

/// A relative path that stands alone between two colons: `tar: var/x: Cannot change ownership`.
fn segment(before: &str) -> Option<FilePath> {
    let mut segments = before.split(": ").skip(1);
    let is_path = |text: &&str| text.contains('/') && is_file_name(&text.replace('/', "_"));
    segments.find(is_path).and_then(FilePath::new)
}

/// Whether nothing but punctuation and the name of a call stands between the words of an error and its path:
/// `EACCES: permission denied, open '/x'`, `Permission denied @ rb_sysopen - /x`.
fn is_joint(text: &str) -> bool {
    let text = text.trim_start_matches(['"', '\'', ')', ']']);
    if matches!(text.trim(), "[" | "(" | "for [") {
        return true;
    }
    let Some(rest) = text
        .strip_prefix([':', ',', '@'])
        .or(text.strip_prefix(" @"))
    else {
        return false;
    };
    let rest = rest.trim().trim_end_matches(['-', ':', '(']).trim_end();
    let is_call = |c: char| c.is_ascii_alphanumeric() || c == '_';
    rest.chars().all(is_call)
}

/// Whether a path is the script that a shell names first: `/entrypoint.sh: line 3: `, `/entrypoint.sh: 3: `.
fn is_script(line: &str, candidate: &Candidate) -> bool {
    if candidate.is_quoted
        || line
            .get(..candidate.span.start)
            .is_none_or(|text| !text.is_empty())
    {
        return false;
    }
    let rest = line.get(candidate.span.end..).unwrap_or_default();
    let Some(rest) = rest.strip_prefix(": ") else {
        return false;
    };
    let rest = rest.strip_prefix("line ").unwrap_or(rest);
    rest.split_once(':')
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a path is the source that a message comes from: ` in /srv/index.php on line 3`, ` at ./a.pl line 3`,
/// `[/etc/haproxy/haproxy.cfg:16]`.
fn is_source(line: &str, candidate: &Candidate) -> bool {
    let before = line.get(..candidate.span.start).unwrap_or_default();
    let after = line.get(candidate.span.end..).unwrap_or_default();
    let is_introduced = [" in ", " at ", "File "]
        .iter()
        .any(|word| before.ends_with(word));
    let has_line = [" on line", " line ", ", line "]
        .iter()
        .any(|word| after.starts_with(word));
    let number = after.strip_prefix(':').unwrap_or_default();
    is_introduced && has_line
        || !candidate.is_quoted && number.starts_with(|c: char| c.is_ascii_digit())
}

fn candidates(line: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut previous = ' ';
    while let Some(c) = line.get(at..).and_then(|rest| rest.chars().next()) {
        let candidate = quoted(line, at, previous).or_else(|| bare(line, at, previous));
        let end = candidate
            .as_ref()
            .map_or(at + c.len_utf8(), |one| one.span.end);
        previous = line
            .get(at..end)
            .and_then(|text| text.chars().last())
            .unwrap_or(c);
        at = end;
        found.extend(candidate);
    }
    found
}

fn quoted(line: &str, at: usize, previous: char) -> Option<Candidate> {
    let rest = line.get(at..)?;
    let quote = rest.chars().next()?;
    let (_, closing) = QUOTES.iter().find(|(open, _)| *open == quote)?;
    // An apostrophe in a word opens nothing: can't.
    if previous.is_alphanumeric() {
        return None;
    }
    let inside = rest.get(quote.len_utf8()..)?;
    let length = inside.find(|c| closing.contains(c) || c == '\\')?;
    let text = inside.get(..length)?;
    let has_slash = text.contains('/') && !text.contains("://");
    // A sentence in quotes is none: "open /x: permission denied".
    let is_one = text.starts_with(['/', '.']) || !text.contains(char::is_whitespace);
    let is_path = has_slash && is_one && !text.contains(": ") || is_file_name(text);
    let is_path = is_path && !is_address(text) && text.len() <= 4096;
    let close = inside.get(length..)?.chars().next()?.len_utf8();
    Some(Candidate {
        span: at..at + quote.len_utf8() + length + close,
        path: FilePath::new(text).filter(|_| is_path)?,
        is_quoted: true,
        has_slash,
    })
}

fn bare(line: &str, at: usize, previous: char) -> Option<Candidate> {
    let rest = line.get(at..)?;
    let begins = ["/", "./", "../"]
        .iter()
        .any(|start| rest.starts_with(start));
    let opens = previous.is_whitespace() || "'\"`([{<=:,|>\u{2018}\u{201c}".contains(previous);
    let is_url = previous == ':' && rest.starts_with("//");
    if !begins || !opens || is_url {
        return None;
    }
    let length = rest.find(|c: char| c.is_whitespace() || c.is_control() || ENDS.contains(c));
    let text = rest.get(..length.unwrap_or(rest.len()))?;
    let text = text.trim_end_matches(['.', '!', '?']);
    let is_path = text.len() > 1 && text.len() <= 4096 && !is_address(text);
    Some(Candidate {
        span: at..at + text.len(),
        path: FilePath::new(text).filter(|_| is_path)?,
        is_quoted: false,
        has_slash: true,
    })
}

/// Whether a text is an address as Java writes it: `/0.0.0.0:80`.
fn is_address(text: &str) -> bool {
    let text = text.trim_start_matches('/');
    text.contains('.') && text.chars().all(|c| c.is_ascii_digit() || ".:".contains(c))
}

fn is_file_name(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "._-+@~#%".contains(c);
    text.chars().any(char::is_alphanumeric) && text.len() <= 255 && text.chars().all(is_part)
}

/// Words after which a name is that of a file: `append-only dir appendonlydir: Permission denied`.
const BEFORE_NAMES: [&str; 16] = [
    "dir",
    "directory",
    "file",
    "folder",
    "path",
    "create",
    "creating",
    "open",
    "opening",
    "touch",
    "write",
    "writing",
    "mkdir",
    "unlink",
    "remove",
    "socket",
];

/// Words that are no file names where one could stand.
const NO_NAMES: [&str; 25] = [
    "open",
    "fopen",
    "error",
    "failed",
    "bind",
    "socket",
    "connect",
    "exec",
    "write",
    "read",
    "create",
    "file",
    "directory",
    "fatal",
    "warning",
    "mkdir",
    "chown",
    "chmod",
    "failure",
    "reason",
    "cause",
    "message",
    "denied",
    "err",
    "msg",
];

/// A relative name at the end of what stands before the words of an error: `touch: x: `, `pid file nginx.pid `.
fn last_word(before: &str) -> Option<FilePath> {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || ":([-=\"'".contains(c));
    let mut words = before.rsplit(char::is_whitespace);
    let (word, previous) = (words.next()?, words.next()?);
    let lower = previous.to_ascii_lowercase();
    let is_introduced = BEFORE_NAMES.contains(&lower.as_str()) || previous.ends_with(':');
    let has_extension = word.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.chars().all(char::is_alphabetic)
    });
    let is_name = is_file_name(&word.replace('/', "_"))
        && !NO_NAMES.contains(&word.to_ascii_lowercase().as_str());
    let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let found = is_name && !is_number && (is_introduced || has_extension || word.contains('/'));
    FilePath::new(word).filter(|_| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 6] = [
        "read-only file system",
        "permission denied",
        "operation not permitted",
        "accessdeniedexception",
        "eacces",
        "erofs",
    ];

    fn path(line: &str) -> Option<String> {
        let lower = line.to_ascii_lowercase();
        let (at, word) = WORDS
            .iter()
            .find_map(|word| Some((lower.find(word)?, word)))?;
        path_about(line, &(at..at + word.len())).map(|path| path.to_string())
    }

    #[test]
    fn paths_are_taken_out_of_many_styles() {
        for (line, expected) in [
            ("OSError: [Errno 30] Read-only file system: '/a/x'", "/a/x"),
            (
                "OSError: [Errno 30] Read-only file system: 'rel.log'",
                "rel.log",
            ),
            (
                "OSError: [Errno 30] Read-only file system: '//.config'",
                "/.config",
            ),
            (
                "nginx: [emerg] mkdir() \"/var/lib/nginx/body\" failed (30: Read-only file system)",
                "/var/lib/nginx/body",
            ),
            (
                "(30)Read-only file system: AH00099: could not create /usr/local/apache2/logs/httpd.pid",
                "/usr/local/apache2/logs/httpd.pid",
            ),
            ("Error: EACCES: permission denied, open '/x/y'", "/x/y"),
            (
                "Error: EROFS: read-only file system, copyfile '/etc/passwd' -> '/ro/b'",
                "/ro/b",
            ),
            ("open /ro/x: read-only file system", "/ro/x"),
            ("rename /ro/f /ro/g: read-only file system", "/ro/g"),
            (
                "listen unix /ro/s.sock: bind: read-only file system",
                "/ro/s.sock",
            ),
            ("java.nio.file.AccessDeniedException: /den/q", "/den/q"),
            (
                "java.io.FileNotFoundException: /den/f (Permission denied)",
                "/den/f",
            ),
            (
                "java.nio.file.FileSystemException: /ro/q: Read-only file system",
                "/ro/q",
            ),
            (
                "`initialize': Permission denied @ rb_sysopen - /app/log/production.log (Errno::EACCES)",
                "/app/log/production.log",
            ),
            (
                "PHP Warning:  file_put_contents(/var/www/x): Failed to open stream: Permission denied in /var/www/html/index.php on line 3",
                "/var/www/x",
            ),
            (
                "Cannot open /tmp/secret: Permission denied at ./a.pl line 1.",
                "/tmp/secret",
            ),
            (
                "/docker-entrypoint.sh: line 37: /etc/hosts: Permission denied",
                "/etc/hosts",
            ),
            (
                "/docker-entrypoint.sh: 37: cannot create /etc/hosts: Permission denied",
                "/etc/hosts",
            ),
            (
                "/app/generate_env_file.sh: line 9: ./env-config.js: Permission denied",
                "env-config.js",
            ),
            ("touch: x: Read-only file system", "x"),
            (
                "mkdir: cannot create directory \u{2018}rel\u{2019}: Permission denied",
                "rel",
            ),
            (
                "mv: cannot move '/den/f' to '/den/g': Permission denied",
                "/den/g",
            ),
            (
                "sed: couldn't open temporary file /etc/sedOcFjpG: Permission denied",
                "/etc/sedOcFjpG",
            ),
            (
                "Can't open or create append-only dir appendonlydir: Permission denied",
                "appendonlydir",
            ),
            (
                "FATAL:  could not create lock file \"/run/postgresql/.s.PGSQL.5432.lock\": Read-only file system",
                "/run/postgresql/.s.PGSQL.5432.lock",
            ),
            (
                "Unable to create/open the lock file: /data/db/mongod.lock (Read-only file system). Ensure the user",
                "/data/db/mongod.lock",
            ),
            (
                "{\"level\":\"error\",\"msg\":\"open /data/x: permission denied\"}",
                "/data/x",
            ),
            (
                "{\"msg\":\"cannot open \\\"/data/x\\\": permission denied\"}",
                "/data/x",
            ),
            (
                "bind() to unix:/var/run/x.sock failed (13: Permission denied)",
                "/var/run/x.sock",
            ),
            (
                "(13)Permission denied: [client 10.0.0.1:5000] AH00035: access to / denied (filesystem path '/var/www/html') because",
                "/var/www/html",
            ),
        ] {
            assert_eq!(path(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn where_a_message_comes_from_is_not_what_it_is_about() {
        for (line, expected) in [
            (
                "Binding [/etc/haproxy/haproxy.cfg:4] for frontend GLOBAL: error when trying to unlink previous UNIX socket (Read-only file system) [/run/haproxy/admin.sock]",
                Some("/run/haproxy/admin.sock"),
            ),
            (
                "[/etc/haproxy/haproxy.cfg:16] for frontend web: cannot bind socket (Permission denied) for [0.0.0.0:80]",
                None,
            ),
            (
                "/srv/app.js:12:3: EROFS: read-only file system, open '/x'",
                Some("/x"),
            ),
            ("/app/run.sh: line 3: foo: Permission denied", Some("foo")),
        ] {
            assert_eq!(path(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_path_is_none() {
        for line in [
            "listen tcp :80: bind: permission denied",
            "Error: listen EACCES: permission denied 0.0.0.0:80",
            "Failed to bind to /0.0.0.0:80: Permission denied",
            "PermissionError: [Errno 13] Permission denied",
            "http://example.org/a: permission denied",
            "Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }",
            "open: permission denied",
        ] {
            assert_eq!(path(line), None, "{line}");
        }
    }
}
