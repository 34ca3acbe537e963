//! What stands against a consumption cycle at this moment.

use core::time::Duration;

use super::Controller;
use crate::switching::Opener;
use crate::vocabulary::{
    AlarmName, Authority, Blocker, CycleStart, LimitName, RejectCode, Rejection, RelayName, Rule,
    Severity,
};

/// A set of blockers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Blockers(u32);

impl Blockers {
    fn note(&mut self, blocker: Blocker, stands: bool) {
        self.0 |= u32::from(stands) << (blocker as u32);
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn without(self, blocker: Blocker) -> Self {
        Self(self.0 & !(1 << (blocker as u32)))
    }

    pub(crate) fn to_vec(self) -> Vec<Blocker> {
        (Blocker::ALL.iter().copied())
            .filter(|blocker| self.0 & (1 << (*blocker as u32)) != 0)
            .collect()
    }
}

impl Controller {
    /// What stands against a discharge that would begin now.
    pub(super) fn blockers(&self, by: CycleStart) -> Blockers {
        let mut blockers = Blockers::default();
        self.blockers_of_control(&mut blockers);
        self.blockers_of_the_week(by, &mut blockers);
        self.blockers_of_the_battery(&mut blockers);
        blockers
    }

    /// What must be mended before a cycle can even begin to fill the battery for it.
    pub(super) fn blockers_of_a_start(&self, by: CycleStart) -> Blockers {
        self.blockers(by).without(Blocker::LeastTime)
    }

    /// What must be mended before the schedule begins to fill the battery for a cycle: the plain
    /// installation waits for the right moment as well.
    pub(super) fn blockers_of_filling(&self) -> Blockers {
        [
            Blocker::NotDue,
            Blocker::OutsideWindow,
            Blocker::CriticalPeriod,
            Blocker::CriticalPeriodTooSoon,
            Blocker::TemperatureRange,
            Blocker::FullChargeOverdue,
            Blocker::Reserve,
            Blocker::LeastTime,
        ]
        .into_iter()
        .fold(self.blockers(CycleStart::Schedule), Blockers::without)
    }

    fn blockers_of_control(&self, blockers: &mut Blockers) {
        let cycle = self.plan.cycle();
        blockers.note(Blocker::OtherMode, cycle.is_none());
        blockers.note(
            Blocker::ManualAuthority,
            self.manual.authority() == Authority::Manual,
        );
        blockers.note(
            Blocker::CycleRunning,
            cycle.is_some_and(|cycle| cycle.run.is_some() && !cycle.is_filling()),
        );
        let counts = self.guards.count_charge || self.guards.tail_fraction.is_some();
        blockers.note(
            Blocker::CapacityUnknown,
            counts && self.gauge.capacity_ampere_hours.is_none(),
        );
        for relay in [RelayName::Mains, RelayName::Charger] {
            let hold = self
                .switching
                .hold(relay, Opener::Mode, &self.guards, self.now);
            let held_by = |rule| hold.is_some_and(|hold| hold.rule == rule);
            blockers.note(Blocker::LeastTime, held_by(Rule::LeastTime));
            blockers.note(Blocker::SwitchingBudget, held_by(Rule::SwitchingBudget));
        }
    }

    fn blockers_of_the_week(&self, by: CycleStart, blockers: &mut Blockers) {
        let scheduled = by == CycleStart::Schedule;
        blockers.note(
            Blocker::NoSchedule,
            scheduled && self.week.calendar.is_none(),
        );
        let Some(now) = self.clock.now() else {
            let matters = scheduled || self.week.has_critical_periods();
            blockers.note(Blocker::ClockUnset, matters);
            return;
        };
        let Some(moment) = self.week.moment else {
            return;
        };
        // A cycle that already fills the battery is itself the last one that began.
        let filling = (self.plan.cycle())
            .filter(|cycle| cycle.is_filling())
            .and_then(|cycle| cycle.run.as_ref());
        let last_start = filling.map_or(self.cycle_memory.last_start, |run| run.previous_start);
        let due = self.week.due(last_start, &self.clock);
        blockers.note(
            Blocker::NotDue,
            scheduled && due.is_none_or(|due| due > now),
        );
        blockers.note(
            Blocker::OutsideWindow,
            scheduled && moment.allowed_until.is_none(),
        );
        blockers.note(Blocker::CriticalPeriod, moment.critical_until.is_some());
        let needed = self.time_needed_by_a_cycle();
        blockers.note(
            Blocker::CriticalPeriodTooSoon,
            (moment.next_critical).is_some_and(|critical| critical < now.after(needed)),
        );
    }

