//! A reading as the bytes of a row, and back. Pure.
//!
//! The first byte is the layout's number: which quantities follow, in which order. A program with another
//! catalog writes another layout and reads both.

use releve_protocol::Reading;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::statistics::{Quality, Statistics};

use super::number::{Reader, from_units, in_units, put_signed};

/// What is kept of a quantity over one window, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// How far they can be trusted.
    pub quality: Quality,
}

impl Figures {
    /// No value at all.
    pub const MISSING: Self = Self {
        mean: None,
        min: None,
        max: None,
        quality: Quality::Missing,
    };
}

impl From<&Statistics> for Figures {
    fn from(statistics: &Statistics) -> Self {
        Self {
            mean: statistics.mean,
            min: statistics.min,
            max: statistics.max,
            quality: statistics.quality,
        }
    }
}

/// The figures of a reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Whether site time was not real time: nothing that is dated by a real clock may take it.
    pub accelerated: bool,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Charge missing since the battery was last full, Ah.
    pub missing_ah: Option<f64>,
    /// State of charge by counting, percent.
    pub state_of_charge: Option<f64>,
    /// The quantities, in the order of [`QUANTITIES`]; missing where the layout knew none of that name.
    pub quantities: Vec<Figures>,
}

/// The order of quantities in a layout: for each the place in [`QUANTITIES`], where it has one.
pub type Order = Vec<Option<usize>>;

const ACCELERATED: u8 = 1;

const MEAN: u8 = 1 << 2;
const MIN: u8 = 1 << 3;
const MAX: u8 = 1 << 4;
/// The figures follow to the bit.
const EXACT: u8 = 1 << 5;

/// Writes the reading in the layout of this program's catalog, whose number is `layout`.
pub fn write(reading: &Reading, accelerated: bool, layout: u8, out: &mut Vec<u8>) {
    out.clear();
    out.push(layout);
    out.push(if accelerated { ACCELERATED } else { 0 });
    write_figure(Some(reading.window_s), out);
    write_figure(reading.missing_ah, out);
    write_figure(reading.state_of_charge, out);
    for quantity in QUANTITIES {
        write_figures((quantity.of)(reading).into(), out);
    }
}

/// Reads a row; `order_of` gives the order of a layout.
///
/// `None` if the bytes are none of ours, or in a layout that is not known.
#[must_use]
pub fn read<'a>(bytes: &[u8], order_of: impl FnOnce(u8) -> Option<&'a Order>) -> Option<Body> {
    let mut reader = Reader::new(bytes);
    let order = order_of(reader.byte()?)?;
    let accelerated = reader.byte()? & ACCELERATED != 0;
    let window_s = read_figure(&mut reader)??;
    let missing_ah = read_figure(&mut reader)?;
    let state_of_charge = read_figure(&mut reader)?;
    let mut quantities = vec![Figures::MISSING; QUANTITIES.len()];
    for place in order {
        let figures = read_figures(&mut reader)?;
        if let Some(held) = place.and_then(|place| quantities.get_mut(place)) {
            *held = figures;
        }
    }
    Some(Body {
        accelerated,
        window_s,
        missing_ah,
        state_of_charge,
        quantities,
    })
}

const fn quality_code(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Partial => 1,
        Quality::OverRange => 2,
        Quality::Missing => 3,
    }
}

const fn quality_of(code: u8) -> Quality {
    match code & 3 {
        0 => Quality::Good,
        1 => Quality::Partial,
        2 => Quality::OverRange,
        _ => Quality::Missing,
    }
}

/// Writes a figure. 0: none; 1: to the bit; 2: in units.
pub fn write_figure(value: Option<f64>, out: &mut Vec<u8>) {
    match value.map(|value| (value, in_units(value))) {
        None => out.push(0),
        Some((value, None)) => {
            out.push(1);
            out.extend(value.to_le_bytes());
        }
        Some((_, Some(units))) => {
            out.push(2);
            put_signed(out, units);
        }
    }
}

/// Reads a figure; `None` if the bytes are none of ours.
pub fn read_figure(reader: &mut Reader<'_>) -> Option<Option<f64>> {
    match reader.byte()? {
        0 => Some(None),
        1 => reader.exact().map(Some),
        2 => reader.signed().map(|units| Some(from_units(units))),
        _ => None,
    }
}

