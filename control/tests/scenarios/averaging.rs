//! Readings: what the statistics of a window say, and what they never say.

use crate::site::*;
use releve_control::Wiring;
use releve_control::sample::{MainsSense, Measurement};
use releve_control::statistics::{Quality, Statistics, WindowStatistics};

fn last(site: &Site) -> WindowStatistics {
    *site.readings.last().expect("a window has ended")
}

/// ```text
/// ten samples 13.00, 13.01, … 13.09 V: mean 13.045, population deviation √(0.0825/1000)
/// ```
#[test]
fn mean_extremes_and_deviation() {
    let mut site = Site::new(Wiring::CommonBus);
    for step in 0..10 {
        site.measured.battery_volts = volts(13.0 + f64::from(step) * 0.01);
        site.run(SAMPLE);
    }
    let expected = Statistics {
        mean: Some(13.045),
        min: Some(13.0),
        max: Some(13.09),
        sd: Some(0.0287),
        n: 10,
        quality: Quality::Good,
    };
    assert_eq!(last(&site).battery.voltage, expected);
}

/// ```text
/// five samples of 10 V · 1 A, five of 20 V · 3 A: mean power 35 W, not 15 V · 2 A = 30 W
/// ```
#[test]
fn power_is_the_mean_of_the_products() {
    let mut site = Site::new(Wiring::CommonBus);
    for (voltage, current) in [(10.0, 1.0), (20.0, 3.0)] {
        site.measured.load_volts = volts(voltage);
        site.measured.load_amperes = amperes(current);
        site.run(5 * SAMPLE);
    }
    assert_eq!(last(&site).load.power.mean, Some(35.0));
}

/// ```text
/// one failed transfer in ten: partial, figures of the other nine     all failed: missing, all null
/// ```
#[test]
fn missing_samples_show_in_the_quality() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.temperature_celsius = SILENT;
    site.run(SAMPLE);
    site.measured.temperature_celsius = celsius(21.0);
    site.run(9 * SAMPLE);
    let temperature = last(&site).temperature;
    assert_eq!(
        (temperature.quality, temperature.n, temperature.mean),
        (Quality::Partial, 9, Some(21.0))
    );
    site.measured.temperature_celsius = SILENT;
    site.run(30 * SECOND);
    assert_eq!(last(&site).temperature, Statistics::MISSING);
    assert_eq!(
        last(&site).battery.voltage.quality,
        Quality::Good,
        "one sensor does not spoil another"
    );
}

/// ```text
/// the load's current is beyond the shunt's range in one sample of ten
/// ```
#[test]
fn over_range_is_a_bound_never_zero_and_never_missing() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.load_amperes = Measurement::OverRange(20.0);
    site.run(SAMPLE);
    site.measured.load_amperes = amperes(10.0);
    site.run(9 * SAMPLE);
    let reading = last(&site);
    assert_eq!(reading.load.current.quality, Quality::OverRange);
    assert_eq!(
        (reading.load.current.mean, reading.load.current.max),
        (Some(11.0), Some(20.0))
    );
    assert_eq!(reading.load.power.quality, Quality::OverRange);
    assert_eq!(
        (reading.load.power.mean, reading.load.power.max),
        (Some(149.6), Some(272.0))
    );
    assert_eq!(
        (reading.battery.current.quality, reading.battery.current.min),
        (Quality::OverRange, Some(-18.0))
    );
    assert_eq!(reading.battery.voltage.quality, Quality::Good);
}

/// ```text
/// sensors give NaN and infinity: missing, and no NaN comes out
/// ```
#[test]
fn what_is_not_a_number_is_missing() {
    let mut site = Site::new(Wiring::CommonBus);
    site.measured.charger_volts = volts(f64::NAN);
    site.measured.charger_amperes = amperes(f64::INFINITY);
    site.run(30 * SECOND);
    let reading = last(&site);
    assert_eq!(reading.charger.voltage, Statistics::MISSING);
    assert_eq!(reading.charger.current, Statistics::MISSING);
    assert_eq!(reading.charger.power, Statistics::MISSING);
    assert_eq!(reading.battery.current, Statistics::MISSING);
}

/// ```text
/// 0:00 four samples, then silence     0:31.5 the window is still open     0:31.501 it ends by time
/// ```
#[test]
fn a_window_ends_by_time_when_samples_stay_away() {
    let mut site = Site::new(Wiring::CommonBus);
    site.run(4 * SAMPLE);
    site.silence(19 * SECOND + SECOND / 2);
    assert_eq!(site.readings.len(), 0);
    site.silence(SECOND / 1000);
    assert_eq!(site.readings.len(), 1);
    assert_eq!(
        (last(&site).n, last(&site).battery.voltage.quality),
        (4, Quality::Partial)
    );
    // The next window began on time, so its ten samples are complete 30 s later.
    site.now = releve_control::Monotonic::from_millis(site.now.as_millis() - 1501);
    site.run(30 * SECOND);
    assert_eq!((site.readings.len(), last(&site).n), (2, 10));
}

/// ```text
/// ten minutes of silence, then samples again: one empty window, then a full one
/// ```
#[test]
fn silence_leaves_one_empty_window() {
    let mut site = Site::new(Wiring::CommonBus);
    site.silence(10 * MINUTE);
    assert_eq!((site.readings.len(), last(&site).n), (1, 0));
    assert_eq!(last(&site).battery.voltage, Statistics::MISSING);
    site.run(30 * SECOND);
    assert_eq!((site.readings.len(), last(&site).n), (2, 10));
}

/// ```text
/// 0:00 a window begins     0:40 nobody asked before: it ends, and the next one began at 0:30
/// 1:04 that one is over, too, with the seven samples since
/// ```
#[test]
fn after_a_silence_windows_go_on_where_they_would_have_been() {
    let mut site = Site::new(Wiring::CommonBus);
    site.silence(40 * SECOND);
    assert_eq!((site.readings.len(), last(&site).n), (1, 0));
    site.run(7 * SAMPLE);
    assert_eq!(site.readings.len(), 1);
    site.run(SAMPLE);
    assert_eq!((site.readings.len(), last(&site).n), (2, 7));
}

/// ```text
/// on mains 2 A charge; mains lost, the load draws 1.5 A from the battery; without a sense input,
/// without current from the charger and off its float voltage nobody knows
/// ```
#[test]
fn the_batterys_current_follows_the_wiring() {
    let mut site = Site::new(Wiring::CommonBus);
    site.run(30 * SECOND);
    assert_eq!(last(&site).battery.current.mean, Some(0.5));

    let mut site = Site::new(Wiring::BatteryLead);
    site.run(30 * SECOND);
    assert_eq!(last(&site).battery.current.mean, Some(2.0));
    site.measured.charger_amperes = amperes(0.0);
    site.measured.mains_sense = MainsSense::Lost;
    site.run(30 * SECOND);
    assert_eq!(last(&site).battery.current.mean, Some(-1.5));

    let mut site = Site::new(Wiring::BatteryLead);
    site.measured.charger_amperes = amperes(0.0);
    site.measured.battery_volts = volts(12.9);
    site.run(30 * SECOND);
    assert_eq!(last(&site).battery.current, Statistics::MISSING);
}
