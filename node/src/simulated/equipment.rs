//! Parts that a user can exchange in a ready-made installation, by their names.

use clap::ValueEnum;
use releve_plant::battery::BatteryParameters;
use releve_plant::{ChargerKind, ChargerParameters, LoadParameters, PlantConfig};

/// A kind of battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum BatteryChoice {
    /// AGM lead-acid.
    Agm,
    /// Gel lead-acid.
    Gel,
    /// Flooded lead-acid.
    Flooded,
    /// AGM lead-acid by another model, Copetti's.
    Copetti,
    /// Lithium iron phosphate.
    Lifepo4,
}

impl BatteryChoice {
    /// Puts a new battery of this kind and the same capacity in, and a two-stage charger that suits it.
    pub fn put_into(self, plant: &mut PlantConfig) {
        let ampere_hours = plant.battery.rated_ampere_hours;
        plant.battery = match self {
            Self::Agm => BatteryParameters::agm(ampere_hours),
            Self::Gel => BatteryParameters::gel(ampere_hours),
            Self::Flooded => BatteryParameters::flooded(ampere_hours),
            Self::Copetti => BatteryParameters::copetti(ampere_hours),
            Self::Lifepo4 => BatteryParameters::lifepo4(ampere_hours),
        };
        ChargerChoice::TwoStage.put_into(plant);
    }
}

/// A kind of charger. One that is dead or too high is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ChargerChoice {
    /// One voltage at any temperature.
    ConstantVoltage,
    /// One voltage that follows the battery's temperature.
    Compensated,
    /// Compensated, with an absorption stage.
    TwoStage,
}

impl ChargerChoice {
    /// Puts a charger of this kind in, at the voltages that suit the battery.
    pub fn put_into(self, plant: &mut PlantConfig) {
        let kind = match self {
            Self::ConstantVoltage => ChargerKind::ConstantVoltage,
            Self::Compensated => ChargerKind::Compensated,
            Self::TwoStage => ChargerKind::TwoStage,
        };
        plant.charger = ChargerParameters::usual(
            kind,
            plant.battery.profile,
            plant.charger.current_limit_amperes,
            plant.battery.rated_ampere_hours,
        );
    }
}

/// How the load draws its power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum LoadChoice {
    /// A constant power.
    Constant,
    /// More by day than by night.
    Day,
    /// A transmitter: 20 s of four times the power every two minutes.
    Pulsed,
    /// Equipment that drops out for half an hour every six hours.
    DroppingOut,
}

impl LoadChoice {
    /// Lets the installation's load draw its mean power so.
    pub fn put_into(self, plant: &mut PlantConfig) {
        let shaped = match self {
            Self::Constant => LoadParameters::constant,
            Self::Day => LoadParameters::day_profile,
            Self::Pulsed => LoadParameters::pulsed,
            Self::DroppingOut => LoadParameters::dropping_out,
        };
        plant.load = shaped(plant.load);
    }
}
