//! The pods behind what is selected, each with the workload that it belongs to.

mod reading;

use serde_json::Value;

use super::arguments::{Wanted, wanted};
use crate::cli::Selection;
use crate::cluster::{Server, TypeName};
use crate::source::Missing;
use reading::Reading;

/// Which pods the command line asks for.
#[derive(Clone, Debug)]
pub(crate) struct PodQuery {
    wanted: Wanted,
    selection: Selection,
}

/// A pod, and what made it.
#[derive(Clone, Debug)]
pub(crate) struct LivePod {
    /// As the server gave it.
    pub(crate) object: Value,
    /// kubectl's name of the workload that it belongs to: `deployment.apps/web`; its own, where nothing made it.
    pub(crate) workload: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Pods {
    /// By namespace and name.
    pub(crate) pods: Vec<LivePod>,
    /// What could not be had.
    pub(crate) missing: Vec<Missing>,
    /// What to say besides.
    pub(crate) remarks: Vec<String>,
}

impl PodQuery {
    /// Reads the arguments. A word without a slash is a pod, as for `kubectl logs` and `kubectl exec`, unless the first one
    /// is a type.
    ///
    /// # Errors
    /// What does not go together, in kubectl's words.
    pub(crate) fn new(words: &[String], selection: &Selection) -> Result<Self, String> {
        let selects = selection.live_only().is_some() || selection.namespace.is_some();
        let is_type =
            |word: &String| word.contains(',') || TypeName::new(word).find_built_in().is_some();
        let words = match words {
            [] if selects => vec![String::from("pods")],
            [] => return Err("name a POD or TYPE/NAME, or select pods with -l, -n or -A".into()),
            [first, ..] if is_type(first) => words.to_vec(),
            words => words.iter().map(|word| pair(word)).collect(),
        };
        Ok(Self {
            wanted: wanted(&words, selection)?,
            selection: selection.clone(),
        })
    }

    /// Reads them; `namespace` is the context's.
    pub(crate) async fn read(&self, server: &Server, namespace: &str) -> Pods {
        let of_flag = self.selection.namespace.as_deref();
        let mut reading = Reading::new(server, &self.selection, of_flag.unwrap_or(namespace));
        let stopped = match &self.wanted {
            Wanted::Named(names) => reading.named(names).await,
            Wanted::Every(types) => reading.every(types).await,
        };
        reading.end(stopped.err())
    }
}

fn pair(word: &str) -> String {
    match word.contains('/') {
        true => word.to_owned(),
        false => format!("pods/{word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str, selection: &Selection) -> Result<Wanted, String> {
        let words: Vec<_> = words.split_whitespace().map(str::to_owned).collect();
        PodQuery::new(&words, selection).map(|query| query.wanted)
    }

    #[test]
    fn a_word_is_a_pod_unless_the_first_is_a_type() {
        let any = Selection::default();
        let named = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            Ok(Wanted::Named(pairs.collect()))
        };
        for (words, expected) in [
            ("web-0", named(&[("pods", "web-0")])),
            (
                "web-0 web-1",
                named(&[("pods", "web-0"), ("pods", "web-1")]),
            ),
            (
                "web-0 deploy/api",
                named(&[("pods", "web-0"), ("deploy", "api")]),
            ),
            (
                "deploy web api",
                named(&[("deploy", "web"), ("deploy", "api")]),
            ),
            ("pod web-0", named(&[("pod", "web-0")])),
            (
                "rollouts.a.example/web",
                named(&[("rollouts.a.example", "web")]),
            ),
            (
                "deploy,sts",
                Ok(Wanted::Every(vec!["deploy".into(), "sts".into()])),
            ),
        ] {
            assert_eq!(read(words, &any), expected, "{words}");
        }
        assert!(read("", &any).is_err());
        assert!(read("deploy sts/db", &any).is_err());
    }

    #[test]
    fn a_selection_alone_is_of_pods() {
        let pods = Ok(Wanted::Every(vec!["pods".into()]));
        let labels = Selection {
            selector: Some("app=web".into()),
            ..Selection::default()
        };
        let all = Selection {
            all_namespaces: true,
            ..Selection::default()
        };
        let namespace = Selection {
            namespace: Some("shop".into()),
            ..Selection::default()
        };
        for selection in [&labels, &all, &namespace] {
            assert_eq!(read("", selection), pods);
        }
        assert!(read("web-0", &all).is_err());
        assert!(read("web-0", &labels).is_err());
        assert!(read("web-0", &namespace).is_ok());
    }
}
