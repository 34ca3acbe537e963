//! What can go wrong in the installation, injected and cleared at any time.

mod random;
mod script;
mod text;

pub use random::FaultRate;
pub(crate) use script::Playback;
pub use script::{FaultScript, FaultSpan};
pub use text::InvalidFault;

use releve_control::{Contact, RelayName, Relays};

/// Greatest excess that a faulty charger may be given, V: 20 V in all, within what the meter stands.
pub const LARGEST_EXCESS_VOLTS: f64 = 6.0;
/// Range of the voltage that a charger may run away to, V.
pub const RUNAWAY_VOLTS: (f64, f64) = (12.0, 20.0);
/// Greatest heat that may be put on the battery, W.
pub const LARGEST_EXTRA_HEAT_WATTS: f64 = 200.0;
/// Greatest offset that may be put on an input, in its unit.
pub const LARGEST_OFFSET: f64 = 100.0;

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

/// A quantity that a sensor measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputName {
    /// Voltage of the battery, V.
    BatteryVolts,
    /// Voltage of the charging circuit, V.
    ChargerVolts,
    /// Current of the charging circuit, A.
    ChargerAmperes,
    /// Voltage of the load, V.
    LoadVolts,
    /// Current of the load, A.
    LoadAmperes,
    /// Temperature of the battery, °C.
    Temperature,
}

impl InputName {
    /// Every input.
    pub const ALL: [Self; 6] = [
        Self::BatteryVolts,
        Self::ChargerVolts,
        Self::ChargerAmperes,
        Self::LoadVolts,
        Self::LoadAmperes,
        Self::Temperature,
    ];

    /// The sensor that measures it.
    #[must_use]
    pub const fn sensor(self) -> SensorName {
        match self {
            Self::BatteryVolts => SensorName::Battery,
            Self::ChargerVolts | Self::ChargerAmperes => SensorName::Charger,
            Self::LoadVolts | Self::LoadAmperes => SensorName::Load,
            Self::Temperature => SensorName::Thermometer,
        }
    }
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The sensor no longer answers.
    SensorLost(SensorName),
    /// The sensor repeats its last answer.
    SensorStuck(SensorName),
    /// The sensor's answers are physically impossible.
    SensorOutOfRange(SensorName),
    /// The sensor reads the end of its range.
    SensorOverRange(SensorName),
    /// An input reads too high, or too low, by a constant.
    InputOffset {
        /// The input.
        input: InputName,
        /// Offset in the input's unit: ±[`LARGEST_OFFSET`], values outside are brought in.
        offset: f64,
    },
    /// The thermometer reads 85 °C: what a DS18B20 answers after a loss of its supply.
    ThermometerAtPowerOnValue,
    /// The contact stays as given, welded (closed) or stuck (open); its read-back still shows the command.
    RelayStuck(RelayName, Contact),
    /// The 230 V supply has failed, upstream of relay 1.
    MainsFailure,
    /// The charger regulates too high by this many volts.
    ChargerVoltageTooHigh {
        /// Excess, V: 0..=[`LARGEST_EXCESS_VOLTS`], values outside are brought in.
        excess_volts: f64,
    },
    /// The charger's regulator has failed: it holds this voltage, whatever its stage and the temperature.
    ChargerRunsAway {
        /// Voltage, V: within [`RUNAWAY_VOLTS`], values outside are brought in.
        volts: f64,
    },
    /// The charger has mains and gives nothing.
    ChargerDead,
    /// The fuse between input 2 and the battery has blown: input 2 sees the charger alone.
    ChargerFuseBlown,
    /// A cell of the battery is shorted: its voltage is missing, the others take it over.
    CellShorted,
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
    /// It holds this voltage instead of its own, V.
    pub runaway_volts: Option<f64>,
}

/// What is wrong with a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SensorFaults {
    pub lost: bool,
    pub stuck: bool,
    pub out_of_range: bool,
    pub over_range: bool,
}

/// All faults present.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Faults {
    sensors: [SensorFaults; 4],
    offsets: [f64; 6],
    thermometer_at_power_on_value: bool,
    stuck: Relays<Option<Contact>>,
    mains_failure: bool,
    charger: ChargerFault,
    charger_fuse_blown: bool,
    cell_shorted: bool,
    extra_heat_watts: f64,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.set(fault, true);
    }

    /// Ends that fault, whatever value it was injected with.
    pub(crate) fn clear(&mut self, fault: Fault) {
        self.set(fault, false);
    }

    fn set(&mut self, fault: Fault, present: bool) {
        let worth = |value: f64| if present { value } else { 0.0 };
        match fault {
            Fault::SensorLost(sensor) => self.sensors[sensor as usize].lost = present,
            Fault::SensorStuck(sensor) => self.sensors[sensor as usize].stuck = present,
            Fault::SensorOutOfRange(sensor) => {
                self.sensors[sensor as usize].out_of_range = present;
            }
            Fault::SensorOverRange(sensor) => self.sensors[sensor as usize].over_range = present,
            Fault::InputOffset { input, offset } => {
                self.offsets[input as usize] =
                    worth(within(offset, (-LARGEST_OFFSET, LARGEST_OFFSET)));
            }
            Fault::ThermometerAtPowerOnValue => self.thermometer_at_power_on_value = present,
            Fault::RelayStuck(relay, contact) => self.stuck[relay] = present.then_some(contact),
            Fault::MainsFailure => self.mains_failure = present,
            Fault::ChargerVoltageTooHigh { excess_volts } => {
                self.charger.excess_volts =
                    worth(within(excess_volts, (0.0, LARGEST_EXCESS_VOLTS)));
            }
            Fault::ChargerRunsAway { volts } => {
                self.charger.runaway_volts = present.then_some(within(volts, RUNAWAY_VOLTS));
            }
            Fault::ChargerDead => self.charger.dead = present,
            Fault::ChargerFuseBlown => self.charger_fuse_blown = present,
            Fault::CellShorted => self.cell_shorted = present,
            Fault::ExtraHeat { watts } => {
                self.extra_heat_watts = worth(within(watts, (0.0, LARGEST_EXTRA_HEAT_WATTS)));
            }
        }
    }

    pub(crate) fn sensor(&self, sensor: SensorName) -> SensorFaults {
        self.sensors[sensor as usize]
    }

    pub(crate) fn offset(&self, input: InputName) -> f64 {
        self.offsets[input as usize]
    }

    pub(crate) fn thermometer_at_power_on_value(&self) -> bool {
        self.thermometer_at_power_on_value
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

    pub(crate) fn charger_fuse_blown(&self) -> bool {
        self.charger_fuse_blown
    }

    pub(crate) fn cell_shorted(&self) -> bool {
        self.cell_shorted
    }

    pub(crate) fn extra_heat_watts(&self) -> f64 {
        self.extra_heat_watts
    }
}

/// The value within a range; not-a-number becomes its lower end, or 0 if that lies inside.
fn within(value: f64, (least, greatest): (f64, f64)) -> f64 {
    let value = if value.is_nan() { 0.0 } else { value };
    value.clamp(least, greatest)
}
