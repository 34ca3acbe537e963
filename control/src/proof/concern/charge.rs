//! A full charge that is due: it closes the charger in every mode, and passes no interlock.

use core::time::Duration;

use super::{Concern, Sight};
use crate::guards::Guards;
use crate::proof::stimulus::{
    MISSING, Stimulus, commanded, cycle, hold_both_open, mode, sample, sampled, silent,
};
use crate::sample::{MainsSense, Measurement};
use crate::vocabulary::{
    AuthorityRequest, Command, CycleRequest, LimitName, Mode, Phase, Rule, Wiring,
};
use Measurement::Value;

const HOUR: Duration = Duration::from_hours(1);
/// So close together that no rise between them within an hour is steep.
const HOT: f64 = 30.51;
const COOL: f64 = 26.4;

/// Full charges that are due after four steps and told as overdue a day later, in every mode.
pub(in crate::proof) fn forced(wiring: Wiring) -> Concern {
    let at = |volts, celsius| {
        let after = if volts == MISSING { 3 * HOUR } else { HOUR };
        sampled(after, sample(volts, Value(celsius), MainsSense::NotFitted))
    };
    let mut stimuli: Vec<Stimulus> = [12.0, 12.19, 12.6, 13.46, 14.51, 15.0]
        .map(|volts| at(Value(volts), COOL))
        .to_vec();
    stimuli.extend([at(Value(14.51), HOT), at(MISSING, COOL)]);
    stimuli.push(silent(Duration::from_hours(24)));
    stimuli.extend(Mode::ALL.iter().copied().map(mode));
    stimuli.extend([
        cycle(CycleRequest::Start),
        hold_both_open(HOUR),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
    ]);
    let mut concern = Concern {
        stimuli,
        begins_with: vec![Command::Mode(Mode::ConsumptionCycle)],
        must_meet: vec![
            Sight::Charger(Rule::FullCharge),
            Sight::Charger(Rule::OverchargeCut),
            Sight::Phase(Phase::Discharging),
            Sight::Phase(Phase::Resting),
        ],
        ..Concern::new(wiring)
    };
    concern.config.window = HOUR;
    concern.config.limits = vec![
        (LimitName::LongestDischarge, 180.0),
        (LimitName::TemperatureWarn, 28.5),
        (LimitName::TemperatureLimit, 30.5),
    ];
    concern.guards = Guards {
        full_charge_every: Some(4 * HOUR),
        charge_timeout: 3 * HOUR,
        probe: Duration::ZERO,
        // Both full and time-out are looked at by the voltage alone.
        tail_hold: HOUR,
        ..concern.guards
    };
    concern
}
