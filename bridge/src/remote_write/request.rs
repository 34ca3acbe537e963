//! Readings as a request of Prometheus' remote-write 1.0. Pure.

use std::collections::HashSet;
use std::sync::LazyLock;

use releve_protocol::NodeId;

use super::protobuf;
use crate::metrics::readings::{METRICS, Series};
use crate::store::StoredReading;

/// The most bytes of a request before it is compressed, but for a request of one reading.
const MAX_BYTES: usize = 4 << 20;

/// A request, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is sent: compressed.
    pub body: Vec<u8>,
    /// How many samples that are.
    pub samples: u64,
}

/// A series of each node, and its labels on both sides of `node`, in the order of their names.
struct Prepared {
    series: &'static Series,
    before: Vec<u8>,
    after: Vec<u8>,
}

static PREPARED: LazyLock<Vec<Prepared>> = LazyLock::new(|| {
    let each = METRICS.iter().flat_map(|metric| {
        let of_series = move |series| prepared(&metric.name, series);
        metric.series.iter().map(of_series)
    });
    each.collect()
});

fn prepared(name: &str, series: &'static Series) -> Prepared {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    protobuf::put_label(&mut before, "__name__", name);
    if let Some((name, value)) = series.label {
        let side = if name < "node" {
            &mut before
        } else {
            &mut after
        };
        protobuf::put_label(side, name, value);
    }
    Prepared {
        series,
        before,
        after,
    }
}

/// The most samples that a reading can have.
#[must_use]
pub fn most_samples() -> u64 {
    PREPARED.len() as u64
}

/// How many samples the reading has: what it does not know has none.
#[must_use]
pub fn samples_of(reading: &StoredReading) -> u64 {
    let known = (PREPARED.iter()).filter(|prepared| prepared.series.value(reading).is_some());
    known.count() as u64
}

/// How many of the readings, from the first one on, fit into a request; at least one of them does.
#[must_use]
pub fn how_many_fit(readings: &[StoredReading]) -> usize {
    let of_reading = PREPARED.len() * protobuf::LONGEST_SAMPLE;
    let labels = PREPARED.iter();
    let labels = labels.map(|prepared| prepared.before.len() + prepared.after.len() + 16);
    let labels: usize = labels.sum();
    let mut nodes: HashSet<&NodeId> = HashSet::new();
    let mut bytes = 0;
    let too_much = readings.iter().position(|reading| {
        bytes += of_reading;
        if nodes.insert(&reading.node) {
            bytes += labels + PREPARED.len() * reading.node.as_str().len();
        }
        bytes > MAX_BYTES
    });
    too_much.map_or(readings.len(), |place| place.max(1))
}

/// The readings as a request: the samples of each series together, in the order of their moments.
///
/// # Errors
/// If the compression fails, which takes more than 4 GiB.
pub fn request(readings: &[StoredReading]) -> Result<Request, snap::Error> {
    let (plain, samples) = write(readings);
    let body = snap::raw::Encoder::new().compress_vec(&plain)?;
    Ok(Request { body, samples })
}

/// A request that holds nothing: whoever takes any request takes it.
///
/// # Errors
/// As [`request`].
pub fn empty() -> Result<Request, snap::Error> {
    request(&[])
}

/// The request before it is compressed, and the number of its samples.
fn write(readings: &[StoredReading]) -> (Vec<u8>, u64) {
    let mut sorted: Vec<_> = (readings.iter())
        .map(|reading| (reading, protobuf::timestamp(reading.at.as_unix_millis())))
        .collect();
    sorted.sort_by_key(|(reading, _)| (&reading.node, reading.at, reading.number));
    let (mut out, mut count) = (Vec::new(), 0);
    let (mut node, mut samples) = (Vec::new(), Vec::new());
    for of_node in sorted.chunk_by(|(one, _), (other, _)| one.node == other.node) {
        node.clear();
        protobuf::put_label(&mut node, "node", of_node[0].0.node.as_str());
        for prepared in PREPARED.iter() {
            samples.clear();
            for (reading, timestamp) in of_node {
                if let Some(value) = prepared.series.value(*reading) {
                    protobuf::put_sample(&mut samples, value, timestamp);
                    count += 1;
                }
            }
            if !samples.is_empty() {
                let labels = [&prepared.before[..], &node, &prepared.after];
                protobuf::put_series(&mut out, labels, &samples);
            }
        }
    }
    (out, count)
}

#[cfg(test)]
mod tests;
