//! What a schedule costs the battery in cycle life.
//!
//! A battery has a finite number of cycles in it, the fewer the deeper they are: what an operator
//! should see before asking for one every day. Ageing by time and heat comes on top.

use crate::profile::Profile;

/// Cycles below this depth wear like cycles of this depth: a fraction of the capacity.
///
/// Makers publish nothing shallower that could be extrapolated from.
pub const SHALLOWEST_DEPTH: f64 = 0.1;

/// Days in a year.
const DAYS_PER_YEAR: f64 = 365.25;

/// A depth of discharge, as a fraction of the capacity, and the cycles of it to end of life.
struct Rating {
    depth: f64,
    cycles: f64,
}

const fn rating(depth: f64, cycles: f64) -> Rating {
    Rating { depth, cycles }
}

/// Lead-acid: the data sheet of one AGM block (Vinachem 12 V 40 Ah). Gel and flooded blocks of
/// standby quality are given the same figures for want of ones of their own.
const LEAD_ACID: [Rating; 3] = [rating(1.0, 200.0), rating(0.5, 600.0), rating(0.3, 1500.0)];

/// LiFePO4: figures as makers of 12 V blocks commonly publish them. General knowledge, held
/// against no data sheet; deeper than 80 % is extrapolated.
const LIFEPO4: [Rating; 3] = [
    rating(0.8, 2500.0),
    rating(0.7, 3000.0),
    rating(0.5, 5000.0),
];

/// Cycles of a depth to the end of life, which is commonly 80 % of the rated capacity.
///
/// `depth_fraction` is the part of the capacity taken out in each: what lies outside
/// [`SHALLOWEST_DEPTH`] to 1 counts as the nearer end, and what is no number as 1. Between the
/// ratings of the profile the logarithm of the cycles is linear in that of the depth, and so it is
/// on from the outermost two.
#[must_use]
pub fn cycles_to_end_of_life(profile: Profile, depth_fraction: f64) -> f64 {
    let depth = if depth_fraction.is_nan() {
        1.0
    } else {
        depth_fraction.clamp(SHALLOWEST_DEPTH, 1.0)
    };
    let [deep, middle, shallow] = match profile {
        Profile::Agm | Profile::Gel | Profile::Flooded => &LEAD_ACID,
        Profile::Lifepo4 => &LIFEPO4,
    };
    let (deeper, shallower) = if depth > middle.depth {
        (deep, middle)
    } else {
        (middle, shallow)
    };
    let exponent = (shallower.cycles / deeper.cycles).ln() / (deeper.depth / shallower.depth).ln();
    middle.cycles * (middle.depth / depth).powf(exponent)
}

/// The part of the cycle life that a year of such cycles spends; 1 is all of it.
///
/// `cycle_every_days` of 0 counts as 1: no schedule asks for more than a cycle a day.
#[must_use]
pub fn share_per_year(profile: Profile, depth_fraction: f64, cycle_every_days: u32) -> f64 {
    1.0 / years_to_spend(profile, depth_fraction, cycle_every_days)
}

/// Years in which such cycles spend the whole cycle life; see [`share_per_year`].
#[must_use]
pub fn years_to_spend(profile: Profile, depth_fraction: f64, cycle_every_days: u32) -> f64 {
    let days = f64::from(cycle_every_days.max(1));
    cycles_to_end_of_life(profile, depth_fraction) * days / DAYS_PER_YEAR
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!(
            (value - expected).abs() <= tolerance,
            "{value} is not {expected} ± {tolerance}"
        );
    }

    #[test]
    fn the_ratings_of_the_data_sheet_come_back() {
        for profile in [Profile::Agm, Profile::Gel, Profile::Flooded] {
            for (depth, cycles) in [(1.0, 200.0), (0.5, 600.0), (0.3, 1500.0)] {
                close(cycles_to_end_of_life(profile, depth), cycles, 1e-6);
            }
        }
        for (depth, cycles) in [(0.8, 2500.0), (0.7, 3000.0), (0.5, 5000.0)] {
            close(cycles_to_end_of_life(Profile::Lifepo4, depth), cycles, 1e-6);
        }
    }

    #[test]
    fn between_two_ratings_it_is_a_straight_line_of_logarithms() {
        // Halfway between 50 % and 100 % on a logarithmic scale, halfway between 600 and 200.
        let depth = 0.5_f64.sqrt();
        let cycles = (600.0_f64 * 200.0).sqrt();
        close(cycles_to_end_of_life(Profile::Agm, depth), cycles, 1e-6);
    }

    #[test]
    fn a_daily_cycle_of_30_percent_spends_it_in_about_4_years() {
        close(years_to_spend(Profile::Agm, 0.3, 1), 4.1, 0.05);
        close(share_per_year(Profile::Agm, 0.3, 1), 0.244, 0.001);
    }

    #[test]
    fn a_quarterly_cycle_of_30_percent_costs_next_to_nothing() {
        close(share_per_year(Profile::Agm, 0.3, 91), 0.0027, 0.0001);
    }

    #[test]
    fn no_cycle_is_shallower_than_the_least_or_deeper_than_all() {
        for profile in Profile::ALL.iter().copied() {
            let cycles = |depth| cycles_to_end_of_life(profile, depth);
            for depth in [f64::NEG_INFINITY, -1.0, 0.0, 0.05] {
                close(cycles(depth), cycles(SHALLOWEST_DEPTH), 0.0);
            }
            for depth in [1.5, f64::INFINITY, f64::NAN] {
                close(cycles(depth), cycles(1.0), 0.0);
            }
        }
    }

    #[test]
    fn a_cycle_every_zero_days_is_one_a_day() {
        close(
            years_to_spend(Profile::Gel, 0.3, 0),
            years_to_spend(Profile::Gel, 0.3, 1),
            0.0,
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn deeper_or_more_frequent_cycles_never_cost_less(
            profile in proptest::sample::select(Profile::ALL),
            depth in 0.0..1.0_f64,
            deeper_by in 0.0..0.5_f64,
            days in 1..365_u32,
        ) {
            let share = share_per_year(profile, depth, days);
            prop_assert!(share.is_finite() && share > 0.0);
            prop_assert!(share_per_year(profile, depth + deeper_by, days) >= share);
            prop_assert!(share_per_year(profile, depth, days + 1) < share);
        }
    }
}
