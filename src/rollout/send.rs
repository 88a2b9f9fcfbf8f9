//! Sending a change to an object: as a dry run, or to be kept.

use http::Method;

use super::owners::is_person;
use super::plan::ObjectRef;
use super::write::Write;
use crate::cluster::{Answer, Failure, Mutation, Server};

/// How changes are sent.
#[derive(Clone, Copy)]
pub(super) struct Sender<'s> {
    pub(super) server: &'s Server,
    pub(super) field_manager: &'s str,
    /// Whether fields are taken over from controllers, not only from people.
    pub(super) force_conflicts: bool,
}

/// A change that the server took.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) answer: Answer,
    /// The field managers from which fields were taken over.
    pub(super) takes_over: Vec<String>,
}

/// Why a change was not taken.
#[derive(Clone, Debug)]
pub(super) enum NotSent {
    /// The object is no longer the one that was read: read it again.
    Outdated,
    /// The object is gone.
    Gone,
    /// The server, or something that it asks, does not let it through.
    Refused {
        /// Kubernetes' word: `Forbidden`, `Conflict`.
        word: String,
        message: String,
        hint: String,
    },
    /// No answer, or none that decides anything.
    Failed(Failure),
}

impl Sender<'_> {
    /// Sends a change; fields of others are taken over where that is allowed.
    pub(super) async fn send(
        &self,
        object: &ObjectRef,
        write: &Write,
        dry_run: bool,
    ) -> Result<Sent, NotSent> {
        let failure = match self.once(object, write, dry_run, false).await {
            Ok(answer) => {
                return Ok(Sent {
                    answer,
                    takes_over: Vec::new(),
                });
            }
            Err(failure) => failure,
        };
        let managers = conflicts(&failure);
        if failed_test(&failure, write) {
            return Err(NotSent::Outdated);
        }
        if managers.is_empty() || !matches!(write, Write::Apply(_)) {
            return Err(refusal(failure));
        }
        let mut controllers = managers.iter().filter(|(manager, _)| !is_person(manager));
        if let Some((manager, field)) = controllers.next().filter(|_| !self.force_conflicts) {
            return Err(NotSent::Refused {
                word: "Conflict".into(),
                message: format!("the field manager \"{manager}\" owns {field}"),
                hint: "change it where that gets it from, or take it over with --force-conflicts"
                    .into(),
            });
        }
        let answer = self
            .once(object, write, dry_run, true)
            .await
            .map_err(refusal)?;
        let mut takes_over: Vec<_> = managers.into_iter().map(|(manager, _)| manager).collect();
        takes_over.sort();
        takes_over.dedup();
        Ok(Sent { answer, takes_over })
    }

    async fn once(
        &self,
        object: &ObjectRef,
        write: &Write,
        dry_run: bool,
        force: bool,
    ) -> Result<Answer, Failure> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("fieldManager", self.field_manager);
        query.append_pair("fieldValidation", "Strict");
        if dry_run {
            query.append_pair("dryRun", "All");
        }
        if force {
            query.append_pair("force", "true");
        }
        let path = format!("{}?{}", object.path(), query.finish());
        let mutation = Mutation {
            method: Method::PATCH,
            path: &path,
            content_type: write.content_type(),
            body: write.body(),
        };
        self.server.change(&mutation).await
    }
}

/// The field managers that own fields with other values, and those fields: the causes of the conflict that a
/// server-side apply answers (`conflict with "kubectl-edit" using apps/v1`).
fn conflicts(failure: &Failure) -> Vec<(String, String)> {
    let causes = failure.causes.iter();
    let causes =
        causes.filter(|cause| failure.code == 409 && cause.reason == "FieldManagerConflict");
    let conflicts = causes.filter_map(|cause| {
        let behind = cause.message.split_once("conflict with \"")?.1;
        let (manager, _) = behind.split_once('"')?;
        Some((manager.to_owned(), cause.field.clone()))
    });
    conflicts.collect()
}

/// Whether a JSON patch tested for something that is no longer so. The API server does not say more than this of it.
fn failed_test(failure: &Failure, write: &Write) -> bool {
    let says = failure.message.contains("due to an error in our request");
    matches!(write, Write::JsonPatch(_)) && failure.code == 422 && says
}

fn refusal(failure: Failure) -> NotSent {
    match failure.code {
        404 => NotSent::Gone,
        409 => NotSent::Outdated,
        // Rights can come back; a workload that ended cannot.
        403 if failure.is_missing_right() => NotSent::Failed(failure),
        400 | 403 | 405 | 406 | 413 | 415 | 422 => NotSent::Refused {
            word: match failure.reason.as_str() {
                "" => format!("HTTP {}", failure.code),
                reason => reason.to_owned(),
            },
            message: one_line(&failure.message),
            hint: "kubectl describe shows the object; its events show who refuses".into(),
        },
        _ => NotSent::Failed(failure),
    }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conflicts_name_managers_and_fields() {
        let status = json!({"reason": "Conflict", "message": "Apply failed with 2 conflicts", "details": {"causes": [
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1",
                "field": ".spec.template.spec.securityContext.runAsUser"},
            {"reason": "FieldManagerConflict", "message": "conflict with \"tuner\" with subresource \"x\" using apps/v1",
                "field": ".spec.a"}]}});
        let failure = Failure::answer(409, status.to_string().as_bytes());
        let runs_as = ".spec.template.spec.securityContext.runAsUser";
        assert_eq!(
            conflicts(&failure),
            [
                ("kubectl-edit".into(), runs_as.into()),
                ("tuner".into(), ".spec.a".into())
            ]
        );
        let outdated = json!({"reason": "Conflict", "message": "the object has been modified"});
        let outdated = Failure::answer(409, outdated.to_string().as_bytes());
        assert_eq!(conflicts(&outdated), []);
        assert!(matches!(refusal(outdated), NotSent::Outdated));
    }

    #[test]
    fn who_has_no_right_any_more_is_told_from_who_is_refused() {
        for (message, is_missing) in [
            (
                r#"deployments.apps "web" is forbidden: User "system:serviceaccount:a:b" cannot patch resource "deployments" in API group "apps" in the namespace "shop""#,
                true,
            ),
            (
                r#"deployments.apps "web" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true"#,
                false,
            ),
            (
                r#"admission webhook "a.example" denied the request: this resource cannot be changed"#,
                false,
            ),
        ] {
            let status = json!({"reason": "Forbidden", "message": message});
            let failure = Failure::answer(403, status.to_string().as_bytes());
            let is_failed = matches!(refusal(failure), NotSent::Failed(_));
            assert_eq!(is_failed, is_missing, "{message}");
        }
    }
}
