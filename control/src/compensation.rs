//! Charge voltages follow the battery's temperature: warm batteries gas at a lower voltage, cold ones
//! take no charge at it.
//!
//! The law of the makers: `V_set(T) = cells · (V25 − k · (T − 25 °C))`, T held within 0 to 50 °C, with k
//! by chemistry ([`Profile::compensation_volts_per_cell_celsius`]). Limits are set for 25 °C;
//! `Thresholds` is what interlocks and modes hold the battery against.

use core::ops::RangeInclusive;

use crate::level::rounded;
use crate::limits::{Limits, gap_between};
use crate::profile::Profile;
use crate::vocabulary::LimitName;

/// The temperature for which limits are set, °C.
pub const REFERENCE_CELSIUS: f64 = 25.0;
/// Where the law ends, °C.
pub const COMPENSATED_CELSIUS: RangeInclusive<f64> = 0.0..=50.0;
/// The temperature that an unknown one counts as, °C: warm enough to be careful in any battery room.
pub const UNKNOWN_CELSIUS: f64 = 40.0;
/// How far the compensated `charge_stop` stays above the voltage of a full battery at rest, V: our
/// choice, more than a sensor's error.
pub const RESTED_MARGIN_VOLTS: f64 = 0.05;
/// The limits that follow the temperature where the site is configured so.
pub const COMPENSATED: [LimitName; 4] = [
    LimitName::OverchargeCut,
    LimitName::ChargeResume,
    LimitName::HardVoltage,
    LimitName::ChargeStop,
];

/// How far a charge voltage of a 12 V block moves at that temperature, V.
#[must_use]
pub fn shift_volts(profile: Profile, celsius: f64) -> f64 {
    let (coldest, warmest) = COMPENSATED_CELSIUS.into_inner();
    let above_reference = celsius.clamp(coldest, warmest) - REFERENCE_CELSIUS;
    -profile.compensation_volts_per_cell_celsius() * f64::from(profile.cells()) * above_reference
}

/// The limits as they hold at the battery's temperature, each in its unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thresholds {
    /// The temperature that they hold at, °C.
    pub(crate) celsius: Option<f64>,
    values: [f64; LimitName::ALL.len()],
    /// How far charge voltages have moved from those for 25 °C, V.
    charge_shift_volts: f64,
    /// What a full battery at rest does not pass, V.
    rested_volts: f64,
}

impl Thresholds {
    /// `celsius` is the battery's temperature, `None` where the thermometer is lost: the hard limit is
    /// then that of [`UNKNOWN_CELSIUS`] even where nothing else is compensated.
    pub(crate) fn new(
        limits: &Limits,
        profile: Profile,
        compensated: bool,
        celsius: Option<f64>,
    ) -> Self {
        let mut values = [0.0; LimitName::ALL.len()];
        for (value, name) in values.iter_mut().zip(LimitName::ALL) {
            *value = limits.get(*name);
        }
        let mut thresholds = Self {
            celsius,
            values,
            charge_shift_volts: 0.0,
            rested_volts: profile.rested_full_volts() + RESTED_MARGIN_VOLTS,
        };
        let shift = shift_volts(profile, celsius.unwrap_or(UNKNOWN_CELSIUS));
        if compensated {
            thresholds.charge_shift_volts = shift;
            for limit in COMPENSATED {
                thresholds.shift(limit, shift);
            }
        } else if celsius.is_none() {
            thresholds.shift(LimitName::HardVoltage, shift);
        }
        thresholds.keep_apart();
        thresholds
    }

    /// What the limit is at the battery's temperature, in its unit.
    pub(crate) fn get(&self, limit: LimitName) -> f64 {
        self.values[limit as usize]
    }

    /// The mean below which a charger closes again that the hard limit has opened, V: `charge_resume`, or
    /// where that is lower what a full battery at rest does not pass. Else one false sample could leave a
    /// sound battery without its charger for weeks.
    pub(crate) fn hard_release(&self) -> f64 {
        rounded(self.rested_volts.max(self.get(LimitName::ChargeResume)))
    }

