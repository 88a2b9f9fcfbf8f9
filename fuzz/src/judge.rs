//! An independent judgement of edits: bytes, a parser's values, comments.

use kubectl_harden::patch::Edits;
use serde_yaml::Value;

/// The text that is left when every inserted byte is taken out of `patched` and what it replaced is put back.
pub fn undone(text: &[u8], patched: &[u8], edits: &Edits) -> Vec<u8> {
    let (mut out, mut at, mut read) = (Vec::new(), 0, 0);
    for edit in edits.iter() {
        let kept = edit.span.start - read;
        out.extend_from_slice(&patched[at..at + kept]);
        assert_eq!(
            &patched[at + kept..at + kept + edit.text.len()],
            &edit.text[..]
        );
        out.extend_from_slice(&text[edit.span.start..edit.span.end]);
        at += kept + edit.text.len();
        read = edit.span.end;
    }
    out.extend_from_slice(&patched[at..]);
    out
}

/// Panics where two documents differ anywhere but in the securityContext of a pod spec or container.
pub fn only_contexts_differ(before: &[u8], after: &[u8]) {
    // JSON may hold DEL, and kubectl reads it; serde_yaml reads no document that does.
    if before.contains(&0x7f) {
        return;
    }
    let before = match serde_yaml::from_slice::<Value>(before) {
        Ok(value) => value,
        Err(error) if is_limit(&error) => return,
        Err(error) => panic!("edited, though serde_yaml refuses the original: {error}"),
    };
    let after = match serde_yaml::from_slice::<Value>(after) {
        Ok(value) => value,
        Err(error) => panic!("serde_yaml refuses the result: {error}"),
    };
    differ(&before, &after, &mut Vec::new());
}

/// Limits that serde_yaml has for nesting, aliases and values that do not fit their tags, and this crate does not.
fn is_limit(error: &serde_yaml::Error) -> bool {
    let message = error.to_string();
    ["limit", "alias", "merge", "invalid value"]
        .iter()
        .any(|word| message.contains(word))
}

fn differ(before: &Value, after: &Value, path: &mut Vec<String>) {
    match (before, after) {
        (Value::Mapping(old), Value::Mapping(new)) => {
            for (key, value) in old {
                path.push(name(key));
                match new.get(key) {
                    Some(changed) => differ(value, changed, path),
                    None => panic!("{} is gone", path.join(".")),
                }
                path.pop();
            }
            for (key, _) in new.iter().filter(|(key, _)| !old.contains_key(key)) {
                path.push(name(key));
                assert!(may_change(path), "{} is new", path.join("."));
                path.pop();
            }
            let kept: Vec<_> = new.keys().filter(|key| old.contains_key(key)).collect();
            assert!(
                kept.iter().copied().eq(old.keys()),
                "keys change places at {}",
                path.join(".")
            );
        }
        (Value::Sequence(old), Value::Sequence(new)) if old.len() == new.len() => {
            for (i, (a, b)) in old.iter().zip(new).enumerate() {
                path.push(i.to_string());
                differ(a, b, path);
                path.pop();
            }
        }
        (Value::Tagged(old), Value::Tagged(new)) if old.tag == new.tag => {
            differ(&old.value, &new.value, path)
        }
        _ => assert!(
            before == after || same_float(before, after) || may_change(path),
            "{} changes",
            path.join(".")
        ),
    }
}

/// NaN is not equal to itself.
fn same_float(a: &Value, b: &Value) -> bool {
    matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a.is_nan() && b.is_nan())
}

/// Whether a path leads into a securityContext, aliases expanded.
fn may_change(path: &[String]) -> bool {
    path.iter().any(|step| step == "securityContext")
}

fn name(key: &Value) -> String {
    key.as_str()
        .map_or_else(|| format!("{key:?}"), str::to_owned)
}

/// Panics where an edit takes a comment away, splits it or writes into it.
pub fn comments_stay(text: &[u8], edits: &Edits) {
    for edit in edits.iter() {
        assert!(!edit.text.contains(&b'#'), "an edit writes a comment");
        let span = edit.span;
        let line = text[..span.start]
            .iter()
            .rposition(|&b| b == b'\n')
            .map_or(0, |at| at + 1);
        let ends_line = matches!(text.get(span.end), None | Some(b'\r' | b'\n'));
        let begins_line = edit.text.starts_with(b"\n") || edit.text.starts_with(b"\r\n");
        let below = span.start == span.end && ends_line && begins_line;
        let until = if below { line } else { span.end };
        if let Some(at) = (line..until).find(|&at| is_comment(text, at)) {
            panic!("an edit at {} cuts into the comment at {at}", span.start);
        }
    }
}

/// A `#` behind a blank begins a comment, or stands in one, where other letters behind it change no value.
fn is_comment(text: &[u8], at: usize) -> bool {
    if text[at] != b'#'
        || at
            .checked_sub(1)
            .is_some_and(|i| !text[i].is_ascii_whitespace())
    {
        return false;
    }
    let mut changed = text.to_vec();
    changed.splice(at + 1..at + 1, *b"zq");
    let values = |text: &[u8]| serde_yaml::from_slice::<Value>(text).ok();
    let (Some(before), Some(after)) = (values(text), values(&changed)) else {
        return false;
    };
    format!("{before:?}") == format!("{after:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubectl_harden::patch::Edit;

    const POD: &[u8] = b"spec:\n  containers:\n  - name: a # c\n    image: b\n";

    #[test]
    fn contexts_may_differ() {
        only_contexts_differ(
            POD,
            b"spec:\n  securityContext: {x: 1}\n  containers:\n  - name: a # c\n    image: b\n",
        );
    }

    #[test]
    #[should_panic = "spec.containers.0.image changes"]
    fn another_value_is_noticed() {
        only_contexts_differ(POD, b"spec:\n  containers:\n  - name: a\n    image: c\n");
    }

    #[test]
    #[should_panic = "spec.containers.0.image is gone"]
    fn a_lost_key_is_noticed() {
        only_contexts_differ(POD, b"spec:\n  containers:\n  - name: a\n");
    }

    #[test]
    #[should_panic = "spec.x is new"]
    fn a_new_key_is_noticed() {
        only_contexts_differ(
            POD,
            b"spec:\n  x: 1\n  containers:\n  - name: a\n    image: b\n",
        );
    }

    #[test]
    #[should_panic = "cuts into the comment at 32"]
    fn a_split_comment_is_noticed() {
        comments_stay(POD, &Edits::new(vec![Edit::insert(34, "x")]).unwrap());
    }

    #[test]
    fn a_line_below_a_comment_is_fine() {
        comments_stay(
            POD,
            &Edits::new(vec![Edit::insert(35, "\n    x: 1")]).unwrap(),
        );
    }
}
