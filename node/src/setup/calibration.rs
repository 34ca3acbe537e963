//! From what an input shows and what is true to the offset and gain of its entry.
//!
//! A figure of the site is `(shown − offset) × gain`; see [`Calibration`].

use crate::hardware::input::Calibration;

/// What a current input may show of no current, A: ten times what the chips and shunts of such a site do. More is
/// a current that flows, or a chip that is broken, and must not be calibrated away.
pub const ZERO_AMPERES_MAX: f64 = 0.05;
/// Gains that a shunt's and a chip's tolerances explain. Others are a wrong `shunt_ohms`, or a meter that was
/// read wrongly.
pub const GAIN: core::ops::RangeInclusive<f64> = 0.9..=1.1;
/// Least current for a gain, A: a tenth of an ampere is a hundred steps or more of every chip.
pub const GAIN_AMPERES_LEAST: f64 = 0.1;
/// Least voltage for a gain, V: the inputs measure 12 V batteries.
pub const GAIN_VOLTS_LEAST: f64 = 5.0;

/// How much the figure may change from one sample to the next during a calibration, of its size.
const STEADY: f64 = 0.02;
/// As [`STEADY`], for a figure near zero, in its unit.
const STEADY_NEAR_ZERO: f64 = 0.01;

/// The mean of figures that do not move.
///
/// # Errors
/// If they do, or there are none.
pub fn steady(figures: &[f64]) -> Result<f64, String> {
    if figures.is_empty() {
        return Err("nothing was measured".to_owned());
    }
    let mean = figures.iter().sum::<f64>() / figures.len() as f64;
    let allowed = (mean.abs() * STEADY).max(STEADY_NEAR_ZERO);
    let near = |figure: &&f64| (**figure - mean).abs() <= allowed;
    // Counted so that a figure that is no number is not near.
    if figures.iter().filter(near).count() == figures.len() {
        return Ok(mean);
    }
    Err(format!(
        "the input is not steady: it shows {figures:.3?}; wait until nothing changes, and repeat"
    ))
}

/// The calibration whose zero is what the input shows now.
///
/// `figure` is the site's figure with the calibration `now`, A, while no current flows.
///
/// # Errors
/// If it is too far from zero.
pub fn zeroed(now: Calibration, figure: f64) -> Result<Calibration, String> {
    let shown = shown(now, figure);
    if shown.abs() <= ZERO_AMPERES_MAX {
        return Ok(Calibration {
            offset: rounded(shown),
            ..now
        });
    }
    Err(format!(
        "the input shows {shown:.3} A, more than the ±{ZERO_AMPERES_MAX} A that are an offset: a current flows. Disconnect what feeds it, and repeat"
    ))
}

/// The calibration with which the input shows what a reference meter does.
///
/// `least` is the smallest magnitude that can be calibrated with, in the figure's unit.
///
/// # Errors
/// If one of the two is too small, or the gain is no calibration.
pub fn matched(
    now: Calibration,
    figure: f64,
    reference: f64,
    least: f64,
) -> Result<Calibration, String> {
    let beyond_zero = shown(now, figure) - now.offset;
    let enough = [reference, beyond_zero].map(|number| number.abs() >= least);
    if enough != [true; 2] {
        return Err(format!(
            "the input shows {figure:.3} and the meter {reference:.3}: for a gain both must be {least} at least"
        ));
    }
    let gain = reference / beyond_zero;
    if GAIN.contains(&gain) {
        return Ok(Calibration {
            gain: rounded(gain),
            ..now
        });
    }
    let (lowest, highest) = (GAIN.start(), GAIN.end());
    Err(format!(
        "a gain of {gain:.3} is no calibration: it must lie between {lowest} and {highest}. {}",
        if gain < 0.0 {
            "The signs differ: set reversed = true, or swap the meter's leads"
        } else {
            "Check shunt_ohms, and that the meter is in this circuit and set to this range"
        }
    ))
}

/// What the chip shows, by the site's figure.
fn shown(now: Calibration, figure: f64) -> f64 {
    figure / now.gain + now.offset
}

/// To a millionth: finer than any chip, and still a number to read.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Calibration = Calibration {
        offset: 0.004,
        gain: 1.02,
    };

    #[test]
    fn a_zero_is_what_the_chip_shows_whatever_held_before() {
        // The chip shows 14 mA: (0.014 − 0.004) × 1.02.
        let zero = zeroed(NOW, 0.0102).expect("an offset");
        assert_eq!(
            zero,
            Calibration {
                offset: 0.014,
                gain: 1.02
            }
        );
        for figure in [0.06, -0.07, f64::NAN, f64::INFINITY] {
            assert!(zeroed(NOW, figure).is_err(), "{figure}");
        }
        assert!(zeroed(Calibration::NONE, -0.05).is_ok());
    }

    #[test]
    fn a_gain_makes_the_input_show_what_the_meter_does() {
        // The chip shows 2.004 A.
        let figure = 2.0 * NOW.gain;
        let matched = |reference| matched(NOW, figure, reference, GAIN_AMPERES_LEAST);
        let gain = matched(2.1).expect("a gain");
        assert_eq!(
            gain,
            Calibration {
                offset: 0.004,
                gain: 1.05
            }
        );
        for (reference, reason) in [
            (2.3, "Check shunt_ohms"),
            (1.7, "Check shunt_ohms"),
            (-2.0, "reversed"),
            (0.05, "0.1 at least"),
            (f64::NAN, "at least"),
        ] {
            let refusal = matched(reference).expect_err("refused");
            assert!(refusal.contains(reason), "{reference}: {refusal}");
        }
    }

    #[test]
    fn what_moves_cannot_be_calibrated_with() {
        assert_eq!(steady(&[1.0, 1.01, 0.99]), Ok(1.0));
        assert!(steady(&[1.0, 1.1, 0.9]).is_err());
        assert!(steady(&[0.001, -0.001]).is_ok());
        assert!(steady(&[]).is_err());
        assert!(steady(&[f64::NAN]).is_err());
    }
}
