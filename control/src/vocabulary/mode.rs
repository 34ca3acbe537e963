//! Who decides, by what plan, and how the site is wired.

use super::wire_names;

/// The plan by which relays 1 and 2 are switched under automatic authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Mode {
    /// Both circuits stay closed; the site is only measured.
    #[default]
    Observer,
    /// The charger opens above `overcharge_cut` and closes below `charge_resume`.
    OverchargeProtection,
    /// The battery is made to work through partial cycles.
    ConsumptionCycle,
}

wire_names!(Mode {
    Observer => "observer",
    OverchargeProtection => "overcharge_protection",
    ConsumptionCycle => "consumption_cycle",
});

/// Where a consumption cycle stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Plain installation until the next cycle is due.
    Waiting,
    /// Plain installation until the battery is verified full: then the cycle's discharge begins.
    Filling,
    /// The first minute of the discharge: a weak battery shows itself here.
    Probing,
    /// Both circuits open: the load runs on the battery.
    Discharging,
    /// Both circuits closed: the battery is charged.
    Charging,
    /// Charger open: the battery rests.
    Resting,
}

wire_names!(Phase {
    Waiting => "waiting",
    Filling => "filling",
    Probing => "probing",
    Discharging => "discharging",
    Charging => "charging",
    Resting => "resting",
});

/// Who holds relays 1 and 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Authority {
    /// The mode decides.
    #[default]
    Automatic,
    /// The operator decides, for a lease that ends by itself. Interlocks stand above.
    Manual,
}

wire_names!(Authority { Automatic => "automatic", Manual => "manual" });

/// Where input 2 of the meter sits; configured, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wiring {
    /// Input 2 sits in the charger→battery lead; the load has a path of its own on mains.
    BatteryLead,
    /// The charger also feeds the load: battery current = charger current − load current.
    CommonBus,
}

wire_names!(Wiring { BatteryLead => "battery_lead", CommonBus => "common_bus" });

/// What is known of the 230 V supply upstream of relay 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MainsState {
    /// Something that only mains can cause was measured.
    Present,
    /// A sense input says that it is gone.
    Lost,
    /// Nothing tells.
    #[default]
    Unknown,
}

wire_names!(MainsState { Present => "present", Lost => "lost", Unknown => "unknown" });
