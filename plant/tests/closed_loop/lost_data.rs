//! Sensors that fail.

use releve_control::{AlarmName, Cause, Contact, CycleOutcome, Mode, RelayName, Rule, Wiring};
use releve_plant::{Fault, InputName, PlantConfig, SensorName};

use crate::log::assert_between;
use crate::site::*;

/// 01:00  a cycle begins
/// 02:00  the thermometer no longer answers
/// ..     nine seconds later: data_lost, both circuits closed, the cycle aborted
/// 02:30  it answers again; three good windows later the interlock ends
#[test]
fn a_cycle_ends_in_the_plain_installation_when_the_thermometer_is_lost() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::floating(plant)
            .at(at(0, 10), mode(Mode::ConsumptionCycle))
            .at(at(1, 0), start_cycle())
            .during(
                at(2, 0),
                at(2, 30),
                Fault::SensorLost(SensorName::Thermometer),
            );
        site.run_to(at(3, 0));
        let log = &site.log;
        let raised = log.raised(AlarmName::DataLost);
        assert_between(
            log,
            "the alarm",
            raised,
            at(2, 0) + 9 * SECOND,
            at(2, 0) + 12 * SECOND,
        );
        assert_eq!(
            log.cause(AlarmName::DataLost),
            Some(Cause::TemperatureMissing)
        );
        assert_eq!(
            log.switched(RelayName::Mains, Contact::Closed, Rule::DataLost),
            raised
        );
        assert_eq!(
            log.switched(RelayName::Charger, Contact::Closed, Rule::DataLost),
            raised
        );
        let [report] = log.cycles()[..] else {
            panic!("one cycle:\n{log}")
        };
        assert_eq!(
            (report.outcome, report.cause),
            (CycleOutcome::Aborted, Some(Cause::DataLost))
        );
        let cleared = log.cleared(AlarmName::DataLost);
        assert_between(log, "its end", cleared, at(2, 31), at(2, 33));
        log.assert_alarms(&[AlarmName::DataLost, AlarmName::CycleAborted]);
    }
}

/// 00:01  an operator opens relay 2 on a common bus for four hours
/// 01:00  the sense lead of the battery falls off: input 1 answers nonsense
/// ..     the plain installation, whatever the hand wants
#[test]
fn without_the_battery_s_voltage_a_charger_opened_by_hand_closes() {
    let mut site = Site::new(PlantConfig::telecom_site())
        .at(at(0, 1), by_hand(4 * HOUR))
        .at(at(0, 1), open(RelayName::Charger))
        .from(at(1, 0), Fault::SensorOutOfRange(SensorName::Battery));
    site.run_to(at(2, 0));
    let closed = site
        .log
        .switched(RelayName::Charger, Contact::Closed, Rule::DataLost);
    assert_between(
        &site.log,
        "relay 2",
        closed,
        at(1, 0) + 9 * SECOND,
        at(1, 0) + 12 * SECOND,
    );
    assert_eq!(
        site.log.cause(AlarmName::DataLost),
        Some(Cause::VoltageMissing)
    );
}

/// 01:00  input 1 reads the end of its range: nobody knows how high the voltage is
/// ..     with its first sample the charger opens by the hard limit, mains stays
/// 02:00  it measures again; when the battery has sunk below charge_resume the charger closes: at once where
///        the load has pulled it down, after hours where it rested
#[test]
fn a_voltage_beyond_the_sensor_s_range_opens_the_charger() {
    for plant in [PlantConfig::healthy_site(), PlantConfig::telecom_site()] {
        let mut site = Site::new(plant).during(
            at(1, 0),
            at(2, 0),
            Fault::SensorOverRange(SensorName::Battery),
        );
        site.run_to(at(24, 0));
        let log = &site.log;
        let opened = log.switched(RelayName::Charger, Contact::Open, Rule::VoltageHardLimit);
        assert_between(
            log,
            "the charger opens",
            opened,
            at(1, 0),
            at(1, 0) + 3 * SECOND,
        );
        assert_eq!(log.raised(AlarmName::VoltageHardLimit), opened);
        let closed =
            log.switched_after(opened, RelayName::Charger, Contact::Closed, Rule::Observer);
        let latest = match plant.wiring {
            Wiring::BatteryLead => at(12, 0),
            Wiring::CommonBus => at(2, 1),
        };
        assert_between(log, "the charger closes", closed, at(2, 0), latest);
        let sunk = site.between(closed - MINUTE, closed).next();
        assert!(
            sunk.is_some_and(|truth| truth.flows.battery_volts < 13.05),
            "{sunk:?}"
        );
        assert_eq!(log.cleared(AlarmName::VoltageHardLimit), closed);
        for truth in site.between(opened + MINUTE, closed - MINUTE) {
            assert!(
                truth.flows.charger_amperes == 0.0 && truth.mains_present,
                "{truth:?}"
            );
        }
        assert_eq!(log.openings(RelayName::Mains), 0, "{log}");
        // As the end of the range counts as the voltage, the mean tells of a charger, too.
        log.assert_alarms(&[AlarmName::VoltageHardLimit, AlarmName::ChargerVoltageHigh]);
    }
}

/// 01:00  a brown-out: the thermometer answers 85 °C; the charger opens at once
/// 01:10  it answers again: three samples later the charger closes
#[test]
fn a_thermometer_at_its_power_on_value_is_heat_until_it_is_refuted() {
    let mut site = Site::new(PlantConfig::healthy_site()).during(
        at(1, 0),
        at(1, 10),
        Fault::ThermometerAtPowerOnValue,
    );
    site.run_to(at(1, 20));
    let log = &site.log;
    let opened = log.switched(RelayName::Charger, Contact::Open, Rule::Heat);
    assert_between(
        log,
        "the charger opens",
        opened,
        at(1, 0),
        at(1, 0) + 3 * SECOND,
    );
    let closed = log.switched_after(opened, RelayName::Charger, Contact::Closed, Rule::Observer);
    assert_between(
        log,
        "the charger closes",
        closed,
        at(1, 10) + 6 * SECOND,
        at(1, 10) + 12 * SECOND,
    );
}

/// 01:00  input 2's shunt gets an offset that swallows the float current: nothing is made of it
#[test]
fn an_offset_of_the_charger_s_current_raises_no_alarm() {
    let offset = Fault::InputOffset {
        input: InputName::ChargerAmperes,
        offset: -0.03,
    };
    let mut site = Site::new(PlantConfig::healthy_site()).from(at(1, 0), offset);
    site.run_to(at(24, 0));
    site.log.assert_alarms(&[]);
}
