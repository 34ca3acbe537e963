//! From the entries of the configuration file to sensors and relays.

use releve_files::{Refusal, Source};
use toml::Spanned;

use super::document::{self, Document, Level, MeterChipName, ThermometerChipName};
use super::relays::board_wiring;
use crate::hardware::chip::ina219::Ina219;
use crate::hardware::chip::ina226::Ina226;
use crate::hardware::chip::lm75::Lm75;
use crate::hardware::chip::sht::{Family, Sht};
use crate::hardware::input::{Calibration, Input, MeterChip};
use crate::hardware::mains_sense::SenseWiring;
use crate::hardware::meter;
use crate::hardware::relay_board::BoardWiring;
use crate::hardware::relay_lines::ActiveLevel;
use crate::hardware::thermometer::{KernelSensor, Thermometer};

/// What a site measures and switches with.
#[derive(Debug, Clone, PartialEq)]
pub struct HardwareSettings {
    /// The number of the I2C bus.
    pub bus: u8,
    /// Input 1: the battery.
    pub battery: (String, Input),
    /// Input 2: the charging circuit.
    pub charger: (String, Input),
    /// Input 3: the load.
    pub load: (String, Input),
    /// The thermometer at the battery.
    pub thermometer: (String, Thermometer),
    /// The relay board.
    pub relays: BoardWiring,
    /// The sense input upstream of relay 1.
    pub mains_sense: Option<SenseWiring>,
}

/// Shunts that such a site can have, Ω.
const SHUNT_OHMS: core::ops::RangeInclusive<f64> = 0.000_05..=10.0;
/// Gains that still are a calibration.
const GAIN: core::ops::RangeInclusive<f64> = 0.8..=1.25;
/// Offsets that still are a calibration, V and A: tens of microvolts over the smallest shunt are nearly an ampere.
const OFFSET_VOLTS: core::ops::RangeInclusive<f64> = -0.5..=0.5;
const OFFSET_AMPERES: core::ops::RangeInclusive<f64> = -1.0..=1.0;
/// Addresses that a chip can have on an I2C bus.
const ADDRESSES: core::ops::RangeInclusive<u8> = 0x08..=0x77;

impl HardwareSettings {
    pub(super) fn from_document(document: &Document, source: Source<'_>) -> Result<Self, Refusal> {
        refuse_shared_addresses(document, source)?;
        Ok(Self {
            bus: document.i2c.bus,
            battery: input("battery", document.meter.battery.get_ref(), source)?,
            charger: input("charger", document.meter.charger.get_ref(), source)?,
            load: input("load", document.meter.load.get_ref(), source)?,
            thermometer: thermometer(&document.thermometer, source)?,
            relays: board_wiring(document, source)?,
            mains_sense: document.mains_sense.as_ref().map(|sense| SenseWiring {
                chip_label: sense.gpio_chip.clone(),
                line: *sense.line.get_ref(),
                present: active_level(sense.present),
            }),
        })
    }

    /// What it is, for people.
    #[must_use]
    pub fn description(&self) -> String {
        format!(
            "bus {}: {}, {}, {}, {}; {}",
            self.bus,
            self.battery.0,
            self.charger.0,
            self.load.0,
            self.thermometer.0,
            self.relays.description()
        )
    }

    /// The inputs, to be asked.
    #[must_use]
    pub fn meter(&self) -> meter::Meter {
        let source =
            |(name, input): &(String, Input)| meter::Source::new(name.clone(), input.clone());
        let (name, thermometer) = self.thermometer.clone();
        meter::Meter {
            battery: source(&self.battery),
            charger: source(&self.charger),
            load: source(&self.load),
            thermometer: meter::Source::new(name, thermometer),
        }
    }
}

