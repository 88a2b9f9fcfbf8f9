//! Which lines are error lines, by the usual formats of logs.

use std::sync::LazyLock;

use regex_lite::Regex;

/// One for each format. A line that says what went wrong without one of these is no error line.
const FORMATS: [&str; 13] = [
    // klog: E0101 00:00:00.000000 1 main.go:1]
    r"^[EF]\d{4} \d\d:\d\d:\d\d",
    // logfmt: level=error
    r#"(?i)\b(level|lvl|severity|loglevel)="?(error|eror|err|fatal|critical|crit|panic|dpanic|alert|emerg|emergency)\b"#,
    // JSON: "level":"error"; pino and bunyan count from 10; MongoDB has one letter.
    r#"(?i)"(level|lvl|severity|log\.level|loglevel|levelname|level_name)"\s*:\s*("(error|eror|err|fatal|critical|crit|panic|dpanic|alert|emerg|emergency|severe)"|[56]0\b)"#,
    r#""s"\s*:\s*"[EF]""#,
    // apache, nginx, mysql, php-fpm, Erlang, winston: [core:error], [emerg], [ERROR]
    r"(?i)\[\s*([\w-]+:)?(emerg|alert|crit|critical|error|fatal|panic|severe|failure)\s*\]",
    // postgres, log4j, Python, JUL: in capitals, between anything that is no letter.
    r"(^|[^A-Za-z_/.-])(ERROR|FATAL|CRITICAL|PANIC|SEVERE|EMERGENCY|EMERG|ALERT|CRIT)([^A-Za-z_/.=-]|$)",
    // Programs that begin so: fatal: ..., error: ..., x: error: ...
    r"^([\w./-]+: )?(fatal|error|panic|fatal error|FATAL ERROR|Error|Fatal|Fatal error)(\[[^\]]*\])?: ",
    // Exceptions: Python, Java, Node.js, .NET, Ruby
    r"^(Traceback \(most recent call last\)|Exception in thread|Caused by: |Unhandled exception|Uncaught )",
    r"^([A-Za-z_][\w$]*[.:]{1,2})*\w*(Error|Exception|Fault)\b( \[\w+\])?(:|$)",
    r"\((Errno::\w+|[A-Z]\w*Error)\)$",
    // Rust and Go
    r"^thread '.*' (\(\d+\) )?panicked at|^goroutine \d+ \[running\]|^fatal error: ",
    // Erlang
    r"^=(ERROR|CRASH|SUPERVISOR) REPORT====",
    // syslog's priorities; Ruby's logger
    r"^<[0-3]>|^[EF], \[",
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    FORMATS
        .iter()
        .filter_map(|format| Regex::new(format).ok())
        .collect()
});

/// The same of the level below: something is not as it should be, and the program goes on.
const WARNING: &str = r#"(?i)^W\d{4} \d\d:|\b(level|lvl|severity|loglevel)"?\s*[=:]\s*"?warn|\[\s*([\w-]+:)?(warn|warning|notice)\s*\]|(^|[^a-z_/.-])warn(ing)?\b ?:|(^|[^A-Za-z_/.-])WARN(ING)?([^A-Za-z_/.=-]|$)"#;

static WARNINGS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(WARNING).ok());

/// Whether a line calls itself a warning.
pub(super) fn is_warning(line: &str) -> bool {
    let is_match = |pattern: &Regex| pattern.is_match(line);
    WARNINGS.as_ref().is_some_and(is_match) && !is_error(line)
}

/// Whether a line is of the level error or worse.
pub(super) fn is_error(line: &str) -> bool {
    let line = line.trim_start();
    PATTERNS.iter().any(|pattern| pattern.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read() {
        assert_eq!(PATTERNS.len(), FORMATS.len());
        for line in [
            "E0101 00:00:00.000000       1 main.go:10] failed",
            "time=\"2026-01-01T00:00:00Z\" level=error msg=\"failed\"",
            "ts=2026-01-01T00:00:00Z level=fatal msg=failed",
            "{\"level\":\"error\",\"msg\":\"failed\"}",
            "{\"level\": 50, \"msg\": \"failed\"}",
            "{\"t\":{\"$date\":\"2026\"},\"s\":\"E\",  \"c\":\"STORAGE\"}",
            "[Thu Jan 01 00:00:00 2026] [core:error] [pid 1] failed",
            "2026/01/01 00:00:00 [emerg] 1#1: failed",
            "2026/01/01 00:00:00 [crit] 7#7: *1 failed",
            "2026-01-01T00:00:00.000000Z 0 [ERROR] [MY-010187] [Server] failed",
            "2026-01-01 00:00:00.000 UTC [1] FATAL:  failed",
            "2026-01-01 00:00:00,000 ERROR org.example.Main - failed",
            "2026-01-01 00:00:00.000 ERROR 1 --- [main] o.s.boot.SpringApplication : failed",
            "CRITICAL:root:failed",
            "SEVERE: failed",
            "fatal: failed",
            "app: error: failed",
            "Traceback (most recent call last):",
            "OSError: [Errno 30] Read-only file system: 'x'",
            "java.lang.IllegalStateException: failed",
            "Error [ERR_X]: failed",
            "a.rb:3:in `initialize': failed (Errno::EACCES)",
            "thread 'main' panicked at src/main.rs:1:1:",
            "panic: failed",
            "goroutine 1 [running]:",
            "=ERROR REPORT==== 1-Jan-2026::00:00:00 ===",
            "<3>failed",
            "E, [2026-01-01T00:00:00.000000 #1] ERROR -- : failed",
        ] {
            assert!(is_error(line), "{line}");
        }
    }

    #[test]
    fn warnings_are_known() {
        for line in [
            "[1795919247] unbound[1:0] warning: unable to initgroups unbound: Operation not permitted",
            "2026/11/29 02:26:57| WARNING: no_suid: setuid(0): (1) Operation not permitted",
            "W0101 00:00:00.000000       1 main.go:10] cannot chown",
            "ts=2026-01-01T00:00:00Z level=warn msg=\"cannot chown\"",
            "{\"level\":\"warning\",\"msg\":\"cannot chown\"}",
            "2026/01/01 00:00:00 [warn] 1#1: cannot chown",
            "2026-01-01 00:00:00,000 WARN org.example.Main - cannot chown",
        ] {
            assert!(is_warning(line), "{line}");
        }
        for line in [
            "chown: changing ownership of '/data': Operation not permitted",
            "2026-01-01 ERROR cannot log the warning: chown: Operation not permitted",
            "forewarned: is forearmed",
            "",
        ] {
            assert!(!is_warning(line), "{line}");
        }
    }

    #[test]
    fn other_levels_are_none() {
        for line in [
            "I0101 00:00:00.000000       1 main.go:10] started",
            "level=info msg=\"no error\"",
            "{\"level\":\"info\",\"msg\":\"error handler registered\"}",
            "{\"level\":30,\"msg\":\"started\"}",
            "2026/01/01 00:00:00 [notice] 1#1: start worker processes",
            "2026-01-01 00:00:00 INFO errors=0 retries=0",
            "LOG:  database system is ready to accept connections",
            "GET /error HTTP/1.1 200",
            "loaded ErrorHandler",
            "log level: ERROR_LOG=/dev/stderr",
            "",
        ] {
            assert!(!is_error(line), "{line}");
        }
    }
}
