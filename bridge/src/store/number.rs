//! Figures as bytes: decimal numbers in few of them, any other to the bit. Pure.

/// A node rounds its figures to 0.0001, so most are whole multiples of it.
const UNITS: f64 = 10_000.0;
/// Whole numbers up to this are told apart by an `f64`.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The figure in units of 0.0001, if that gives back the same figure to the bit.
#[must_use]
pub fn in_units(value: f64) -> Option<i64> {
    let units = (value * UNITS).round();
    let is_whole = units.abs() < LARGEST_WHOLE;
    let whole = units as i64;
    // To the bit: minus zero would lose its sign.
    (is_whole && from_units(whole).to_bits() == value.to_bits()).then_some(whole)
}

/// The figure of so many units of 0.0001.
#[must_use]
pub fn from_units(units: i64) -> f64 {
    units as f64 / UNITS
}

/// Writes a whole number in as few bytes as it needs, seven bits in each.
pub fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a whole number with a sign: small ones of either sign are short.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Reads what was written.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The next whole number without a sign.
    pub fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// The next whole number with a sign.
    pub fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The next figure that was written to the bit.
    pub fn exact(&mut self) -> Option<f64> {
        let (first, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(f64::from_le_bytes(*first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_of_a_node_are_short() {
        for (value, units) in [
            (13.62, 136_200),
            (-0.3, -3_000),
            (0.0, 0),
            (0.0001, 1),
            (43.5512, 435_512),
        ] {
            assert_eq!(in_units(value), Some(units));
            assert_eq!(from_units(units).to_bits(), value.to_bits());
        }
        for value in [0.000_01, 1.0 / 3.0, -0.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(in_units(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_come_back(unsigned: u64, signed: i64) {
            let mut bytes = Vec::new();
            put_unsigned(&mut bytes, unsigned);
            put_signed(&mut bytes, signed);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.unsigned(), Some(unsigned));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn units_give_back_the_figure(value: f64) {
            if let Some(units) = in_units(value) {
                prop_assert_eq!(from_units(units).to_bits(), value.to_bits());
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.unsigned().is_some() {}
            let mut reader = Reader::new(&bytes);
            while reader.exact().is_some() {}
        }
    }
}
