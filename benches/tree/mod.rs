//! A tree of manifests as large repositories have them, the same on every machine: a fifth of the files hold
//! workloads, the others Services, ConfigMaps, CustomResourceDefinitions, values and dashboards.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Files of a full tree.
pub const FILES: usize = 22_000;

/// Writes a tree of `files` files into a directory, a hundred to a subdirectory.
pub fn write(directory: &Path, files: usize) -> io::Result<()> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for i in 0..files {
        let parent = directory.join(format!("team-{:02}/app-{:03}", i / 2500, i / 100));
        if i % 100 == 0 {
            fs::create_dir_all(&parent)?;
        }
        let (name, text) = file(i, &mut random);
        fs::write(parent.join(name), text)?;
    }
    Ok(())
}

/// The workloads of a tree of `files` files, one text each.
pub fn workloads(files: usize) -> Vec<String> {
    texts(files, true)
}

/// The texts of a tree of `files` files that hold no workload.
pub fn others(files: usize) -> Vec<String> {
    texts(files, false)
}

fn texts(files: usize, workloads: bool) -> Vec<String> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let texts = (0..files).map(|i| (i, file(i, &mut random).1));
    let texts = texts.filter(|(i, _)| (i % 5 == 0) == workloads);
    texts.map(|(_, text)| text).collect()
}

fn file(i: usize, random: &mut Random) -> (String, String) {
    match i % 20 {
        0 | 5 | 10 => (format!("{i}-deployment.yaml"), deployment(i, random)),
        15 => (format!("{i}-all.yaml"), together(i, random)),
        1 | 6 | 11 | 16 => (format!("{i}-service.yaml"), service(i)),
        2 | 7 | 12 => (format!("{i}-configmap.yaml"), config_map(i, random)),
        3 | 8 => (format!("{i}-rbac.yml"), rbac(i, random)),
        4 | 9 | 14 => (format!("{i}-values.yaml"), values(i, random)),
        13 => (format!("{i}-dashboard.json"), dashboard(i, random)),
        17 | 18 => (format!("{i}-ingress.yaml"), ingress(i, random)),
        _ => (format!("{i}-crd.yaml"), definition(i, random)),
    }
}

/// A generator of numbers that has no other purpose than to be the same everywhere (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }
}

fn head(kind: &str, version: &str, i: usize) -> String {
    format!(
        "apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: app-{i}\n  namespace: team-{}\n  labels:\n    app.kubernetes.io/name: app-{i}\n    app.kubernetes.io/part-of: shop\n",
        i / 2500
    )
}

fn deployment(i: usize, random: &mut Random) -> String {
    let kind = ["Deployment", "Deployment", "StatefulSet", "DaemonSet"][random.below(4)];
    let mut out =
        String::from("# Owned by the platform team; see the runbook before changing replicas.\n");
    out += &head(kind, "apps/v1", i);
    let _ = write!(
        out,
        "spec:\n  replicas: {} # two zones\n  selector:\n    matchLabels:\n      app: app-{i}\n  template:\n    metadata:\n      labels:\n        app: app-{i}\n      annotations:\n        prometheus.io/scrape: \"true\"\n    spec:\n      serviceAccountName: app-{i}\n",
        1 + random.below(5)
    );
    out += "      # the service mesh adds a sidecar\n      containers:\n";
    for c in 0..1 + random.below(3) {
        container(&mut out, c, random);
    }
    out += "      volumes:\n        - name: config\n          configMap:\n            name: config\n        - name: tmp\n          emptyDir: {}\n      terminationGracePeriodSeconds: 30\n";
    out
}

fn container(out: &mut String, c: usize, random: &mut Random) {
    let _ = write!(
        out,
        "        - name: c{c}\n          image: registry.example.com/shop/c{c}:1.{}.0\n          imagePullPolicy: IfNotPresent\n",
        random.below(40)
    );
    if random.below(2) == 0 {
        out.push_str("          command: [\"/bin/server\", \"--listen=:8080\"]\n");
    }
    out.push_str("          env:\n");
    for e in 0..2 + random.below(8) {
        let _ = write!(
            out,
            "            - name: SETTING_{e}\n              value: \"{}\"\n",
            random.below(10_000)
        );
    }
    out.push_str("          ports:\n            - containerPort: 8080 # behind the service\n              protocol: TCP\n");
    if random.below(3) > 0 {
        out.push_str("          readinessProbe:\n            httpGet:\n              path: /healthz\n              port: 8080\n            periodSeconds: 10\n");
    }
    match random.below(6) {
        0 => out.push_str(
            "          securityContext:\n            runAsUser: 0 # until the image is fixed\n",
        ),
        1 => out
            .push_str("          securityContext:\n            allowPrivilegeEscalation: false\n"),
        _ => {}
    }
    out.push_str("          resources:\n            requests: {cpu: 100m, memory: 128Mi}\n            limits:\n              memory: 256Mi\n          volumeMounts:\n            - name: config\n              mountPath: /etc/app\n              readOnly: true\n            - name: tmp\n              mountPath: /tmp\n\n");
}

