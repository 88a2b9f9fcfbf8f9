//! What somebody who mistyped a name may have meant.

/// The known name that is closest to a mistyped one, or that it begins.
pub fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let typed = name.to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let begins = typed.len() > 3 && known.starts_with(&typed);
        let distance = strsim::normalized_damerau_levenshtein(&typed, &known);
        if begins { distance.max(0.9) } else { distance }
    };
    let best = known.map(|known| (likeness(known), known));
    best.max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.6)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_what_is_close_is_suggested() {
        let known = ["runAsNonRoot", "seccompProfile", "allowPrivilegeEscalation"];
        let nearest = |name| nearest(name, known.into_iter());
        assert_eq!(nearest("runAsNonRot"), Some("runAsNonRoot"));
        assert_eq!(nearest("seccomp"), Some("seccompProfile"));
        assert_eq!(nearest("all"), None);
    }
}
