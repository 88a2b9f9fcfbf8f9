//! The kubelet's own sentence on runAsNonRoot beside the one that is predicted.

use kubectl_harden::images::User;
use kubectl_harden::images::kubelet::{Declared, verdict};
use serde_json::{Value, json};

use crate::support::cluster::{Namespace, done};
use crate::support::node::{is_joined, load, pod, settled};

/// Images that differ in their USER alone.
const USERS: [(&str, &str); 4] = [
    ("busybox-none", ""),
    ("busybox-root", "root"),
    ("busybox-named", "app"),
    ("busybox-1000", "1000"),
];

fn declared(context: &Value) -> Declared {
    Declared {
        run_as_non_root: context["runAsNonRoot"].as_bool(),
        run_as_user: context["runAsUser"].as_i64(),
    }
}

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn the_kubelet_says_what_was_predicted() {
    if !is_joined() {
        return;
    }
    load(&USERS.map(|(image, _)| image));
    let ns = Namespace::new("verdict");
    let contexts = [
        json!({}),
        json!({"runAsNonRoot": true}),
        json!({"runAsNonRoot": true, "runAsUser": 0}),
        json!({"runAsNonRoot": true, "runAsUser": 1000}),
    ];
    let cases = || {
        contexts.iter().enumerate().flat_map(|(number, context)| {
            USERS.map(|(image, user)| (format!("{image}-{number}"), image, user, context))
        })
    };
    let pods: Vec<_> = cases()
        .map(|(name, image, _, context)| pod(&name, image, "sleep 600", &json!({}), context))
        .collect();
    ns.apply(&pods);
    let mut refused = 0;
    for (name, _, user, context) in cases() {
        let state = settled(&ns, &name)["state"].clone();
        let Err(sentence) = verdict(declared(context), Some(&User::parse(user))) else {
            assert!(state.get("running").is_some(), "{name}: {state}");
            continue;
        };
        refused += 1;
        let uid = done(
            &[
                "get",
                "pod",
                &name,
                "-n",
                &ns.0,
                "-o",
                "jsonpath={.metadata.uid}",
            ],
            "",
        );
        let whole = format!("{sentence} (pod: \"{name}_{}({uid})\", container: c)", ns.0);
        assert_eq!(state["waiting"]["message"], whole, "{name}");
        assert_eq!(
            state["waiting"]["reason"], "CreateContainerConfigError",
            "{name}"
        );
    }
    assert_eq!(refused, 7);
}