/// Several documents in one file, the workload among them.
fn together(i: usize, random: &mut Random) -> String {
    [service(i), deployment(i, random), config_map(i, random)].join("---\n")
}

fn service(i: usize) -> String {
    head("Service", "v1", i)
        + "spec:\n  type: ClusterIP\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n      protocol: TCP\n    - name: metrics\n      port: 9090\n      targetPort: 9090\n"
        + &format!("  selector:\n    app: app-{i}\n")
}

fn config_map(i: usize, random: &mut Random) -> String {
    let mut out = head("ConfigMap", "v1", i) + "data:\n  app.properties: |\n";
    for k in 0..20 + random.below(120) {
        let _ = writeln!(
            out,
            "    feature.group{}.setting{k} = value-{}",
            k % 7,
            random.below(100_000)
        );
    }
    out
}

fn rbac(i: usize, random: &mut Random) -> String {
    let mut out = head("ClusterRole", "rbac.authorization.k8s.io/v1", i) + "rules:\n";
    for _ in 0..3 + random.below(12) {
        out += "  - apiGroups: [\"\", \"apps\"]\n    resources:\n      - pods\n      - deployments\n    verbs: [get, list, watch]\n";
    }
    out
}

fn values(i: usize, random: &mut Random) -> String {
    let mut out = format!(
        "# Default values for app-{i}.\nreplicaCount: 1\nimage:\n  repository: shop/app-{i}\n  tag: \"\"\n"
    );
    for k in 0..10 + random.below(60) {
        let _ = write!(
            out,
            "# -- what setting {k} is for\nsetting{k}:\n  enabled: false\n  value: {}\n",
            random.below(1000)
        );
    }
    out += "securityContext: {}\n  # runAsUser: 1000\n";
    out
}

fn ingress(i: usize, random: &mut Random) -> String {
    let mut out = head("Ingress", "networking.k8s.io/v1", i) + "spec:\n  rules:\n";
    for k in 0..1 + random.below(6) {
        let _ = write!(
            out,
            "    - host: app-{k}.example.com\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend:\n              service:\n                name: app-{k}\n                port:\n                  name: http\n"
        );
    }
    out
}

fn dashboard(i: usize, random: &mut Random) -> String {
    let mut out = format!("{{\n  \"title\": \"app-{i}\",\n  \"panels\": [\n");
    let panels = 20 + random.below(60);
    for k in 0..panels {
        let comma = if k + 1 < panels { "," } else { "" };
        let _ = writeln!(
            out,
            "    {{\n      \"id\": {k},\n      \"type\": \"timeseries\",\n      \"targets\": [{{\"expr\": \"sum(rate(http_requests_total{{app=\\\"app-{k}\\\"}}[5m]))\"}}],\n      \"gridPos\": {{\"h\": 8, \"w\": 12, \"x\": 0, \"y\": {k}}}\n    }}{comma}"
        );
    }
    out + "  ],\n  \"schemaVersion\": 39\n}\n"
}

/// A definition whose schema describes a pod template, as operators ship them.
fn definition(i: usize, random: &mut Random) -> String {
    let mut out = head("CustomResourceDefinition", "apiextensions.k8s.io/v1", i);
    out += "spec:\n  group: example.com\n  names:\n    kind: Thing\n    plural: things\n  scope: Namespaced\n  versions:\n    - name: v1\n      schema:\n        openAPIV3Schema:\n          properties:\n            containers:\n              properties:\n";
    for k in 0..100 + random.below(200) {
        let _ = write!(
            out,
            "                field{k}:\n                  description: What field {k} is for, in a sentence that wraps as the generator does.\n                  type: string\n"
        );
    }
    out
}
