//! The set of limits: bounds of each, and how they must stand to one another.

use crate::Monotonic;
use crate::profile::Profile;
use crate::vocabulary::{LimitName, LimitSetting, LimitSource, RejectCode, Rejection};

/// Least gap between `charge_resume` and `overcharge_cut`, V.
pub const RESUME_GAP_VOLTS: f64 = 0.3;
/// Least gap between `overcharge_cut` and `hard_voltage`, V.
pub const HARD_GAP_VOLTS: f64 = 0.1;
/// Least gap between `discharge_floor` and `charge_resume`, V.
pub const FLOOR_GAP_VOLTS: f64 = 0.3;
/// Least gap between `temperature_warn` and `temperature_limit`, °C.
pub const WARN_GAP_CELSIUS: f64 = 2.0;

/// The values that a limit may take, in its unit, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
}

/// The bounds of a limit, whatever the profile.
#[must_use]
pub const fn bounds(limit: LimitName) -> Bounds {
    let (min, max) = match limit {
        LimitName::OverchargeCut => (13.0, 15.5),
        LimitName::ChargeResume => (12.4, 14.5),
        LimitName::HardVoltage => (14.2, 16.0),
        LimitName::DischargeFloor => (10.5, 13.0),
        LimitName::TemperatureWarn => (25.0, 48.0),
        LimitName::TemperatureLimit => (30.0, 50.0),
        LimitName::ChargeTemperatureMin => (-20.0, 15.0),
        LimitName::DischargeStop => (10.8, 13.1),
        LimitName::ChargeStop => (12.8, 14.6),
        LimitName::TopUp => (12.2, 13.4),
        LimitName::DischargeDepth => (5.0, 50.0),
        LimitName::ReserveRuntime => (0.0, 2880.0),
        LimitName::LongestDischarge => (10.0, 2880.0),
    };
    Bounds { min, max }
}

/// Every limit's value and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
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
        Self { settings }
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
            check_bounds(limit, value)?;
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
        check_bounds(limit, value)?;
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

    fn check(&self) -> Result<(), Rejection> {
        use LimitName::{
            ChargeResume, DischargeFloor, HardVoltage, OverchargeCut, TemperatureLimit,
            TemperatureWarn,
        };
        for (lower, upper, gap) in [
            (DischargeFloor, ChargeResume, FLOOR_GAP_VOLTS),
            (ChargeResume, OverchargeCut, RESUME_GAP_VOLTS),
            (OverchargeCut, HardVoltage, HARD_GAP_VOLTS),
            (TemperatureWarn, TemperatureLimit, WARN_GAP_CELSIUS),
        ] {
            let (low, high) = (self.get(lower), self.get(upper));
            // A hair of tolerance: 14.5 − 14.4 is not exactly 0.1 in binary.
            if high - low < gap - 1e-9 {
                let unit = lower.unit();
                return Err(Rejection::new(
                    RejectCode::Contradiction,
                    format!(
                        "{lower} ({low} {unit}) must stay at least {gap} {unit} below {upper} ({high} {unit})."
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn check_bounds(limit: LimitName, value: f64) -> Result<(), Rejection> {
    let Bounds { min, max } = bounds(limit);
    let unit = limit.unit();
    // Written so that NaN is refused, too.
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(Rejection::new(
        RejectCode::WrongValue,
        format!("{limit} must lie between {min} {unit} and {max} {unit}; {value} does not."),
    ))
}
