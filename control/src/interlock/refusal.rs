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
