//! Buckets as the bytes of a row, and back. Pure.
//!
//! The first byte is the layout's number, as in the row of a reading; the buckets of an hour follow, each after
//! its place in it.

use releve_protocol::catalog::QUANTITIES;

use super::bucket::{Bucket, Extent, Summary};
use crate::store::number::{Reader, put_signed, put_unsigned};
use crate::store::row::{Order, read_figure, read_figures, write_figure, write_figures};

/// A status that no row has: more than so many in an hour are none of ours.
const MAX_STATUSES: u64 = 100_000;

/// Writes the buckets, each with its place, that begin at `base` (ms since 1970).
pub fn write<'a>(
    buckets: impl Iterator<Item = (u8, &'a Bucket)>,
    base: i64,
    layout: u8,
) -> Vec<u8> {
    let mut out = vec![layout];
    for (place, bucket) in buckets {
        out.push(place);
        write_bucket(bucket, base, &mut out);
    }
    out
}

fn write_bucket(bucket: &Bucket, base: i64, out: &mut Vec<u8>) {
    put_unsigned(out, bucket.readings);
    put_unsigned(out, bucket.covered_ms);
    put_signed(out, bucket.last_at.saturating_sub(base));
    put_unsigned(out, bucket.statuses.len() as u64);
    for (status, ms) in &bucket.statuses {
        put_signed(out, *status);
        put_unsigned(out, *ms);
    }
    for extent in [bucket.missing_ah, bucket.state_of_charge] {
        write_figure(extent.map(|extent| extent.last), out);
        if let Some(extent) = extent {
            write_figure(Some(extent.min), out);
            write_figure(Some(extent.max), out);
        }
    }
    for summary in &bucket.quantities {
        write_figures(summary.figures, out);
        // Mostly everything is known: one byte.
        put_unsigned(out, bucket.covered_ms.saturating_sub(summary.known_ms));
    }
}

/// Reads a row; `order_of` gives the order of a layout. `None` if the bytes are none of ours.
#[must_use]
pub fn read<'a>(
    bytes: &[u8],
    base: i64,
    order_of: impl FnOnce(u8) -> Option<&'a Order>,
) -> Option<Vec<(u8, Bucket)>> {
    let mut reader = Reader::new(bytes);
    let order = order_of(reader.byte()?)?;
    let mut buckets = Vec::new();
    while let Some(place) = reader.byte() {
        buckets.push((place, read_bucket(&mut reader, base, order)?));
    }
    Some(buckets)
}

fn read_bucket(reader: &mut Reader<'_>, base: i64, order: &Order) -> Option<Bucket> {
    let readings = reader.unsigned()?;
    let covered_ms = reader.unsigned()?;
    let last_at = base.saturating_add(reader.signed()?);
    let count = reader.unsigned().filter(|count| *count <= MAX_STATUSES)?;
    let statuses = (0..count)
        .map(|_| Some((reader.signed()?, reader.unsigned()?)))
        .collect::<Option<_>>()?;
    let missing_ah = read_extent(reader)?;
    let state_of_charge = read_extent(reader)?;
    let mut quantities = vec![Summary::MISSING; QUANTITIES.len()];
    for place in order {
        let figures = read_figures(reader)?;
        let known_ms = covered_ms.saturating_sub(reader.unsigned()?);
        if let Some(held) = place.and_then(|place| quantities.get_mut(place)) {
            *held = Summary { figures, known_ms };
        }
    }
    Some(Bucket {
        readings,
        covered_ms,
        last_at,
        statuses,
        missing_ah,
        state_of_charge,
        quantities,
    })
}

fn read_extent(reader: &mut Reader<'_>) -> Option<Option<Extent>> {
    let Some(last) = read_figure(reader)? else {
        return Some(None);
    };
    let (min, max) = (read_figure(reader)??, read_figure(reader)??);
    Some(Some(Extent { last, min, max }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::row::Figures;
    use releve_protocol::control::statistics::Quality;

    fn bucket(mean: Option<f64>, state_of_charge: Option<Extent>) -> Bucket {
        let figures = Figures {
            mean,
            min: mean,
            max: mean,
            quality: Quality::Partial,
        };
        let summary = Summary {
            figures,
            known_ms: 120_000,
        };
        Bucket {
            readings: 10,
            covered_ms: 300_000,
            last_at: 1_700_000_123_456,
            statuses: vec![(3, 200_000), (70, 100_000)],
            missing_ah: None,
            state_of_charge,
            quantities: vec![summary; QUANTITIES.len()],
        }
    }

    proptest! {
        #[test]
        fn buckets_come_back(mean: Option<f64>, last: f64, place: u8) {
            let extent = Extent { last, min: 1.25, max: 99.0 };
            let buckets = [(0, bucket(mean, Some(extent))), (place, bucket(None, None))];
            let base = 1_700_000_000_000;
            let bytes = write(buckets.iter().map(|(place, bucket)| (*place, bucket)), base, 7);
            let order: Order = (0..QUANTITIES.len()).map(Some).collect();
            let back = read(&bytes, base, |layout| (layout == 7).then_some(&order));
            // As text: a figure that is none equals itself there.
            prop_assert_eq!(format!("{:?}", back), format!("{:?}", Some(buckets.to_vec())));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let order: Order = (0..QUANTITIES.len()).map(Some).collect();
            let _ = read(&bytes, 0, |_| Some(&order));
        }
    }
}
