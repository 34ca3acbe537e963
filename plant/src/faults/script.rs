//! Faults that come and go by a script.

use core::time::Duration;

use super::Fault;

/// A fault and its time, counted from the start of the simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultSpan {
    /// What happens.
    pub fault: Fault,
    /// When it begins.
    pub from: Duration,
    /// When it ends; `None`: never.
    pub until: Option<Duration>,
}

/// When faults begin and end.
///
/// Where spans of the same fault overlap, each begin and end acts by itself: the first end ends it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FaultScript {
    spans: Vec<FaultSpan>,
}

impl FaultScript {
    /// A script of these spans, in any order.
    #[must_use]
    pub fn new(spans: Vec<FaultSpan>) -> Self {
        Self { spans }
    }

    /// Its spans.
    #[must_use]
    pub fn spans(&self) -> &[FaultSpan] {
        &self.spans
    }

    /// The spans of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }
}

/// A script on its way.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Playback {
    /// Latest first, so that the next one is taken from the end.
    changes: Vec<Change>,
}

/// A fault that begins or ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub at: Duration,
    pub fault: Fault,
    pub begins: bool,
}

impl Playback {
    pub(crate) fn new(script: &FaultScript) -> Self {
        let mut changes: Vec<_> = script
            .spans
            .iter()
            .flat_map(|span| {
                let begin = Change {
                    at: span.from,
                    fault: span.fault,
                    begins: true,
                };
                let end = span.until.map(|until| Change {
                    at: until.max(span.from),
                    fault: span.fault,
                    begins: false,
                });
                core::iter::once(begin).chain(end)
            })
            .collect();
        // At the same moment ends come first: a fault that ends as it begins anew goes on.
        changes.sort_by_key(|change| core::cmp::Reverse((change.at, change.begins)));
        Self { changes }
    }

    /// Time from `now` until the next change.
    pub(crate) fn next_after(&self, now: Duration) -> Option<Duration> {
        self.changes
            .last()
            .map(|change| change.at.saturating_sub(now))
    }

    /// Takes the next change that is due.
    pub(crate) fn due(&mut self, now: Duration) -> Option<Change> {
        self.changes.pop_if(|change| change.at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(fault: Fault, from: u64, until: Option<u64>) -> FaultSpan {
        FaultSpan {
            fault,
            from: Duration::from_secs(from),
            until: until.map(Duration::from_secs),
        }
    }

    #[test]
    fn changes_come_in_order_of_time_and_only_once_due() {
        let script = FaultScript::new(vec![
            span(Fault::ChargerDead, 20, Some(30)),
            span(Fault::MainsFailure, 10, None),
        ]);
        let mut playback = Playback::new(&script);
        assert_eq!(
            playback.next_after(Duration::from_secs(4)),
            Some(Duration::from_secs(6))
        );
        assert_eq!(playback.due(Duration::from_secs(9)), None);
        let mut seen = Vec::new();
        while let Some(change) = playback.due(Duration::from_secs(100)) {
            seen.push((change.at.as_secs(), change.begins));
        }
        assert_eq!(seen, [(10, true), (20, true), (30, false)]);
        assert_eq!(playback.next_after(Duration::ZERO), None);
    }
}
