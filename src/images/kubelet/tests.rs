//! The verdict against the kubelet's Go of Kubernetes 1.36.2, line by line in Rust.

use super::*;

const USERS: [&str; 9] = [
    "",
    "0",
    "101",
    "101:101",
    "root",
    "nginx",
    "-1",
    "2147483648",
    "99999999999999999999",
];

/// `getUserFromImage` of containerd and `getImageUser` of the kubelet: a uid or a name, one of them.
fn image_user(user: &str) -> (Option<i64>, &str) {
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    if user.is_empty() {
        return (Some(0), "");
    }
    match user.parse::<i64>() {
        Ok(uid) => (Some(uid), ""),
        Err(_) => (None, user),
    }
}

/// `DetermineEffectiveSecurityContext`: the pod's values, overwritten by the container's.
fn effective(pod: Declared, container: Declared) -> Declared {
    let mut effective = pod;
    if container.run_as_user.is_some() {
        effective.run_as_user = container.run_as_user;
    }
    if container.run_as_non_root.is_some() {
        effective.run_as_non_root = container.run_as_non_root;
    }
    effective
}

/// `verifyRunAsNonRoot`, without the names of pod and container at the end of its sentences.
fn verify(effective: Declared, uid: Option<i64>, username: &str) -> Option<String> {
    if effective.run_as_non_root.is_none() || effective.run_as_non_root == Some(false) {
        return None;
    }
    if let Some(user) = effective.run_as_user {
        return (user == 0).then(|| "container's runAsUser breaks non-root policy".to_owned());
    }
    match uid {
        None if !username.is_empty() => Some(format!(
            "container has runAsNonRoot and image has non-numeric user ({username}), cannot verify user is non-root"
        )),
        None => None,
        Some(0) => Some("container has runAsNonRoot and image will run as root".to_owned()),
        // `validation.IsValidUserID`
        Some(uid) if !(0..=2_147_483_647).contains(&uid) => Some(format!(
            "container has runAsNonRoot and image has an invalid user id ({uid}). (Must be 1-(2147483647)): must be \
             between 0 and 2147483647, inclusive"
        )),
        Some(_) => None,
    }
}

/// Every pair of values that a pod or a container may have.
fn all() -> Vec<Declared> {
    let mut all = Vec::new();
    for run_as_non_root in [None, Some(true), Some(false)] {
        for run_as_user in [None, Some(0), Some(1000)] {
            all.push(Declared {
                run_as_non_root,
                run_as_user,
            });
        }
    }
    all
}

#[test]
fn the_verdict_is_the_kubelets() {
    let mut refused = 0;
    for pod in all() {
        for container in all() {
            let said = |user: Option<&User>| {
                let verdict = verdict(container.or(pod), user);
                verdict.err().map(|refused| refused.to_string())
            };
            let expected = USERS.map(|text| {
                let (uid, username) = image_user(text);
                verify(effective(pod, container), uid, username)
            });
            for (text, expected) in USERS.iter().zip(&expected) {
                let said = said(Some(&User::parse(text)));
                refused += usize::from(said.is_some());
                assert_eq!(&said, expected, "{pod:?} {container:?} {text:?}");
            }
            // Of an unknown image, what would be said of every image.
            let [first, others @ ..] = expected;
            let same = others.iter().all(|other| *other == first);
            assert_eq!(said(None), first.filter(|_| same), "{pod:?} {container:?}");
        }
    }
    // runAsNonRoot is in effect by 4 of 9 pairs: 4 with a uid of 0 and all 9 images, 1 without a uid and 7 images.
    assert_eq!(refused, 4 * (4 * 9 + 7));
}
