//! The consumption cycle through all its phases, with the interlocks that break it.

use core::time::Duration;

use super::{Concern, INTERVAL, Sight, still};
use crate::guards::Guards;
use crate::proof::stimulus::{
    MISSING, Stimulus, abort, around, commanded, cycle, every_two, hold, hold_both_open, mode,
    sample, sampled, silent,
};
use crate::sample::{MainsSense, Measurement, Sample};
use crate::vocabulary::{
    AlarmName, AuthorityRequest, Cause, Command, Contact, CycleRequest, LimitName, Mode, Phase,
    RelayName, Rule, Wiring,
};
use Measurement::{OverRange, Value};

const LEASE: Duration = INTERVAL;
const NEARLY_LOST: Duration = Duration::from_secs(3 * INTERVAL.as_secs());
const LOST: Duration = Duration::from_secs(4 * INTERVAL.as_secs());

/// So close together that no rise between them within an hour is steep: the range of a cycle and its
/// margin, the warning, and the limit with its hysteresis.
const TEMPERATE: f64 = 26.4;
const HOTTEST: f64 = 28.0;
const WARN: f64 = 28.5;
const LIMIT: f64 = 30.5;
/// The step of the walk over temperatures.
const HOUR: Duration = Duration::from_hours(1);

fn site(wiring: Wiring, guards: Guards) -> Concern {
    let mut concern = Concern::new(wiring);
    concern.config.limits = vec![
        (LimitName::LongestDischarge, 60.0),
        (LimitName::TemperatureWarn, WARN),
        (LimitName::TemperatureLimit, LIMIT),
    ];
    concern.guards = guards;
    concern.begins_with = vec![Command::Mode(Mode::ConsumptionCycle)];
    concern
}

/// The concept's guards: voltages alone decide. Its times are a few steps long.
fn concept() -> Guards {
    Guards {
        cycle_celsius: (10.0, HOTTEST),
        probe: Duration::from_mins(30),
        charge_timeout: 3 * INTERVAL,
        ..still()
    }
}

fn at(volts: Measurement, celsius: Measurement, sense: MainsSense) -> Stimulus {
    let missing = volts == MISSING || celsius == MISSING;
    let after = if missing { NEARLY_LOST } else { INTERVAL };
    sampled(after, sample(volts, celsius, sense))
}

/// The same, an hour a step.
fn hourly(volts: f64, celsius: Measurement, sense: MainsSense) -> Stimulus {
    let steps = if celsius == MISSING { 3 } else { 1 };
    sampled(steps * HOUR, sample(Value(volts), celsius, sense))
}

fn operator(lease: Duration) -> Vec<Stimulus> {
    vec![
        cycle(CycleRequest::Start),
        cycle(CycleRequest::Abort),
        mode(Mode::ConsumptionCycle),
        commanded(&[hold(lease)]),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
        commanded(&[Command::Acknowledge(AlarmName::CycleAborted)]),
        abort(),
    ]
}

fn phases() -> Vec<Sight> {
    let mut sights: Vec<Sight> = Phase::ALL.iter().copied().map(Sight::Phase).collect();
    sights.push(Sight::Completed);
    sights
}

/// Commands about a cycle, the mode and the hand that arrive in the same step.
pub(in crate::proof) fn commands_together(wiring: Wiring) -> Concern {
    let mut stimuli: Vec<Stimulus> = [12.1, 12.7, 13.6]
        .map(|volts| at(Value(volts), Value(TEMPERATE), MainsSense::NotFitted))
        .to_vec();
    stimuli.extend(every_two(&[
        Command::Cycle(CycleRequest::Start),
        Command::Cycle(CycleRequest::Abort),
        Command::Mode(Mode::Observer),
        Command::Mode(Mode::ConsumptionCycle),
        hold(LEASE),
        Command::Authority(AuthorityRequest::Automatic),
        Command::Relay(RelayName::Charger, Contact::Open),
    ]));
    Concern {
        stimuli,
        must_meet: [Phase::Waiting, Phase::Probing, Phase::Discharging]
            .into_iter()
            .chain([Phase::Charging, Phase::Resting])
            .map(Sight::Phase)
            .chain([
                Sight::Completed,
                Sight::Charger(Rule::Manual),
                Sight::Aborted(Cause::Operator),
            ])
            .collect(),
        ..site(wiring, concept())
    }
}

/// Every threshold of voltage, with floor, hard limit, lost data and the hand.
pub(in crate::proof) fn at_every_voltage(wiring: Wiring) -> Concern {
    // Floor, stop, floor with hysteresis, top-up, charge stop.
    let volts = around(&[12.0, 12.2, 12.5, 12.65, 13.45]);
    let mut stimuli: Vec<Stimulus> = (volts.into_iter())
        .chain([Value(14.99), Value(15.0), OverRange(16.0), MISSING])
        .map(|volts| at(volts, Value(TEMPERATE), MainsSense::NotFitted))
        .collect();
    stimuli.push(silent(LOST));
    stimuli.extend(operator(LEASE));
    Concern {
        stimuli,
        must_meet: phases()
            .into_iter()
            .chain([
                Sight::Aborted(Cause::Floor),
                Sight::Aborted(Cause::DataLost),
                Sight::Aborted(Cause::VoltageHardLimit),
                Sight::Aborted(Cause::LongestDischarge),
                Sight::Aborted(Cause::ProbeVoltage),
                Sight::Aborted(Cause::ChargeTimeout),
                Sight::Aborted(Cause::Operator),
            ])
            .collect(),
        ..site(wiring, concept())
    }
}

