//! The ready-made installations, by the names that a user gives them.

use clap::ValueEnum;
use releve_plant::PlantConfig;

/// A ready-made installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Story {
    /// A healthy 18 Ah AGM battery in a cool room.
    Healthy,
    /// An ageing 18 Ah battery in a hot box, on a charger without compensation.
    HotAgeing,
    /// A relay station: 100 Ah on a common bus with its load, with a mains sense input.
    Telecom,
    /// A worn-out 18 Ah battery with sulphated plates.
    Sulphated,
    /// A 20 Ah LiFePO4 battery.
    Lifepo4,
    /// A healthy 40 Ah AGM battery indoors on a two-stage charger, for long runs.
    HealthyYear,
}

impl Story {
    /// The installation.
    #[must_use]
    pub fn plant(self) -> PlantConfig {
        match self {
            Self::Healthy => PlantConfig::healthy_site(),
            Self::HotAgeing => PlantConfig::hot_ageing_site(),
            Self::Telecom => PlantConfig::telecom_site(),
            Self::Sulphated => PlantConfig::sulphated_site(),
            Self::Lifepo4 => PlantConfig::lifepo4_site(),
            Self::HealthyYear => PlantConfig::healthy_year_site(),
        }
    }
}
