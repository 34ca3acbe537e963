//! What a simulated installation is made of, and which values make sense.

use crate::ambient::AmbientParameters;
use crate::battery::{BatteryModel, BatteryParameters, KineticParameters};
use crate::charger::{Absorption, ChargerParameters};
use crate::load::{LoadParameters, LoadPattern};
use crate::sensors::MeterParameters;
use crate::time::TimeOfDay;
use releve_control::Wiring;

/// A whole installation. [`PlantConfig::presets`] gives complete ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantConfig {
    /// Where input 2 sits and what feeds the load.
    pub wiring: Wiring,
    /// The battery, a 12 V block.
    pub battery: BatteryParameters,
    /// State of charge at the start, 0..=1.
    pub initial_state_of_charge: f64,
    /// Temperature of the battery at the start, °C.
    pub initial_temperature_celsius: f64,
    /// The charger.
    pub charger: ChargerParameters,
    /// The equipment.
    pub load: LoadParameters,
    /// Climate and enclosure.
    pub ambient: AmbientParameters,
    /// The meter's shunts.
    pub meter: MeterParameters,
    /// Whether a sense input upstream of relay 1 sees the mains.
    pub mains_sense_fitted: bool,
    /// Day of the year and hour at which the simulation starts.
    pub start: TimeOfDay,
}

/// A value that no installation has.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{name} is {value}; it must lie in {least} to {greatest}: correct it in the plant's configuration"
)]
pub struct InvalidPlantConfig {
    name: &'static str,
    value: f64,
    least: f64,
    greatest: f64,
}

impl PlantConfig {
    /// Checks every value against the range that the model stands for.
    ///
    /// # Errors
    /// Names the first value outside its range; not-a-number is outside of every range.
    pub fn validate(&self) -> Result<(), InvalidPlantConfig> {
        for (name, value, least, greatest) in self.ranges() {
            if !(value >= least && value <= greatest) {
                return Err(InvalidPlantConfig {
                    name,
                    value,
                    least,
                    greatest,
                });
            }
        }
        Ok(())
    }

    fn ranges(&self) -> Vec<Range> {
        let mut ranges = self.battery_ranges().to_vec();
        ranges.extend(model_ranges(&self.battery.model));
        ranges.extend(self.equipment_ranges());
        ranges.extend(pattern_ranges(self.load.pattern));
        ranges.extend(self.surroundings_ranges());
        ranges.extend(absorption_ranges(self.charger.absorption));
        ranges
    }

    fn battery_ranges(&self) -> [Range; 9] {
        let (battery, thermal) = (&self.battery, self.battery.thermal);
        [
            (
                "initial_state_of_charge",
                self.initial_state_of_charge,
                0.0,
                1.0,
            ),
            (
                "initial_temperature_celsius",
                self.initial_temperature_celsius,
                -40.0,
                80.0,
            ),
            (
                "battery.rated_ampere_hours",
                battery.rated_ampere_hours,
                1.0,
                1000.0,
            ),
            (
                "battery.self_discharge_per_month",
                battery.self_discharge_per_month,
                0.0,
                1.0,
            ),
            ("battery.gassing_factor", battery.gassing_factor, 0.0, 20.0),
            (
                "battery.ageing.life_years_at_20_celsius",
                battery.ageing.life_years_at_20_celsius,
                0.1,
                100.0,
            ),
            (
                "battery.ageing.halving_kelvins",
                battery.ageing.halving_kelvins,
                1.0,
                100.0,
            ),
            (
                "battery.thermal.heat_capacity_joules_per_kelvin",
                thermal.heat_capacity_joules_per_kelvin,
                100.0,
                1e6,
            ),
            (
                "battery.thermal.resistance_kelvins_per_watt",
                thermal.resistance_kelvins_per_watt,
                0.01,
                5.0,
            ),
        ]
    }

    fn equipment_ranges(&self) -> [Range; 11] {
        let (charger, load, meter) = (&self.charger, &self.load, &self.meter);
        [
            (
                "charger.current_limit_amperes",
                charger.current_limit_amperes,
                0.01,
                200.0,
            ),
            ("charger.float_volts", charger.float_volts, 10.0, 16.0),
            (
                "charger.compensation_volts_per_kelvin",
                charger.compensation_volts_per_kelvin,
                -0.05,
                0.0,
            ),
            ("load.mean_watts", load.mean_watts, 0.0, 2000.0),
            ("load.daily_swing", load.daily_swing, 0.0, 0.5),
            ("load.noise", load.noise, 0.0, 0.1),
            ("load.dropout_volts", load.dropout_volts, 9.0, 12.0),
            (
                "load.restart_volts",
                load.restart_volts,
                load.dropout_volts,
                14.0,
            ),
            ("load.own_supply_volts", load.own_supply_volts, 10.0, 16.0),
            (
                "meter.charger_shunt_ohms",
                meter.charger_shunt_ohms,
                1e-4,
                1.0,
            ),
            ("meter.load_shunt_ohms", meter.load_shunt_ohms, 1e-4, 1.0),
        ]
    }

