//! What hangs on an I2C bus, told from what it answers.
//!
//! A byte that is the number of a register to one chip is a command to another: it switches the output of a
//! PCF8591 off, or starts an HTU21D anew. So each address is only listened to first, without a byte written;
//! where nothing answers that, no number follows. At the addresses of the LM75 family, which converters share
//! whose outputs such a number moves, it follows only where what was heard looks like a register. The numbers
//! that mean something else to other chips come last. At the two addresses of the SHT families, which answer
//! only when they are asked, their commands for an identity or a status are tried where nothing was heard;
//! these change nothing in them, and their answers carry a checksum.

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
    INA.filter_map(|address| match heard(bus, address) {
        Some(heard) => Some(identify(bus, address, heard)),
        None => SHT
            .contains(&address)
            .then(|| sht(bus, delay, address))
            .flatten()
            .map(|kind| Found {
                address,
                kinds: vec![kind],
                volts: None,
            }),
    })
    .collect()
}

/// What a chip shows to whoever writes nothing: an INA or an LM75 the register that was read last, after
/// power-up the first one; `None` where none answers.
fn heard(bus: &mut impl I2c, address: u8) -> Option<u16> {
    let mut bytes = [0; 2];
    bus.read(address, &mut bytes).ok()?;
    Some(u16::from_be_bytes(bytes))
}

/// Tells a chip that answers.
fn identify(bus: &mut impl I2c, address: u8, first: u16) -> Found {
    let found = |kinds, volts| Found {
        address,
        kinds,
        volts,
    };
    if LM75.contains(&address) {
        let second = heard(bus, address);
        if !second.is_some_and(|second| looks_like_a_register(first, second)) {
            return found(Vec::new(), None);
        }
    }
    // Whoever gives no register has none.
    let Some(configuration) = register(bus, address, 0) else {
        return found(Vec::new(), None);
    };
    if is_ina226(bus, address, configuration) {
        let volts = register(bus, address, 2).map(|bits| f64::from(bits) * 0.001_25);
        return found(vec![Kind::Ina226], volts);
    }
    let volts = ina219_volts(bus, address, configuration);
    let lm75 = LM75.contains(&address).then(|| fits_lm75(bus, address));
    match (volts, lm75.unwrap_or(Fit::No)) {
        (_, Fit::Surely) => found(vec![Kind::Lm75], None),
        (Some(_), Fit::Perhaps) => found(vec![Kind::Ina219, Kind::Lm75], None),
        (Some(volts), Fit::No) => found(vec![Kind::Ina219], Some(volts)),
        (None, Fit::Perhaps) => found(vec![Kind::Lm75], None),
        (None, Fit::No) => found(Vec::new(), None),
    }
}

/// Whether what was heard twice is a temperature, or how an INA measures: not two conversions of one input, which
/// are all but equal bytes.
fn looks_like_a_register(first: u16, second: u16) -> bool {
    /// After a reset, and as this program configures them: INA219, INA226.
    const CONFIGURATIONS: [u16; 4] = [0x399F, 0x3F77, 0x4127, 0x4527];
    /// Two readings of a temperature in a row differ by less: 1 °C.
    const DRIFT: u16 = 0x0100;
    const NOISE: u8 = 2;
    let temperature = |bits: u16| {
        let [high, low] = bits.to_be_bytes();
        celsius(bits).is_some() && high.abs_diff(low) > NOISE
    };
    let steady = first.cast_signed().abs_diff(second.cast_signed()) <= DRIFT;
    let configured = first == second && CONFIGURATIONS.contains(&first);
    configured || temperature(first) && temperature(second) && steady
}

/// The temperature that a register of the LM75 family holds, °C; `None` where it holds what it cannot.
fn celsius(bits: u16) -> Option<f64> {
    const LOW_BITS: u16 = 0x000F;
    let celsius = f64::from(bits.cast_signed()) / 256.0;
    (bits & LOW_BITS == 0 && (-55.0..=125.0).contains(&celsius)).then_some(celsius)
}

/// Whether the chip with that configuration is one. Its identity is asked only where the four highest bits are
/// those of every INA226, for the number of that register means something else to other chips.
fn is_ina226(bus: &mut impl I2c, address: u8, configuration: u16) -> bool {
    const MAKER: u8 = 0xFE;
    const DIE: u8 = 0xFF;
    const TEXAS_INSTRUMENTS: u16 = 0x5449;
    /// The lowest four bits are the revision.
    const INA226: u16 = 0x2260;
    configuration & 0xF000 == 0x4000
        && register(bus, address, MAKER) == Some(TEXAS_INSTRUMENTS)
        && register(bus, address, DIE).is_some_and(|die| die & 0xFFF0 == INA226)
}

/// The voltage that an INA219 of that configuration shows; `None` where its registers hold what one cannot.
fn ina219_volts(bus: &mut impl I2c, address: u8, configuration: u16) -> Option<f64> {
    // Bit 15 resets it and bit 14 is none; both read as 0. Mode 0 is powered down.
    (configuration & 0xC000 == 0 && configuration != 0).then_some(())?;
    // A chip with registers of 8 bits, a driver of LEDs or servos for instance, gives one twice.
    let [high, low] = configuration.to_be_bytes();
    (high != low).then_some(())?;
    // Bit 0 of the calibration cannot be set.
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
    let temperature = register(bus, address, 0).and_then(celsius);
    let limits = [2, 3].map(|limit| register(bus, address, limit));
    let justified = |limit: &Option<u16>| limit.is_some_and(|bits| bits & LOW_BITS == 0);
    if temperature.is_none() {
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
