//! The sentence for an operator whose command an interlock does not allow.

use crate::verdict::Verdict;
use crate::vocabulary::{AlarmName, Condition, RejectCode, Rejection, RelayName, Rule};

/// The refusal of a command that would move `relay` away from where an interlock holds it.
pub(crate) fn refusal(relay: RelayName, interlock: &Verdict) -> Rejection {
    let reason = format!(
        "Relay {relay} stays {} while this interlock holds: {}{}.",
        interlock.contact,
        cause(interlock),
        acknowledgement(interlock)
    );
    Rejection::new(RejectCode::Interlock, reason)
}

/// What a person must do about an interlock that repeated trips have latched.
fn acknowledgement(interlock: &Verdict) -> String {
    let awaited = interlock
        .next
        .is_some_and(|next| next.condition == Condition::Acknowledgement);
    match alarm_of(interlock.rule).filter(|_| awaited) {
        Some(alarm) => format!("; it also waits until the alarm {alarm} is acknowledged"),
        None => String::new(),
    }
}

const fn alarm_of(rule: Rule) -> Option<AlarmName> {
    match rule {
        Rule::Heat => Some(AlarmName::TemperatureLimit),
        Rule::Cold => Some(AlarmName::TemperatureLow),
        Rule::ThermalRunaway => Some(AlarmName::ThermalRunaway),
        Rule::VoltageHardLimit => Some(AlarmName::VoltageHardLimit),
        Rule::DataLost => Some(AlarmName::DataLost),
        Rule::Floor => Some(AlarmName::BatteryAtFloor),
        Rule::Reserve => Some(AlarmName::ReserveLow),
        _ => None,
    }
}

fn cause(interlock: &Verdict) -> String {
    let figure = |number: Option<f64>| number.map_or_else(|| "?".to_owned(), |n| format!("{n:.2}"));
    let value = figure(interlock.value);
    let threshold = figure(interlock.threshold);
    let until = figure(interlock.next.and_then(|next| next.threshold));
    match interlock.rule {
        Rule::Heat => format!(
            "the battery was at {value} °C, above {threshold} °C, and has not cooled below {until} °C"
        ),
        Rule::Cold => format!(
            "the battery was at {value} °C, below {threshold} °C, and has not warmed above {until} °C"
        ),
        Rule::ThermalRunaway => format!(
            "the battery warmed to {value} °C at constant voltage without its current falling, above {threshold} °C, and has not cooled below {until} °C"
        ),
        Rule::VoltageHardLimit => format!(
            "the battery was at {value} V, the hard limit is {threshold} V; wait until its mean voltage is below {until} V"
        ),
        Rule::DataLost => {
            "the battery's voltage or temperature is not known; check the sensors".to_owned()
        }
        Rule::Floor => format!(
            "the battery was at {value} V, its floor is {threshold} V; wait until it is above {until} V"
        ),
        Rule::CriticalPeriod if interlock.next.is_some_and(|next| next.not_before.is_some()) => {
            "this is a critical period of the schedule; wait for its end or change the schedule"
                .to_owned()
        }
        Rule::CriticalPeriod => {
            "the clock is not set, so this may be a critical period of the schedule; set the clock or remove the schedule"
                .to_owned()
        }
        Rule::Reserve => format!(
            "the battery carries this load for {value} min, the reserve is {threshold} min; charge it to {until} min"
        ),
        Rule::DischargeDepth => format!(
            "{value} % of the battery's capacity are missing, the limit is {threshold} %; charge it to less than {until} %"
        ),
        Rule::LongestDischarge => format!(
            "the battery has carried the load for {value} min, the longest is {threshold} min; the circuit must first stay closed for a while"
        ),
        Rule::MainsLost => "the 230 V supply is lost; wait for its return".to_owned(),
        rule => format!("rule {rule}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monotonic;
    use crate::vocabulary::{Contact, Next};

    /// What a person is told of an interlock that waits for that.
    fn told(rule: Rule, condition: Condition) -> String {
        told_with_end(rule, condition, None)
    }

    fn told_with_end(rule: Rule, condition: Condition, end: Option<Monotonic>) -> String {
        let verdict = Verdict {
            value: Some(1.0),
            threshold: Some(2.0),
            next: Some(Next {
                to: None,
                condition,
                quantity: None,
                threshold: Some(3.0),
                not_before: end,
            }),
            ..Verdict::plain(rule, Contact::Closed)
        };
        refusal(RelayName::Charger, &verdict).reason
    }

    #[test]
    fn a_latched_interlock_names_the_alarm_that_is_to_be_acknowledged() {
        for (rule, alarm) in [
            (Rule::Heat, "temperature_limit"),
            (Rule::Cold, "temperature_low"),
            (Rule::ThermalRunaway, "thermal_runaway"),
            (Rule::VoltageHardLimit, "voltage_hard_limit"),
            (Rule::DataLost, "data_lost"),
            (Rule::Floor, "battery_at_floor"),
            (Rule::Reserve, "reserve_low"),
        ] {
            let latched = told(rule, Condition::Acknowledgement);
            let ending = format!("; it also waits until the alarm {alarm} is acknowledged.");
            assert!(latched.ends_with(&ending), "{latched}");
            let passing = told(rule, Condition::Below);
            assert!(!passing.contains("acknowledged"), "{passing}");
        }
    }

    #[test]
    fn every_interlock_has_a_sentence_with_its_figures() {
        for (rule, figures) in [
            (
                Rule::Heat,
                "at 1.00 °C, above 2.00 °C, and has not cooled below 3.00 °C",
            ),
            (
                Rule::Cold,
                "at 1.00 °C, below 2.00 °C, and has not warmed above 3.00 °C",
            ),
            (Rule::ThermalRunaway, "warmed to 1.00 °C"),
            (
                Rule::VoltageHardLimit,
                "at 1.00 V, the hard limit is 2.00 V",
            ),
            (Rule::DataLost, "check the sensors"),
            (
                Rule::Floor,
                "at 1.00 V, its floor is 2.00 V; wait until it is above 3.00 V",
            ),
            (Rule::CriticalPeriod, "the clock is not set"),
            (
                Rule::Reserve,
                "for 1.00 min, the reserve is 2.00 min; charge it to 3.00 min",
            ),
            (
                Rule::DischargeDepth,
                "1.00 % of the battery's capacity are missing",
            ),
            (
                Rule::LongestDischarge,
                "for 1.00 min, the longest is 2.00 min",
            ),
            (Rule::MainsLost, "the 230 V supply is lost"),
        ] {
            let told = told(rule, Condition::Below);
            assert!(told.contains(figures), "{told}");
        }
        let end = Some(Monotonic::START);
        let told = told_with_end(Rule::CriticalPeriod, Condition::Time, end);
        assert!(told.contains("wait for its end"), "{told}");
    }
}
