//! The servers before anything is hardened: what fails later is not the fault of a recipe.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::support::node::{Server, is_joined, load, servers};

/// So many pods start side by side on two cores without missing their probes.
const SIDE_BY_SIDE: usize = 8;

#[test]
#[ignore = "needs a real node: tests/cluster/README.md"]
fn every_server_is_healthy_without_hardening() {
    if !is_joined() {
        return;
    }
    let names = servers();
    assert!(names.len() >= 8, "{names:?}");
    load(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let waiting = Mutex::new(names);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(name) = next(&waiting) {
                    let server = Server::deploy(&name);
                    let health = server.healthy(Duration::from_secs(60), Duration::from_secs(20));
                    failures.lock().unwrap().extend(health.err());
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn next(waiting: &Mutex<Vec<String>>) -> Option<String> {
    waiting.lock().unwrap().pop()
}