/// Writes the figures of a quantity.
pub fn write_figures(figures: Figures, out: &mut Vec<u8>) {
    let all = [(figures.mean, MEAN), (figures.min, MIN), (figures.max, MAX)];
    let present = all.iter().filter(|(value, _)| value.is_some());
    let tag = present.fold(quality_code(figures.quality), |tag, (_, bit)| tag | bit);
    let known = all.iter().filter_map(|(value, _)| *value);
    let units: Option<Vec<i64>> = known.clone().map(in_units).collect();
    match units {
        Some(units) => {
            out.push(tag);
            // The least and the greatest lie close to the mean: their distance is short.
            let mut before = 0;
            for unit in units {
                put_signed(out, unit - before);
                before = unit;
            }
        }
        None => {
            out.push(tag | EXACT);
            known.for_each(|value| out.extend(value.to_le_bytes()));
        }
    }
}

/// Reads the figures of a quantity; `None` if the bytes are none of ours.
pub fn read_figures(reader: &mut Reader<'_>) -> Option<Figures> {
    let tag = reader.byte()?;
    let mut before = 0_i64;
    let mut next = |bit: u8| -> Option<Option<f64>> {
        if tag & bit == 0 {
            return Some(None);
        }
        if tag & EXACT != 0 {
            return reader.exact().map(Some);
        }
        before = before.checked_add(reader.signed()?)?;
        Some(Some(from_units(before)))
    };
    Some(Figures {
        mean: next(MEAN)?,
        min: next(MIN)?,
        max: next(MAX)?,
        quality: quality_of(tag),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples;

    fn own_order() -> Order {
        (0..QUANTITIES.len()).map(Some).collect()
    }

    #[test]
    fn a_reading_comes_back_to_the_digit_and_is_short() {
        let reading = samples::reading("a", 1);
        let mut bytes = Vec::new();
        write(&reading, true, 7, &mut bytes);
        assert!(bytes.len() < 90, "{} bytes", bytes.len());
        let order = own_order();
        let body = read(&bytes, |layout| (layout == 7).then_some(&order)).expect("a row");
        assert!(body.accelerated);
        assert_eq!(body.window_s, 30.0);
        assert_eq!(body.missing_ah, Some(0.42));
        assert_eq!(body.state_of_charge, Some(97.7));
        for (quantity, figures) in QUANTITIES.iter().zip(&body.quantities) {
            let expected = Figures::from((quantity.of)(&reading));
            assert_eq!(*figures, expected, "{}", quantity.key);
        }
    }

    #[test]
    fn a_row_of_another_catalog_gives_what_both_know() {
        let reading = samples::reading("a", 1);
        let mut bytes = Vec::new();
        write(&reading, false, 0, &mut bytes);
        // There the first quantity was one that this program does not know, and the last two stood swapped.
        let mut order = own_order();
        order[0] = None;
        let last = order.len() - 1;
        order.swap(last, last - 1);
        let body = read(&bytes, |_| Some(&order)).expect("a row");
        assert_eq!(body.quantities[0], Figures::MISSING);
        let own = |place: usize| Figures::from((QUANTITIES[place].of)(&reading));
        assert_eq!(body.quantities[last], own(last - 1));
        assert_eq!(body.quantities[1], own(1));
    }

    #[test]
    fn bytes_of_nobody_are_no_row() {
        let order = own_order();
        assert_eq!(read(&[], |_| Some(&order)), None);
        assert_eq!(read(&[0, 0, 9], |_| Some(&order)), None);
        assert_eq!(read(&[1, 0, 0], |_| None), None);
    }

    fn figure() -> impl Strategy<Value = Option<f64>> {
        let decimal = (-10_000_000_i32..10_000_000).prop_map(|units| Some(f64::from(units) / 1e4));
        prop_oneof![Just(None), decimal, any::<f64>().prop_map(Some)]
    }

    proptest! {
        #[test]
        fn any_figures_come_back_to_the_bit(mean in figure(), min in figure(), max in figure(), code in 0_u8..4) {
            let figures = Figures { mean, min, max, quality: quality_of(code) };
            let mut bytes = Vec::new();
            write_figures(figures, &mut bytes);
            let back = read_figures(&mut Reader::new(&bytes)).expect("figures");
            let bits = |value: Option<f64>| value.map(f64::to_bits);
            prop_assert_eq!(bits(back.mean), bits(mean));
            prop_assert_eq!(bits(back.min), bits(min));
            prop_assert_eq!(bits(back.max), bits(max));
            prop_assert_eq!(back.quality, figures.quality);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let order = own_order();
            let _ = read(&bytes, |_| Some(&order));
        }
    }
}
