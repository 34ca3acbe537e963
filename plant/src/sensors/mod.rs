//! The meter: what the true values become on their way through real sensors.
//!
//! Three INA219 inputs (battery, charging circuit, load) and an LM75 thermometer. Each sensor has an
//! offset of its own, drawn once from the seed, and noise at every reading.

mod ina219;
mod lm75;

use crate::circuit::Flows;
use crate::faults::{Faults, InputName};
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
    /// What each input last answered: a stuck sensor repeats it.
    last: [Option<Measurement>; 6],
}

/// What a DS18B20 answers after a loss of its supply, °C.
const POWER_ON_CELSIUS: f64 = 85.0;
/// Shunt of input 1, Ω: the board's own; only the voltage of this input is used.
const BATTERY_SHUNT_OHMS: f64 = 0.1;

impl Meter {
    pub(crate) fn new(parameters: MeterParameters, random: &mut Pcg32) -> Self {
        Self {
            battery: Ina219::new(BATTERY_SHUNT_OHMS, random),
            charger: Ina219::new(parameters.charger_shunt_ohms, random),
            load: Ina219::new(parameters.load_shunt_ohms, random),
            thermometer: Lm75::new(random),
            last: [None; 6],
        }
    }

    /// Reads every sensor, faulty ones included, so that a fault does not shift the others' noise.
    pub(crate) fn read(
        &mut self,
        present: &Present,
        faults: &Faults,
        random: &mut Pcg32,
    ) -> Sample {
        let flows = &present.flows;
        let at = |input, value: f64| value + faults.offset(input);
        let battery_volts = at(InputName::BatteryVolts, flows.battery_volts);
        let charger_volts = at(InputName::ChargerVolts, flows.charger_volts);
        let charger_amperes = at(InputName::ChargerAmperes, flows.charger_amperes);
        let load_volts = at(InputName::LoadVolts, flows.load_volts);
        let load_amperes = at(InputName::LoadAmperes, flows.load_amperes);
        let celsius = at(InputName::Temperature, present.battery_celsius);
        // In this order: it is that of the random numbers.
        let mut inputs = [
            self.battery.volts(battery_volts, random),
            self.charger.volts(charger_volts, random),
            self.charger.amperes(charger_amperes, random),
            self.load.volts(load_volts, random),
            self.load.amperes(load_amperes, random),
            self.thermometer.celsius(celsius, random),
        ];
        for input in InputName::ALL {
            let measured = inputs[input as usize];
            inputs[input as usize] = self.answered(input, measured, faults);
        }
        Sample {
            battery_volts: inputs[InputName::BatteryVolts as usize],
            charger_volts: inputs[InputName::ChargerVolts as usize],
            charger_amperes: inputs[InputName::ChargerAmperes as usize],
            load_volts: inputs[InputName::LoadVolts as usize],
            load_amperes: inputs[InputName::LoadAmperes as usize],
            temperature_celsius: inputs[InputName::Temperature as usize],
            mains_sense: present.mains_sense,
            board_refuses: false,
            relays: present.read_back.map(|_, contact| Some(contact)),
        }
    }

    /// What a sensor answers instead of what it measured, if something is wrong with it.
    fn answered(
        &mut self,
        input: InputName,
        measured: Measurement,
        faults: &Faults,
    ) -> Measurement {
        let sensor = faults.sensor(input.sensor());
        if sensor.lost {
            return Measurement::Missing(SensorFault::NoAnswer);
        }
        if sensor.out_of_range {
            return Measurement::Missing(SensorFault::OutOfRange);
        }
        if sensor.over_range {
            return Measurement::OverRange(self.end_of_range(input));
        }
        if input == InputName::Temperature && faults.thermometer_at_power_on_value() {
            return Measurement::Value(POWER_ON_CELSIUS);
        }
        let last = &mut self.last[input as usize];
        match last {
            Some(repeated) if sensor.stuck => *repeated,
            _ => {
                *last = Some(measured);
                measured
            }
        }
    }

    fn end_of_range(&self, input: InputName) -> f64 {
        match input {
            InputName::BatteryVolts | InputName::ChargerVolts | InputName::LoadVolts => {
                ina219::BUS_RANGE_VOLTS
            }
            InputName::ChargerAmperes => self.charger.range_amperes(),
            InputName::LoadAmperes => self.load.range_amperes(),
            InputName::Temperature => lm75::HOTTEST_CELSIUS,
        }
    }
}
