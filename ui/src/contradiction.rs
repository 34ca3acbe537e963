//! Which other limit a limit does not fit: what the site refused, told in the page's own words.

use std::collections::BTreeMap;

use releve_protocol::Timestamp;
use releve_protocol::control::limits::GAPS;
use releve_protocol::control::{LimitName, LimitSetting};

/// 14.5 − 14.4 is not exactly 0.1 in binary; as the site, we take it for that.
const TOLERANCE: f64 = 1e-9;

/// On which side of the other limit a limit must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below it.
    Below,
    /// Above it.
    Above,
}

/// A limit that comes too close to another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contradiction {
    /// The other limit.
    pub other: LimitName,
    /// Its value.
    pub other_value: f64,
    /// On which side of it the limit must stay.
    pub side: Side,
    /// The least distance, in their unit.
    pub least: f64,
}

impl Contradiction {
    /// What stands most against a limit of that value, beside the others as they are set.
    pub fn of(
        limit: LimitName,
        value: f64,
        set: &BTreeMap<LimitName, LimitSetting<Timestamp>>,
    ) -> Option<Self> {
        let against = GAPS.iter().filter_map(|gap| {
            let (other, side) = if gap.lower == limit {
                (gap.upper, Side::Below)
            } else if gap.upper == limit {
                (gap.lower, Side::Above)
            } else {
                return None;
            };
            Some(Self {
                other,
                other_value: set.get(&other)?.value,
                side,
                least: gap.least,
            })
        });
        let excess = |found: &Self| match found.side {
            Side::Below => value - found.bound(),
            Side::Above => found.bound() - value,
        };
        against
            .filter(|found| excess(found) > TOLERANCE)
            .max_by(|a, b| excess(a).total_cmp(&excess(b)))
    }

    /// The last value that fits the other limit.
    pub fn bound(&self) -> f64 {
        match self.side {
            Side::Below => self.other_value - self.least,
            Side::Above => self.other_value + self.least,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::State;

    fn of(limit: LimitName, value: f64) -> Option<(LimitName, Side)> {
        let text = include_str!("../../protocol/golden/state.json");
        let state: State = releve_protocol::decode(text.as_bytes()).unwrap();
        Contradiction::of(limit, value, &state.limits).map(|found| (found.other, found.side))
    }

    #[test]
    fn the_limit_that_stands_most_against_it_is_found() {
        assert_eq!(
            of(LimitName::ChargeResume, 14.2),
            Some((LimitName::OverchargeCut, Side::Below))
        );
        assert_eq!(
            of(LimitName::OverchargeCut, 13.2),
            Some((LimitName::ChargeResume, Side::Above))
        );
        // It fits below where charging resumes, and not below where a cycle's discharge ends.
        assert_eq!(
            of(LimitName::DischargeFloor, 12.4),
            Some((LimitName::DischargeStop, Side::Below))
        );
    }

    #[test]
    fn the_last_value_that_fits_is_taken_as_the_site_takes_it() {
        assert_eq!(of(LimitName::ChargeResume, 14.1), None);
        assert_eq!(of(LimitName::OverchargeCut, 14.9), None);
        assert_eq!(of(LimitName::DischargeDepth, 50.0), None);
    }
}