    /// A charge voltage for 25 °C as it is at the battery's temperature, where the site is configured so,
    /// V.
    pub(crate) fn charge_volts(&self, volts: f64) -> f64 {
        rounded(volts + self.charge_shift_volts)
    }

    fn shift(&mut self, limit: LimitName, volts: f64) {
        let value = &mut self.values[limit as usize];
        *value = rounded(*value + volts);
    }

    /// Two things do not follow the temperature: the floor, above which an opened charger must close, and
    /// the voltage of a full battery at rest, which no voltage of a charge may be taken for.
    fn keep_apart(&mut self) {
        use LimitName::{
            ChargeResume, ChargeStop, DischargeFloor, HardVoltage, OverchargeCut, TopUp,
        };
        let below_hard =
            gap_between(ChargeResume, OverchargeCut) + gap_between(OverchargeCut, HardVoltage);
        let greatest = self.get(HardVoltage) - below_hard;
        let least = self.get(DischargeFloor) + gap_between(DischargeFloor, ChargeResume);
        let resume = rounded(self.get(ChargeResume).min(greatest).max(least));
        self.values[ChargeResume as usize] = resume;
        self.raise(
            OverchargeCut,
            resume + gap_between(ChargeResume, OverchargeCut),
        );
        let topped_up = self.get(TopUp) + gap_between(TopUp, ChargeStop);
        if self.charge_shift_volts < 0.0 {
            self.raise(ChargeStop, self.rested_volts.max(topped_up));
        }
    }

