//! What is risky about rolling a workload out, in the words of a person who has to decide at night.

mod case;
mod images;
mod pace;
mod ports;
mod schedule;
mod selector;
mod strategy;
mod surroundings;
#[cfg(test)]
mod testing;
mod volumes;
mod weight;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::FieldPath;
use case::Case;
pub use weight::weight;

/// What stands around a workload, in its namespace.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// PodDisruptionBudgets of policy/v1.
    pub pdbs: Vec<Value>,
    /// PersistentVolumeClaims.
    pub claims: Vec<Value>,
    /// HorizontalPodAutoscalers.
    pub autoscalers: Vec<Value>,
}

/// Something that can go wrong with a rollout, or that keeps it from proving anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// Its rule: `one-replica`.
    pub id: String,
    /// One line, with the numbers.
    pub message: String,
}

type Rule = fn(&Case<'_>) -> Vec<String>;

/// The rules by id, in the order in which risks are listed: what keeps a change from taking effect, then what takes
/// the workload down, then what slows it or clouds the answer.
const RULES: [(&str, Rule); 20] = [
    ("no-replicas", strategy::no_replicas),
    ("paused", strategy::paused),
    ("on-delete", strategy::on_delete),
    ("partition", strategy::partition),
    ("suspended", schedule::suspended),
    ("next-run", schedule::next_run),
    ("recreate", strategy::recreate),
    ("one-replica", strategy::one_replica),
    ("ordered-ready", strategy::ordered_ready),
    ("surge-volume", volumes::surge_volume),
    ("surge-port", ports::surge_port),
    ("fs-group", volumes::fs_group),
    ("file-owner", volumes::file_owner),
    ("host-path", volumes::host_path),
    ("disruption-budget", surroundings::disruption_budget),
    ("autoscaler", surroundings::autoscaler),
    ("progress-deadline", pace::progress_deadline),
    ("min-ready", pace::min_ready),
    ("slow-stop", pace::slow_stop),
    ("mutable-image", images::mutable),
];

/// What is risky about changing the fields `changes` of `object`, which is as the API server gives it before the
/// change.
pub fn risks(object: &Value, around: &Surroundings, changes: &[FieldPath]) -> Vec<Risk> {
    let case = Case::of(object, around, changes);
    let mut risks = Vec::new();
    for (id, rule) in RULES {
        for message in rule(&case) {
            let risk = Risk {
                id: id.to_owned(),
                message,
            };
            if !risks.contains(&risk) {
                risks.push(risk);
            }
        }
    }
    risks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_written_alike() {
        let ids: BTreeSet<_> = RULES.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), RULES.len());
        let is_kebab = |id: &&str| id.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(ids.iter().all(is_kebab), "{ids:?}");
    }

    #[test]
    fn a_quiet_workload_has_none() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {
            "replicas": 2, "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"spec": {"terminationGracePeriodSeconds": 30, "containers": [
                {"name": "a", "image": "web:1", "imagePullPolicy": "IfNotPresent", "ports": [{"containerPort": 80}]},
            ]}},
        }});
        let changes = ["spec.template.spec.securityContext.runAsUser"
            .parse()
            .expect("a path")];
        assert_eq!(risks(&object, &Surroundings::default(), &changes), []);
    }

    #[test]
    fn an_object_that_is_none_has_none() {
        let odd = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": "x", "strategy": 1, "template": {"spec": []}}});
        let around = Surroundings {
            pdbs: vec![json!(1)],
            claims: vec![json!(null)],
            autoscalers: vec![json!([])],
        };
        for object in [json!(null), json!([]), json!({"spec": []})] {
            assert_eq!(risks(&object, &around, &[]), []);
        }
        let ids: Vec<_> = risks(&odd, &around, &[])
            .into_iter()
            .map(|risk| risk.id)
            .collect();
        assert_eq!(
            ids,
            ["one-replica"],
            "replicas that are no number are the default"
        );
    }

    #[test]
    fn messages_are_one_line_for_people() {
        let object = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
            "replicas": 1, "minReadySeconds": 90, "updateStrategy": {"rollingUpdate": {"partition": 1}},
            "template": {"spec": {
                "terminationGracePeriodSeconds": 600, "containers": [{"name": "a", "image": "db"}],
                "volumes": [{"persistentVolumeClaim": {"claimName": "x"}}, {"hostPath": {"path": "/x"}}],
            }},
        }});
        let changes = ["fsGroup", "runAsUser"].map(|field| {
            format!("spec.template.spec.securityContext.{field}")
                .parse()
                .expect("a path")
        });
        let risks = risks(&object, &Surroundings::default(), &changes);
        assert_eq!(risks.len(), 9, "{risks:?}");
        for risk in risks {
            let message = &risk.message;
            assert!(
                !message.contains('\n') && !message.ends_with('.') && message.len() < 160,
                "{message}"
            );
            let written = serde_json::to_value(&risk).expect("JSON");
            assert_eq!(
                serde_json::from_value::<Risk>(written).expect("a risk"),
                risk
            );
        }
    }
}
