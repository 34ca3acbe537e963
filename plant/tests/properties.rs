//! Whatever relays, faults and steps do: the plant stays physical, and the same seed gives the same values.

use core::time::Duration;

use proptest::prelude::*;
use releve_control::sample::Measurement;
use releve_control::{Contact, RelayName, Relays};
use releve_plant::battery::BatteryParameters;
use releve_plant::{Fault, InputName, LoadParameters, Plant, PlantConfig, SensorName, Truth};

#[derive(Debug, Clone, Copy)]
enum Event {
    Advance(Duration),
    Command(Relays<Contact>),
    Inject(Fault),
    Clear(Fault),
}

fn contact() -> impl Strategy<Value = Contact> {
    prop_oneof![Just(Contact::Closed), Just(Contact::Open)]
}

fn relays() -> impl Strategy<Value = Relays<Contact>> {
    (contact(), contact()).prop_map(|(mains, charger)| Relays {
        mains,
        charger,
        ..Relays::PLAIN
    })
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0..4_usize).prop_map(|index| Fault::SensorLost(SensorName::ALL[index])),
        contact().prop_map(|contact| Fault::RelayStuck(RelayName::Mains, contact)),
        contact().prop_map(|contact| Fault::RelayStuck(RelayName::Charger, contact)),
        Just(Fault::MainsFailure),
        Just(Fault::ChargerDead),
        (0.0..6.0).prop_map(|excess_volts| Fault::ChargerVoltageTooHigh { excess_volts }),
        (12.0..20.0).prop_map(|volts| Fault::ChargerRunsAway { volts }),
        Just(Fault::ChargerFuseBlown),
        Just(Fault::CellShorted),
        Just(Fault::ThermometerAtPowerOnValue),
        (0..4_usize).prop_map(|index| Fault::SensorStuck(SensorName::ALL[index])),
        (0..4_usize).prop_map(|index| Fault::SensorOutOfRange(SensorName::ALL[index])),
        (0..4_usize).prop_map(|index| Fault::SensorOverRange(SensorName::ALL[index])),
        (0..6_usize, -50.0..50.0).prop_map(|(index, offset)| Fault::InputOffset {
            input: InputName::ALL[index],
            offset
        }),
        (0.0..60.0).prop_map(|watts| Fault::ExtraHeat { watts }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..60_000_u64).prop_map(|ms| Event::Advance(Duration::from_millis(ms))),
        2 => (1..12_u64).prop_map(|hours| Event::Advance(Duration::from_hours(hours))),
        2 => relays().prop_map(Event::Command),
        1 => fault().prop_map(Event::Inject),
        1 => fault().prop_map(Event::Clear),
    ]
}

fn config() -> impl Strategy<Value = PlantConfig> {
    let preset = (0..6_usize).prop_map(|index| PlantConfig::presets()[index].1);
    let load = (0..4_usize).prop_map(|index| {
        [
            LoadParameters::constant,
            LoadParameters::day_profile,
            LoadParameters::pulsed,
            LoadParameters::dropping_out,
        ][index]
    });
    (preset, load, any::<bool>(), 0.0..=1.0).prop_map(
        |(preset, load, by_copetti, initial_state_of_charge)| PlantConfig {
            initial_state_of_charge,
            load: load(preset.load),
            battery: if by_copetti {
                BatteryParameters::copetti(preset.battery.rated_ampere_hours)
            } else {
                preset.battery
            },
            ..preset
        },
    )
}

fn apply(plant: &mut Plant, event: Event) {
    match event {
        Event::Advance(duration) => plant.advance(duration),
        Event::Command(relays) => plant.command(relays),
        Event::Inject(fault) => plant.inject(fault),
        Event::Clear(fault) => plant.clear(fault),
    }
}

