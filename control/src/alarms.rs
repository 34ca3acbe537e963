//! The alarms that are active, and the events of their beginning and end.

use crate::Monotonic;
use crate::vocabulary::{Alarm, AlarmName, Cause, Event, RejectCode, Rejection};

/// What the rules say of one alarm in this step, besides whether it is active.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Finding {
    /// The value that speaks for it or against it.
    pub(crate) value: Option<f64>,
    /// The threshold that the value passed.
    pub(crate) threshold: Option<f64>,
    /// What exactly is wrong.
    pub(crate) cause: Option<Cause>,
    /// Whether only an acknowledgement can end it.
    pub(crate) latched: bool,
}

impl Finding {
    /// An alarm of which its cause is known while it is active.
    pub(crate) fn caused(cause: Option<Cause>) -> Self {
        Self {
            cause,
            ..Self::default()
        }
    }
}

/// The active alarms, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Alarms {
    active: Vec<Alarm<Monotonic>>,
}

impl Alarms {
    /// Every active alarm, the oldest first.
    pub(crate) fn active(&self) -> &[Alarm<Monotonic>] {
        &self.active
    }

    pub(crate) fn is_active(&self, alarm: AlarmName) -> bool {
        self.active.iter().any(|active| active.alarm == alarm)
    }

    /// Raises or clears an alarm where what is found differs from what is known. Not to be asked of an alarm
    /// that is neither active nor found.
    pub(crate) fn update(
        &mut self,
        alarm: AlarmName,
        active: bool,
        finding: Finding,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        match self.active.iter_mut().find(|known| known.alarm == alarm) {
            None => self.raise(alarm, finding, now, events),
            Some(_) if !active => self.clear(alarm, finding, events),
            Some(known) if is_another(known.cause, finding.cause) => {
                // Whoever acknowledged or was told of the first knows nothing of this one.
                self.clear(alarm, finding, events);
                self.raise(alarm, finding, now, events);
            }
            Some(known) => {
                // What brought a latched alarm about is worth knowing when it is over.
                known.cause = finding.cause.or(known.cause);
                known.latched = finding.latched;
            }
        }
    }

    fn raise(
        &mut self,
        alarm: AlarmName,
        finding: Finding,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let Finding {
            value,
            threshold,
            cause,
            latched,
        } = finding;
        let severity = alarm.severity();
        self.active.push(Alarm {
            alarm,
            severity,
            since: now,
            acknowledged_at: None,
            value,
            threshold,
            cause,
            latched,
        });
        events.push(Event::AlarmRaised {
            alarm,
            severity,
            value,
            threshold,
            cause,
        });
    }

    fn clear(&mut self, alarm: AlarmName, finding: Finding, events: &mut Vec<Event<Monotonic>>) {
        let cleared = self.active.extract_if(.., |known| known.alarm == alarm);
        events.extend(cleared.map(|known| Event::AlarmCleared {
            alarm,
            severity: known.severity,
            value: finding.value,
            threshold: finding.threshold,
            raised_at: known.since,
        }));
    }

    /// Notes that a person knows of an alarm.
    ///
    /// # Errors
    /// `not_active` where there is nothing to acknowledge.
    pub(crate) fn acknowledge(
        &mut self,
        alarm: AlarmName,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        let Some(known) = self.active.iter_mut().find(|known| known.alarm == alarm) else {
            return Err(Rejection::new(
                RejectCode::NotActive,
                format!("The alarm {alarm} is not active: there is nothing to acknowledge."),
            ));
        };
        if known.acknowledged_at.is_none() {
            known.acknowledged_at = Some(now);
            events.push(Event::AlarmAcknowledged { alarm });
        }
        Ok(())
    }
}

/// Whether an alarm tells of something else by now that nobody could guess from what it told before: a
/// contact through which current flows, where it was about a read-back or a missing charge.
fn is_another(told: Option<Cause>, found: Option<Cause>) -> bool {
    found.is_some_and(Cause::is_weld) && !told.is_some_and(Cause::is_weld)
}
