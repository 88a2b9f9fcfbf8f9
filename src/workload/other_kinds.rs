//! Kinds that are known and not edited.

/// Kinds that run containers whose fields are split over other places, or that a controller generates: never
/// edited, listed as not covered.
pub const NOT_COVERED: &[(&str, &[&str], &str)] = &[
    (
        "argoproj.io",
        &[
            "Workflow",
            "WorkflowTemplate",
            "ClusterWorkflowTemplate",
            "CronWorkflow",
        ],
        "its templates split the pod's and the container's fields",
    ),
    (
        "tekton.dev",
        &["Task", "ClusterTask", "Pipeline", "TaskRun", "PipelineRun"],
        "its steps are not a pod spec",
    ),
    (
        "apps.kruise.io",
        &["SidecarSet"],
        "its containers are injected into other pods",
    ),
    (
        "monitoring.coreos.com",
        &[
            "Prometheus",
            "PrometheusAgent",
            "Alertmanager",
            "ThanosRuler",
        ],
        "its containers are patches of those that the operator generates",
    ),
    (
        "kafka.strimzi.io",
        &[
            "Kafka",
            "KafkaNodePool",
            "KafkaConnect",
            "KafkaBridge",
            "KafkaMirrorMaker2",
        ],
        "its templates split the pod's and the container's fields",
    ),
    (
        "opentelemetry.io",
        &["OpenTelemetryCollector"],
        "it splits the pod's and the container's fields",
    ),
    (
        "sparkoperator.k8s.io",
        &["SparkApplication", "ScheduledSparkApplication"],
        "it splits the pod's and the container's fields",
    ),
    (
        "cert-manager.io",
        &["Issuer", "ClusterIssuer"],
        "its solver's pod template has no containers",
    ),
    ("apps", &["ControllerRevision"], "it is generated history"),
    (
        "kueue.x-k8s.io",
        &["Workload"],
        "it is generated from a job",
    ),
    (
        "serving.knative.dev",
        &["Revision"],
        "it is immutable: change the Service",
    ),
];

/// Built-in kinds that run no pods, though they may talk about containers.
pub(super) const OTHERS: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CustomResourceDefinition",
    "HorizontalPodAutoscaler",
    "Ingress",
    "LimitRange",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
];
