//! What a battery is made of, and ready-made kinds of them.

use super::ageing::{AgeingParameters, StateOfHealth};
use super::kinetic::KineticParameters;
use super::lifepo4::Lifepo4Parameters;
use super::thermal::ThermalParameters;
use releve_control::profile::Profile;

/// Resistance of the charge transfer on sulphated plates over that on sound ones.
const SULPHATED_CHARGING_FACTOR: f64 = 4.0;

/// Which model computes the main reaction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BatteryModel {
    /// Lead-acid by two wells of charge and resistances, fitted on a measured battery.
    Kinetic(KineticParameters),
    /// Lead-acid by Copetti's equations: a second opinion, fitted by others on other batteries.
    Copetti,
    /// Lithium iron phosphate, four cells in series.
    Lifepo4(Lifepo4Parameters),
}

/// What a battery is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatteryParameters {
    /// The chemistry that its label names: the controller's limits are chosen by it.
    pub profile: Profile,
    /// Rated capacity at the 20 h rate, Ah.
    pub rated_ampere_hours: f64,
    /// The model and its constants, those of the new battery.
    pub model: BatteryModel,
    /// Heat capacity and cooling.
    pub thermal: ThermalParameters,
    /// Age at the start.
    pub state_of_health: StateOfHealth,
    /// How fast it ages on.
    pub ageing: AgeingParameters,
    /// Gassing current over that of Schiffer's battery; 0 for a battery that does not gas.
    pub gassing_factor: f64,
    /// Self-discharge at 20 °C beside gassing, a share of the charge a month; it doubles every 10 K.
    pub self_discharge_per_month: f64,
}

impl BatteryParameters {
    /// A new AGM block. The curves are those of measured set A, scaled to the capacity; the ohmic
    /// resistance is that of a healthy block, without the leads of that measurement.
    ///
    /// Gassing takes 2 % a month at rest and 20 °C; the 1 % given here beside it makes up the 3 % that
    /// Victron states for AGM, as do its 8 years of life. Mass is taken as 0.31 kg/Ah, cooling as free
    /// convection in a cabinet.
    #[must_use]
    pub fn agm(rated_ampere_hours: f64) -> Self {
        Self {
            profile: Profile::Agm,
            rated_ampere_hours,
            model: BatteryModel::Kinetic(KineticParameters::agm(rated_ampere_hours)),
            thermal: ThermalParameters {
                heat_capacity_joules_per_kelvin: 280.0 * rated_ampere_hours,
                resistance_kelvins_per_watt: 1.2 * (18.0 / rated_ampere_hours).powf(2.0 / 3.0),
            },
            state_of_health: StateOfHealth::NEW,
            ageing: AgeingParameters {
                life_years_at_20_celsius: 8.0,
                halving_kelvins: 10.0,
            },
            gassing_factor: 1.0,
            self_discharge_per_month: 0.010,
        }
    }

    /// The battery of measured set A as it was measured: Universal UB121000, 100 Ah, with its leads.
    #[must_use]
    pub fn measured_set_a() -> Self {
        Self {
            model: BatteryModel::Kinetic(KineticParameters::measured_set_a()),
            ..Self::agm(100.0)
        }
    }

    /// A new gel block: its rest voltage and self-discharge (Victron, 2 % a month), otherwise as AGM.
    #[must_use]
    pub fn gel(rated_ampere_hours: f64) -> Self {
        let agm = KineticParameters::agm(rated_ampere_hours);
        Self {
            profile: Profile::Gel,
            model: BatteryModel::Kinetic(KineticParameters {
                rest_shift_volts: 0.06,
                ..agm
            }),
            gassing_factor: 0.7,
            self_discharge_per_month: 0.005,
            ..Self::agm(rated_ampere_hours)
        }
    }

    /// A new flooded block with antimony: its rest voltage and self-discharge (Victron, 6 to 12 % a
    /// month), otherwise as AGM. Loss of water and stratification are not modelled.
    #[must_use]
    pub fn flooded(rated_ampere_hours: f64) -> Self {
        let agm = KineticParameters::agm(rated_ampere_hours);
        Self {
            profile: Profile::Flooded,
            model: BatteryModel::Kinetic(KineticParameters {
                rest_shift_volts: -0.2,
                ..agm
            }),
            gassing_factor: 2.0,
            self_discharge_per_month: 0.055,
            ..Self::agm(rated_ampere_hours)
        }
    }

    /// A block by Copetti's equations, all else as [`Self::agm`]: tests that pass on that one and on
    /// this one do not lean on one model's habits.
    #[must_use]
    pub fn copetti(rated_ampere_hours: f64) -> Self {
        Self {
            model: BatteryModel::Copetti,
            ..Self::agm(rated_ampere_hours)
        }
    }

    /// A new LiFePO4 battery of four cells. Its numbers are general knowledge, not of a data sheet.
    #[must_use]
    pub fn lifepo4(rated_ampere_hours: f64) -> Self {
        Self {
            profile: Profile::Lifepo4,
            rated_ampere_hours,
            model: BatteryModel::Lifepo4(Lifepo4Parameters::typical(rated_ampere_hours)),
            thermal: ThermalParameters {
                heat_capacity_joules_per_kelvin: 120.0 * rated_ampere_hours,
                resistance_kelvins_per_watt: 1.5 * (18.0 / rated_ampere_hours).powf(2.0 / 3.0),
            },
            state_of_health: StateOfHealth::NEW,
            ageing: AgeingParameters {
                life_years_at_20_celsius: 15.0,
                halving_kelvins: 10.0,
            },
            gassing_factor: 0.0,
            self_discharge_per_month: 0.02,
        }
    }

    /// The same battery at another age.
    #[must_use]
    pub fn aged(self, state_of_health: StateOfHealth) -> Self {
        Self {
            state_of_health,
            ..self
        }
    }

    /// The same battery with sulphated plates: it takes charge four times as badly near full (our choice;
    /// lead-acid by two wells only, the other models know no sulphation).
    #[must_use]
    pub fn sulphated(self) -> Self {
        match self.model {
            BatteryModel::Kinetic(mut model) => {
                model.polarisation.charging_ohms *= SULPHATED_CHARGING_FACTOR;
                Self {
                    model: BatteryModel::Kinetic(model),
                    ..self
                }
            }
            BatteryModel::Copetti | BatteryModel::Lifepo4(_) => self,
        }
    }

    /// Cells in series.
    #[must_use]
    pub fn cells(&self) -> f64 {
        match self.model {
            BatteryModel::Kinetic(_) | BatteryModel::Copetti => 6.0,
            BatteryModel::Lifepo4(_) => 4.0,
        }
    }
}
