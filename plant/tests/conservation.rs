//! Nothing comes from nowhere: charge and energy over random currents.

use proptest::prelude::*;
use releve_plant::battery::{Battery, BatteryParameters};

const STEP_SECONDS: f64 = 3.0;
const STEP_HOURS: f64 = STEP_SECONDS / 3600.0;
const ROOM_CELSIUS: f64 = 25.0;
/// Share of the charged ampere-hours that the model keeps.
const CHARGE_EFFICIENCY: f64 = 0.965;
/// More than self-discharge takes in the hours of a case, Ah: 1 % of 108 Ah a month, doubled for warmth.
const SELF_DISCHARGE_AMPERE_HOURS_PER_HOUR: f64 = 0.02 * 108.15 / 720.0;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn charge_and_energy_are_accounted_for(
        state_of_charge in 0.4..0.9_f64,
        currents in prop::collection::vec((-8.0..8.0_f64, 1..600_u32), 1..8),
    ) {
        let mut battery =
            Battery::rested(BatteryParameters::agm(100.0), state_of_charge, ROOM_CELSIUS);
        let before = battery.charge_ampere_hours();
        let (mut charged, mut discharged, mut gassed, mut hours) = (0.0, 0.0, 0.0, 0.0);
        for (amperes, steps) in currents {
            for _ in 0..steps {
                battery.advance(amperes, STEP_SECONDS, ROOM_CELSIUS, 0.0);
                charged += amperes.max(0.0) * STEP_HOURS;
                discharged += (-amperes).max(0.0) * STEP_HOURS;
                gassed += battery.gassing_amperes() * STEP_HOURS;
                hours += STEP_HOURS;
            }
        }
        let gained = battery.charge_ampere_hours() - before;
        let most = CHARGE_EFFICIENCY * charged - discharged - CHARGE_EFFICIENCY * gassed.min(charged);
        let least = CHARGE_EFFICIENCY * charged - discharged - gassed
            - SELF_DISCHARGE_AMPERE_HOURS_PER_HOUR * hours;
        prop_assert!(gained <= most + 1e-9, "{gained} Ah gained, at most {most}");
        prop_assert!(gained >= least - 1e-9, "{gained} Ah gained, at least {least}");
        // Losses only ever heat: a battery that took heat from the room would make energy.
        prop_assert!(battery.temperature_celsius() >= ROOM_CELSIUS - 0.01);
    }

    #[test]
    fn no_cycle_gives_back_more_energy_than_it_took(
        state_of_charge in 0.3..0.8_f64,
        amperes in 1.0..15.0_f64,
        steps in 100..2400_u32,
    ) {
        let mut battery =
            Battery::rested(BatteryParameters::agm(100.0), state_of_charge, ROOM_CELSIUS);
        let before = battery.charge_ampere_hours();
        let (mut taken, mut given) = (0.0, 0.0);
        for _ in 0..steps {
            taken += amperes * battery.advance(amperes, STEP_SECONDS, ROOM_CELSIUS, 0.0);
        }
        while battery.charge_ampere_hours() > before {
            given += amperes * battery.advance(-amperes, STEP_SECONDS, ROOM_CELSIUS, 0.0);
        }
        prop_assert!(given < taken, "gave {given} of {taken} (each times 3 s, J)");
    }
}
