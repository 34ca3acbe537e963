//! The charger: constant current up to its limit, then constant voltage.

use crate::faults::ChargerFault;
use releve_control::profile::Profile;

/// Efficiency from 230 V to the output; the rest warms the enclosure. General knowledge.
const EFFICIENCY: f64 = 0.85;
/// Time below the tail current that ends absorption, s.
const TAIL_SECONDS: f64 = 180.0;
/// Time at the current limit after which a charger with an absorption stage starts it again, s.
const BULK_SECONDS: f64 = 60.0;
/// Temperature range of the compensation, °C.
const COMPENSATED_CELSIUS: (f64, f64) = (0.0, 50.0);

/// An elevated voltage after each power cut or deep discharge, until the current has tailed off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Absorption {
    /// Voltage at 25 °C, V.
    pub volts: f64,
    /// Output current below which it ends, A; in common-bus wiring the load's current counts too.
    pub tail_amperes: f64,
    /// Longest duration, s.
    pub longest_seconds: f64,
}

/// A charger as its data sheet describes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChargerParameters {
    /// Current limit, A.
    pub current_limit_amperes: f64,
    /// Float voltage at 25 °C, V.
    pub float_volts: f64,
    /// Absorption stage; `None` for a plain standby charger.
    pub absorption: Option<Absorption>,
    /// Change of both voltages with the battery's temperature, V/K: negative, or 0 without compensation.
    pub compensation_volts_per_kelvin: f64,
}

/// How a charger regulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargerKind {
    /// One voltage at any temperature.
    ConstantVoltage,
    /// One voltage that follows the battery's temperature.
    Compensated,
    /// Compensated, with an absorption stage.
    TwoStage,
}

/// The voltages that chargers for a chemistry hold.
struct UsualVoltages {
    float_volts: f64,
    absorption_volts: f64,
    compensation_volts_per_kelvin: f64,
}

impl UsualVoltages {
    /// For a 12 V block at 25 °C: Haze and Yuasa for AGM and gel, Trojan for flooded, Victron for LiFePO4.
    fn of(profile: Profile) -> Self {
        let (float_volts, absorption_volts, compensation_volts_per_kelvin) = match profile {
            Profile::Agm | Profile::Gel => (13.62, 14.1, -0.018),
            Profile::Flooded => (13.2, 14.8, -0.030),
            Profile::Lifepo4 => (13.5, 14.2, 0.0),
        };
        Self {
            float_volts,
            absorption_volts,
            compensation_volts_per_kelvin,
        }
    }
}

/// Current that ends absorption, A for each Ah: half of the 4 % that count as full.
const TAIL_RATE: f64 = 0.02;
/// Longest absorption, s.
const LONGEST_ABSORPTION_SECONDS: f64 = 4.0 * 3600.0;

impl ChargerParameters {
    /// A usual charger for a battery of a chemistry and capacity.
    #[must_use]
    pub fn usual(
        kind: ChargerKind,
        profile: Profile,
        current_limit_amperes: f64,
        capacity_ampere_hours: f64,
    ) -> Self {
        let usual = UsualVoltages::of(profile);
        let absorption = Absorption {
            volts: usual.absorption_volts,
            tail_amperes: TAIL_RATE * capacity_ampere_hours,
            longest_seconds: LONGEST_ABSORPTION_SECONDS,
        };
        let (absorption, compensation_volts_per_kelvin) = match kind {
            ChargerKind::ConstantVoltage => (None, 0.0),
            ChargerKind::Compensated => (None, usual.compensation_volts_per_kelvin),
            ChargerKind::TwoStage => (Some(absorption), usual.compensation_volts_per_kelvin),
        };
        Self {
            current_limit_amperes,
            float_volts: usual.float_volts,
            absorption,
            compensation_volts_per_kelvin,
        }
    }
}

