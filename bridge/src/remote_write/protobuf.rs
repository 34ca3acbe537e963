//! Prometheus' `WriteRequest` as protobuf, as far as readings need it. Pure.
//!
//! ```text
//! message WriteRequest { repeated TimeSeries timeseries = 1; }
//! message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
//! message Label { string name = 1; string value = 2; }
//! message Sample { double value = 1; int64 timestamp = 2; }
//! ```
//! Written by hand: of a batch of readings all series of a node share their moments and most of their labels,
//! which are then turned into bytes once.

use crate::store::put_unsigned;

/// Fields 1 and 2 of a message, their values with a length before them.
const FIRST: u8 = 0x0a;
const SECOND: u8 = 0x12;
/// Field 1, eight bytes.
const VALUE: u8 = 0x09;
/// Field 2, a whole number.
const TIMESTAMP: u8 = 0x10;

/// The longest sample, with what stands before it in its series: tag, length, value, moment.
pub const LONGEST_SAMPLE: usize = 2 + 9 + 11;

fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Adds a label of a series.
pub fn put_label(out: &mut Vec<u8>, name: &str, value: &str) {
    let mut label = Vec::with_capacity(name.len() + value.len() + 6);
    put_bytes(&mut label, FIRST, name.as_bytes());
    put_bytes(&mut label, SECOND, value.as_bytes());
    put_bytes(out, FIRST, &label);
}

/// A moment as the field of a sample; the samples of one reading share it.
pub fn timestamp(unix_millis: i64) -> Vec<u8> {
    let mut field = vec![TIMESTAMP];
    // The bits: whole numbers before zero take ten bytes.
    put_unsigned(&mut field, unix_millis as u64);
    field
}

/// Adds a sample of a series, at a moment made with [`timestamp`].
pub fn put_sample(out: &mut Vec<u8>, value: f64, timestamp: &[u8]) {
    out.push(SECOND);
    out.push((9 + timestamp.len()) as u8);
    out.push(VALUE);
    out.extend_from_slice(&value.to_le_bytes());
    out.extend_from_slice(timestamp);
}

/// Adds a series to a request: its labels in parts, in the order of their names, and its samples.
pub fn put_series(out: &mut Vec<u8>, labels: [&[u8]; 3], samples: &[u8]) {
    let length = labels.iter().map(|part| part.len()).sum::<usize>() + samples.len();
    out.push(FIRST);
    put_unsigned(out, length as u64);
    for part in labels {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(samples);
}
