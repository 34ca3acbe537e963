//! The catalog of measured quantities: one row a quantity, read by every part that shows or stores
//! one. A new quantity is a field of the reading and a row here.

use releve_control::Unit;
use releve_control::statistics::Statistics;

use crate::language::Language;
use crate::reading::Reading;

/// A measured quantity.
pub struct Quantity {
    /// Path in a reading's JSON, for example `battery.voltage`.
    pub key: &'static str,
    /// Name of its Prometheus metric without the unit, for example `releve_battery_voltage`.
    pub metric: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Decimals that its sensor justifies.
    pub decimals: usize,
    /// Its name in English.
    pub english: &'static str,
    /// Its name in French.
    pub french: &'static str,
    /// Where it is in a reading.
    pub of: fn(&Reading) -> &Statistics,
}

impl Quantity {
    /// Its name in that language.
    #[must_use]
    pub const fn label(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::French => self.french,
        }
    }

    /// The base unit as Prometheus spells it, last in a metric's name.
    #[must_use]
    pub const fn metric_unit(&self) -> &'static str {
        match self.unit {
            Unit::Volt => "volts",
            Unit::Ampere => "amperes",
            Unit::Watt => "watts",
            Unit::DegreeCelsius => "celsius",
            Unit::Percent => "percent",
            Unit::Minute => "minutes",
        }
    }
}

macro_rules! quantity {
    ($key:literal, $metric:literal, $unit:ident, $decimals:literal, $english:literal, $french:literal, $($field:ident).+) => {
        Quantity {
            key: $key,
            metric: $metric,
            unit: Unit::$unit,
            decimals: $decimals,
            english: $english,
            french: $french,
            of: |reading| &reading.$($field).+,
        }
    };
}

/// Every quantity.
#[rustfmt::skip] // A table reads as a table.
pub static QUANTITIES: &[Quantity] = &[
    quantity!("battery.voltage", "releve_battery_voltage", Volt, 2, "Battery voltage", "Tension de la batterie", battery.voltage),
    quantity!("battery.current", "releve_battery_current", Ampere, 2, "Battery current", "Courant de la batterie", battery.current),
    quantity!("charger.voltage", "releve_charger_voltage", Volt, 2, "Charger voltage", "Tension du chargeur", charger.voltage),
    quantity!("charger.current", "releve_charger_current", Ampere, 2, "Charger current", "Courant du chargeur", charger.current),
    quantity!("charger.power", "releve_charger_power", Watt, 1, "Charger power", "Puissance du chargeur", charger.power),
    quantity!("load.voltage", "releve_load_voltage", Volt, 2, "Load voltage", "Tension des consommateurs", load.voltage),
    quantity!("load.current", "releve_load_current", Ampere, 2, "Load current", "Courant des consommateurs", load.current),
    quantity!("load.power", "releve_load_power", Watt, 1, "Load power", "Puissance des consommateurs", load.power),
    quantity!("temperature", "releve_temperature", DegreeCelsius, 1, "Battery temperature", "Température de la batterie", temperature),
];
