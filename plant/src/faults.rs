//! What can go wrong in the installation, injected and cleared at any time.

use releve_control::{Contact, RelayName, Relays};

/// Greatest excess that a faulty charger may be given, V: 20 V in all, within what the meter stands.
pub const LARGEST_EXCESS_VOLTS: f64 = 6.0;
/// Greatest heat that may be put on the battery, W.
pub const LARGEST_EXTRA_HEAT_WATTS: f64 = 200.0;

/// A sensor of the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SensorName {
    /// Input 1: battery voltage.
    Battery,
    /// Input 2: charging circuit.
    Charger,
    /// Input 3: load.
    Load,
    /// Thermometer at the battery.
    Thermometer,
}

impl SensorName {
    /// Every sensor.
    pub const ALL: [Self; 4] = [Self::Battery, Self::Charger, Self::Load, Self::Thermometer];
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The sensor no longer answers.
    SensorLost(SensorName),
    /// The contact stays as given, welded (closed) or stuck (open); its read-back still shows the command.
    RelayStuck(RelayName, Contact),
    /// The 230 V supply has failed, upstream of relay 1.
    MainsFailure,
    /// The charger regulates too high by this many volts.
    ChargerVoltageTooHigh {
        /// Excess, V: 0..=[`LARGEST_EXCESS_VOLTS`], values outside are brought in.
        excess_volts: f64,
    },
    /// The charger has mains and gives nothing.
    ChargerDead,
    /// Something beside the battery heats it.
    ExtraHeat {
        /// Heat, W: 0..=[`LARGEST_EXTRA_HEAT_WATTS`], values outside are brought in.
        watts: f64,
    },
}

/// What is wrong with the charger.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ChargerFault {
    /// It gives nothing.
    pub dead: bool,
    /// It regulates too high by this, V.
    pub excess_volts: f64,
}

/// All faults present.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Faults {
    sensors_lost: Vec<SensorName>,
    stuck: Relays<Option<Contact>>,
    mains_failure: bool,
    charger: ChargerFault,
    extra_heat_watts: f64,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.clear(fault);
        match fault {
            Fault::SensorLost(sensor) => self.sensors_lost.push(sensor),
            Fault::RelayStuck(relay, contact) => self.stuck[relay] = Some(contact),
            Fault::MainsFailure => self.mains_failure = true,
            Fault::ChargerVoltageTooHigh { excess_volts } => {
                self.charger.excess_volts = within(excess_volts, LARGEST_EXCESS_VOLTS);
            }
            Fault::ChargerDead => self.charger.dead = true,
            Fault::ExtraHeat { watts } => {
                self.extra_heat_watts = within(watts, LARGEST_EXTRA_HEAT_WATTS);
            }
        }
    }

    /// Ends that fault, whatever value it was injected with.
    pub(crate) fn clear(&mut self, fault: Fault) {
        match fault {
            Fault::SensorLost(sensor) => self.sensors_lost.retain(|lost| *lost != sensor),
            Fault::RelayStuck(relay, _) => self.stuck[relay] = None,
            Fault::MainsFailure => self.mains_failure = false,
            Fault::ChargerVoltageTooHigh { .. } => self.charger.excess_volts = 0.0,
            Fault::ChargerDead => self.charger.dead = false,
            Fault::ExtraHeat { .. } => self.extra_heat_watts = 0.0,
        }
    }

    pub(crate) fn sensor_lost(&self, sensor: SensorName) -> bool {
        self.sensors_lost.contains(&sensor)
    }

    /// Where the contacts really stand when the board is commanded so.
    pub(crate) fn contacts(&self, commanded: Relays<Contact>) -> Relays<Contact> {
        commanded.map(|relay, contact| self.stuck[relay].unwrap_or(contact))
    }

    pub(crate) fn mains_failed(&self) -> bool {
        self.mains_failure
    }

    pub(crate) fn charger(&self) -> ChargerFault {
        self.charger
    }

    pub(crate) fn extra_heat_watts(&self) -> f64 {
        self.extra_heat_watts
    }
}

/// Not-a-number becomes 0.
fn within(value: f64, largest: f64) -> f64 {
    if value.is_nan() {
        0.0
    } else {
        value.clamp(0.0, largest)
    }
}