    fn raise(&mut self, limit: LimitName, least: f64) {
        let value = &mut self.values[limit as usize];
        *value = rounded(value.max(least));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Monotonic;
    use crate::limits::bounds;
    use crate::vocabulary::LimitSource;

    fn hard(profile: Profile, compensated: bool, celsius: Option<f64>) -> f64 {
        Thresholds::new(&Limits::of(profile), profile, compensated, celsius)
            .get(LimitName::HardVoltage)
    }

    #[test]
    fn a_full_battery_at_rest_lies_well_below_every_hard_limit() {
        let gap = gap_between(LimitName::ChargeResume, LimitName::OverchargeCut)
            + gap_between(LimitName::OverchargeCut, LimitName::HardVoltage);
        for profile in Profile::ALL.iter().copied() {
            let least = bounds(profile, LimitName::HardVoltage).min;
            let hottest = least + shift_volts(profile, 50.0);
            let rested = profile.rested_full_volts() + RESTED_MARGIN_VOLTS;
            assert!(rested + gap <= hottest, "{profile}");
        }
    }

    #[test]
    fn the_law_gives_the_makers_figures() {
        // −3 mV a cell and °C for AGM and gel (Yuasa), −5 for flooded (Trojan), none for LiFePO4.
        for (profile, celsius, shift) in [
            (Profile::Agm, 25.0, 0.0),
            (Profile::Agm, 40.0, -0.27),
            (Profile::Gel, 0.0, 0.45),
            (Profile::Flooded, 35.0, -0.3),
            (Profile::Flooded, 10.0, 0.45),
            (Profile::Lifepo4, 0.0, 0.0),
            (Profile::Lifepo4, 50.0, 0.0),
        ] {
            assert_eq!(
                rounded(shift_volts(profile, celsius)),
                shift,
                "{profile} {celsius} °C"
            );
        }
    }

    #[test]
    fn beyond_its_ends_the_law_stands_still() {
        for profile in Profile::ALL.iter().copied() {
            assert_eq!(shift_volts(profile, -20.0), shift_volts(profile, 0.0));
            assert_eq!(shift_volts(profile, 80.0), shift_volts(profile, 50.0));
        }
    }

    #[test]
    fn every_charge_voltage_moves_and_nothing_else() {
        let limits = Limits::of(Profile::Agm);
        let warm = Thresholds::new(&limits, Profile::Agm, true, Some(35.0));
        for limit in LimitName::ALL.iter().copied() {
            let shift = if COMPENSATED.contains(&limit) {
                -0.18
            } else {
                0.0
            };
            assert_eq!(
                warm.get(limit),
                rounded(limits.get(limit) + shift),
                "{limit}"
            );
        }
    }

    #[test]
    fn without_compensation_only_a_lost_thermometer_moves_the_hard_limit() {
        assert_eq!(hard(Profile::Agm, false, Some(5.0)), 15.0);
        assert_eq!(hard(Profile::Agm, false, None), 14.73);
        assert_eq!(hard(Profile::Agm, true, None), 14.73);
        assert_eq!(hard(Profile::Flooded, false, None), 15.15);
        assert_eq!(hard(Profile::Lifepo4, false, None), 14.6);
    }

    #[test]
    fn however_warm_it_is_no_battery_at_rest_is_taken_for_a_full_charge() {
        let mut limits = Limits::of(Profile::Flooded);
        let charge_stop = |limits: &Limits, compensated, celsius| {
            Thresholds::new(limits, Profile::Flooded, compensated, Some(celsius))
                .get(LimitName::ChargeStop)
        };
        assert_eq!(charge_stop(&limits, true, 28.0), 12.91);
        assert_eq!(charge_stop(&limits, true, 40.0), 12.85);
        assert_eq!(charge_stop(&limits, true, 0.0), 13.75);
        limits
            .set(
                LimitName::TopUp,
                12.8,
                LimitSource::Operator,
                Monotonic::START,
            )
            .expect("it fits");
        assert_eq!(charge_stop(&limits, true, 40.0), 13.0, "nor for a top-up");
        limits
            .set(
                LimitName::ChargeStop,
                13.5,
                LimitSource::Operator,
                Monotonic::START,
            )
            .expect("it fits");
        limits
            .set(
                LimitName::TopUp,
                12.5,
                LimitSource::Operator,
                Monotonic::START,
            )
            .expect("it fits");
        assert_eq!(charge_stop(&limits, true, 40.0), 13.05);
        // What is not compensated is as it was set.
        let low = Limits::configured(
            Profile::Flooded,
            &[(LimitName::ChargeStop, 12.8)],
            Monotonic::START,
        )
        .expect("it fits");
        assert_eq!(charge_stop(&low, false, 40.0), 12.8);
    }

    #[test]
    fn however_warm_it_is_the_charger_closes_above_the_floor_and_below_the_hard_limit() {
        let mut limits = Limits::of(Profile::Flooded);
        let set = |limits: &mut Limits, limit, value| {
            limits
                .set(limit, value, LimitSource::Operator, Monotonic::START)
                .expect("it fits");
        };
        set(&mut limits, LimitName::TopUp, 12.6);
        set(&mut limits, LimitName::DischargeStop, 12.4);
        set(&mut limits, LimitName::DischargeFloor, 12.3);
        let hot = Thresholds::new(&limits, Profile::Flooded, true, Some(50.0));
        assert_eq!(
            hot.get(LimitName::ChargeResume),
            12.6,
            "the floor's distance is kept"
        );
        set(&mut limits, LimitName::ChargeResume, 12.6);
        set(&mut limits, LimitName::OverchargeCut, 13.0);
        let hot = Thresholds::new(&limits, Profile::Flooded, true, Some(50.0));
        assert_eq!(
            hot.get(LimitName::OverchargeCut),
            12.9,
            "no charger opens below the voltage at which it closes"
        );

        let mut limits = Limits::of(Profile::Flooded);
        set(&mut limits, LimitName::OverchargeCut, 14.1);
        set(&mut limits, LimitName::ChargeResume, 13.8);
        set(&mut limits, LimitName::HardVoltage, 14.2);
        let lost = Thresholds::new(&limits, Profile::Flooded, false, None);
        assert_eq!(lost.get(LimitName::HardVoltage), 13.75);
        assert_eq!(
            lost.get(LimitName::ChargeResume),
            13.35,
            "no charger closes above it"
        );
    }
}
