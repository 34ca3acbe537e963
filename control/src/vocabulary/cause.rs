//! What exactly is wrong, or what ended a cycle: finer than an alarm's name.

use super::wire_names;

/// What brought an alarm or the end of a cycle about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The battery's voltage has no good sample.
    VoltageMissing,
    /// The temperature has no good sample.
    TemperatureMissing,
    /// The battery's voltage did not move where a current step must move it.
    VoltageFrozen,
    /// Current flows through contact 1 although it was opened.
    MainsWelded,
    /// Current flows through contact 2 although it was opened.
    ChargerWelded,
    /// Current flows although contacts 1 and 2 were both opened: both are welded, or something feeds
    /// the circuit past one of them.
    ContactWelded,
    /// The relay board reads back another position than it was told.
    ReadBackDiffers,
    /// The relay board does not take what it is told: nobody knows where the relays stand.
    BoardRefuses,
    /// A discharged battery gets no current: dead charger, lost mains or a contact that does not
    /// close; nothing tells them apart.
    NoChargeCurrent,
    /// Mains is there, both contacts were closed, and the charger gives neither voltage nor current.
    ChargerDead,
    /// The charger gives voltage and no current reaches a discharged battery: a blown fuse or an
    /// open lead.
    ChargerLeadOpen,
    /// The battery was too hot.
    Heat,
    /// The battery was too cold to be charged.
    Cold,
    /// Thermal runaway.
    ThermalRunaway,
    /// The voltage reached the hard limit.
    VoltageHardLimit,
    /// Voltage or temperature could not be trusted.
    DataLost,
    /// The voltage reached the floor.
    Floor,
    /// The reserve was reached.
    Reserve,
    /// The longest duration was over.
    LongestDischarge,
    /// A critical period began.
    CriticalPeriod,
    /// Mains was lost.
    MainsLost,
    /// The voltage in the first minute was too low.
    ProbeVoltage,
    /// The voltage in the first minute dipped deeper than in earlier cycles.
    ProbeDip,
    /// The voltage fell faster than in the last cycle.
    Slope,
    /// The temperature left the range in which cycles run.
    TemperatureRange,
    /// The wall clock jumped.
    ClockJump,
    /// A relay does not do what it is told.
    RelayFault,
    /// The charge before or after did not end in time.
    ChargeTimeout,
    /// Something stood against the discharge for so long that the cycle was given up.
    Blocked,
    /// The program stopped meanwhile.
    Restart,
    /// The operator: abort, another mode, or manual authority.
    Operator,
    /// The disk has no room left.
    DiskFull,
    /// The disk refuses, or is gone.
    DiskFails,
    /// The disk has not answered for some time.
    DiskStalls,
}

impl Cause {
    /// Whether current flows where a contact was opened: a battery may be charged that must not be.
    #[must_use]
    pub const fn is_weld(self) -> bool {
        matches!(
            self,
            Self::MainsWelded | Self::ChargerWelded | Self::ContactWelded
        )
    }
}

wire_names!(Cause {
    VoltageMissing => "voltage_missing",
    TemperatureMissing => "temperature_missing",
    VoltageFrozen => "voltage_frozen",
    MainsWelded => "mains_welded",
    ChargerWelded => "charger_welded",
    ContactWelded => "contact_welded",
    ReadBackDiffers => "read_back_differs",
    BoardRefuses => "board_refuses",
    NoChargeCurrent => "no_charge_current",
    ChargerDead => "charger_dead",
    ChargerLeadOpen => "charger_lead_open",
    Heat => "heat",
    Cold => "cold",
    ThermalRunaway => "thermal_runaway",
    VoltageHardLimit => "voltage_hard_limit",
    DataLost => "data_lost",
    Floor => "floor",
    Reserve => "reserve",
    LongestDischarge => "longest_discharge",
    CriticalPeriod => "critical_period",
    MainsLost => "mains_lost",
    ProbeVoltage => "probe_voltage",
    ProbeDip => "probe_dip",
    Slope => "slope",
    TemperatureRange => "temperature_range",
    ClockJump => "clock_jump",
    RelayFault => "relay_fault",
    ChargeTimeout => "charge_timeout",
    Blocked => "blocked",
    Restart => "restart",
    Operator => "operator",
    DiskFull => "disk_full",
    DiskFails => "disk_fails",
    DiskStalls => "disk_stalls",
});
