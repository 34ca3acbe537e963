//! A charger that is set too high, or is faulty: an alarm, before any limit acts.

use crate::level::{Level, rounded};
use crate::vocabulary::Contact;

/// How far above the profile's highest absorption voltage a mean may lie, V: the error of a sensor
/// of 0.5 % and of a charger together.
pub const TOLERANCE_VOLTS: f64 = 0.1;

/// Whether the mean battery voltage of a window tells of such a charger.
///
/// The alarm begins above the highest absorption voltage plus the tolerance while the charger is
/// connected, and ends at `normal`, the highest absorption voltage at the battery's temperature, V.
pub(crate) fn is_high(
    mean: Option<Level>,
    charger: Contact,
    normal: f64,
    was_active: bool,
) -> bool {
    match mean {
        None => was_active,
        Some(mean) if was_active => !mean.down_to(normal),
        Some(mean) => charger == Contact::Closed && mean.above(bound(normal, true)),
    }
}

/// The voltage at which the alarm begins, or else ends, V.
pub(crate) fn bound(normal: f64, active: bool) -> f64 {
    if active {
        rounded(normal + TOLERANCE_VOLTS)
    } else {
        normal
    }
}