fn input(
    role: &str,
    entry: &document::Input,
    source: Source<'_>,
) -> Result<(String, Input), Refusal> {
    let shunt_ohms = within(&entry.shunt_ohms, "shunt_ohms", "Ω", &SHUNT_OHMS, source)?;
    let gain_volts = within(&entry.gain_volts, "gain_volts", "", &GAIN, source)?;
    let gain_amperes = within(&entry.gain_amperes, "gain_amperes", "", &GAIN, source)?;
    let offset_volts = within(
        &entry.offset_volts,
        "offset_volts",
        "V",
        &OFFSET_VOLTS,
        source,
    )?;
    let offset_amperes = within(
        &entry.offset_amperes,
        "offset_amperes",
        "A",
        &OFFSET_AMPERES,
        source,
    )?;
    let address = *entry.address.get_ref();
    let (label, chip) = match entry.chip {
        MeterChipName::Ina219 => ("INA219", MeterChip::Ina219(Ina219::new(address))),
        MeterChipName::Ina226 => ("INA226", MeterChip::Ina226(Ina226::new(address))),
    };
    let input = Input {
        chip,
        shunt_ohms,
        reversed: entry.reversed,
        volts: Calibration {
            offset: offset_volts,
            gain: gain_volts,
        },
        amperes: Calibration {
            offset: offset_amperes,
            gain: gain_amperes,
        },
    };
    Ok((format!("{role} ({label} at {address:#04x})"), input))
}

fn thermometer(
    entry: &document::Thermometer,
    source: Source<'_>,
) -> Result<(String, Thermometer), Refusal> {
    let chip = entry.chip.as_ref().zip(entry.address.as_ref());
    match (chip, &entry.kernel_sensor) {
        (Some((chip, address)), None) => {
            let address = *address.get_ref();
            let (label, thermometer) = match chip.get_ref() {
                ThermometerChipName::Lm75 => ("LM75", Thermometer::Lm75(Lm75::new(address))),
                ThermometerChipName::Sht3x => {
                    ("SHT3x", Thermometer::Sht(Sht::new(Family::Sht3x, address)))
                }
                ThermometerChipName::Sht4x => {
                    ("SHT4x", Thermometer::Sht(Sht::new(Family::Sht4x, address)))
                }
            };
            Ok((
                format!("thermometer ({label} at {address:#04x})"),
                thermometer,
            ))
        }
        (None, Some(name)) if entry.chip.is_none() && entry.address.is_none() => {
            let name = name.get_ref();
            let sensor = Thermometer::Kernel(KernelSensor::named(name));
            Ok((format!("thermometer ({name} of the kernel)"), sensor))
        }
        _ => {
            let span = (entry.chip.as_ref().map(Spanned::span))
                .or_else(|| entry.address.as_ref().map(Spanned::span))
                .or_else(|| entry.kernel_sensor.as_ref().map(Spanned::span));
            Err(source.refuse(
                span,
                "[thermometer] needs either chip and address, for one on the I2C bus, or kernel_sensor, for one that the kernel reads",
            ))
        }
    }
}

pub(super) const fn active_level(level: Level) -> ActiveLevel {
    match level {
        Level::Low => ActiveLevel::Low,
        Level::High => ActiveLevel::High,
    }
}

fn within(
    entry: &Spanned<f64>,
    name: &str,
    unit: &str,
    range: &core::ops::RangeInclusive<f64>,
    source: Source<'_>,
) -> Result<f64, Refusal> {
    let value = *entry.get_ref();
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, greatest) = (range.start(), range.end());
    Err(source.refuse(
        Some(entry.span()),
        format!("{name} must lie between {least} and {greatest} {unit}; {value} does not")
            .replace("  ", " ")
            .replace(" ;", ";"),
    ))
}

/// Two chips that answer at once give figures of neither.
fn refuse_shared_addresses(document: &Document, source: Source<'_>) -> Result<(), Refusal> {
    let meter = &document.meter;
    let inputs = [&meter.battery, &meter.charger, &meter.load];
    let addresses = (inputs.into_iter().map(|input| &input.get_ref().address))
        .chain(document.thermometer.address.as_ref())
        .chain(document.relays.get_ref().address.as_ref());
    let mut seen = Vec::new();
    for address in addresses {
        let value = *address.get_ref();
        if !ADDRESSES.contains(&value) {
            return Err(source.refuse(
                Some(address.span()),
                format!("no chip of an I2C bus has the address {value:#04x}: it must lie between 0x08 and 0x77"),
            ));
        }
        if seen.contains(&value) {
            return Err(source.refuse(
                Some(address.span()),
                format!("two chips cannot have the same address {value:#04x}"),
            ));
        }
        seen.push(value);
    }
    Ok(())
}
