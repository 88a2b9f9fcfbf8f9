//! What images say of themselves is in the plan, for the report in the morning.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::small::{Small, web};

/// An OCI layout with one image, without layers.
fn layout(directory: &Path, name: &str, user: &str) {
    let blobs = directory.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("made");
    let blob = |value: Value| {
        let bytes = value.to_string().into_bytes();
        let hex: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        fs::write(blobs.join(&hex), &bytes).expect("written");
        json!({"digest": format!("sha256:{hex}"), "size": bytes.len()})
    };
    let of_type = |mut descriptor: Value, kind: &str| {
        descriptor["mediaType"] = format!("application/vnd.oci.image.{kind}.v1+json").into();
        descriptor
    };
    let config = blob(json!({"os": "linux", "architecture": "amd64", "config": {"User": user}}));
    let config = of_type(config, "config");
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": []});
    let mut manifest = of_type(blob(manifest), "manifest");
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": name});
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    let write = |name: &str, value: Value| fs::write(directory.join(name), value.to_string());
    write("index.json", index).expect("written");
    write("oci-layout", json!({"imageLayoutVersion": "1.0.0"})).expect("written");
}

#[test]
#[ignore = "needs a control plane: tests/cluster/README.md"]
fn a_report_judges_by_what_the_image_said_before_the_night() {
    let small = Small::new("images", &[web("web")]);
    let archive = small.night.path("layout");
    layout(&archive, "registry.invalid/app:1", "472:0");
    small.plan(&[
        "deploy/web",
        "--image-archive=layout",
        "--platform=linux/amd64",
    ]);
    let plan: Value = serde_yaml::from_str(&small.night.read("plan.yaml")).expect("YAML");
    let said = json!({"image": "registry.invalid/app:1", "user": "472", "runAsUser": 472, "runAsGroup": 0});
    assert_eq!(plan["images"], json!([said]));
    fs::remove_dir_all(&archive).expect("removed");

    let ran = small.apply(&["-f", "plan.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = small.night.harden(&["report", "--report=json=out.json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report: Value = serde_json::from_str(&small.night.read("out.json")).expect("JSON");
    let subject = &report["subjects"][0];
    assert_eq!(
        subject["rollout"]["live"]["result"], "asPlanned",
        "{subject:#}"
    );
    let rows = subject["rows"].as_array().expect("rows");
    let of = |check: &str| {
        let is_meant = |row: &&Value| row["check"] == check && row["container"]["name"] == "app";
        rows.iter().find(is_meant).expect(check)
    };
    assert_eq!(
        (&of("runAsUser")["after"], &of("runAsUser")["live"]),
        (&json!(472), &json!(472))
    );
    assert_eq!(of("runAsGroup")["status"], "exempt");
    assert!(
        rows.iter()
            .all(|row| row["status"] != "fixed" || row["after"] == row["live"])
    );
}
