//! The interlocks of voltage, temperature, data and mains with the operator's hand and with overcharge
//! protection.

use super::{Concern, INTERVAL, Sight};
use crate::proof::stimulus::{
    MISSING, Stimulus, abort, around, commanded, every_two, hold, hold_both_open, limit, mode,
    relay, sample, sampled, silent,
};
use crate::sample::{MainsSense, Measurement};
use crate::vocabulary::{
    AuthorityRequest, Command, Contact, LimitName, Mode, RelayName, Rule, Wiring,
};
use Measurement::{OverRange, Value};
use core::time::Duration;

/// One step.
const LEASE: Duration = INTERVAL;
/// So that one missing sample is nearly too old, and a second one is.
const NEARLY_LOST: Duration = Duration::from_secs(3 * INTERVAL.as_secs());
const LOST: Duration = Duration::from_secs(4 * INTERVAL.as_secs());

fn at(volts: Measurement, celsius: Measurement) -> Stimulus {
    let missing = volts == MISSING || celsius == MISSING;
    let after = if missing { NEARLY_LOST } else { INTERVAL };
    sampled(after, sample(volts, celsius, MainsSense::NotFitted))
}

fn volts(volts: f64) -> Stimulus {
    at(Value(volts), Value(20.0))
}

/// Every boundary of voltage and temperature, what no sensor should say, silence and lost mains, with
/// the site in the operator's hand and in observer mode.
pub(in crate::proof) fn under_the_hand(wiring: Wiring) -> Concern {
    // Floor, floor with hysteresis, resume, hard limit.
    let mut stimuli: Vec<Stimulus> = around(&[12.0, 12.5, 13.0, 15.0])
        .into_iter()
        .chain([MISSING, OverRange(16.0), Value(f64::NAN)])
        .map(|volts| at(volts, Value(20.0)))
        .collect();
    // Limit with hysteresis, limit.
    let celsius = around(&[42.0, 45.0]);
    let odd = [MISSING, OverRange(60.0), Value(-300.0)];
    stimuli.extend(
        celsius
            .into_iter()
            .chain(odd)
            .map(|celsius| at(Value(13.6), celsius)),
    );
    for volts in [Value(12.0), Value(15.0), MISSING] {
        stimuli.extend([Value(45.01), MISSING].map(|celsius| at(volts, celsius)));
    }
    stimuli.push(silent(LOST));
    stimuli.extend(hand());
    Concern {
        stimuli,
        must_meet: every(&[
            Rule::Heat,
            Rule::VoltageHardLimit,
            Rule::DataLost,
            Rule::Floor,
        ])
        .into_iter()
        .chain([Sight::Mains(Rule::LongestDischarge)])
        .collect(),
        ..Concern::new(wiring)
    }
}

/// Mains that comes and goes by its sense input, with floor, hard limit and the operator's hand.
pub(in crate::proof) fn lost_mains(wiring: Wiring) -> Concern {
    let sensed =
        |volts, celsius, sense| sampled(INTERVAL, sample(Value(volts), Value(celsius), sense));
    let mut stimuli = Vec::new();
    for sense in [MainsSense::Present, MainsSense::Lost] {
        for volts in [12.0, 12.51, 13.6, 15.0] {
            stimuli.push(sensed(volts, 20.0, sense));
        }
        stimuli.push(sensed(13.6, 45.01, sense));
    }
    stimuli.push(sensed(13.6, 20.0, MainsSense::NotFitted));
    stimuli.push(silent(LOST));
    stimuli.extend(hand());
    Concern {
        stimuli,
        must_meet: vec![Sight::Mains(Rule::MainsLost)],
        ..Concern::new(wiring)
    }
}

fn hand() -> Vec<Stimulus> {
    use Contact::{Closed, Open};
    use RelayName::{Charger, Mains};
    vec![
        commanded(&[hold(LEASE)]),
        commanded(&[hold(crate::LEASE_MIN / 2)]),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
        relay(Mains, Open),
        relay(Mains, Closed),
        relay(Charger, Open),
        relay(Charger, Closed),
        abort(),
    ]
}

/// Commands of the hand, a mode and a limit that arrive in the same step, at the levels that tell apart
/// what they ask for.
pub(in crate::proof) fn commands_together(wiring: Wiring) -> Concern {
    let mut stimuli: Vec<Stimulus> = [12.05, 13.6, 14.51, 15.0].map(volts).to_vec();
    stimuli.push(at(Value(13.6), Value(41.0)));
    stimuli.push(silent(LOST));
    stimuli.extend(every_two(&[
        hold(LEASE),
        Command::Authority(AuthorityRequest::Automatic),
        Command::Relay(RelayName::Mains, Contact::Open),
        Command::Relay(RelayName::Charger, Contact::Open),
        Command::Relay(RelayName::Charger, Contact::Closed),
        Command::Mode(Mode::Observer),
        Command::Mode(Mode::OverchargeProtection),
        Command::Limit(LimitName::DischargeFloor, 12.1),
        Command::Limit(LimitName::DischargeFloor, 12.0),
        Command::Limit(LimitName::TemperatureLimit, 40.0),
        Command::Limit(LimitName::TemperatureLimit, 45.0),
    ]));
    Concern {
        stimuli,
        must_meet: vec![
            Sight::Mains(Rule::Manual),
            Sight::Mains(Rule::Floor),
            Sight::Charger(Rule::OverchargeCut),
            Sight::Charger(Rule::Heat),
            Sight::Charger(Rule::VoltageHardLimit),
        ],
        ..Concern::new(wiring)
    }
}