    fn surroundings_ranges(&self) -> [Range; 6] {
        let ambient = &self.ambient;
        [
            ("ambient.mean_celsius", ambient.mean_celsius, -30.0, 50.0),
            (
                "ambient.seasonal_swing_kelvins",
                ambient.seasonal_swing_kelvins,
                0.0,
                30.0,
            ),
            (
                "ambient.daily_swing_kelvins",
                ambient.daily_swing_kelvins,
                0.0,
                30.0,
            ),
            (
                "ambient.weather_kelvins",
                ambient.weather_kelvins,
                0.0,
                10.0,
            ),
            (
                "ambient.sun_on_enclosure_kelvins",
                ambient.sun_on_enclosure_kelvins,
                0.0,
                40.0,
            ),
            (
                "ambient.enclosure_kelvins_per_watt",
                ambient.enclosure_kelvins_per_watt,
                0.0,
                5.0,
            ),
        ]
    }
}

/// A value's name, the value, the least and the greatest that it may have.
type Range = (&'static str, f64, f64, f64);

fn model_ranges(model: &BatteryModel) -> Vec<Range> {
    match model {
        BatteryModel::Kinetic(kinetic) => kinetic_ranges(kinetic).to_vec(),
        BatteryModel::Copetti => Vec::new(),
        BatteryModel::Lifepo4(cells) => vec![
            ("battery.model.ohmic_ohms", cells.ohmic_ohms, 1e-4, 5.0),
            ("battery.model.slow_ohms", cells.slow_ohms, 0.0, 5.0),
            (
                "battery.model.charging_ohms",
                cells.charging_ohms,
                1e-6,
                5.0,
            ),
        ],
    }
}

fn kinetic_ranges(kinetic: &KineticParameters) -> [Range; 10] {
    let (wells, polarisation) = (kinetic.wells, kinetic.polarisation);
    [
        (
            "battery.model.wells.capacity_ampere_hours",
            wells.capacity_ampere_hours,
            0.5,
            2000.0,
        ),
        (
            "battery.model.wells.available_share",
            wells.available_share,
            0.05,
            0.95,
        ),
        (
            "battery.model.wells.rate_per_hour",
            wells.rate_per_hour,
            0.01,
            20.0,
        ),
        (
            "battery.model.polarisation.ohmic_ohms",
            polarisation.ohmic_ohms,
            1e-4,
            5.0,
        ),
        (
            "battery.model.polarisation.fast_ohms",
            polarisation.fast_ohms,
            0.0,
            5.0,
        ),
        (
            "battery.model.polarisation.slow_ohms",
            polarisation.slow_ohms,
            0.0,
            5.0,
        ),
        (
            "battery.model.polarisation.charging_ohms",
            polarisation.charging_ohms,
            1e-5,
            5.0,
        ),
        (
            "battery.model.polarisation.discharging_ohms",
            polarisation.discharging_ohms,
            1e-6,
            1.0,
        ),
        (
            "battery.model.polarisation.double_layer_farads",
            polarisation.double_layer_farads,
            0.01,
            1e4,
        ),
        (
            "battery.model.rest_shift_volts",
            kinetic.rest_shift_volts,
            -0.5,
            0.5,
        ),
    ]
}

fn pattern_ranges(pattern: LoadPattern) -> Vec<Range> {
    const LONGEST_PERIOD: f64 = 864_000.0;
    match pattern {
        LoadPattern::Steady => Vec::new(),
        LoadPattern::Pulses {
            extra_watts,
            on_seconds,
            period_seconds,
        } => vec![
            ("load.pattern.extra_watts", extra_watts, 0.0, 2000.0),
            (
                "load.pattern.period_seconds",
                period_seconds,
                1.0,
                LONGEST_PERIOD,
            ),
            ("load.pattern.on_seconds", on_seconds, 0.0, period_seconds),
        ],
        LoadPattern::Pauses {
            off_seconds,
            period_seconds,
        } => vec![
            (
                "load.pattern.period_seconds",
                period_seconds,
                1.0,
                LONGEST_PERIOD,
            ),
            ("load.pattern.off_seconds", off_seconds, 0.0, period_seconds),
        ],
    }
}

fn absorption_ranges(absorption: Option<Absorption>) -> Vec<Range> {
    absorption.map_or_else(Vec::new, |absorption| {
        vec![
            ("charger.absorption.volts", absorption.volts, 10.0, 16.0),
            (
                "charger.absorption.tail_amperes",
                absorption.tail_amperes,
                0.0,
                100.0,
            ),
            (
                "charger.absorption.longest_seconds",
                absorption.longest_seconds,
                0.0,
                864_000.0,
            ),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid() {
        for (name, config) in PlantConfig::presets() {
            assert_eq!(config.validate(), Ok(()), "{name}");
        }
    }

    #[test]
    fn every_load_pattern_and_battery_is_valid() {
        let site = PlantConfig::healthy_site();
        for load in [
            site.load.constant(),
            site.load.day_profile(),
            site.load.pulsed(),
            site.load.dropping_out(),
        ] {
            assert_eq!(PlantConfig { load, ..site }.validate(), Ok(()));
        }
        for battery in [
            BatteryParameters::measured_set_a(),
            BatteryParameters::gel(18.0),
            BatteryParameters::flooded(18.0),
            BatteryParameters::copetti(18.0),
            BatteryParameters::lifepo4(18.0),
        ] {
            assert_eq!(PlantConfig { battery, ..site }.validate(), Ok(()));
        }
    }

    #[test]
    fn a_value_outside_its_range_is_named_with_what_to_do() {
        let mut config = PlantConfig::healthy_site();
        config.charger.float_volts = f64::NAN;
        let message = config.validate().map_err(|error| error.to_string());
        assert_eq!(
            message,
            Err("charger.float_volts is NaN; it must lie in 10 to 16: \
                 correct it in the plant's configuration"
                .to_owned())
        );
    }
}