/// What the charger offers: it holds the voltage as long as the current stays under the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offer {
    /// Voltage held, V.
    pub volts: f64,
    /// Current limit, A.
    pub limit_amperes: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    Absorption { seconds: f64, tail_seconds: f64 },
    Float { limited_seconds: f64 },
}

/// The charger's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Charger {
    parameters: ChargerParameters,
    stage: Stage,
    powered: bool,
}

impl Charger {
    /// A charger that has long been floating.
    #[must_use]
    pub fn new(parameters: ChargerParameters) -> Self {
        Self {
            parameters,
            stage: Stage::Float {
                limited_seconds: 0.0,
            },
            powered: true,
        }
    }

    /// What stands at its output, `None` without mains or when it is dead.
    #[must_use]
    pub fn offer(
        &self,
        mains_present: bool,
        battery_celsius: f64,
        fault: ChargerFault,
    ) -> Option<Offer> {
        if !mains_present || fault.dead {
            return None;
        }
        let stage_volts = match (self.stage, self.parameters.absorption) {
            (Stage::Absorption { .. }, Some(absorption)) => absorption.volts,
            _ => self.parameters.float_volts,
        };
        let (coldest, hottest) = COMPENSATED_CELSIUS;
        let warmer_than_rated = battery_celsius.clamp(coldest, hottest) - 25.0;
        let regulated_volts =
            stage_volts + self.parameters.compensation_volts_per_kelvin * warmer_than_rated;
        Some(Offer {
            volts: fault
                .runaway_volts
                .unwrap_or(regulated_volts + fault.excess_volts),
            limit_amperes: self.parameters.current_limit_amperes,
        })
    }

    /// Lets `seconds` pass with the output current, A, that the offer led to.
    pub fn advance(&mut self, offer: Option<Offer>, output_amperes: f64, seconds: f64) {
        let powered = offer.is_some();
        let switched_on = powered && !self.powered;
        self.powered = powered;
        let Some(absorption) = self.parameters.absorption.filter(|_| powered) else {
            return;
        };
        if switched_on {
            self.stage = START_OF_ABSORPTION;
        }
        self.stage = match self.stage {
            Stage::Absorption {
                seconds: elapsed,
                tail_seconds,
            } => {
                let tailed = output_amperes < absorption.tail_amperes;
                let tail_seconds = if tailed { tail_seconds + seconds } else { 0.0 };
                let elapsed = elapsed + seconds;
                if tail_seconds >= TAIL_SECONDS || elapsed >= absorption.longest_seconds {
                    Stage::Float {
                        limited_seconds: 0.0,
                    }
                } else {
                    Stage::Absorption {
                        seconds: elapsed,
                        tail_seconds,
                    }
                }
            }
            Stage::Float { limited_seconds } => {
                let at_limit = output_amperes >= 0.99 * self.parameters.current_limit_amperes;
                let limited_seconds = if at_limit {
                    limited_seconds + seconds
                } else {
                    0.0
                };
                if limited_seconds >= BULK_SECONDS {
                    START_OF_ABSORPTION
                } else {
                    Stage::Float { limited_seconds }
                }
            }
        };
    }
}

const START_OF_ABSORPTION: Stage = Stage::Absorption {
    seconds: 0.0,
    tail_seconds: 0.0,
};

