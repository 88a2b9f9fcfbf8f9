//! What a check is about, for people: why it matters, and what breaks.

use super::Level;

/// What `kubectl harden explain` says of a check, beside what its rules say themselves.
#[derive(Debug)]
pub struct About {
    /// The fields in which its privilege is looked for, with the securityContext that they belong to. Its
    /// `FieldRule` has the path of the field that is written.
    pub looks_at: &'static [(Level, &'static str)],
    /// The values that are accepted.
    pub accepts: &'static str,
    /// What it is, in two or three sentences.
    pub what: &'static str,
    /// Why an attacker cares.
    pub why: &'static str,
    /// A pod spec that violates it, in YAML.
    pub example: &'static str,
    /// What breaks when it is turned on, the most frequent first.
    pub breaks: &'static [Breakage],
}

/// Something that breaks.
#[derive(Debug)]
pub struct Breakage {
    /// The sentences that people see and search for, as the program prints them. `...` stands for what varies.
    pub symptoms: &'static [&'static str],
    /// What the pod shows: `CrashLoopBackOff`.
    pub status: &'static str,
    /// Why.
    pub cause: &'static str,
    /// What to do, in the order to try: the image or program first, then the manifest, leaving the field out last.
    pub remedies: &'static [&'static str],
    /// Where this is known from: `owner/repository#number`, `owner/repository path`, or that we observed it.
    pub sources: &'static [&'static str],
}

/// Seen on a kubelet (Kubernetes 1.36, containerd 2.3) with server programs packaged by Debian.
pub(super) const SEEN: &str = "observed: Kubernetes 1.36, containerd 2.3";

/// Seen in a test of the kernel's rules without a cluster.
pub(super) const KERNEL: &str = "observed: a test of the kernel's rules, without a cluster";

/// Where a field of a container goes that stands in the pod's securityContext.
pub(super) const TO_CONTAINERS: &str =
    "Move it to the securityContext of each container, as harden writes it.";

/// A field at the level that does not have it.
pub(super) const fn wrong_level(
    symptoms: &'static [&'static str],
    remedies: &'static [&'static str],
) -> Breakage {
    Breakage {
        symptoms,
        status: "refused by kubectl (strict decoding error); dropped in silence by other clients",
        cause: "Somebody put the field into the wrong securityContext: the pod's and a container's have different fields.",
        remedies,
        sources: &["kubernetes/api core/v1/types.go"],
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::CHECKS;

    /// A repository with the number of a thread, or with a path; a page; or what we observed.
    fn is_source(text: &str) -> bool {
        let is_repository =
            |name: &str| name.split('/').filter(|part| !part.is_empty()).count() == 2;
        let thread = text.split_once('#').is_some_and(|(repository, number)| {
            is_repository(repository) && number.parse::<u32>().is_ok()
        });
        let path = text.split_once(' ').is_some_and(|(repository, path)| {
            is_repository(repository) && !path.is_empty() && !path.contains(' ')
        });
        thread || path || text.starts_with("https://") || text.starts_with("observed: ")
    }

    #[test]
    fn sources_have_a_form() {
        for right in ["a/b#12", "a/b pkg/x.go", "https://a", "observed: x"] {
            assert!(is_source(right), "{right}");
        }
        for wrong in ["", "a/b", "b#12", "same", "docs containerd", "a/b#PR12"] {
            assert!(!is_source(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_check_is_explained() {
        for check in CHECKS {
            let about = &check.about;
            for text in [about.what, about.why, about.accepts] {
                assert!(text.len() > 3, "{}", check.id);
            }
            for text in [about.what, about.why] {
                assert!(
                    text.ends_with('.') && !text.contains('\n'),
                    "{}: {text}",
                    check.id
                );
            }
            assert!(check.link.starts_with("https://"), "{}", check.id);
            assert_eq!(
                check.grant.is_some() || check.field.is_none(),
                !about.looks_at.is_empty(),
                "{}",
                check.id
            );
            assert!(
                check.field.is_none() || !about.breaks.is_empty(),
                "{}",
                check.id
            );
        }
    }

    #[test]
    fn every_breakage_says_what_to_search_for_what_to_do_and_whence() {
        for check in CHECKS {
            for breakage in check.about.breaks {
                let at = format!("{}: {:?}", check.id, breakage.symptoms);
                let lists = [breakage.symptoms, breakage.remedies, breakage.sources];
                assert!(lists.iter().all(|list| !list.is_empty()), "{at}");
                assert!(
                    breakage.sources.iter().all(|source| is_source(source)),
                    "{at}"
                );
                assert!(
                    !breakage.status.is_empty() && breakage.cause.ends_with('.'),
                    "{at}"
                );
                let sentences = breakage.remedies.iter();
                assert!(
                    sentences.clone().all(|remedy| remedy.ends_with('.')),
                    "{at}"
                );
                let leaves_out = |remedy: &&str| remedy.starts_with("Leave ");
                let first = sentences.clone().position(leaves_out);
                let is_last = first.is_none_or(|i| i > 0 && i + 1 == breakage.remedies.len());
                assert!(
                    is_last,
                    "{at}: leaving the field out comes last, and is not all"
                );
            }
        }
    }
}