    fn blockers_of_the_battery(&self, blockers: &mut Blockers) {
        let (coldest, hottest) = self.guards.cycle_celsius;
        blockers.note(
            Blocker::TemperatureRange,
            !(self.latest.celsius_figure())
                .is_some_and(|celsius| (coldest..=hottest).contains(&celsius)),
        );
        blockers.note(Blocker::AlarmActive, self.an_alarm_stands_against_a_cycle());
        blockers.note(Blocker::MainsLost, self.interlocks.mains.is_lost());
        blockers.note(Blocker::FullChargeOverdue, self.full_charge_is_due());
        let reserve = self.limits.get(LimitName::ReserveRuntime) * 60.0;
        blockers.note(
            Blocker::Reserve,
            (self.runtime_after_a_cycle()).is_some_and(|left| left.as_secs_f64() < reserve),
        );
    }

    /// Whether an alarm is active, or what was measured in this step is about to raise one.
    fn an_alarm_stands_against_a_cycle(&self) -> bool {
        (AlarmName::ALL.iter().copied())
            .filter(|alarm| {
                alarm.severity() >= Severity::Warning && *alarm != AlarmName::FullChargeOverdue
            })
            .any(|alarm| self.alarms.is_active(alarm) || self.alarm_holds(alarm, false))
    }

    /// How long a cycle takes until the battery is full again, at the most.
    pub(super) fn time_needed_by_a_cycle(&self) -> Duration {
        let minutes = self.limits.get(LimitName::LongestDischarge).max(0.0);
        let recharge = (self.cycle_memory.recharge)
            .unwrap_or(self.guards.recharge_estimate)
            // One odd recharge must not keep every later cycle from its window.
            .clamp(
                self.guards.recharge_estimate / 4,
                self.guards.recharge_estimate * 2,
            );
        Duration::from_secs_f64(minutes * 60.0) + recharge
    }
}

/// The refusal of an operator's cycle.
pub(super) fn refusal(blockers: Blockers) -> Rejection {
    let reasons: Vec<&str> = blockers.to_vec().into_iter().map(sentence).collect();
    Rejection::new(
        RejectCode::CycleBlocked,
        format!("A cycle cannot start now: {}.", reasons.join("; ")),
    )
}

const fn sentence(blocker: Blocker) -> &'static str {
    match blocker {
        Blocker::OtherMode => "the mode is another one: set mode to consumption_cycle first",
        Blocker::ManualAuthority => {
            "an operator holds the relays: set authority to automatic first"
        }
        Blocker::CycleRunning => "a cycle is running",
        Blocker::CapacityUnknown => {
            "the battery's capacity is not known: name it in the node's configuration"
        }
        Blocker::NoSchedule => "there is no schedule",
        Blocker::ClockUnset => "the clock is not set: wait for the time from the network",
        Blocker::NotDue => "the next cycle is not due yet",
        Blocker::OutsideWindow => "this is no allowed window of the schedule",
        Blocker::CriticalPeriod => "this is a critical period of the schedule: wait for its end",
        Blocker::CriticalPeriodTooSoon => {
            "discharge and recharge would not end before the next critical period"
        }
        Blocker::TemperatureRange => {
            "the battery is too cold or too hot for a cycle, or its temperature is unknown"
        }
        Blocker::AlarmActive => {
            "an alarm is active: mend its cause, or acknowledge it where that ends it"
        }
        Blocker::FullChargeOverdue => {
            "the battery has not been full for too long: wait for its full charge"
        }
        Blocker::Reserve => {
            "the battery would be left with less than reserve_runtime: lower discharge_depth or reserve_runtime"
        }
        Blocker::LeastTime => "a circuit was closed a moment ago: wait some minutes",
        Blocker::SwitchingBudget => "the relays were opened as often as a day allows",
        Blocker::MainsLost => "mains is lost: wait for its return",
    }
}
