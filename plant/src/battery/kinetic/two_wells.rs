//! KiBaM: how much charge the battery holds, and how much of it can be had at once.
//!
//! Manwell and McGowan's kinetic model: an available well feeds the terminals, a bound well refills
//! it at a limited rate. A fast discharge empties the available well early; a rest gives charge back.
//! That alone explains the rate dependence of capacity and the recovery of the voltage.
//!
//! On charge this model departs from Manwell's: current enters both wells in proportion to the room
//! left in each. With a single inlet the available well would be full at half charge and refuse
//! current that a real battery takes at 0.31 C up to 78 % (measured set A). What limits charge here is
//! the polarisation near full, see [`super::polarisation`].

use crate::decay::Decay;

/// The constants of the two wells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoWellsParameters {
    /// Charge at infinitely slow discharge, Ah.
    pub capacity_ampere_hours: f64,
    /// Share of the capacity in the available well, 0..1 (Manwell's c).
    pub available_share: f64,
    /// Rate at which the wells level out, 1/h (Manwell's k).
    pub rate_per_hour: f64,
}

impl TwoWellsParameters {
    /// A battery whose 20 h, 10 h and 1 h capacities stand as 100 : 93 : 60.
    ///
    /// The shape is the cross-check of NREL's SSC: 20 h, 10 h and 1 h capacities of 100, 93 and 60 Ah
    /// give 108.15 Ah in all, c = 0.47511 and k = 0.67696 /h.
    #[must_use]
    pub fn from_20_hour_capacity(ampere_hours: f64) -> Self {
        Self {
            capacity_ampere_hours: 1.0815 * ampere_hours,
            available_share: 0.475_11,
            rate_per_hour: 0.676_96,
        }
    }

    fn available_size(&self) -> f64 {
        self.capacity_ampere_hours * self.available_share
    }

    fn bound_size(&self) -> f64 {
        self.capacity_ampere_hours * (1.0 - self.available_share)
    }
}

/// The charge in both wells.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoWells {
    new: TwoWellsParameters,
    parameters: TwoWellsParameters,
    levelling: Decay,
    available_ampere_hours: f64,
    bound_ampere_hours: f64,
}

impl TwoWells {
    /// Both wells at the same level, 0..=1 of their size: a battery after a long rest.
    #[must_use]
    pub fn rested(parameters: TwoWellsParameters, level: f64) -> Self {
        let level = level.clamp(0.0, 1.0);
        Self {
            available_ampere_hours: level * parameters.available_size(),
            bound_ampere_hours: level * parameters.bound_size(),
            new: parameters,
            levelling: Decay::new(1.0 / parameters.rate_per_hour),
            parameters,
        }
    }

    /// Charge in both wells, Ah.
    #[must_use]
    pub fn charge_ampere_hours(&self) -> f64 {
        self.available_ampere_hours + self.bound_ampere_hours
    }

    /// Charge in both wells over their size, 0..=1.
    #[must_use]
    pub fn state_of_charge(&self) -> f64 {
        (self.charge_ampere_hours() / self.parameters.capacity_ampere_hours).clamp(0.0, 1.0)
    }

    /// Level of the available well, 0..=1: what the terminals feel.
    #[must_use]
    pub fn available_level(&self) -> f64 {
        (self.available_ampere_hours / self.parameters.available_size()).clamp(0.0, 1.0)
    }

    /// Shrinks or grows both wells to a share of those of the new battery; their levels stay.
    pub fn shrink_to(&mut self, share: f64) {
        let capacity_ampere_hours = share * self.new.capacity_ampere_hours;
        let ratio = capacity_ampere_hours / self.parameters.capacity_ampere_hours;
        self.parameters.capacity_ampere_hours = capacity_ampere_hours;
        self.available_ampere_hours *= ratio;
        self.bound_ampere_hours *= ratio;
    }

    /// Moves charge for `hours` at a constant current, A, positive = stored.
    ///
    /// A well neither overflows nor runs dry: near either end the terminals' voltage has long stopped the
    /// current, and the clamp only takes up what a step overshoots.
    pub fn advance(&mut self, current_amperes: f64, hours: f64) {
        let to_available = if current_amperes > 0.0 {
            self.share_of_room_in_available()
        } else {
            1.0
        };
        self.level_out(current_amperes, to_available, hours);
        self.available_ampere_hours = self
            .available_ampere_hours
            .clamp(0.0, self.parameters.available_size());
        self.bound_ampere_hours = self
            .bound_ampere_hours
            .clamp(0.0, self.parameters.bound_size());
    }

    fn share_of_room_in_available(&self) -> f64 {
        let available_room = self.parameters.available_size() - self.available_ampere_hours;
        let bound_room = self.parameters.bound_size() - self.bound_ampere_hours;
        let room = available_room + bound_room;
        if room > 0.0 {
            available_room / room
        } else {
            self.parameters.available_share
        }
    }

