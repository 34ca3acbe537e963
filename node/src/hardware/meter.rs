//! All inputs of a site, asked together for one sample.

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use releve_control::Relays;
use releve_control::sample::{MainsSense, Measurement, Sample, SensorFault};
use tracing::{info, warn};

use super::chip::ChipFault;
use super::input::{Input, InputSample};
use super::thermometer::Thermometer;

/// The inputs of a site.
#[derive(Debug)]
pub struct Meter {
    /// Input 1: the battery.
    pub battery: Source<Input>,
    /// Input 2: the charging circuit.
    pub charger: Source<Input>,
    /// Input 3: the load.
    pub load: Source<Input>,
    /// The thermometer at the battery.
    pub thermometer: Source<Thermometer>,
}

/// Something that is measured, and what was last wrong with it.
#[derive(Debug)]
pub struct Source<T> {
    /// What it is, for people: its place and its chip.
    name: String,
    device: T,
    fault: Option<ChipFault>,
}

impl<T> Source<T> {
    /// A source that nothing is wrong with yet.
    pub fn new(name: String, device: T) -> Self {
        Self {
            name,
            device,
            fault: None,
        }
    }

    fn measure<M>(
        &mut self,
        measure: impl FnOnce(&mut T) -> Result<M, ChipFault>,
    ) -> Result<M, ChipFault> {
        let result = measure(&mut self.device);
        self.report(result.as_ref().err().copied());
        result
    }

    /// Says it once when something goes wrong with it, and once when it is over.
    fn report(&mut self, fault: Option<ChipFault>) {
        if fault == self.fault {
            return;
        }
        match fault {
            // Every chip is found unconfigured at the start.
            Some(ChipFault::Reset) if self.fault.is_none() => {
                info!("{} {}", self.name, ChipFault::Reset);
            }
            Some(fault) => warn!("{} {fault}", self.name),
            None => info!("{} measures", self.name),
        }
        self.fault = fault;
    }
}

impl Meter {
    /// Asks every input, one after the other; one that fails keeps no other from being asked.
    pub fn sample(&mut self, bus: &mut impl I2c, delay: &mut impl DelayNs) -> Sample {
        let circuits = self.sample_circuits(bus);
        let temperature_celsius = self
            .thermometer
            .measure(|thermometer| thermometer.measure(bus, delay))
            .unwrap_or_else(|fault| Measurement::Missing(fault.into()));
        Sample {
            temperature_celsius,
            ..circuits
        }
    }

    /// Asks the inputs of the circuits alone.
    pub fn sample_circuits(&mut self, bus: &mut impl I2c) -> Sample {
        let mut ask = |input: &mut Source<Input>| {
            input
                .measure(|input| input.measure(bus))
                .unwrap_or_else(InputSample::missing)
        };
        let battery = ask(&mut self.battery);
        let charger = ask(&mut self.charger);
        let load = ask(&mut self.load);
        Sample {
            battery_volts: battery.volts,
            charger_volts: charger.volts,
            charger_amperes: charger.amperes,
            load_volts: load.volts,
            load_amperes: load.amperes,
            ..NOTHING
        }
    }
}

/// A sample of which nothing is known.
pub const NOTHING: Sample = nothing(SensorFault::NoAnswer);

/// A sample of which nothing is known, for that reason.
#[must_use]
pub const fn nothing(fault: SensorFault) -> Sample {
    let missing = Measurement::Missing(fault);
    Sample {
        battery_volts: missing,
        charger_volts: missing,
        charger_amperes: missing,
        load_volts: missing,
        load_amperes: missing,
        temperature_celsius: missing,
        mains_sense: MainsSense::NotFitted,
        board_refuses: false,
        relays: Relays {
            mains: None,
            charger: None,
            aux1: None,
            aux2: None,
        },
    }
}
