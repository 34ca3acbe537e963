//! The alarms that are active, and the events of their beginning and end.

use crate::Monotonic;
use crate::vocabulary::{Alarm, AlarmName, Cause, Event, RejectCode, Rejection};

/// What the rules say of one alarm in this step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finding {
    /// Whether it is active.
    pub(crate) active: bool,
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
    /// An alarm that no value tells of.
    pub(crate) const fn plain(active: bool) -> Self {
        Self {
            active,
            value: None,
            threshold: None,
            cause: None,
            latched: false,
        }
    }

    /// The same alarm; whether only an acknowledgement can end it.
    pub(crate) const fn latched(self, latched: bool) -> Self {
        Self { latched, ..self }
    }

    /// An alarm of which its cause is known while it is active.
    pub(crate) const fn caused(cause: Option<Cause>) -> Self {
        Self {
            cause,
            ..Self::plain(cause.is_some())
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

    /// Raises or clears an alarm where the finding differs from what is known.
    pub(crate) fn update(
        &mut self,
        alarm: AlarmName,
        finding: Finding,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) {
        let Finding {
            active,
            value,
            threshold,
            cause,
            latched,
        } = finding;
        let severity = alarm.severity();
        match self.active.iter().position(|known| known.alarm == alarm) {
            None if active => {
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
            Some(index) if !active => {
                let raised_at = self.active.remove(index).since;
                events.push(Event::AlarmCleared {
                    alarm,
                    severity,
                    value,
                    threshold,
                    raised_at,
                });
            }
            Some(index) => {
                let known = &mut self.active[index];
                // What brought a latched alarm about is worth knowing when it is over.
                known.cause = cause.or(known.cause);
                if latched && !known.latched {
                    // Whoever acknowledged it before knew of less.
                    known.acknowledged_at = None;
                }
                known.latched = latched;
            }
            None => {}
        }
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
