//! May this user do all that the run needs: `SelfSubjectAccessReview` of authorization.k8s.io/v1, what `kubectl auth
//! can-i` asks.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};
use http::Method;
use serde_json::{Value, json};

use crate::cluster::{Failure, Mutation, Server};
use crate::rollout::options::Options;
use crate::rollout::plan::PlannedWorkload;

const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// How many questions are under way at a time.
const AT_A_TIME: usize = 16;

/// What this user may not do, in the words of kubectl: `patch deployments.apps in the namespace shop`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::rollout) struct Access {
    /// Without it nothing can be done.
    pub(in crate::rollout) missing: Vec<String>,
    /// Without it something is not seen, not saved or not done, which is said too.
    pub(in crate::rollout) lacking: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    namespace: String,
    group: String,
    resource: String,
    subresource: &'static str,
    verb: &'static str,
    is_needed: bool,
}

/// Asks for every right that a run over these workloads needs. A right in all namespaces is asked for once.
///
/// # Errors
/// A server that does not answer.
pub(in crate::rollout) async fn review(
    server: &Server,
    options: &Options,
    workloads: &[PlannedWorkload],
) -> Result<Access, Failure> {
    let questions = questions(options, workloads);
    let everywhere: BTreeSet<_> = questions
        .iter()
        .map(|question| Question {
            namespace: String::new(),
            ..question.clone()
        })
        .collect();
    let granted: BTreeSet<_> = ask_all(server, everywhere).await?;
    let open = questions.into_iter().filter(|question| {
        let everywhere = Question {
            namespace: String::new(),
            ..question.clone()
        };
        !granted.contains(&everywhere)
    });
    let open: BTreeSet<_> = open.collect();
    let granted = ask_all(server, open.clone()).await?;
    let mut access = Access::default();
    for question in open.difference(&granted) {
        match question.is_needed {
            true => access.missing.push(question.words()),
            false => {
                let lacking = format!("{}: {}", question.words(), question.consequence());
                access.lacking.push(lacking);
            }
        }
    }
    Ok(access)
}

fn questions(options: &Options, workloads: &[PlannedWorkload]) -> BTreeSet<Question> {
    let mut questions = BTreeSet::new();
    for workload in workloads
        .iter()
        .filter(|workload| options.blocked(workload).is_none())
    {
        let object = &workload.object;
        let mut ask =
            |group: &str, resource: &str, subresource, verbs: &[&'static str], is_needed| {
                for verb in verbs {
                    questions.insert(Question {
                        namespace: object.namespace.clone(),
                        group: group.into(),
                        resource: resource.into(),
                        subresource,
                        verb,
                        is_needed,
                    });
                }
            };
        ask(
            object.group(),
            &object.resource,
            "",
            &["get", "patch"],
            true,
        );
        ask("", "pods", "", &["list"], true);
        ask("", "pods", "", &["watch"], false);
        ask("", "pods", "log", &["get"], false);
        ask("", "events", "", &["list"], false);
        if options.retry > 0 {
            ask("", "pods", "exec", &["create", "get"], false);
        }
        if object.kind == "StatefulSet" {
            ask("", "pods", "", &["delete"], false);
        }
        let is_tried = match object.kind.as_str() {
            "CronJob" => options.trial_jobs,
            _ => options.trial,
        };
        if is_tried {
            ask("batch", "jobs", "", &["create", "get", "delete"], true);
        }
    }
    questions
}

async fn ask_all(
    server: &Server,
    questions: BTreeSet<Question>,
) -> Result<BTreeSet<Question>, Failure> {
    let asked = questions.into_iter().map(|question| async {
        let is_allowed = ask(server, &question).await?;
        Ok((question, is_allowed))
    });
    let mut asked = stream::iter(asked).buffer_unordered(AT_A_TIME);
    let mut granted = BTreeSet::new();
    while let Some(answer) = asked.next().await {
        let (question, is_allowed) = answer?;
        if is_allowed {
            granted.insert(question);
        }
    }
    Ok(granted)
}

async fn ask(server: &Server, question: &Question) -> Result<bool, Failure> {
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "namespace": question.namespace,
            "group": question.group,
            "resource": question.resource,
            "subresource": question.subresource,
            "verb": question.verb,
        }},
    });
    let mutation = Mutation {
        method: Method::POST,
        path: PATH,
        content_type: "application/json",
        body: &body,
    };
    let answer = server.change(&mutation).await?;
    Ok(answer.object.pointer("/status/allowed") == Some(&Value::Bool(true)))
}

impl Question {
    /// What comes of it that a right is lacking which is not needed.
    fn consequence(&self) -> &'static str {
        match (self.resource.as_str(), self.subresource, self.verb) {
            ("pods", "log", _) => "no logs are compared, and none saved of what fails",
            ("pods", "exec", _) => "what a program needs is learned from its failures alone",
            ("events", ..) => "warnings are not seen, and no events saved",
            ("pods", _, "delete") => {
                "a StatefulSet cannot be set back where a pod of it that fails has to be deleted"
            }
            _ => "what changes is seen a little later",
        }
    }

    fn words(&self) -> String {
        let mut resource = self.resource.clone();
        if !self.group.is_empty() {
            resource = format!("{resource}.{}", self.group);
        }
        if !self.subresource.is_empty() {
            resource = format!("{resource}/{}", self.subresource);
        }
        let verb = self.verb;
        match self.namespace.as_str() {
            "" => format!("{verb} {resource}"),
            namespace => format!("{verb} {resource} in the namespace {namespace}"),
        }
    }
}