    /// The exact solution for constant inflows: the sum grows linearly, the imbalance decays.
    fn level_out(&mut self, current_amperes: f64, to_available: f64, hours: f64) {
        let TwoWellsParameters {
            available_share,
            rate_per_hour,
            ..
        } = self.parameters;
        let total = self.charge_ampere_hours() + current_amperes * hours;
        // Imbalance: what the available well holds beyond its share of the sum.
        let imbalance = self.available_ampere_hours - available_share * self.charge_ampere_hours();
        let settled = current_amperes * (to_available - available_share) / rate_per_hour;
        let decay = self.levelling.kept_after(hours);
        let imbalance = settled + (imbalance - settled) * decay;
        self.available_ampere_hours = available_share * total + imbalance;
        self.bound_ampere_hours = total - self.available_ampere_hours;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> TwoWellsParameters {
        TwoWellsParameters::from_20_hour_capacity(100.0)
    }

    /// The charge, Ah, that a constant current takes out of a full battery in `hours`.
    ///
    /// Manwell: `q(T) = q_max·k·c·T / (1 − e^(−kT) + c·(kT − 1 + e^(−kT)))`.
    fn closed_form_ampere_hours(hours: f64) -> f64 {
        let TwoWellsParameters {
            capacity_ampere_hours,
            available_share,
            rate_per_hour,
        } = parameters();
        let levelled = rate_per_hour * hours;
        let decay = (-levelled).exp();
        capacity_ampere_hours * available_share * levelled
            / (1.0 - decay + available_share * (levelled - 1.0 + decay))
    }

    fn assert_within(actual: f64, expected: f64, tolerance: f64) {
        assert!(
            (actual - expected).abs() <= tolerance,
            "{actual} is not within {tolerance} of {expected}"
        );
    }

    #[test]
    fn the_closed_form_gives_the_cross_check_of_ssc() {
        // Fitted on 20, 10 and 1 h; 5, 3 and 0.5 h are predictions.
        for (hours, ampere_hours) in [
            (20.0, 100.0),
            (10.0, 93.0),
            (1.0, 60.0),
            (5.0, 82.23),
            (3.0, 73.45),
            (0.5, 55.83),
        ] {
            assert_within(closed_form_ampere_hours(hours), ampere_hours, 0.02);
        }
    }

    #[test]
    fn a_stepped_discharge_empties_the_available_well_when_the_closed_form_says() {
        for hours in [20.0, 10.0, 5.0, 3.0, 1.0, 0.5] {
            let current_amperes = closed_form_ampere_hours(hours) / hours;
            let mut wells = TwoWells::rested(parameters(), 1.0);
            let mut elapsed_hours = 0.0;
            while wells.available_level() > 0.0 {
                wells.advance(-current_amperes, 1.0 / 3600.0);
                elapsed_hours += 1.0 / 3600.0;
            }
            assert_within(elapsed_hours, hours, 2.0 / 3600.0);
        }
    }

    #[test]
    fn a_step_of_an_hour_equals_its_seconds() {
        let mut coarse = TwoWells::rested(parameters(), 0.9);
        let mut fine = coarse.clone();
        coarse.advance(-10.0, 1.0);
        for _ in 0..3600 {
            fine.advance(-10.0, 1.0 / 3600.0);
        }
        assert_within(coarse.available_level(), fine.available_level(), 1e-9);
        assert_within(coarse.charge_ampere_hours(), 0.9 * 108.15 - 10.0, 1e-9);
    }

    #[test]
    fn a_rest_gives_charge_back_to_the_terminals() {
        let mut wells = TwoWells::rested(parameters(), 1.0);
        wells.advance(-50.0, 1.0);
        let tired = wells.available_level();
        let charge = wells.charge_ampere_hours();
        wells.advance(0.0, 5.0);
        assert!(wells.available_level() > tired + 0.1);
        assert_within(wells.charge_ampere_hours(), charge, 1e-9);
    }

    #[test]
    fn wells_neither_overflow_nor_run_dry() {
        let mut wells = TwoWells::rested(parameters(), 1.0);
        wells.advance(10.0, 1.0);
        assert_within(wells.charge_ampere_hours(), 108.15, 1e-9);
        wells.advance(-1000.0, 1.0);
        assert!(wells.available_level() >= 0.0);
        assert!(wells.charge_ampere_hours() >= 0.0);
    }

    #[test]
    fn age_takes_room_and_leaves_the_levels() {
        let mut wells = TwoWells::rested(parameters(), 0.6);
        wells.shrink_to(0.8);
        wells.shrink_to(0.7);
        assert_within(wells.available_level(), 0.6, 1e-12);
        assert_within(wells.charge_ampere_hours(), 0.6 * 0.7 * 108.15, 1e-9);
    }
}
