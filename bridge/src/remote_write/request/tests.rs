use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::metrics::readings;
use crate::remote_write::decoded::{Sample, TimeSeries, WriteRequest};
use crate::samples;

type Labels = Vec<(String, String)>;

fn labels(series: &TimeSeries) -> Labels {
    let labels = series.labels.iter();
    labels
        .map(|label| (label.name.clone(), label.value.clone()))
        .collect()
}

/// What a scrape would show of the reading.
fn scraped(reading: &releve_protocol::Reading) -> BTreeMap<Labels, f64> {
    let node = samples::node();
    let one = [(&node, reading)];
    let mut all = BTreeMap::new();
    let text: String = readings::families(&one).collect();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, pairs) = series.split_once('{').expect("labels");
        let pairs = pairs.trim_end_matches('}').split(',');
        let mut labels: Labels = pairs
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
            .collect();
        labels.push(("__name__".to_owned(), name.to_owned()));
        labels.sort();
        all.insert(labels, value.parse().expect("a number"));
    }
    all
}

#[test]
fn what_is_sent_of_a_reading_is_what_a_scrape_would_show_at_its_own_moment() {
    let reading = samples::reading("a", 1);
    let stored = samples::stored_in_row(1, "col-de-porte", &reading);
    let request = request(std::slice::from_ref(&stored)).expect("a request");
    let decoded = WriteRequest::of(&request.body);
    assert_eq!(decoded.samples() as u64, request.samples);
    assert_eq!(samples_of(&stored), request.samples);
    let mut sent = BTreeMap::new();
    for series in &decoded.timeseries {
        let [sample] = series.samples[..] else {
            panic!("{series:?}");
        };
        assert_eq!(sample.timestamp, reading.at.as_unix_millis());
        let labels = labels(series);
        assert!(labels.is_sorted(), "{labels:?}");
        assert_eq!(sent.insert(labels, sample.value), None);
    }
    let bits = |all: BTreeMap<Labels, f64>| -> BTreeMap<Labels, u64> {
        let all = all.into_iter();
        all.map(|(labels, value)| (labels, value.to_bits()))
            .collect()
    };
    assert!(sent.len() > 50);
    assert_eq!(bits(sent), bits(scraped(&reading)));
}

#[test]
fn what_is_not_known_is_not_sent() {
    let mut reading = samples::reading("a", 1);
    let whole = samples_of(&samples::stored_in_row(1, "a", &reading));
    // The golden reading knows every quantity but the temperature.
    assert_eq!(whole, most_samples() - 3);
    reading.missing_ah = None;
    reading.battery.voltage.min = None;
    let stored = samples::stored_in_row(1, "a", &reading);
    assert_eq!(samples_of(&stored), whole - 2);
    let request = request(&[stored]).expect("a request");
    assert_eq!(request.samples, whole - 2);
    let decoded = WriteRequest::of(&request.body);
    assert_eq!(decoded.moments("releve_battery_voltage_min_volts"), []);
    assert_eq!(decoded.moments("releve_battery_voltage_volts").len(), 1);
}

#[test]
fn samples_of_a_series_are_together_in_the_order_of_time() {
    let of = |number, node, seq| samples::stored_in_row(number, node, &samples::reading("a", seq));
    let readings = [of(1, "b", 3), of(2, "a", 9), of(3, "b", 1), of(4, "b", 2)];
    let request = request(&readings).expect("a request");
    let decoded = WriteRequest::of(&request.body);
    let voltages: Vec<(Option<&str>, Vec<i64>)> = (decoded.timeseries.iter())
        .filter(|series| series.label("__name__") == Some("releve_battery_voltage_volts"))
        .map(|series| {
            let moments = series.samples.iter().map(|sample| sample.timestamp);
            (series.label("node"), moments.collect())
        })
        .collect();
    let at = |seq| samples::reading("a", seq).at.as_unix_millis();
    let expected = [
        (Some("a"), vec![at(9)]),
        (Some("b"), vec![at(1), at(2), at(3)]),
    ];
    assert_eq!(voltages, expected);
}

#[test]
fn an_empty_request_is_one() {
    let request = empty().expect("a request");
    assert_eq!(request.samples, 0);
    assert_eq!(WriteRequest::of(&request.body).timeseries, []);
}

#[test]
fn a_request_has_a_bound() {
    let reading = samples::reading("a", 1);
    let of_one: Vec<_> = (0..10_000)
        .map(|number| samples::stored_in_row(number, "a", &reading))
        .collect();
    let of_many: Vec<_> = (0..10_000)
        .map(|number| samples::stored_in_row(number, &format!("node-{number}"), &reading))
        .collect();
    for readings in [of_one, of_many] {
        let fit = how_many_fit(&readings);
        assert!((100..10_000).contains(&fit), "{fit}");
        let (plain, _) = write(&readings[..fit]);
        assert!(
            (MAX_BYTES / 2..=MAX_BYTES).contains(&plain.len()),
            "{}",
            plain.len()
        );
    }
    assert_eq!(how_many_fit(&[]), 0);
    assert_eq!(how_many_fit(&[samples::stored_in_row(1, "a", &reading)]), 1);
}

proptest! {
    #[test]
    fn any_sample_comes_back(value: f64, timestamp: i64, name in ".{0,200}", text in ".{0,200}") {
        let mut parts = [Vec::new(), Vec::new(), Vec::new()];
        protobuf::put_label(&mut parts[0], &name, &text);
        protobuf::put_label(&mut parts[2], "z", "");
        let mut sample = Vec::new();
        protobuf::put_sample(&mut sample, value, &protobuf::timestamp(timestamp));
        prop_assert!(sample.len() <= protobuf::LONGEST_SAMPLE);
        let mut plain = Vec::new();
        let [before, node, after] = &parts;
        protobuf::put_series(&mut plain, [before, node, after], &sample);
        let body = snap::raw::Encoder::new().compress_vec(&plain).expect("compressed");
        let decoded = WriteRequest::of(&body);
        let [series] = &decoded.timeseries[..] else {
            panic!("{decoded:?}");
        };
        prop_assert_eq!(series.label(&name), Some(&*text));
        let [Sample { value: back, timestamp: at }] = series.samples[..] else {
            panic!("{series:?}");
        };
        prop_assert_eq!((back.to_bits(), at), (value.to_bits(), timestamp));
    }
}
