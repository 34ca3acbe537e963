//! Raw samples around each edge of relays 1 and 2, for whoever judges the battery by them.
//!
//! The modes switch at the end of a window, and any sample may end a discharge or the wait for it: the seconds
//! before those are sampled fast, and forgotten where nothing moves. An edge that nobody could foresee (an interlock, an
//! operator) has the last ordinary sample before it.

use std::collections::VecDeque;
use std::time::Duration;

use releve_control::sample::{Measurement, Sample};
use releve_control::{CircuitSeries, Edge, Monotonic, Series, Transient, VoltageSeries};

use super::raster;

/// How long before a foreseeable edge fast samples are taken.
pub const BEFORE: Duration = Duration::from_secs(2);
/// How long after an edge fast samples are taken.
pub const AFTER: Duration = Duration::from_secs(60);

/// What one sample says of the circuits.
#[derive(Debug, Clone, Copy)]
struct Taken {
    at: Monotonic,
    battery_volts: Measurement,
    charger_volts: Measurement,
    charger_amperes: Measurement,
    load_volts: Measurement,
    load_amperes: Measurement,
}

impl Taken {
    const fn new(sample: &Sample, at: Monotonic) -> Self {
        Self {
            at,
            battery_volts: sample.battery_volts,
            charger_volts: sample.charger_volts,
            charger_amperes: sample.charger_amperes,
            load_volts: sample.load_volts,
            load_amperes: sample.load_amperes,
        }
    }
}

/// The edges whose samples are being collected.
#[derive(Debug)]
struct Running {
    switched_at: Monotonic,
    edges: Vec<Edge>,
}

/// Collects the samples around edges.
#[derive(Debug, Default)]
pub struct TransientRecorder {
    /// The samples of the last [`BEFORE`]; while edges are followed, all since before them.
    samples: VecDeque<Taken>,
    running: Option<Running>,
}

impl TransientRecorder {
    /// Takes a sample in, fast or ordinary, that had been taken at `at`; the transient that it completes.
    pub fn take(&mut self, sample: &Sample, at: Monotonic) -> Option<Transient<Monotonic>> {
        self.samples.push_back(Taken::new(sample, at));
        if let Some(running) = &self.running {
            return if at >= running.switched_at.after(AFTER) {
                self.end()
            } else {
                None
            };
        }
        self.forget_before(at.before(BEFORE));
        None
    }

    /// Relays moved. What was collected around the edges before them is complete: what follows is no answer
    /// to those alone.
    pub fn edges(&mut self, edges: Vec<Edge>, at: Monotonic) -> Option<Transient<Monotonic>> {
        let cut_short = self.end();
        self.running = Some(Running {
            switched_at: at,
            edges,
        });
        cut_short
    }

    /// What was collected so far, where edges are followed: nothing comes after it.
    pub fn end(&mut self) -> Option<Transient<Monotonic>> {
        let Running { switched_at, edges } = self.running.take()?;
        let transient = self.transient(switched_at, edges);
        let last = self.samples.back().map_or(switched_at, |last| last.at);
        self.forget_before(last.before(BEFORE));
        Some(transient)
    }

    /// When the next fast sample is due, the ordinary one being due at `ordinary`; `None`: not before that.
    /// `edge_may_come`: with that one.
    pub fn next_fast(
        &self,
        now: Monotonic,
        ordinary: Monotonic,
        edge_may_come: bool,
    ) -> Option<Monotonic> {
        let from = if self.running.is_some() {
            now
        } else if edge_may_come {
            ordinary.before(BEFORE).max(now)
        } else {
            return None;
        };
        let last = self.samples.back().map(|last| last.at);
        raster::next_fast(from, last, ordinary)
    }

    /// Forgets what is older than that, but never the newest sample.
    fn forget_before(&mut self, moment: Monotonic) {
        while self.samples.len() > 1
            && (self.samples.front()).is_some_and(|first| first.at < moment)
        {
            self.samples.pop_front();
        }
    }

