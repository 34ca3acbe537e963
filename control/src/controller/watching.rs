//! What the relays are watched by: the circumstances that a sample is held against.

use super::Controller;
use crate::Monotonic;
use crate::sample::Sample;
use crate::verification::{Circumstances, DISCHARGED_PERCENT};
use crate::vocabulary::{Contact, Event, LimitName, Relays};

impl Controller {
    /// Holds a sample against the positions that it was taken in.
    pub(super) fn verify(
        &mut self,
        sample: &Sample,
        wanted: &Relays<Contact>,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let circumstances = Circumstances {
            wiring: self.wiring,
            wanted,
            mains: self.mains(),
            held: self.interlocks.mains.held,
            discharged: self.discharged(),
        };
        self.watch.sample(sample, &circumstances, events);
    }

    /// Whether relays 1 and 2 are to be closed.
    pub(super) fn connected(&self) -> bool {
        let wanted = self.wanted();
        wanted.mains == Contact::Closed && wanted.charger == Contact::Closed
    }

    /// Whether the battery is known to be discharged, so that it takes a current if it is offered one:
    /// its mean voltage is below the level at which a charge resumes, the profile's where the
    /// operator's is higher, or charge is known to be missing.
    pub(super) fn discharged(&self) -> bool {
        let by_profile = self.profile.default_limit(LimitName::ChargeResume);
        let resume = self.thresholds.get(LimitName::ChargeResume).min(by_profile);
        let low = self.mean.is_some_and(|mean| mean.below(resume));
        let missing = (self.gauge.depth_percent()).is_some_and(|part| part >= DISCHARGED_PERCENT);
        low || missing
    }
}
