//! What a sample after an edge shows.

use super::relay::Edge;
use crate::current::{flows, stopped};
use crate::sample::{Measurement, Sample};
use crate::vocabulary::{Contact, RelayName, Wiring, wire_names};

/// The battery's voltage has moved beyond doubt, V: more than ripple, noise and a minute of an even
/// discharge, less than any load of note pulls a battery off its float voltage.
pub const MOVED_VOLTS: f64 = 0.1;
/// A load that a battery feels, A.
pub const LOAD_AMPERES: f64 = 0.5;
/// The load counts as the same if it has changed by less than this, A, or by less than
/// [`LOAD_STEADY_PART`] of it: a load of constant power draws more at a lower voltage.
pub const LOAD_STEADY_AMPERES: f64 = 0.2;
/// See [`LOAD_STEADY_AMPERES`].
pub const LOAD_STEADY_PART: f64 = 0.25;

/// What speaks for or against a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The board reads back another position in more than the tolerated number of samples in a row.
    ReadBackDiffers,
    /// The charger's current flows in [`super::WELDED_AFTER_SAMPLES`] samples in a row.
    CurrentFlowsOn,
    /// The charger's current flowed before, the other contact was closed throughout, and it is gone.
    CurrentStopped,
    /// The charger's current flowed before, the other contact was closed throughout, and now it does
    /// not flow beyond doubt while a load of [`LOAD_AMPERES`] or more does: the battery feeds it.
    BatteryFeedsLoad,
    /// The load is the same and at least [`LOAD_AMPERES`], the other contact was closed throughout,
    /// mains was not known lost, and the battery's voltage is [`MOVED_VOLTS`] below the mean of the
    /// samples before.
    VoltageFell,
    /// The charger's current flows.
    CurrentFlows,
    /// The load is the same and the battery's voltage is [`MOVED_VOLTS`] above the mean of the samples
    /// before. For a contact that cannot lift it alone the other one was closed; for contact 2 in
    /// `battery_lead` throughout.
    VoltageRose,
    /// Both contacts are closed, the battery is known to be discharged, mains is not known lost, and no
    /// current came in [`super::CHARGE_DEADLINE_SAMPLES`].
    NoCurrent,
    /// None of these by the deadline.
    Nothing,
}

wire_names!(Evidence {
    ReadBackDiffers => "read_back_differs",
    CurrentFlowsOn => "current_flows_on",
    CurrentStopped => "current_stopped",
    BatteryFeedsLoad => "battery_feeds_load",
    VoltageFell => "voltage_fell",
    CurrentFlows => "current_flows",
    VoltageRose => "voltage_rose",
    NoCurrent => "no_current",
    Nothing => "nothing",
});

impl Edge {
    /// Whether the other contact was closed from before the edge until now.
    const fn other_closed_throughout(&self) -> bool {
        self.alone && self.neighbour_closed
    }

    pub(super) fn current_stopped(&self, sample: &Sample) -> bool {
        self.other_closed_throughout() && self.flowed && stopped(sample.charger_amperes)
    }

    pub(super) fn battery_feeds_load(&self, sample: &Sample) -> bool {
        let known = !matches!(sample.charger_amperes, Measurement::Missing(_));
        let no_flow = known && !flows(sample.charger_amperes);
        self.other_closed_throughout() && self.flowed && no_flow && draws(sample)
    }

    pub(super) fn voltage_fell(&self, sample: &Sample) -> bool {
        self.other_closed_throughout()
            && !self.mains_known_lost
            && draws(sample)
            && self
                .moved_by(sample)
                .is_some_and(|volts| volts <= -MOVED_VOLTS)
    }

    pub(super) fn voltage_rose(&self, sample: &Sample, relay: RelayName, wiring: Wiring) -> bool {
        let able = match (wiring, relay) {
            // The load alone, moving back to mains, lifts the voltage.
            (Wiring::BatteryLead, RelayName::Mains) => true,
            (Wiring::BatteryLead, _) => self.other_closed_throughout(),
            (Wiring::CommonBus, _) => self.neighbour_closed,
        };
        able && !self.mains_known_lost
            && self
                .moved_by(sample)
                .is_some_and(|volts| volts >= MOVED_VOLTS)
    }

    /// How far the voltage has moved since before the edge, V, if the load is the same.
    fn moved_by(&self, sample: &Sample) -> Option<f64> {
        let before = self.before?;
        let (Measurement::Value(volts), Measurement::Value(load)) =
            (sample.battery_volts, sample.load_amperes)
        else {
            return None;
        };
        let tolerated = LOAD_STEADY_AMPERES.max(LOAD_STEADY_PART * before.load_amperes.abs());
        let steady = (load - before.load_amperes).abs() <= tolerated;
        // Rounded to 0.1 mV, finer than any sensor, so that a tenth of a volt is one.
        steady.then(|| crate::level::rounded(volts - before.volts))
    }
}

fn draws(sample: &Sample) -> bool {
    (sample.load_amperes.value_or_bound()).is_some_and(|amperes| amperes >= LOAD_AMPERES)
}

/// Whether the board reads back another position than `wanted`.
pub(super) fn reads_back_another(sample: &Sample, relay: RelayName, wanted: Contact) -> bool {
    sample.relays[relay].is_some_and(|actual| actual != wanted)
}
