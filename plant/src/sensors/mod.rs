//! The meter: what the true values become on their way through real sensors.
//!
//! Three INA219 inputs (battery, charging circuit, load) and an LM75 thermometer. Each sensor has an
//! offset of its own, drawn once from the seed, and noise at every reading.

mod ina219;
mod lm75;

use crate::circuit::Flows;
use crate::faults::{Faults, SensorName};
use ina219::Ina219;
use lm75::Lm75;
use rand_pcg::Pcg32;
use releve_control::sample::{MainsSense, Measurement, Sample, SensorFault};
use releve_control::{Contact, Relays};

/// The meter's shunts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterParameters {
    /// Shunt of input 2, Ω; 0.1 Ω measures ±3.2 A.
    pub charger_shunt_ohms: f64,
    /// Shunt of input 3, Ω.
    pub load_shunt_ohms: f64,
}

/// What there is to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Present {
    pub flows: Flows,
    pub battery_celsius: f64,
    pub mains_sense: MainsSense,
    pub read_back: Relays<Contact>,
}

/// The meter with the offsets of its sensors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meter {
    battery: Ina219,
    charger: Ina219,
    load: Ina219,
    thermometer: Lm75,
}

/// Shunt of input 1, Ω: the board's own; only the voltage of this input is used.
const BATTERY_SHUNT_OHMS: f64 = 0.1;

impl Meter {
    pub(crate) fn new(parameters: MeterParameters, random: &mut Pcg32) -> Self {
        Self {
            battery: Ina219::new(BATTERY_SHUNT_OHMS, random),
            charger: Ina219::new(parameters.charger_shunt_ohms, random),
            load: Ina219::new(parameters.load_shunt_ohms, random),
            thermometer: Lm75::new(random),
        }
    }

    /// Reads every sensor, lost ones included, so that a fault does not shift the others' noise.
    pub(crate) fn read(&self, present: &Present, faults: &Faults, random: &mut Pcg32) -> Sample {
        let flows = &present.flows;
        let answered = |sensor, measurement| {
            if faults.sensor_lost(sensor) {
                Measurement::Missing(SensorFault::NoAnswer)
            } else {
                measurement
            }
        };
        Sample {
            battery_volts: answered(
                SensorName::Battery,
                self.battery.volts(flows.battery_volts, random),
            ),
            charger_volts: answered(
                SensorName::Charger,
                self.charger.volts(flows.charger_volts, random),
            ),
            charger_amperes: answered(
                SensorName::Charger,
                self.charger.amperes(flows.charger_amperes, random),
            ),
            load_volts: answered(SensorName::Load, self.load.volts(flows.load_volts, random)),
            load_amperes: answered(
                SensorName::Load,
                self.load.amperes(flows.load_amperes, random),
            ),
            temperature_celsius: answered(
                SensorName::Thermometer,
                self.thermometer.celsius(present.battery_celsius, random),
            ),
            mains_sense: present.mains_sense,
            relays: present.read_back.map(|_, contact| Some(contact)),
        }
    }
}