/// Every threshold of temperature and the mains' sense input, with the operator's hand and least
/// times.
pub(in crate::proof) fn at_every_temperature(wiring: Wiring) -> Concern {
    let mut celsius = around(&[HOTTEST]);
    celsius.extend([WARN + 0.01, HOTTEST + 2.0, HOTTEST + 2.01, LIMIT + 0.01].map(Value));
    celsius.push(MISSING);
    let mut stimuli: Vec<Stimulus> = (celsius.into_iter())
        .map(|celsius| hourly(12.7, celsius, MainsSense::NotFitted))
        .collect();
    for volts in [12.19, 12.6, 13.46] {
        stimuli.push(hourly(volts, Value(TEMPERATE), MainsSense::NotFitted));
    }
    stimuli.push(hourly(12.7, Value(TEMPERATE), MainsSense::Lost));
    stimuli.extend(operator(HOUR));
    // Other modes are walked with every voltage.
    stimuli.retain(|stimulus| !(stimulus.commands.iter()).any(|c| matches!(c, Command::Mode(_))));
    let mut concern = Concern {
        stimuli,
        must_meet: phases()
            .into_iter()
            .chain([
                Sight::Aborted(Cause::Heat),
                Sight::Aborted(Cause::TemperatureRange),
                Sight::Aborted(Cause::MainsLost),
                Sight::Aborted(Cause::DataLost),
            ])
            .collect(),
        ..site(wiring, concept())
    };
    concern.config.window = HOUR;
    concern.config.limits[0] = (LimitName::LongestDischarge, 180.0);
    concern.guards.least_closed = HOUR;
    concern.guards.probe = HOUR + HOUR / 2;
    concern.guards.charge_timeout = 3 * HOUR;
    concern
}

const CAPACITY: f64 = 25.0;
/// Takes a tenth of the capacity out in a step.
const LOAD: f64 = 7.5;
/// Small enough to show a full battery: large enough to flow where the charger's current alone tells,
/// and nothing where it does not matter, so that the count takes few values.
const fn tail(wiring: Wiring) -> f64 {
    match wiring {
        Wiring::BatteryLead => 0.5,
        Wiring::CommonBus => 0.0,
    }
}
/// Puts everything back in a step, however much is missing.
const BULK: f64 = 900.0;
/// Takes a fifth of it out, and leaves less than the reserve.
const HEAVY: f64 = 15.0;

/// A sample with currents; `battery` flows into the battery while both circuits are closed.
fn charged(wiring: Wiring, volts: f64, battery: f64, load: f64) -> Sample {
    let charger = match wiring {
        Wiring::CommonBus => battery + load,
        Wiring::BatteryLead => battery,
    };
    Sample {
        charger_amperes: Value(charger),
        load_amperes: Value(load),
        ..sample(Value(volts), Value(TEMPERATE), MainsSense::NotFitted)
    }
}

/// The careful guards with a capacity and a coarse grid of currents: full charge, depth, reserve.
pub(in crate::proof) fn careful(wiring: Wiring) -> Concern {
    let at = |volts, battery, load| sampled(INTERVAL, charged(wiring, volts, battery, load));
    let stimuli = vec![
        // Full by its tail current, high with more than that, bulk charge, rest, empty.
        at(13.46, tail(wiring), LOAD),
        at(13.47, BULK, LOAD),
        at(12.7, BULK, LOAD),
        at(12.6, BULK, LOAD),
        at(12.71, BULK, HEAVY),
        at(12.19, BULK, LOAD),
        at(12.0, BULK, LOAD),
        at(15.0, BULK, LOAD),
        sampled(
            INTERVAL,
            Sample {
                charger_amperes: MISSING,
                load_amperes: MISSING,
                ..charged(wiring, 12.72, 0.0, LOAD)
            },
        ),
        silent(LOST),
        cycle(CycleRequest::Start),
        cycle(CycleRequest::Abort),
        hold_both_open(LEASE),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
    ];
    let guards = Guards {
        tail_fraction: Some(0.04),
        absorption_timeout: 3 * INTERVAL,
        saturation: INTERVAL,
        fill_before_cycle: true,
        full_charge_fresh: INTERVAL,
        count_charge: true,
        ..concept()
    };
    let mut concern = Concern {
        stimuli,
        must_meet: phases()
            .into_iter()
            .chain([
                Sight::Mains(Rule::DischargeDepth),
                Sight::Mains(Rule::Reserve),
                Sight::Aborted(Cause::Reserve),
                Sight::Aborted(Cause::Floor),
            ])
            .collect(),
        ..site(wiring, guards)
    };
    concern.config.capacity_ampere_hours = Some(CAPACITY);
    concern
        .config
        .limits
        .push((LimitName::DischargeDepth, 25.0));
    concern
        .config
        .limits
        .push((LimitName::ReserveRuntime, 80.0));
    concern
}
