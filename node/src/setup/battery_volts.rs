//! Systems that this program is not for.

/// A 12 V battery shows less, V: beyond the highest charging voltage of any chemistry, below a 24 V battery
/// that is empty.
const VOLTS_MAX: f64 = 20.0;

/// Why a battery of that voltage cannot be cared for; `None` where it can.
///
/// Every profile is one of 12 V, and a charger of a 24 V system reaches 29 V: more than the 26 V at which an
/// INA219 breaks.
#[must_use]
pub fn refusal(volts: f64) -> Option<String> {
    (volts > VOLTS_MAX).then(|| format!(
        "the battery shows {volts:.1} V, so this is no 12 V system. Every battery profile is one of 12 V, and the inputs of an INA219 break at 26 V (those of an INA226 at 36 V), which the charger of a 24 V system exceeds: disconnect the meter now"
    ))
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn a_24_volt_system_is_refused_and_an_equalising_12_volt_one_is_not() {
        assert_eq!(refusal(16.2), None);
        assert_eq!(refusal(0.0), None);
        let said = refusal(20.5).expect("refused");
        assert!(said.contains("20.5 V") && said.contains("26 V"), "{said}");
        assert!(refusal(26.0).is_some());
    }
}
