//! The set of limits: bounds of each, and how they must stand to one another.

use crate::Monotonic;
use crate::level::rounded;
use crate::profile::Profile;
use crate::vocabulary::{LimitName, LimitSetting, LimitSource, RejectCode, Rejection};

/// One limit that must stay below another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The one below.
    pub lower: LimitName,
    /// The one above.
    pub upper: LimitName,
    /// Least distance, in their unit.
    pub least: f64,
}

const fn gap(lower: LimitName, upper: LimitName, least: f64) -> Gap {
    Gap {
        lower,
        upper,
        least,
    }
}

/// How the limits must stand to one another, from the lowest voltage to the highest. The gaps are our
/// choice: more than a sensor's error, or what a rule needs so as not to undo itself at once.
pub const GAPS: [Gap; 9] = [
    gap(LimitName::DischargeFloor, LimitName::DischargeStop, 0.1),
    gap(LimitName::DischargeStop, LimitName::TopUp, 0.2),
    gap(LimitName::TopUp, LimitName::ChargeStop, 0.2),
    gap(LimitName::ChargeStop, LimitName::HardVoltage, 0.2),
    gap(LimitName::DischargeFloor, LimitName::ChargeResume, 0.3),
    gap(LimitName::ChargeResume, LimitName::OverchargeCut, 0.3),
    gap(LimitName::OverchargeCut, LimitName::HardVoltage, 0.1),
    gap(
        LimitName::ChargeTemperatureMin,
        LimitName::TemperatureWarn,
        5.0,
    ),
    gap(LimitName::TemperatureWarn, LimitName::TemperatureLimit, 2.0),
];

/// The least distance of a pair of [`GAPS`], in their unit; zero for any other pair.
pub(crate) fn gap_between(lower: LimitName, upper: LimitName) -> f64 {
    (GAPS.iter())
        .find(|gap| gap.lower == lower && gap.upper == upper)
        .map_or(0.0, |gap| gap.least)
}

/// The values that a limit may take, in its unit, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
}

/// The bounds of a limit for a 12 V block of that chemistry.
///
/// - Voltages: AGM and gel end at 15.5 V (Haze: at most 14.4 V in absorption, 14.85 V at 0 °C by its
///   law), flooded at 16.0 V (Trojan equalises at 15.5 V), LiFePO4 at 14.6 V (3.65 V a cell, the cell
///   makers' end of charge). The floor begins at the makers' end voltage: 1.75 V a lead cell, 2.8 V a
///   LiFePO4 cell.
/// - Temperatures: never charged above 50 °C (C&D); LiFePO4 never below 0 °C (the makers say 5 °C).
/// - Depth: lead up to half, LiFePO4 up to four fifths of the capacity.
///
/// What no source gives is our choice.
#[must_use]
pub const fn bounds(profile: Profile, limit: LimitName) -> Bounds {
    let (agm_and_gel, flooded, lifepo4) = match limit {
        LimitName::OverchargeCut => ((13.0, 15.3), (13.0, 15.8), (13.3, 14.5)),
        LimitName::ChargeResume => ((12.4, 14.5), (12.4, 14.8), (12.9, 14.1)),
        LimitName::HardVoltage => ((14.2, 15.5), (14.2, 16.0), (14.0, 14.6)),
        LimitName::DischargeFloor => ((10.5, 12.5), (10.5, 12.4), (11.2, 13.0)),
        LimitName::TemperatureWarn => ((25.0, 45.0), (25.0, 48.0), (25.0, 48.0)),
        LimitName::TemperatureLimit => ((30.0, 50.0), (30.0, 50.0), (30.0, 50.0)),
        LimitName::ChargeTemperatureMin => ((-20.0, 15.0), (-20.0, 15.0), (0.0, 15.0)),
        LimitName::DischargeStop => ((10.8, 12.7), (10.8, 12.5), (11.4, 13.1)),
        LimitName::ChargeStop => ((12.8, 14.4), (12.8, 14.8), (13.2, 14.2)),
        LimitName::TopUp => ((12.2, 13.2), (12.2, 13.0), (12.8, 13.4)),
        LimitName::DischargeDepth => ((5.0, 50.0), (5.0, 50.0), (5.0, 80.0)),
        LimitName::ReserveRuntime => ((0.0, 2880.0), (0.0, 2880.0), (0.0, 2880.0)),
        LimitName::LongestDischarge => ((10.0, 2880.0), (10.0, 2880.0), (10.0, 2880.0)),
    };
    let (min, max) = match profile {
        Profile::Agm | Profile::Gel => agm_and_gel,
        Profile::Flooded => flooded,
        Profile::Lifepo4 => lifepo4,
    };
    Bounds { min, max }
}

/// Every limit's value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    profile: Profile,
    settings: [LimitSetting<Monotonic>; LimitName::ALL.len()],
}

