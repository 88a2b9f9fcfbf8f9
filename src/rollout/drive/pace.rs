//! How often a whole run looks at the cluster, however many workloads are under way.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two looks of a run at any of its workloads. A look is two requests.
const BETWEEN: Duration = Duration::from_millis(10);

/// The turns at looking, which all workloads of a run share.
#[derive(Debug, Default)]
pub(in crate::rollout) struct Pace(Cell<Option<Instant>>);

impl Pace {
    /// When it is the turn of who wants to look at a time or later: behind all who asked before.
    pub(super) fn turn(&self, at: Instant) -> Instant {
        let at = at.max(Instant::now());
        let free = self.0.get().map_or(at, |last| last + BETWEEN);
        let turn = at.max(free);
        self.0.set(Some(turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_first_looks_first_and_nobody_waits_without_need() {
        let pace = Pace::default();
        let now = Instant::now() + Duration::from_secs(1);
        assert_eq!(pace.turn(now), now);
        assert_eq!(pace.turn(now), now + BETWEEN);
        assert_eq!(pace.turn(now), now + 2 * BETWEEN);
        let later = now + Duration::from_secs(1);
        assert_eq!(pace.turn(later), later);
    }
}
