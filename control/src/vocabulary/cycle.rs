//! The consumption cycle as users see it: how it goes, how the last one went, when the next is due.

use serde::{Deserialize, Serialize};

use super::{Cause, wire_names};

/// What began a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CycleStart {
    /// The schedule.
    Schedule,
    /// An operator.
    Operator,
}

wire_names!(CycleStart { Schedule => "schedule", Operator => "operator" });

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CycleOutcome {
    /// Discharged as far as wanted and charged again.
    Completed,
    /// Ended before its time in the plain installation.
    Aborted,
}

wire_names!(CycleOutcome { Completed => "completed", Aborted => "aborted" });

/// What ended a discharge that went as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DischargeEnd {
    /// The mean voltage fell below `discharge_stop`.
    Voltage,
    /// `discharge_depth` was taken out.
    Depth,
}

wire_names!(DischargeEnd { Voltage => "voltage", Depth => "depth" });

/// How a battery was seen full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FullBy {
    /// Voltage above `charge_stop` with a current below the tail current.
    TailCurrent,
    /// Voltage above `charge_stop` for so long that it counts as full although the current stayed
    /// above the tail current: an aged battery, or a load that nobody measures.
    Time,
}

wire_names!(FullBy { TailCurrent => "tail_current", Time => "time" });

/// How a cycle went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CycleReport<T> {
    /// What began it.
    pub by: CycleStart,
    /// When it began.
    pub started_at: T,
    /// When it ended.
    pub ended_at: T,
    /// How it ended.
    pub outcome: CycleOutcome,
    /// What ended it before its time; `null` where it completed.
    pub cause: Option<Cause>,
    /// What ended its discharge; `null` where that did not end as wanted.
    pub discharge_end: Option<DischargeEnd>,
    /// How long the battery carried the load, s; `null` where the discharge never began.
    pub discharge_s: Option<f64>,
    /// Charge taken out, Ah; `null` where the discharge never began or the current was not measured.
    pub discharged_ah: Option<f64>,
    /// Least mean voltage of the discharge, V.
    pub least_voltage: Option<f64>,
    /// How much the voltage dipped in the first minute, V.
    pub dip_voltage: Option<f64>,
}

impl<T> CycleReport<T> {
    /// The same report with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> CycleReport<U> {
        CycleReport {
            by: self.by,
            started_at: f(self.started_at),
            ended_at: f(self.ended_at),
            outcome: self.outcome,
            cause: self.cause,
            discharge_end: self.discharge_end,
            discharge_s: self.discharge_s,
            discharged_ah: self.discharged_ah,
            least_voltage: self.least_voltage,
            dip_voltage: self.dip_voltage,
        }
    }
}

/// What stands against a cycle now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocker {
    /// The mode is another one.
    OtherMode,
    /// An operator holds the relays.
    ManualAuthority,
    /// A cycle is running.
    CycleRunning,
    /// The configuration does not name the battery's capacity.
    CapacityUnknown,
    /// There is no schedule, so no cycle begins by itself.
    NoSchedule,
    /// The wall clock is not set.
    ClockUnset,
    /// `cycle_every_days` have not passed.
    NotDue,
    /// Outside of every allowed window.
    OutsideWindow,
    /// A critical period.
    CriticalPeriod,
    /// Discharge and recharge would not end before the next critical period.
    CriticalPeriodTooSoon,
    /// The temperature is outside of the range in which cycles run, or unknown.
    TemperatureRange,
    /// An alarm is active.
    AlarmActive,
    /// The battery was not full for too long: a full charge comes first.
    FullChargeOverdue,
    /// The cycle would leave less than `reserve_runtime`.
    Reserve,
    /// A circuit was switched too short a time ago.
    LeastTime,
    /// The switching budget is spent.
    SwitchingBudget,
    /// Mains is not known to be there, and was lost when it was last seen.
    MainsLost,
}