fn check(config: &PlantConfig, truth: &Truth) -> Result<(), TestCaseError> {
    let flows = &truth.flows;
    prop_assert!((0.0..=1.0).contains(&truth.state_of_charge), "{truth:?}");
    // A charger 6 V too high reaches 20.5 V with its compensation at 0 °C; an empty block
    // without load 8 V, with a shorted cell 6.7 V.
    prop_assert!((6.5..=21.0).contains(&flows.battery_volts), "{truth:?}");
    prop_assert!((0.0..=21.0).contains(&flows.charger_volts), "{truth:?}");
    prop_assert!((6.5..=21.0).contains(&flows.load_volts), "{truth:?}");
    prop_assert!(
        (0.0..=config.charger.current_limit_amperes).contains(&flows.charger_amperes),
        "{truth:?}"
    );
    // The greatest pulse, 240 W and noise, just above the voltage at which the load drops out.
    prop_assert!((0.0..=30.0).contains(&flows.load_amperes), "{truth:?}");
    let supplied_apart =
        truth.mains_present && config.wiring == releve_control::Wiring::BatteryLead;
    let drawn = if supplied_apart {
        0.0
    } else {
        flows.load_amperes
    };
    prop_assert!(
        (flows.charger_amperes - drawn - flows.battery_amperes).abs() < 1e-9,
        "{truth:?}"
    );
    prop_assert!(
        (-40.0..=250.0).contains(&truth.battery_celsius),
        "{truth:?}"
    );
    prop_assert!((0.0..=60.0).contains(&truth.gassing_amperes), "{truth:?}");
    Ok(())
}

fn check_measurements(plant: &mut Plant) -> Result<(), TestCaseError> {
    let sample = plant.sample();
    for measurement in [
        sample.battery_volts,
        sample.charger_volts,
        sample.charger_amperes,
        sample.load_volts,
        sample.load_amperes,
        sample.temperature_celsius,
    ] {
        if let Measurement::Value(value) | Measurement::OverRange(value) = measurement {
            prop_assert!(value.is_finite(), "{sample:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_stays_physical(
        config in config(),
        seed in any::<u64>(),
        events in prop::collection::vec(event(), 1..40),
    ) {
        let mut plant = Plant::new(config, seed).expect("a preset at any state of charge is valid");
        for event in events {
            apply(&mut plant, event);
            check(&config, &plant.truth())?;
            check_measurements(&mut plant)?;
        }
    }

    #[test]
    fn the_same_seed_and_history_give_the_same_values(
        config in config(),
        seed in any::<u64>(),
        events in prop::collection::vec(event(), 1..15),
    ) {
        let mut one = Plant::new(config, seed).expect("a preset at any state of charge is valid");
        let mut other = one.clone();
        for event in events {
            apply(&mut one, event);
            apply(&mut other, event);
            prop_assert_eq!(one.sample(), other.sample());
            prop_assert_eq!(one.truth(), other.truth());
        }
    }

    #[test]
    fn how_often_it_is_measured_does_not_change_the_plant(seed in any::<u64>(), reads in 0..20_usize) {
        let mut read = Plant::new(PlantConfig::telecom_site(), seed).expect("a preset is valid");
        let mut left_alone = read.clone();
        for _ in 0..reads {
            read.sample();
        }
        read.advance(Duration::from_secs(600));
        left_alone.advance(Duration::from_secs(600));
        prop_assert_eq!(read.truth(), left_alone.truth());
    }

    #[test]
    fn the_length_of_a_step_hardly_changes_what_happens(
        config in config(),
        mains in contact(),
        step_ms in 100..60_000_u64,
    ) {
        let mut fine = Plant::new(config, 1).expect("a preset at any state of charge is valid");
        let mut coarse = fine.clone();
        let commanded = Relays { mains, ..Relays::PLAIN };
        let steps = 1_200_000 / step_ms;
        fine.command(commanded);
        coarse.command(commanded);
        for _ in 0..steps {
            coarse.advance(Duration::from_millis(step_ms));
        }
        fine.advance(Duration::from_millis(step_ms * steps));
        let (fine, coarse) = (fine.truth(), coarse.truth());
        prop_assert!((fine.state_of_charge - coarse.state_of_charge).abs() < 0.005, "{fine:?} {coarse:?}");
        prop_assert!((fine.battery_celsius - coarse.battery_celsius).abs() < 0.5, "{fine:?} {coarse:?}");
    }
}

#[test]
fn different_seeds_give_different_noise() {
    let samples: Vec<_> = (0..4)
        .map(|seed| {
            let mut plant =
                Plant::new(PlantConfig::healthy_site(), seed).expect("a preset is valid");
            plant.advance(Duration::from_mins(1));
            plant.sample().load_amperes
        })
        .collect();
    assert!(
        samples.windows(2).any(|pair| pair[0] != pair[1]),
        "{samples:?}"
    );
}
