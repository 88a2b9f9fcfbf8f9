//! Work on many items on all cores, results in the items' order, memory flat.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// How far a worker may run ahead of the result that is taken next.
const WINDOW: usize = 512;

/// Applies `work` to every item and gives the results to `take` in order, until `take` says `false`.
pub fn for_each<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    if threads < 2 || items.len() < 2 {
        items.iter().all(|item| take(work(item)));
        return;
    }
    let (next, taken, moved) = (AtomicUsize::new(0), Mutex::new(0), Condvar::new());
    let stopped = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else {
                        return;
                    };
                    let ahead = |taken: &mut usize| {
                        index >= *taken + WINDOW && !stopped.load(Ordering::Relaxed)
                    };
                    let guard = taken.lock().unwrap_or_else(PoisonError::into_inner);
                    drop(
                        moved
                            .wait_while(guard, ahead)
                            .unwrap_or_else(PoisonError::into_inner),
                    );
                    if stopped.load(Ordering::Relaxed) || sender.send((index, work(item))).is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        for (index, result) in receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&expected) {
                expected += 1;
                if !take(result) {
                    stopped.store(true, Ordering::Relaxed);
                }
            }
            *taken.lock().unwrap_or_else(PoisonError::into_inner) = expected;
            moved.notify_all();
            if stopped.load(Ordering::Relaxed) {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_stop_when_told() {
        let items: Vec<usize> = (0..5000).collect();
        let mut seen = Vec::new();
        for_each(
            &items,
            4,
            |&i| i * 2,
            |r| {
                seen.push(r);
                true
            },
        );
        assert_eq!(seen, items.iter().map(|i| i * 2).collect::<Vec<_>>());
        let mut count = 0;
        for_each(
            &items,
            4,
            |&i| i,
            |_| {
                count += 1;
                count < 10
            },
        );
        assert!(count >= 10);
    }
}
