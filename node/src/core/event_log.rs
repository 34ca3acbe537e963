//! Events in the program's log, for whoever has only that.

use releve_control::{Cause, Event, Monotonic, Severity};
use tracing::{debug, error, info, warn};

/// Writes a line for an event that matters.
pub fn write(event: &Event<Monotonic>) {
    match event {
        Event::RelaySwitched {
            relay,
            contact,
            reason,
        } => info!("relay {relay} goes {contact}: {}", reason.rule),
        Event::ModeChanged { from, to } => info!("mode {to}, it was {from}"),
        Event::AuthorityChanged { to, cause, .. } => info!("authority {to}: {cause}"),
        Event::AlarmRaised {
            alarm,
            severity: Severity::Critical,
            cause,
            ..
        } => error!("alarm {alarm}{}", because(*cause)),
        Event::AlarmRaised { alarm, cause, .. } => warn!("alarm {alarm}{}", because(*cause)),
        Event::AlarmCleared { alarm, .. } => info!("alarm {alarm} is over"),
        Event::ScheduleChanged { to: Some(_) } => info!("the schedule was replaced"),
        Event::ScheduleChanged { to: None } => info!("the schedule was removed"),
        Event::CycleStarted { by } => info!("a consumption cycle begins, by {by}"),
        Event::CyclePhase { from, to } => info!("the cycle goes from {from} to {to}"),
        Event::CycleEnded { report } => {
            info!("the cycle is {}{}", report.outcome, because(report.cause));
        }
        Event::ClockJumped { seconds } => warn!("the wall clock jumped by {seconds} s"),
        other => debug!("{other:?}"),
    }
}

/// The cause as the end of a line, where there is one.
fn because(cause: Option<Cause>) -> String {
    cause.map_or_else(String::new, |cause| format!(": {cause}"))
}