wire_names!(Blocker {
    OtherMode => "other_mode",
    ManualAuthority => "manual_authority",
    CycleRunning => "cycle_running",
    CapacityUnknown => "capacity_unknown",
    NoSchedule => "no_schedule",
    ClockUnset => "clock_unset",
    NotDue => "not_due",
    OutsideWindow => "outside_window",
    CriticalPeriod => "critical_period",
    CriticalPeriodTooSoon => "critical_period_too_soon",
    TemperatureRange => "temperature_range",
    AlarmActive => "alarm_active",
    FullChargeOverdue => "full_charge_overdue",
    Reserve => "reserve",
    LeastTime => "least_time",
    SwitchingBudget => "switching_budget",
    MainsLost => "mains_lost",
});

/// A dry run: when the next cycle is, and why not now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextCycle<T> {
    /// The first moment at which the schedule lets a discharge begin by itself; `null` where it never does.
    /// While a cycle runs: of the one after it.
    pub at: Option<T>,
    /// What stands against a cycle by the schedule at this moment.
    pub blockers: Vec<Blocker>,
    /// What stands against a cycle by hand at this moment.
    pub blockers_by_hand: Vec<Blocker>,
}

/// What a schedule costs and leaves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScheduleCost {
    /// Depth of a cycle, percent of the capacity.
    pub depth_percent: f64,
    /// Share of the battery's cycle life that a year of this schedule spends, percent.
    pub life_percent_a_year: f64,
    /// Years in which it would spend the whole of it.
    pub years_to_spend: f64,
    /// How long the battery can carry the present load at the end of a cycle, s; `null` where the
    /// load is not known.
    pub reserve_s: Option<f64>,
}

/// Everything about the consumption cycle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CycleState<T> {
    /// When the running cycle began; `null` where none runs.
    pub started_at: Option<T>,
    /// What began it.
    pub started_by: Option<CycleStart>,
    /// When its phase began.
    pub phase_since: Option<T>,
    /// Charge taken out since its discharge began, Ah.
    pub discharged_ah: Option<f64>,
    /// When the next one is, and why not now.
    pub next: NextCycle<T>,
    /// How the last one went.
    pub last: Option<CycleReport<T>>,
    /// What the schedule costs; `null` without a schedule or a known capacity.
    pub cost: Option<ScheduleCost>,
}

impl<T> CycleState<T> {
    /// The same state with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> CycleState<U> {
        CycleState {
            started_at: self.started_at.map(&mut f),
            started_by: self.started_by,
            phase_since: self.phase_since.map(&mut f),
            discharged_ah: self.discharged_ah,
            next: NextCycle {
                at: self.next.at.map(&mut f),
                blockers: self.next.blockers,
                blockers_by_hand: self.next.blockers_by_hand,
            },
            last: self.last.map(|report| report.map_time(f)),
            cost: self.cost,
        }
    }
}

/// What is known of the battery's charge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChargeState<T> {
    /// Rated capacity, Ah; `null` where it is not configured.
    pub capacity_ah: Option<f64>,
    /// Charge missing since the battery was last full, Ah; `null` before the first time.
    pub missing_ah: Option<f64>,
    /// State of charge by counting, percent; `null` where capacity or missing charge is unknown.
    pub state_of_charge: Option<f64>,
    /// When the battery was last seen full.
    pub full_at: Option<T>,
    /// How.
    pub full_by: Option<FullBy>,
    /// When a full charge is forced; `null` where that is switched off.
    pub full_charge_due: Option<T>,
    /// How long the battery can carry the present load, s.
    pub runtime_s: Option<f64>,
}

impl<T> ChargeState<T> {
    /// The same state with its times put through `f`.
    pub fn map_time<U>(self, mut f: impl FnMut(T) -> U) -> ChargeState<U> {
        ChargeState {
            capacity_ah: self.capacity_ah,
            missing_ah: self.missing_ah,
            state_of_charge: self.state_of_charge,
            full_at: self.full_at.map(&mut f),
            full_by: self.full_by,
            full_charge_due: self.full_charge_due.map(f),
            runtime_s: self.runtime_s,
        }
    }
}
