//! Events in the program's log, for whoever has only that.

use releve_control::{Event, Monotonic, Severity};
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
            ..
        } => error!("alarm {alarm}"),
        Event::AlarmRaised { alarm, .. } => warn!("alarm {alarm}"),
        Event::AlarmCleared { alarm, .. } => info!("alarm {alarm} is over"),
        other => debug!("{other:?}"),
    }
}
