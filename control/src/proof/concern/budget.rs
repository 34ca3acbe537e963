//! A switching budget that can be spent: by the operator, by overcharge protection, by interlocks.

use core::time::Duration;

use super::{Concern, Sight};
use crate::proof::stimulus::{Stimulus, abort, commanded, hold, mode, relay, sample, sampled};
use crate::sample::{MainsSense, Measurement};
use crate::vocabulary::{Command, Contact, LimitName, Mode, RelayName, Rule, Wiring};
use Measurement::Value;

const HOUR: Duration = Duration::from_hours(1);
/// Three of them make a day.
const STEP: Duration = Duration::from_hours(8);

/// Two openings a day, in steps of eight hours.
pub(in crate::proof) fn spent(wiring: Wiring) -> Concern {
    let at = |after, volts, celsius| {
        sampled(
            after,
            sample(Value(volts), Value(celsius), MainsSense::NotFitted),
        )
    };
    let mut stimuli: Vec<Stimulus> = Vec::new();
    for volts in [12.0, 12.9, 14.51, 15.0] {
        stimuli.push(at(STEP, volts, 20.0));
    }
    stimuli.extend([at(STEP, 13.6, 45.01), at(STEP, 13.6, 20.0)]);
    stimuli.push(commanded(&[hold(8 * HOUR)]));
    for (name, contact) in [
        (RelayName::Mains, Contact::Open),
        (RelayName::Mains, Contact::Closed),
        (RelayName::Charger, Contact::Open),
        (RelayName::Charger, Contact::Closed),
    ] {
        stimuli.push(relay(name, contact));
    }
    stimuli.push(mode(Mode::OverchargeProtection));
    stimuli.push(abort());
    let mut concern = Concern {
        stimuli,
        begins_with: vec![Command::Mode(Mode::OverchargeProtection)],
        must_meet: vec![
            Sight::Charger(Rule::SwitchingBudget),
            Sight::Charger(Rule::OverchargeCut),
            Sight::Charger(Rule::Heat),
        ],
        ..Concern::new(wiring)
    };
    concern.config.window = HOUR;
    concern.config.limits = vec![(LimitName::LongestDischarge, 480.0)];
    concern.guards.openings_a_day = 2;
    concern
}