impl Limits {
    /// The defaults of a profile.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let mut settings = [LimitSetting {
            value: 0.0,
            set_by: LimitSource::Default,
            set_at: None,
        }; LimitName::ALL.len()];
        for (setting, name) in settings.iter_mut().zip(LimitName::ALL) {
            setting.value = profile.default_limit(*name);
        }
        Self { profile, settings }
    }

    /// The defaults of a profile with the configuration's values in their place.
    ///
    /// # Errors
    /// `wrong_value` for a value outside its bounds or a limit named twice, `contradiction` where
    /// the limits do not fit one another.
    pub fn configured(
        profile: Profile,
        values: &[(LimitName, f64)],
        now: Monotonic,
    ) -> Result<Self, Rejection> {
        let mut limits = Self::of(profile);
        for (limit, value) in values.iter().copied() {
            let setting = &mut limits.settings[limit as usize];
            if setting.set_by == LimitSource::Configuration {
                return Err(Rejection::new(
                    RejectCode::WrongValue,
                    format!("{limit} is configured twice: keep one of the two entries."),
                ));
            }
            check_bounds(profile, limit, value)?;
            *setting = LimitSetting {
                value,
                set_by: LimitSource::Configuration,
                set_at: Some(now),
            };
        }
        // Only now: two entries may contradict each other's default, but not each other.
        limits.check()?;
        Ok(limits)
    }

    /// A limit's value, in its unit.
    #[must_use]
    pub fn get(&self, limit: LimitName) -> f64 {
        self.settings[limit as usize].value
    }

    /// Every limit with its setting.
    pub fn iter(&self) -> impl Iterator<Item = (LimitName, LimitSetting<Monotonic>)> {
        LimitName::ALL.iter().copied().zip(self.settings)
    }

    /// Sets a limit.
    ///
    /// # Errors
    /// `wrong_value` outside its bounds, `contradiction` where it does not fit the other limits;
    /// nothing changes then.
    pub fn set(
        &mut self,
        limit: LimitName,
        value: f64,
        set_by: LimitSource,
        now: Monotonic,
    ) -> Result<(), Rejection> {
        check_bounds(self.profile, limit, value)?;
        let mut changed = self.clone();
        changed.settings[limit as usize] = LimitSetting {
            value,
            set_by,
            set_at: Some(now),
        };
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// Takes over what an operator had set in an earlier run: all of it, or nothing.
    ///
    /// # Errors
    /// As [`Self::set`]; nothing changes then.
    pub(crate) fn restore(
        &mut self,
        saved: &[(LimitName, f64, Monotonic)],
    ) -> Result<(), Rejection> {
        let mut changed = self.clone();
        for (limit, value, set_at) in saved.iter().copied() {
            check_bounds(self.profile, limit, value)?;
            changed.settings[limit as usize] = LimitSetting {
                value,
                set_by: LimitSource::Operator,
                set_at: Some(set_at),
            };
        }
        changed.check()?;
        *self = changed;
        Ok(())
    }

    fn check(&self) -> Result<(), Rejection> {
        GAPS.iter().try_for_each(|gap| self.check_gap(gap))
    }

    fn check_gap(&self, gap: &Gap) -> Result<(), Rejection> {
        let Gap {
            lower,
            upper,
            least,
        } = *gap;
        let (low, high) = (self.get(lower), self.get(upper));
        // A hair of tolerance: 14.5 − 14.4 is not exactly 0.1 in binary.
        if high - low >= least - 1e-9 {
            return Ok(());
        }
        let unit = lower.unit();
        let (raised, lowered) = (rounded(low + least), rounded(high - least));
        let mut ways = Vec::new();
        if bounds(self.profile, upper).contains(raised) {
            ways.push(format!("set {upper} to {raised} {unit} or more"));
        }
        if bounds(self.profile, lower).contains(lowered) {
            ways.push(format!("set {lower} to {lowered} {unit} or less"));
        }
        Err(Rejection::new(
            RejectCode::Contradiction,
            format!(
                "{lower} ({low} {unit}) must stay at least {least} {unit} below {upper} ({high} {unit}): {}.",
                ways.join(", or ")
            ),
        ))
    }
}

impl Bounds {
    /// Whether the value is allowed; NaN never is.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

fn check_bounds(profile: Profile, limit: LimitName, value: f64) -> Result<(), Rejection> {
    let allowed = bounds(profile, limit);
    if allowed.contains(value) {
        return Ok(());
    }
    let unit = limit.unit();
    let Bounds { min, max } = allowed;
    Err(Rejection::new(
        RejectCode::WrongValue,
        format!(
            "{limit} must lie between {min} {unit} and {max} {unit} for the battery profile {profile}; {value} does not."
        ),
    ))
}