/// Heat that the charger gives off while it delivers `output_watts`, W.
#[must_use]
pub fn lost_watts(output_watts: f64) -> f64 {
    output_watts * (1.0 / EFFICIENCY - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEALTHY: ChargerFault = ChargerFault {
        dead: false,
        excess_volts: 0.0,
        runaway_volts: None,
    };

    fn two_stages() -> Charger {
        Charger::new(ChargerParameters {
            current_limit_amperes: 10.0,
            float_volts: 13.6,
            absorption: Some(Absorption {
                volts: 14.1,
                tail_amperes: 1.0,
                longest_seconds: 7200.0,
            }),
            compensation_volts_per_kelvin: -0.018,
        })
    }

    fn volts(charger: &Charger) -> Option<f64> {
        charger.offer(true, 25.0, HEALTHY).map(|offer| offer.volts)
    }

    fn restart(charger: &mut Charger) {
        charger.advance(None, 0.0, 60.0);
        charger.advance(charger.offer(true, 25.0, HEALTHY), 5.0, 3.0);
    }

    #[test]
    fn a_power_cut_is_followed_by_absorption_until_the_current_tails_off() {
        let mut charger = two_stages();
        assert_eq!(volts(&charger), Some(13.6));
        restart(&mut charger);
        assert_eq!(volts(&charger), Some(14.1));
        for _ in 0..59 {
            charger.advance(charger.offer(true, 25.0, HEALTHY), 0.9, 3.0);
        }
        assert_eq!(volts(&charger), Some(14.1));
        charger.advance(charger.offer(true, 25.0, HEALTHY), 0.9, 3.0);
        assert_eq!(volts(&charger), Some(13.6));
    }

    #[test]
    fn absorption_ends_after_its_longest_duration() {
        let mut charger = two_stages();
        restart(&mut charger);
        charger.advance(charger.offer(true, 25.0, HEALTHY), 5.0, 7200.0);
        assert_eq!(volts(&charger), Some(13.6));
    }

    #[test]
    fn a_minute_at_the_limit_starts_absorption() {
        let mut charger = two_stages();
        for _ in 0..20 {
            charger.advance(charger.offer(true, 25.0, HEALTHY), 10.0, 3.0);
        }
        assert_eq!(volts(&charger), Some(14.1));
    }

    #[test]
    fn compensation_follows_the_battery_and_stops_at_its_range() {
        let charger = two_stages();
        let at = |celsius| {
            let offer = charger.offer(true, celsius, HEALTHY);
            offer.map_or(f64::NAN, |offer| offer.volts)
        };
        assert!((at(35.0) - 13.42).abs() < 1e-9);
        assert!((at(15.0) - 13.78).abs() < 1e-9);
        assert_eq!(at(-20.0), at(0.0));
        assert_eq!(at(70.0), at(50.0));
    }

    #[test]
    fn faults_and_mains_act_on_the_output() {
        let charger = two_stages();
        let high = ChargerFault {
            excess_volts: 1.5,
            ..HEALTHY
        };
        let dead = ChargerFault {
            dead: true,
            ..HEALTHY
        };
        let high_volts = charger.offer(true, 25.0, high).map(|offer| offer.volts);
        assert_eq!(high_volts, Some(13.6 + 1.5));
        assert_eq!(charger.offer(true, 25.0, dead), None);
        assert_eq!(charger.offer(false, 25.0, HEALTHY), None);
    }

    #[test]
    fn a_regulator_that_ran_away_knows_neither_stage_nor_temperature() {
        let mut charger = two_stages();
        let run_away = ChargerFault {
            runaway_volts: Some(15.4),
            ..HEALTHY
        };
        for celsius in [0.0, 40.0] {
            let offer = charger.offer(true, celsius, run_away);
            assert_eq!(offer.map(|offer| offer.volts), Some(15.4));
            restart(&mut charger);
        }
        assert_eq!(charger.offer(false, 25.0, run_away), None);
    }

    #[test]
    fn a_usual_charger_stays_within_what_its_battery_stands() {
        for profile in [
            Profile::Agm,
            Profile::Gel,
            Profile::Flooded,
            Profile::Lifepo4,
        ] {
            let charger = ChargerParameters::usual(ChargerKind::TwoStage, profile, 2.5, 40.0);
            let absorption = charger.absorption.map(|absorption| absorption.volts);
            assert!(absorption.is_some_and(|volts| volts <= profile.absorption_max_volts()));
            assert!(absorption.is_some_and(|volts| volts > charger.float_volts));
            let plain = ChargerParameters::usual(ChargerKind::ConstantVoltage, profile, 2.5, 40.0);
            assert_eq!(
                (plain.absorption, plain.compensation_volts_per_kelvin),
                (None, 0.0)
            );
        }
    }
}
