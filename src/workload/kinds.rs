//! Where each kind of object keeps its pod spec.

/// Which securityContext fields a kind's pod spec takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodFields {
    /// All of a Kubernetes pod spec.
    All,
    /// None at pod level: they go to each container. Knative Serving refuses a pod-level `securityContext`
    /// unless the feature `kubernetes.podspec-securitycontext` is on.
    ContainersOnly,
}

/// One row of the table of kinds.
#[derive(Clone, Debug)]
pub struct KindRow {
    /// API group; `*.` at its start matches any subdomain.
    pub group: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Paths of its pod specs from the object's root: keys, `[]` for every item of a list, `*` for every
    /// value of a map.
    pub pod_specs: &'static [&'static str],
    /// What its pod specs take.
    pub fields: PodFields,
}

const fn row(
    group: &'static str,
    kind: &'static str,
    pod_specs: &'static [&'static str],
) -> KindRow {
    KindRow {
        group,
        kind,
        pod_specs,
        fields: PodFields::All,
    }
}

const fn knative(kind: &'static str) -> KindRow {
    KindRow {
        group: "serving.knative.dev",
        kind,
        pod_specs: TEMPLATE,
        fields: PodFields::ContainersOnly,
    }
}

const TEMPLATE: &[&str] = &["spec.template.spec"];
const POD_TEMPLATE: &[&str] = &["spec.podTemplate.spec"];
const ANALYSIS: &[&str] = &["spec.metrics.[].provider.job.spec.template.spec"];
const TRAINING_RUNTIME: &[&str] =
    &["spec.template.spec.replicatedJobs.[].template.spec.template.spec"];
const ELASTIC_NODES: &[&str] = &[
    "spec.deployment.podTemplate.spec",
    "spec.daemonSet.podTemplate.spec",
    "spec.statefulSet.podTemplate.spec",
];

