//! The configuration file as it is written. What every entry means stands in `releve-node.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use releve_control::profile::Profile;
use releve_control::{Mode, Schedule, Wiring};
use serde::Deserialize;
use toml::Spanned;

use super::guards::GuardsEntries;
use crate::config::JOURNAL_BYTES;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub node: Spanned<String>,
    pub name: Option<Spanned<String>>,
    pub language: Option<Spanned<String>>,
    #[serde(default = "state_directory")]
    pub state_directory: PathBuf,
    #[serde(default)]
    pub mode: Mode,
    pub broker: Broker,
    pub battery: Battery,
    pub i2c: I2c,
    pub meter: Meter,
    pub thermometer: Thermometer,
    pub relays: Spanned<Relays>,
    pub mains_sense: Option<MainsSense>,
    #[serde(default)]
    pub limits: BTreeMap<Spanned<String>, Spanned<f64>>,
    pub guards: Option<Spanned<GuardsEntries>>,
    pub schedule: Option<Spanned<Schedule>>,
    #[serde(default)]
    pub journal: Journal,
    #[serde(default)]
    pub clock: Clock,
}

fn state_directory() -> PathBuf {
    PathBuf::from("/var/lib/releve")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    pub address: Spanned<String>,
    pub user: Option<Spanned<String>>,
    pub password_file: Option<Spanned<PathBuf>>,
    pub tls: Option<Spanned<Tls>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub ca: Option<PathBuf>,
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Battery {
    pub profile: Profile,
    pub wiring: Wiring,
    pub capacity_ampere_hours: Option<Spanned<f64>>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub temperature_compensation: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct I2c {
    pub bus: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    pub battery: Spanned<Input>,
    pub charger: Spanned<Input>,
    pub load: Spanned<Input>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeterChipName {
    Ina219,
    Ina226,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub chip: MeterChipName,
    pub address: Spanned<u8>,
    pub shunt_ohms: Spanned<f64>,
    #[serde(default)]
    pub reversed: bool,
    #[serde(default = "zero")]
    pub offset_volts: Spanned<f64>,
    #[serde(default = "one")]
    pub gain_volts: Spanned<f64>,
    #[serde(default = "zero")]
    pub offset_amperes: Spanned<f64>,
    #[serde(default = "one")]
    pub gain_amperes: Spanned<f64>,
}

fn zero() -> Spanned<f64> {
    Spanned::new(0..0, 0.0)
}

fn one() -> Spanned<f64> {
    Spanned::new(0..0, 1.0)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThermometerChipName {
    Lm75,
    Sht3x,
    Sht4x,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thermometer {
    pub chip: Option<Spanned<ThermometerChipName>>,
    pub address: Option<Spanned<u8>>,
    pub kernel_sensor: Option<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Low,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactName {
    #[default]
    NormallyClosed,
    NormallyOpen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardName {
    #[default]
    GpioLines,
    Ep0099,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relays {
    #[serde(default)]
    pub board: BoardName,
    pub gpio_chip: Option<Spanned<String>>,
    pub active: Option<Spanned<Level>>,
    pub address: Option<Spanned<u8>>,
    pub mains: Spanned<Relay>,
    pub charger: Spanned<Relay>,
    pub aux1: Spanned<Relay>,
    pub aux2: Spanned<Relay>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    pub line: Option<Spanned<u32>>,
    pub channel: Option<Spanned<u8>>,
    #[serde(default)]
    pub contact: ContactName,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MainsSense {
    pub gpio_chip: String,
    pub line: Spanned<u32>,
    /// The level that says that mains is there.
    pub present: Level,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    #[serde(default = "journal_days")]
    pub days: Spanned<u64>,
    #[serde(default = "journal_megabytes")]
    pub megabytes: Spanned<u64>,
}

fn journal_days() -> Spanned<u64> {
    Spanned::new(0..0, 30)
}

fn journal_megabytes() -> Spanned<u64> {
    Spanned::new(0..0, JOURNAL_BYTES >> 20)
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            days: journal_days(),
            megabytes: journal_megabytes(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    #[serde(default = "clock_patience_minutes")]
    pub patience_minutes: Spanned<u64>,
}

fn clock_patience_minutes() -> Spanned<u64> {
    Spanned::new(0..0, 10)
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            patience_minutes: clock_patience_minutes(),
        }
    }
}
