//! Records get their stamps once the time is known, and then go into the journal.

use releve_control::{Event, Monotonic};
use releve_protocol::Reading;
use tracing::{info, warn};

use super::{Core, Publication};
use crate::clock::Now;

impl Core {
    /// An event of this step: it goes into the journal as soon as the time is known.
    pub(super) fn happened(&mut self, event: Event<Monotonic>, now: Now) {
        // It says when the program started.
        self.info_is_stale |= matches!(event, Event::ClockJumped { .. });
        self.undated.events.push(now.monotonic, event);
    }

    /// Says in the log, in `info` and in `state` that the time has become known, or is not known any more.
    pub(super) fn look_whether_the_time_is_known(&mut self, now: Now) {
        let is_known = now.wall().is_some();
        if std::mem::replace(&mut self.time_was_known, is_known) == is_known {
            return;
        }
        if is_known {
            let waiting = self.undated.describe();
            info!("the time is known: {waiting} that waited for it get their stamps");
        } else {
            warn!(
                "the clock shows {}, and nobody says that it is right: readings and events wait for the time, and no schedule is followed",
                now.site
            );
        }
        self.info_is_stale = true;
        self.shown = None;
    }

    /// Writes what waits into the journal, if the time is known, and gives what is to be published of it: what
    /// is of this step. Whatever waited is not live any more, and is asked for by whoever lacks it.
    pub(super) fn date_records(&mut self, now: Now) -> Vec<Publication> {
        if now.wall().is_none() || self.undated.is_empty() {
            return Vec::new();
        }
        let mut publications = Vec::new();
        for (moment, event) in self.undated.events.take() {
            let event = event.map_time(|moment| now.stamp(moment));
            let record = self.journal.write_event(now.stamp(moment), event);
            if moment == now.monotonic {
                publications.push(self.publisher.event(record));
            }
        }
        for (moment, reading) in self.undated.readings.take() {
            let record =
                (self.journal).write_reading(now.stamp(moment), |epoch, seq, at| Reading {
                    epoch,
                    seq,
                    at,
                    ..reading
                });
            if moment == now.monotonic {
                publications.push(self.publisher.reading(record));
            }
        }
        // `state` tells how far the journal goes.
        self.shown = None;
        publications
    }

    /// The newest reading. One that waits for the time has the stamp of a clock that nobody believes, and the
    /// number that it will have unless so many wait that some are lost: by it a reader tells it from the one
    /// before.
    pub(super) fn last_reading(&self, now: Now) -> Option<Reading> {
        let Some((moment, reading, before)) = self.undated.readings.newest() else {
            return self.journal.last_reading().cloned();
        };
        let extent = self.journal.standing().current;
        Some(Reading {
            epoch: extent.epoch,
            seq: extent.reading.next + before,
            at: now.stamp(moment),
            ..reading.clone()
        })
    }

    /// The program ends: some of what still waits for its stamp though the time is known, and what is to be
    /// published of it; to be called until it gives nothing more.
    pub fn last_records(&mut self, now: Now) -> Option<Vec<Publication>> {
        let waits = now.wall().is_some() && !self.undated.is_empty();
        waits.then(|| self.date_records(now))
    }

    /// The program ends: says what ends with it.
    pub fn report_what_waits(&self) {
        if !self.undated.is_empty() {
            warn!(
                "{} are lost with this end: the time of this run is not known",
                self.undated.describe()
            );
        }
    }
}
