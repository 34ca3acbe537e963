//! What hangs on an I2C bus, told from what it answers.
//!
//! Nothing is written to a chip that is not known but the number of the register that is read. Where no chip with
//! registers answers, at the two addresses of the SHT families, their commands for an identity or a status
//! are tried; these change nothing, and their answers carry a checksum.

use std::fs;
use std::path::Path;

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;

use crate::hardware::chip::sht::checksum_of;

/// A kind of chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A meter up to 26 V.
    Ina219,
    /// A meter up to 36 V.
    Ina226,
    /// A thermometer of the LM75 family.
    Lm75,
    /// A thermometer.
    Sht3x,
    /// A thermometer.
    Sht4x,
}

impl Kind {
    /// Its name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ina219 => "ina219",
            Self::Ina226 => "ina226",
            Self::Lm75 => "lm75",
            Self::Sht3x => "sht3x",
            Self::Sht4x => "sht4x",
        }
    }

    /// Whether it measures voltage and current.
    #[must_use]
    pub const fn is_meter(self) -> bool {
        matches!(self, Self::Ina219 | Self::Ina226)
    }
}

/// A chip that answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its address.
    pub address: u8,
    /// What it can be; more than one where its answers fit several, none where they fit nothing that is known.
    pub kinds: Vec<Kind>,
    /// The voltage at a meter's input, V.
    pub volts: Option<f64>,
}

const INA: core::ops::RangeInclusive<u8> = 0x40..=0x4F;
const LM75: core::ops::RangeInclusive<u8> = 0x48..=0x4F;
const SHT: core::ops::RangeInclusive<u8> = 0x44..=0x45;

/// Asks every address at which a chip can be that this program knows.
pub fn scan(bus: &mut impl I2c, delay: &mut impl DelayNs) -> Vec<Found> {
    INA.filter_map(|address| {
        identify(bus, address).or_else(|| {
            let kind = SHT.contains(&address).then(|| sht(bus, delay, address))??;
            Some(Found {
                address,
                kinds: vec![kind],
                volts: None,
            })
        })
    })
    .collect()
}

/// Tells a chip with registers; `None` where none answers.
fn identify(bus: &mut impl I2c, address: u8) -> Option<Found> {
    const MAKER: u8 = 0xFE;
    const DIE: u8 = 0xFF;
    const TEXAS_INSTRUMENTS: u16 = 0x5449;
    /// The lowest four bits are the revision.
    const INA226: u16 = 0x2260;
    let found = |kinds, volts| {
        Some(Found {
            address,
            kinds,
            volts,
        })
    };
    // Whoever gives no register has none.
    register(bus, address, 0)?;
    if register(bus, address, MAKER) == Some(TEXAS_INSTRUMENTS)
        && register(bus, address, DIE).is_some_and(|die| die & 0xFFF0 == INA226)
    {
        let volts = register(bus, address, 2).map(|bits| f64::from(bits) * 0.001_25);
        return found(vec![Kind::Ina226], volts);
    }
    let volts = ina219_volts(bus, address);
    let lm75 = LM75.contains(&address).then(|| fits_lm75(bus, address));
    match (volts, lm75.unwrap_or(Fit::No)) {
        (_, Fit::Surely) => found(vec![Kind::Lm75], None),
        (Some(_), Fit::Perhaps) => found(vec![Kind::Ina219, Kind::Lm75], None),
        (Some(volts), Fit::No) => found(vec![Kind::Ina219], Some(volts)),
        (None, Fit::Perhaps) => found(vec![Kind::Lm75], None),
        (None, Fit::No) => found(Vec::new(), None),
    }
}

/// The voltage that an INA219 shows; `None` where its registers hold what one cannot.
fn ina219_volts(bus: &mut impl I2c, address: u8) -> Option<f64> {
    // Bit 15 resets it and bit 14 is none; both read as 0 in the configuration.
    let configuration = register(bus, address, 0).filter(|bits| bits & 0xC000 == 0)?;
    // Mode 0 is powered down; bit 0 of the calibration cannot be set.
    (configuration != 0).then_some(())?;
    register(bus, address, 5).filter(|bits| bits & 1 == 0)?;
    // Bit 2 of the bus voltage is none.
    let bits = register(bus, address, 2).filter(|bits| bits & 0b100 == 0)?;
    Some(f64::from(bits >> 3) * 0.004)
}

/// Whether a chip is of the family.
enum Fit {
    No,
    Perhaps,
    Surely,
}

/// Whether the registers hold a temperature and two limits, left-justified; the limits that every chip of the
/// family comes up with leave no doubt.
fn fits_lm75(bus: &mut impl I2c, address: u8) -> Fit {
    const LOW_BITS: u16 = 0x000F;
    /// 75 °C and 80 °C.
    const LIMITS: [Option<u16>; 2] = [Some(0x4B00), Some(0x5000)];
    let temperature = register(bus, address, 0).filter(|bits| bits & LOW_BITS == 0);
    let celsius = temperature.map(|bits| f64::from(bits.cast_signed()) / 256.0);
    let limits = [2, 3].map(|limit| register(bus, address, limit));
    let justified = |limit: &Option<u16>| limit.is_some_and(|bits| bits & LOW_BITS == 0);
    if !celsius.is_some_and(|celsius| (-55.0..=125.0).contains(&celsius)) {
        Fit::No
    } else if limits == LIMITS {
        Fit::Surely
    } else if limits.iter().all(justified) && limits[0] != limits[1] {
        Fit::Perhaps
    } else {
        Fit::No
    }
}

fn sht(bus: &mut impl I2c, delay: &mut impl DelayNs, address: u8) -> Option<Kind> {
    const SERIAL_OF_SHT4X: [u8; 1] = [0x89];
    const STATUS_OF_SHT3X: [u8; 2] = [0xF3, 0x2D];
    let mut answers = |command: &[u8]| {
        let mut answer = [0; 3];
        bus.write(address, command).ok()?;
        delay.delay_ms(1);
        bus.read(address, &mut answer).ok()?;
        let [high, low, checksum] = answer;
        (checksum_of([high, low]) == checksum).then_some(())
    };
    if answers(&SERIAL_OF_SHT4X).is_some() {
        return Some(Kind::Sht4x);
    }
    answers(&STATUS_OF_SHT3X).map(|()| Kind::Sht3x)
}

fn register(bus: &mut impl I2c, address: u8, register: u8) -> Option<u16> {
    let mut bytes = [0; 2];
    bus.write_read(address, &[register], &mut bytes).ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// The numbers of the kernel's I2C buses that programs may use.
#[must_use]
pub fn buses() -> Vec<u8> {
    buses_in(Path::new("/sys/class/i2c-dev"))
}

fn buses_in(class: &Path) -> Vec<u8> {
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix("i2c-")?.parse().ok();
    let mut numbers: Vec<u8> = entries
        .filter_map(|entry| number(entry.file_name()))
        .collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests;