/// Every kind whose pod spec is a Kubernetes PodSpec or PodTemplateSpec, by API group. Sources: the API types
/// of Kubernetes (pod-security-admission `admission.go`) and the CRDs of each project.
pub const KINDS: &[KindRow] = &[
    row("", "Pod", &["spec"]),
    row("", "PodTemplate", &["template.spec"]),
    row("", "ReplicationController", TEMPLATE),
    row("apps", "Deployment", TEMPLATE),
    row("apps", "ReplicaSet", TEMPLATE),
    row("apps", "StatefulSet", TEMPLATE),
    row("apps", "DaemonSet", TEMPLATE),
    row("extensions", "Deployment", TEMPLATE),
    row("extensions", "ReplicaSet", TEMPLATE),
    row("extensions", "DaemonSet", TEMPLATE),
    row("batch", "Job", TEMPLATE),
    row("batch", "CronJob", &["spec.jobTemplate.spec.template.spec"]),
    row("apps.openshift.io", "DeploymentConfig", TEMPLATE),
    row("", "DeploymentConfig", TEMPLATE),
    row("argoproj.io", "Rollout", TEMPLATE),
    row(
        "argoproj.io",
        "Experiment",
        &["spec.templates.[].template.spec"],
    ),
    row("argoproj.io", "AnalysisTemplate", ANALYSIS),
    row("argoproj.io", "ClusterAnalysisTemplate", ANALYSIS),
    row("argoproj.io", "AnalysisRun", ANALYSIS),
    knative("Service"),
    knative("Configuration"),
    row("apps.kruise.io", "CloneSet", TEMPLATE),
    row("apps.kruise.io", "StatefulSet", TEMPLATE),
    row("apps.kruise.io", "DaemonSet", TEMPLATE),
    row("apps.kruise.io", "BroadcastJob", TEMPLATE),
    row("keda.sh", "ScaledJob", &["spec.jobTargetRef.template.spec"]),
    row(
        "kubeflow.org",
        "PyTorchJob",
        &["spec.pytorchReplicaSpecs.*.template.spec"],
    ),
    row(
        "kubeflow.org",
        "TFJob",
        &["spec.tfReplicaSpecs.*.template.spec"],
    ),
    row(
        "kubeflow.org",
        "XGBoostJob",
        &["spec.xgbReplicaSpecs.*.template.spec"],
    ),
    row(
        "kubeflow.org",
        "PaddleJob",
        &["spec.paddleReplicaSpecs.*.template.spec"],
    ),
    row(
        "kubeflow.org",
        "JAXJob",
        &["spec.jaxReplicaSpecs.*.template.spec"],
    ),
    row(
        "kubeflow.org",
        "MPIJob",
        &["spec.mpiReplicaSpecs.*.template.spec"],
    ),
    row("trainer.kubeflow.org", "TrainingRuntime", TRAINING_RUNTIME),
    row(
        "trainer.kubeflow.org",
        "ClusterTrainingRuntime",
        TRAINING_RUNTIME,
    ),
    row("batch.volcano.sh", "Job", &["spec.tasks.[].template.spec"]),
    row(
        "batch.volcano.sh",
        "CronJob",
        &["spec.jobTemplate.spec.tasks.[].template.spec"],
    ),
    row(
        "jobset.x-k8s.io",
        "JobSet",
        &["spec.replicatedJobs.[].template.spec.template.spec"],
    ),
    row(
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        &[
            "spec.leaderWorkerTemplate.leaderTemplate.spec",
            "spec.leaderWorkerTemplate.workerTemplate.spec",
        ],
    ),
    row(
        "ray.io",
        "RayCluster",
        &[
            "spec.headGroupSpec.template.spec",
            "spec.workerGroupSpecs.[].template.spec",
        ],
    ),
    row(
        "ray.io",
        "RayJob",
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec",
            "spec.rayClusterSpec.workerGroupSpecs.[].template.spec",
        ],
    ),
    row(
        "ray.io",
        "RayService",
        &[
            "spec.rayClusterConfig.headGroupSpec.template.spec",
            "spec.rayClusterConfig.workerGroupSpecs.[].template.spec",
        ],
    ),
    row(
        "*.k8s.elastic.co",
        "Elasticsearch",
        &["spec.nodeSets.[].podTemplate.spec"],
    ),
    row("*.k8s.elastic.co", "Kibana", POD_TEMPLATE),
    row("*.k8s.elastic.co", "ApmServer", POD_TEMPLATE),
    row("*.k8s.elastic.co", "EnterpriseSearch", POD_TEMPLATE),
    row("*.k8s.elastic.co", "ElasticMapsServer", POD_TEMPLATE),
    row("*.k8s.elastic.co", "Logstash", POD_TEMPLATE),
    row("*.k8s.elastic.co", "Agent", ELASTIC_NODES),
    row("*.k8s.elastic.co", "Beat", ELASTIC_NODES),
    row("postgresql.cnpg.io", "Pooler", TEMPLATE),
    row(
        "rabbitmq.com",
        "RabbitmqCluster",
        &["spec.override.statefulSet.spec.template.spec"],
    ),
    row(
        "serving.kserve.io",
        "InferenceService",
        &["spec.predictor", "spec.transformer", "spec.explainer"],
    ),
    row(
        "grafana.integreatly.org",
        "Grafana",
        &["spec.deployment.spec.template.spec"],
    ),
    row(
        "pkg.crossplane.io",
        "DeploymentRuntimeConfig",
        &["spec.deploymentTemplate.spec.template.spec"],
    ),
    row(
        "operators.coreos.com",
        "ClusterServiceVersion",
        &["spec.install.spec.deployments.[].spec.template.spec"],
    ),
    row(
        "actions.github.com",
        "AutoscalingRunnerSet",
        &["spec.template.spec", "spec.listenerTemplate.spec"],
    ),
    row("agones.dev", "Fleet", &["spec.template.spec.template.spec"]),
    row(
        "agones.dev",
        "GameServerSet",
        &["spec.template.spec.template.spec"],
    ),
    row("agones.dev", "GameServer", TEMPLATE),
    row(
        "flink.apache.org",
        "FlinkDeployment",
        &[
            "spec.podTemplate.spec",
            "spec.jobManager.podTemplate.spec",
            "spec.taskManager.podTemplate.spec",
        ],
    ),
];

/// Whether an API group matches a row's.
pub fn group_matches(pattern: &str, group: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => group.ends_with(suffix),
        None => pattern == group,
    }
}