/// Overcharge protection at its thresholds, with the interlocks that open and close its charger, the
/// least time between its edges, and the operator's hand.
pub(in crate::proof) fn overcharge(wiring: Wiring) -> Concern {
    let mut stimuli: Vec<Stimulus> = around(&[13.0, 14.5])
        .into_iter()
        .chain([
            Value(12.0),
            Value(12.51),
            Value(15.0),
            OverRange(16.0),
            MISSING,
        ])
        .map(|volts| at(volts, Value(20.0)))
        .collect();
    stimuli.extend([45.01, 41.99].map(|celsius| at(Value(13.6), Value(celsius))));
    stimuli.push(at(Value(14.6), Value(45.01)));
    stimuli.push(silent(LOST));
    stimuli.extend([Mode::Observer, Mode::OverchargeProtection].map(mode));
    stimuli.extend([
        hold_both_open(LEASE),
        relay(RelayName::Charger, Contact::Closed),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
    ]);
    let mut concern = Concern {
        stimuli,
        begins_with: vec![Command::Mode(Mode::OverchargeProtection)],
        must_meet: vec![
            Sight::Charger(Rule::OverchargeCut),
            Sight::Charger(Rule::BelowOverchargeCut),
            Sight::Charger(Rule::LeastTime),
        ],
        ..Concern::new(wiring)
    };
    concern.guards.least_closed = 2 * INTERVAL;
    concern.guards.least_closed_by_hand = INTERVAL;
    concern
}

/// Limits moved up and down under every state, with the samples that tell their positions apart.
pub(in crate::proof) fn moving_limits(wiring: Wiring) -> Concern {
    let mut stimuli: Vec<Stimulus> = [11.99, 12.09, 12.61, 13.6, 14.3, 14.51, 15.01]
        .map(volts)
        .to_vec();
    stimuli.extend([36.99, 41.0, 45.01].map(|celsius| at(Value(13.6), Value(celsius))));
    for (name, values) in [
        (LimitName::TemperatureLimit, [40.0, 45.0]),
        (LimitName::DischargeFloor, [12.1, 12.0]),
        (LimitName::OverchargeCut, [14.2, 14.5]),
        (LimitName::HardVoltage, [14.6, 15.0]),
        (LimitName::LongestDischarge, [20.0, 40.0]),
    ] {
        stimuli.extend(values.map(|value| limit(name, value)));
    }
    stimuli.push(hold_both_open(LEASE));
    stimuli.push(mode(Mode::OverchargeProtection));
    stimuli.push(abort());
    Concern {
        stimuli,
        must_meet: every(&[Rule::Heat, Rule::VoltageHardLimit, Rule::Floor]),
        ..Concern::new(wiring)
    }
}

/// The hard limit with the thermometer and without it, at every boundary.
pub(in crate::proof) fn lost_thermometer(wiring: Wiring) -> Concern {
    let mut stimuli = Vec::new();
    for volts in around(&[14.73, 15.0]).into_iter().chain([Value(12.99)]) {
        for celsius in [Value(20.0), MISSING] {
            stimuli.push(at(volts, celsius));
        }
    }
    stimuli.push(silent(LOST));
    stimuli.push(mode(Mode::OverchargeProtection));
    stimuli.push(hold_both_open(LEASE));
    stimuli.push(abort());
    Concern {
        stimuli,
        must_meet: every(&[Rule::VoltageHardLimit, Rule::DataLost]),
        ..Concern::new(wiring)
    }
}

/// The least temperature for a charge, moved up and down, and what stands above or below it.
pub(in crate::proof) fn cold(wiring: Wiring) -> Concern {
    let mut stimuli: Vec<Stimulus> = around(&[-20.0, -18.0])
        .into_iter()
        .chain([Value(-15.0), Value(20.0), Value(45.01), MISSING])
        .map(|celsius| at(Value(13.6), celsius))
        .collect();
    for volts in [Value(12.0), Value(15.0), MISSING] {
        stimuli.push(at(volts, Value(-20.01)));
    }
    stimuli.extend([-10.0, -20.0].map(|least| limit(LimitName::ChargeTemperatureMin, least)));
    stimuli.push(hold_both_open(LEASE));
    stimuli.push(abort());
    Concern {
        stimuli,
        must_meet: every(&[Rule::Cold, Rule::Heat]),
        ..Concern::new(wiring)
    }
}

/// Each of these rules decides about both relays at some time.
fn every(rules: &[Rule]) -> Vec<Sight> {
    (rules.iter())
        .flat_map(|rule| [Sight::Mains(*rule), Sight::Charger(*rule)])
        .collect()
}
