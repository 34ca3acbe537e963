//! Asking a node for missing records of a stream: one request at a time, in chunks, repeated.

use std::time::{Duration, Instant};

use releve_protocol::Epoch;

/// How long a gap may close by itself before it is asked for: the topics of a node overtake one
/// another, so `state` can announce a reading that is still on its way.
const GRACE: Duration = Duration::from_secs(3);
/// The most records asked for at once.
const CHUNK: u64 = 200;
/// How long an answer may take before the request is repeated; doubled with each repetition …
const PATIENCE: Duration = Duration::from_secs(10);
/// … up to this.
const LONGEST_PATIENCE: Duration = Duration::from_secs(300);

/// Missing records of one journal, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which journal.
    pub epoch: Epoch,
    /// The first missing number.
    pub from: u64,
    /// The last missing number.
    pub to: u64,
}

#[derive(Debug, Clone, Default)]
enum Phase {
    /// Nothing is missing.
    #[default]
    Complete,
    /// Something is missing and will be asked for.
    Noticed { ask_at: Instant },
    /// An answer is awaited.
    Asked {
        id: String,
        wanted: Missing,
        repeat_at: Instant,
    },
}

/// The requests for one stream of one node.
#[derive(Debug, Clone, Default)]
pub struct Recovery {
    phase: Phase,
    /// Requests in a row that brought nothing.
    fruitless: u32,
}

impl Recovery {
    /// What to ask for now, if anything. `first_missing` is the first gap; `still_missing` tells
    /// whether anything of an earlier request is; `next_id` draws the request's id.
    pub fn due(
        &mut self,
        now: Instant,
        first_missing: Option<Missing>,
        still_missing: impl Fn(&Missing) -> bool,
        next_id: impl FnOnce() -> String,
    ) -> Option<(String, Missing)> {
        if let Phase::Asked {
            wanted, repeat_at, ..
        } = &self.phase
        {
            if !still_missing(wanted) {
                self.fruitless = 0;
                self.phase = Phase::Noticed { ask_at: now };
            } else if now >= *repeat_at {
                self.fruitless = self.fruitless.saturating_add(1);
                self.phase = Phase::Noticed { ask_at: now };
            }
        }
        let Some(missing) = first_missing else {
            *self = Self::default();
            return None;
        };
        match self.phase {
            Phase::Complete => {
                self.phase = Phase::Noticed {
                    ask_at: now + GRACE,
                };
                None
            }
            Phase::Noticed { ask_at } if now >= ask_at => Some(self.ask(now, missing, next_id())),
            Phase::Noticed { .. } | Phase::Asked { .. } => None,
        }
    }

    fn ask(&mut self, now: Instant, missing: Missing, id: String) -> (String, Missing) {
        let chunk_end = missing.from.saturating_add(CHUNK - 1);
        let wanted = Missing {
            to: missing.to.min(chunk_end),
            ..missing
        };
        let patience = PATIENCE.saturating_mul(1 << self.fruitless.min(8));
        self.phase = Phase::Asked {
            id: id.clone(),
            wanted: wanted.clone(),
            repeat_at: now + patience.min(LONGEST_PATIENCE),
        };
        (id, wanted)
    }

    /// A part of an answer came: the rest is awaited anew.
    pub fn answered(&mut self, now: Instant) {
        self.fruitless = 0;
        if let Phase::Asked { repeat_at, .. } = &mut self.phase {
            *repeat_at = now + PATIENCE;
        }
    }

    /// The node has no such journal: which one, if it is the one that was asked for.
    pub fn refused(&mut self, id: &str, now: Instant) -> Option<Epoch> {
        match &self.phase {
            Phase::Asked {
                id: asked, wanted, ..
            } if asked == id => {
                let epoch = wanted.epoch.clone();
                self.phase = Phase::Noticed { ask_at: now };
                Some(epoch)
            }
            _ => None,
        }
    }

    /// The node is away: nothing is awaited any more.
    pub fn pause(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(from: u64, to: u64) -> Missing {
        let epoch = "k3f9".parse().expect("an epoch");
        Missing { epoch, from, to }
    }

    fn id() -> String {
        "one".to_owned()
    }

    #[test]
    fn a_gap_that_closes_by_itself_is_not_asked_for() {
        let mut recovery = Recovery::default();
        let start = Instant::now();
        let gap = Some(missing(2, 2));
        assert_eq!(recovery.due(start, gap, |_| true, id), None);
        assert_eq!(recovery.due(start + GRACE, None, |_| true, id), None);
    }

    #[test]
    fn a_gap_is_asked_for_in_chunks_one_after_the_other() {
        let mut recovery = Recovery::default();
        let start = Instant::now();
        let gap = missing(1, 1000);
        recovery.due(start, Some(gap.clone()), |_| true, id);
        let asked = recovery.due(start + GRACE, Some(gap.clone()), |_| true, id);
        assert_eq!(asked, Some((id(), missing(1, CHUNK))));
        assert_eq!(recovery.due(start + GRACE, Some(gap), |_| true, id), None);
        let rest = missing(CHUNK + 1, 1000);
        let asked = recovery.due(start + GRACE, Some(rest), |_| false, id);
        assert_eq!(asked, Some((id(), missing(CHUNK + 1, 2 * CHUNK))));
    }

    #[test]
    fn a_request_without_an_answer_is_repeated_ever_more_rarely() {
        let mut recovery = Recovery::default();
        let start = Instant::now();
        let asked_at: Vec<u64> = (0..1_300)
            .filter(|second| {
                let now = start + Duration::from_secs(*second);
                let asked = recovery.due(now, Some(missing(1, 3)), |_| true, id);
                asked.is_some()
            })
            .collect();
        let waits: Vec<u64> = asked_at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(asked_at[0], GRACE.as_secs());
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn an_answer_in_parts_is_waited_for() {
        let mut recovery = Recovery::default();
        let start = Instant::now();
        let gap = missing(1, 100);
        recovery.due(start, Some(gap.clone()), |_| true, id);
        let asked = start + GRACE;
        recovery.due(asked, Some(gap.clone()), |_| true, id);
        recovery.answered(asked + PATIENCE / 2);
        assert_eq!(
            recovery.due(asked + PATIENCE, Some(gap), |_| true, id),
            None
        );
    }

    #[test]
    fn only_the_open_request_can_be_refused() {
        let mut recovery = Recovery::default();
        let start = Instant::now();
        recovery.due(start, Some(missing(1, 1)), |_| true, id);
        recovery.due(start + GRACE, Some(missing(1, 1)), |_| true, id);
        assert_eq!(recovery.refused("another", start + GRACE), None);
        assert_eq!(
            recovery.refused("one", start + GRACE),
            Some(missing(1, 1).epoch)
        );
        assert_eq!(recovery.refused("one", start + GRACE), None);
    }
}
