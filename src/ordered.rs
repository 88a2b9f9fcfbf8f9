//! Work on many items on all cores, results in the items' order, memory flat.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

/// How many items a worker takes at once; the first batches are smaller, so that a few large items are shared.
const BATCH: usize = 16;

/// How many batches a worker may be ahead of the one whose results are taken next.
const WINDOW: usize = 64;

/// Applies `work` to every item and gives the results to `take` in order, until `take` says `false`. Items are
/// asked for as workers need them.
pub fn for_each<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    threads: usize,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let queue = Queue {
        items: Mutex::new((0, items)),
        taken: Mutex::new(0),
        moved: Condvar::new(),
        stopped: AtomicBool::new(false),
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, queue, work) = (sender.clone(), &queue, &work);
            scope.spawn(move || {
                while let Some((index, batch)) = queue.next() {
                    let results: Vec<R> = batch.into_iter().map(work).collect();
                    if sender.send((index, results)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        for (index, results) in receiver {
            waiting.insert(index, results);
            while let Some(results) = waiting.remove(&expected) {
                expected += 1;
                if !results.into_iter().all(&mut take) {
                    queue.stop();
                    return;
                }
            }
            queue.advance(expected);
        }
    });
}

struct Queue<I> {
    items: Mutex<(usize, I)>,
    taken: Mutex<usize>,
    moved: Condvar,
    stopped: AtomicBool,
}

impl<I: Iterator> Queue<I> {
    /// The next batch with its number, once the results before it have been taken far enough.
    fn next(&self) -> Option<(usize, Vec<I::Item>)> {
        let (index, batch) = {
            let mut items = locked(&self.items);
            let (index, iterator) = &mut *items;
            let batch: Vec<_> = iterator.by_ref().take(BATCH.min(*index + 1)).collect();
            *index += 1;
            (*index - 1, batch)
        };
        let too_far = |taken: &mut usize| index >= *taken + WINDOW && !self.is_stopped();
        let waited = self.moved.wait_while(locked(&self.taken), too_far);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        (!batch.is_empty() && !self.is_stopped()).then_some((index, batch))
    }

    fn advance(&self, taken: usize) {
        *locked(&self.taken) = taken;
        self.moved.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        drop(locked(&self.taken));
        self.moved.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_stop_when_told() {
        let mut seen = Vec::new();
        for_each(
            0..5000,
            4,
            |i| i * 2,
            |r| {
                seen.push(r);
                true
            },
        );
        assert_eq!(seen, (0..5000).map(|i| i * 2).collect::<Vec<_>>());
        let mut count = 0;
        for_each(
            0..5000,
            4,
            |i| i,
            |_| {
                count += 1;
                count < 10
            },
        );
        assert_eq!(count, 10);
    }
}
