//! A schedule on a wall clock that goes, jumps and is not set: critical periods, allowed windows, and
//! cycles that begin by themselves.

use core::time::Duration;

use super::{Concern, Sight};
use crate::UnixMillis;
use crate::guards::Guards;
use crate::proof::stimulus::{
    Clock, Stimulus, abort, clock, commanded, cycle, hold_both_open, mode, sample, sampled,
};
use crate::sample::{MainsSense, Measurement};
use crate::vocabulary::{
    AuthorityRequest, Cause, Command, CycleRequest, LimitName, Mode, Period, Phase, Rule, Schedule,
    Weekday, Wiring,
};
use Measurement::Value;

const HOUR: Duration = Duration::from_hours(1);
/// So that a day has twelve positions.
const STEP: Duration = Duration::from_hours(2);

fn daily(from: &str, to: &str) -> Period {
    Period {
        days: Weekday::ALL.to_vec(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

/// Every day a critical period and two windows, one of which runs across midnight.
fn schedule() -> Schedule {
    Schedule {
        time_zone: "UTC".to_owned(),
        critical: vec![daily("08:00", "10:00")],
        allowed: vec![daily("12:00", "16:00"), daily("22:00", "02:00")],
        cycle_every_days: 1,
    }
}

fn shows(hour: i64) -> Clock {
    Clock::Shows(UnixMillis((20_600 * 24 + hour) * 3_600_000))
}

fn measured(volts: f64) -> Stimulus {
    let sample = sample(Value(volts), Value(20.0), MainsSense::NotFitted);
    sampled(STEP, sample)
}

fn site(wiring: Wiring) -> Concern {
    let mut concern = Concern::new(wiring);
    concern.config.window = HOUR;
    concern.config.limits = vec![(LimitName::LongestDischarge, 240.0)];
    concern.guards = Guards {
        charge_timeout: 2 * STEP,
        recharge_estimate: 2 * STEP,
        probe: Duration::ZERO,
        ..concern.guards
    };
    concern
}

/// Cycles by the schedule and by hand, on a clock that goes, jumps and is not set.
pub(in crate::proof) fn cycles(wiring: Wiring) -> Concern {
    let mut stimuli = [12.1, 12.7, 13.46].map(measured).to_vec();
    stimuli.extend([Clock::Unset, shows(6), shows(10)].map(clock));
    stimuli.extend([CycleRequest::Start, CycleRequest::Abort].map(cycle));
    Concern {
        stimuli,
        begins_with: vec![
            Command::Schedule(Some(schedule())),
            Command::Mode(Mode::ConsumptionCycle),
        ],
        must_meet: vec![
            Sight::Mains(Rule::CriticalPeriod),
            Sight::Aborted(Cause::CriticalPeriod),
            Sight::Aborted(Cause::ClockJump),
            Sight::Aborted(Cause::Blocked),
            Sight::Phase(Phase::Resting),
            Sight::Completed,
        ],
        ..site(wiring)
    }
}

/// Critical periods that begin, end, come with a schedule and go with it, under the operator's hand,
/// overcharge protection, the floor and heat.
pub(in crate::proof) fn critical_periods(wiring: Wiring) -> Concern {
    let mut stimuli = [12.0, 12.51, 14.51, 15.0].map(measured).to_vec();
    let hot = sample(Value(13.6), Value(45.01), MainsSense::NotFitted);
    stimuli.push(sampled(STEP, hot));
    stimuli.extend([Clock::Unset, shows(6), shows(8)].map(clock));
    stimuli.extend([
        commanded(&[Command::Schedule(Some(schedule()))]),
        commanded(&[Command::Schedule(None)]),
        hold_both_open(STEP),
        commanded(&[Command::Authority(AuthorityRequest::Automatic)]),
        mode(Mode::OverchargeProtection),
        abort(),
    ]);
    Concern {
        stimuli,
        begins_with: vec![Command::Schedule(Some(schedule()))],
        must_meet: vec![
            Sight::Mains(Rule::CriticalPeriod),
            Sight::Charger(Rule::OverchargeCut),
            Sight::Charger(Rule::Heat),
        ],
        ..site(wiring)
    }
}
