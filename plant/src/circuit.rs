//! The wiring: who feeds whom, and the voltages and currents that follow.
//!
//! Pure: from the battery's response, the charger's offer, the load's demand and the contacts to the
//! flows of one step. Relay 1 has been taken into account before: it decides whether the charger makes an
//! offer and whether the load's own supply stands.

use crate::battery::Response;
use crate::charger::Offer;
use crate::load::Demand;
use releve_control::{Contact, Wiring};

/// Rounds of the search for the current of a constant-power load; each one gains two digits.
const ROUNDS: usize = 4;

/// Everything that determines the flows.
#[derive(Debug, Clone, Copy)]
pub struct Circuit {
    /// Where input 2 sits and what feeds the load.
    pub wiring: Wiring,
    /// Whether 230 V reach the installation: supply there and relay 1 closed.
    pub mains_present: bool,
    /// Relay 2's contact.
    pub charger_contact: Contact,
    /// What the charger offers, if it works.
    pub offer: Option<Offer>,
    /// What the load asks for.
    pub demand: Demand,
    /// How the battery answers.
    pub response: Response,
}

/// Voltages and currents of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flows {
    /// At the battery's terminals, V.
    pub battery_volts: f64,
    /// Into the battery, A; negative = discharging.
    pub battery_amperes: f64,
    /// At the charger's output, V: on the charger's side of relay 2.
    pub charger_volts: f64,
    /// Out of the charger, A; never negative.
    pub charger_amperes: f64,
    /// At the load, V.
    pub load_volts: f64,
    /// Into the load, A; never negative.
    pub load_amperes: f64,
    /// Whether the load runs.
    pub load_running: bool,
}

impl Circuit {
    /// The flows; the load lets go where its least voltage cannot be held.
    #[must_use]
    pub fn solve(&self) -> Flows {
        if self.wiring == Wiring::BatteryLead && self.mains_present {
            return self.load_on_its_own_supply();
        }
        let with_load = self.load_on_the_battery(self.demand.watts);
        if with_load.battery_volts >= self.demand.least_volts {
            with_load
        } else {
            Flows {
                load_running: false,
                ..self.load_on_the_battery(0.0)
            }
        }
    }

    fn load_on_its_own_supply(&self) -> Flows {
        let (battery_volts, charger_amperes) = self.bus(0.0);
        Flows {
            battery_volts,
            battery_amperes: charger_amperes,
            charger_volts: self.charger_volts(battery_volts),
            charger_amperes,
            load_volts: self.demand.own_supply_volts,
            load_amperes: self.demand.watts / self.demand.own_supply_volts,
            load_running: true,
        }
    }

    fn load_on_the_battery(&self, watts: f64) -> Flows {
        let mut load_amperes = 0.0;
        let (mut battery_volts, mut charger_amperes) = self.bus(load_amperes);
        if watts > 0.0 {
            for _ in 0..ROUNDS {
                // Below the least voltage the load lets go anyway; the bound keeps the search tame.
                load_amperes = watts / battery_volts.max(self.demand.least_volts);
                (battery_volts, charger_amperes) = self.bus(load_amperes);
            }
        }
        Flows {
            battery_volts,
            battery_amperes: charger_amperes - load_amperes,
            charger_volts: self.charger_volts(battery_volts),
            charger_amperes,
            load_volts: battery_volts,
            load_amperes,
            load_running: true,
        }
    }

    /// Voltage where battery and charger meet, and the charger's current, with the load's current given.
    fn bus(&self, load_amperes: f64) -> (f64, f64) {
        let charger_amperes = match self.connected_offer() {
            // No current flows back into a charger.
            Some(offer) => (self.response.amperes_at(offer.volts) + load_amperes)
                .clamp(0.0, offer.limit_amperes),
            None => 0.0,
        };
        let battery_volts = self.response.volts_at(charger_amperes - load_amperes);
        (battery_volts, charger_amperes)
    }

    fn connected_offer(&self) -> Option<Offer> {
        self.offer
            .filter(|_| self.charger_contact == Contact::Closed)
    }

    /// Connected, the output lies at the battery; cut off, at the charger's own voltage.
    fn charger_volts(&self, battery_volts: f64) -> f64 {
        match (self.charger_contact, self.offer) {
            (Contact::Closed, _) => battery_volts,
            (Contact::Open, Some(offer)) => offer.volts,
            (Contact::Open, None) => 0.0,
        }
    }
}
