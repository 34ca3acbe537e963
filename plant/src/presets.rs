//! Ready-made installations: the three sites of the demonstration, and others for closed-loop tests.

use crate::ambient::AmbientParameters;
use crate::battery::{BatteryParameters, StateOfHealth};
use crate::charger::{Absorption, ChargerKind, ChargerParameters};
use crate::config::PlantConfig;
use crate::load::{LoadParameters, LoadPattern};
use crate::sensors::MeterParameters;
use crate::time::TimeOfDay;
use releve_control::Wiring;
use releve_control::profile::Profile;

/// Day of the year, late July.
const MIDSUMMER: u16 = 205;

impl PlantConfig {
    /// Every ready-made installation with its name.
    #[must_use]
    pub fn presets() -> [(&'static str, Self); 6] {
        [
            ("healthy", Self::healthy_site()),
            ("hot_ageing", Self::hot_ageing_site()),
            ("telecom", Self::telecom_site()),
            ("sulphated", Self::sulphated_site()),
            ("lifepo4", Self::lifepo4_site()),
            ("healthy_year", Self::healthy_year_site()),
        ]
    }

    /// A healthy 12 V 18 Ah AGM battery on a compensated standby charger, in a cool room.
    #[must_use]
    pub fn healthy_site() -> Self {
        Self {
            wiring: Wiring::BatteryLead,
            battery: BatteryParameters::agm(18.0),
            initial_state_of_charge: 0.97,
            initial_temperature_celsius: 21.5,
            charger: ChargerParameters {
                current_limit_amperes: 2.5,
                float_volts: 13.65,
                absorption: None,
                compensation_volts_per_kelvin: -0.018,
            },
            load: small_load(12.0),
            ambient: AmbientParameters {
                mean_celsius: 18.0,
                seasonal_swing_kelvins: 3.0,
                daily_swing_kelvins: 1.5,
                weather_kelvins: 0.5,
                sun_on_enclosure_kelvins: 1.0,
                enclosure_kelvins_per_watt: 0.2,
            },
            meter: BOARD_SHUNTS,
            mains_sense_fitted: false,
            start: TimeOfDay::new(MIDSUMMER, 10.0),
        }
    }

    /// The story: an old 18 Ah battery on an uncompensated charger in a sunlit steel box, from eleven on a
    /// hot day. It passes 35 °C within an hour or two and 45 °C in the afternoon; the night cools it.
    #[must_use]
    pub fn hot_ageing_site() -> Self {
        Self {
            battery: BatteryParameters {
                state_of_health: StateOfHealth::new(0.72),
                ..BatteryParameters::agm(18.0)
            },
            initial_state_of_charge: 0.95,
            initial_temperature_celsius: 31.0,
            charger: ChargerParameters {
                current_limit_amperes: 2.5,
                float_volts: 13.8,
                absorption: None,
                compensation_volts_per_kelvin: 0.0,
            },
            ambient: AmbientParameters {
                mean_celsius: 17.0,
                seasonal_swing_kelvins: 10.0,
                daily_swing_kelvins: 9.0,
                weather_kelvins: 0.5,
                sun_on_enclosure_kelvins: 16.0,
                enclosure_kelvins_per_watt: 0.5,
            },
            start: TimeOfDay::new(MIDSUMMER, 11.0),
            ..Self::healthy_site()
        }
    }

    /// A relay station: 100 Ah on a common bus with a load of 60 W, two-stage compensated charger,
    /// 10 mΩ shunts (±32 A) and a mains sense input.
    #[must_use]
    pub fn telecom_site() -> Self {
        Self {
            wiring: Wiring::CommonBus,
            battery: BatteryParameters::agm(100.0),
            initial_state_of_charge: 0.9,
            initial_temperature_celsius: 24.0,
            charger: ChargerParameters {
                current_limit_amperes: 15.0,
                float_volts: 13.62,
                absorption: Some(Absorption {
                    volts: 14.1,
                    tail_amperes: 7.0,
                    longest_seconds: 4.0 * 3600.0,
                }),
                compensation_volts_per_kelvin: -0.018,
            },
            load: LoadParameters {
                daily_swing: 0.2,
                ..small_load(60.0)
            },
            ambient: AmbientParameters {
                mean_celsius: 16.0,
                seasonal_swing_kelvins: 6.0,
                daily_swing_kelvins: 4.0,
                weather_kelvins: 1.5,
                sun_on_enclosure_kelvins: 3.0,
                enclosure_kelvins_per_watt: 0.1,
            },
            meter: MeterParameters {
                charger_shunt_ohms: 0.01,
                load_shunt_ohms: 0.01,
            },
            mains_sense_fitted: true,
            start: TimeOfDay::new(MIDSUMMER, 9.0),
        }
    }

    /// A worn-out 18 Ah AGM battery: seven tenths of its capacity and sulphated plates, which take charge
    /// badly. The installation around it is sound.
    #[must_use]
    pub fn sulphated_site() -> Self {
        Self {
            battery: BatteryParameters::agm(18.0)
                .aged(StateOfHealth::new(0.7))
                .sulphated(),
            initial_state_of_charge: 0.85,
            ..Self::healthy_site()
        }
    }

    /// A LiFePO4 battery of 20 Ah on a charger that absorbs at 14.2 V and floats at 13.5 V, in a cool room.
    #[must_use]
    pub fn lifepo4_site() -> Self {
        Self {
            battery: BatteryParameters::lifepo4(20.0),
            initial_state_of_charge: 0.8,
            charger: ChargerParameters::usual(ChargerKind::TwoStage, Profile::Lifepo4, 2.5, 20.0),
            ..Self::healthy_site()
        }
    }

    /// A healthy 40 Ah AGM battery indoors on a compensated two-stage charger, with a mains sense input.
    ///
    /// Made for a simulated year without an alarm: 9 to 29 °C, and the charger brings the battery to a
    /// full charge that can be verified (13.45 V at 25 °C or more with less than 4 % of the capacity in
    /// amperes, for minutes).
    #[must_use]
    pub fn healthy_year_site() -> Self {
        Self {
            battery: BatteryParameters::agm(40.0),
            initial_state_of_charge: 0.95,
            initial_temperature_celsius: 20.0,
            charger: ChargerParameters::usual(ChargerKind::TwoStage, Profile::Agm, 2.8, 40.0),
            load: small_load(10.0),
            ambient: AmbientParameters {
                mean_celsius: 18.5,
                seasonal_swing_kelvins: 4.0,
                daily_swing_kelvins: 2.0,
                weather_kelvins: 1.0,
                sun_on_enclosure_kelvins: 1.0,
                enclosure_kelvins_per_watt: 0.2,
            },
            mains_sense_fitted: true,
            start: TimeOfDay::new(0, 0.0),
            ..Self::healthy_site()
        }
    }
}

/// The shunts that the measuring board carries: ±3.2 A.
const BOARD_SHUNTS: MeterParameters = MeterParameters {
    charger_shunt_ohms: 0.1,
    load_shunt_ohms: 0.1,
};

fn small_load(mean_watts: f64) -> LoadParameters {
    LoadParameters {
        mean_watts,
        daily_swing: 0.1,
        noise: 0.02,
        pattern: LoadPattern::Steady,
        dropout_volts: 9.5,
        restart_volts: 12.0,
        own_supply_volts: 13.5,
    }
}
