//! A charger that is set too high, or is faulty: an alarm, before any limit acts.

use crate::alarms::Finding;
use crate::level::{Level, rounded};
use crate::vocabulary::Contact;

/// How far above the profile's highest absorption voltage a mean may lie, V: the error of a sensor
/// of 0.5 % and of a charger together.
pub const TOLERANCE_VOLTS: f64 = 0.1;

/// What the mean battery voltage of a window says of the charger.
///
/// The alarm begins above the highest absorption voltage plus the tolerance while the charger is
/// connected, and ends at `normal`, the highest absorption voltage at the battery's temperature, V.
pub(crate) fn finding(
    mean: Option<Level>,
    charger: Contact,
    normal: f64,
    was_active: bool,
) -> Finding {
    let high = rounded(normal + TOLERANCE_VOLTS);
    let active = match mean {
        None => was_active,
        Some(mean) if was_active => !mean.down_to(normal),
        Some(mean) => charger == Contact::Closed && mean.above(high),
    };
    Finding {
        value: mean.map(Level::figure),
        threshold: Some(if active { high } else { normal }),
        ..Finding::plain(active)
    }
}