    fn transient(&self, switched_at: Monotonic, edges: Vec<Edge>) -> Transient<Monotonic> {
        let series =
            |of: fn(&Taken) -> Measurement| -> Series { self.samples.iter().map(of).collect() };
        Transient {
            switched_at,
            edges,
            offset_ms: (self.samples.iter())
                .map(|taken| taken.at.as_millis() - switched_at.as_millis())
                .collect(),
            battery: VoltageSeries {
                voltage: series(|taken| taken.battery_volts),
            },
            charger: CircuitSeries {
                voltage: series(|taken| taken.charger_volts),
                current: series(|taken| taken.charger_amperes),
            },
            load: CircuitSeries {
                voltage: series(|taken| taken.load_volts),
                current: series(|taken| taken.load_amperes),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use releve_control::statistics::Quality;
    use releve_control::{Contact, RelayName};

    use super::*;
    use crate::hardware::meter::NOTHING;

    const OPEN: Edge = Edge {
        relay: RelayName::Mains,
        contact: Contact::Open,
    };
    const CLOSED: Edge = Edge {
        relay: RelayName::Mains,
        contact: Contact::Closed,
    };

    fn at(millis: i64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    /// Takes a sample every 100 ms of that time, each with its moment as voltage.
    fn sampled(
        recorder: &mut TransientRecorder,
        from: i64,
        to: i64,
    ) -> Option<Transient<Monotonic>> {
        let mut complete = None;
        for millis in (from..=to).step_by(100) {
            assert_eq!(complete, None, "completed before its time");
            let sample = Sample {
                battery_volts: Measurement::Value(millis as f64 / 1000.0),
                ..NOTHING
            };
            complete = recorder.take(&sample, at(millis));
        }
        complete
    }

    #[test]
    fn a_transient_reaches_from_two_seconds_before_to_a_minute_after_the_edge() {
        let mut recorder = TransientRecorder::default();
        assert_eq!(sampled(&mut recorder, 0, 30_000), None);
        assert_eq!(recorder.edges(vec![OPEN], at(30_010)), None);
        let transient = sampled(&mut recorder, 30_100, 90_100).expect("a minute has passed");
        assert_eq!(transient.switched_at, at(30_010));
        assert_eq!(transient.edges, [OPEN]);
        assert_eq!(transient.offset_ms.first(), Some(&-2_010));
        assert_eq!(transient.offset_ms.last(), Some(&60_090));
        assert_eq!(transient.offset_ms.len(), 622);
        let volts = transient.battery.voltage;
        assert_eq!(volts.samples.len(), 622);
        assert_eq!(volts.samples[0], Some(28.0));
        assert_eq!(volts.quality, Quality::Good);
        assert_eq!(transient.load.current.quality, Quality::Missing);
        assert_eq!(recorder.end(), None, "it is told once");
    }

    #[test]
    fn another_edge_completes_what_was_collected_and_has_its_own_time_before() {
        let mut recorder = TransientRecorder::default();
        sampled(&mut recorder, 0, 3_000);
        recorder.edges(vec![OPEN], at(3_000));
        sampled(&mut recorder, 3_100, 10_000);
        let first = recorder
            .edges(vec![CLOSED], at(10_000))
            .expect("the first one");
        assert_eq!(first.edges, [OPEN]);
        assert_eq!(first.offset_ms.last(), Some(&7_000));
        sampled(&mut recorder, 10_100, 20_000);
        let second = recorder.end().expect("the program ends");
        assert_eq!(second.edges, [CLOSED]);
        assert_eq!(second.offset_ms.first(), Some(&-2_000));
        assert_eq!(second.offset_ms.last(), Some(&10_000));
    }

    #[test]
    fn an_edge_that_nobody_could_foresee_has_the_last_sample_before_it() {
        let mut recorder = TransientRecorder::default();
        for seconds in [0, 3, 6] {
            assert_eq!(recorder.take(&NOTHING, at(seconds * 1000)), None);
        }
        recorder.edges(vec![OPEN], at(8_900));
        let transient = recorder.end().expect("it is followed");
        assert_eq!(transient.offset_ms, [-2_900]);
    }

    #[test]
    fn samples_are_fast_before_a_possible_edge_and_after_every_one() {
        let mut recorder = TransientRecorder::default();
        recorder.take(&NOTHING, at(27_000));
        let ordinary = at(30_000);
        assert_eq!(recorder.next_fast(at(27_000), ordinary, false), None);
        let first = recorder.next_fast(at(27_000), ordinary, true);
        assert_eq!(first, Some(at(28_000)));
        recorder.edges(vec![OPEN], at(27_010));
        let after = recorder.next_fast(at(27_010), ordinary, false);
        assert_eq!(after, Some(at(27_100)));
    }
}
