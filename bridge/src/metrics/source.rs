//! What the series of readings are made from: a reading as it came, or as it is kept.

use releve_protocol::Reading;
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::{AlarmName, Contact, Mode, Phase, Relays};

use crate::store::{Figures, StoredReading};

/// A reading, whatever its form.
pub trait Source {
    /// The figures of the quantity in that place of the catalog.
    fn figures(&self, place: usize) -> Figures;
    /// Charge missing since the battery was last full, Ah.
    fn missing_ah(&self) -> Option<f64>;
    /// State of charge by counting, percent.
    fn state_of_charge(&self) -> Option<f64>;
    /// The commanded position of each relay.
    fn relays(&self) -> &Relays<Contact>;
    /// The mode.
    fn mode(&self) -> Mode;
    /// Where a consumption cycle stood.
    fn phase(&self) -> Option<Phase>;
    /// The active alarms.
    fn alarms(&self) -> &[AlarmName];
}

impl Source for Reading {
    fn figures(&self, place: usize) -> Figures {
        let quantity = QUANTITIES.get(place);
        quantity.map_or(Figures::MISSING, |quantity| (quantity.of)(self).into())
    }

    fn missing_ah(&self) -> Option<f64> {
        self.missing_ah
    }

    fn state_of_charge(&self) -> Option<f64> {
        self.state_of_charge
    }

    fn relays(&self) -> &Relays<Contact> {
        &self.relays
    }

    fn mode(&self) -> Mode {
        self.mode
    }

    fn phase(&self) -> Option<Phase> {
        self.phase
    }

    fn alarms(&self) -> &[AlarmName] {
        &self.alarms
    }
}

impl Source for StoredReading {
    fn figures(&self, place: usize) -> Figures {
        let figures = self.quantities.get(place);
        figures.copied().unwrap_or(Figures::MISSING)
    }

    fn missing_ah(&self) -> Option<f64> {
        self.missing_ah
    }

    fn state_of_charge(&self) -> Option<f64> {
        self.state_of_charge
    }

    fn relays(&self) -> &Relays<Contact> {
        &self.status.relays
    }

    fn mode(&self) -> Mode {
        self.status.mode
    }

    fn phase(&self) -> Option<Phase> {
        self.status.phase
    }

    fn alarms(&self) -> &[AlarmName] {
        &self.status.alarms
    }
}
