//! The wiring: who feeds whom, and the voltages and currents that follow.
//!
//! Pure: from the battery's response, the charger's offer, the load's demand and the contacts to the
//! flows of one step. Relay 1 has been taken into account before: it decides whether the charger makes an
//! offer and whether the load's own supply stands.

use crate::battery::{Response, Terminals};
use crate::charger::Offer;
use crate::load::Demand;
use releve_control::{Contact, Wiring};

/// Everything that determines the flows.
#[derive(Debug, Clone, Copy)]
pub struct Circuit {
    /// Where input 2 sits and what feeds the load.
    pub wiring: Wiring,
    /// Whether 230 V reach the installation: supply there and relay 1 closed.
    pub mains_present: bool,
    /// Relay 2's contact.
    pub charger_contact: Contact,
    /// Whether the fuse between input 2 and the battery is whole.
    pub charger_fuse_whole: bool,
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
    /// The part of it that goes into gassing, A.
    pub gassing_amperes: f64,
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
        let terminals = self.bus(0.0);
        Flows {
            battery_volts: terminals.volts,
            battery_amperes: terminals.amperes,
            gassing_amperes: terminals.gassing_amperes,
            charger_volts: self.charger_volts(terminals.volts),
            charger_amperes: terminals.amperes.max(0.0),
            load_volts: self.demand.own_supply_volts,
            load_amperes: self.demand.watts / self.demand.own_supply_volts,
            load_running: true,
        }
    }

    fn load_on_the_battery(&self, watts: f64) -> Flows {
        let terminals = self.bus(watts);
        let load_amperes = watts / terminals.volts.max(self.demand.least_volts);
        let charger_amperes = if self.connected_offer().is_some() {
            // Rounding must not make a current flow backwards.
            (terminals.amperes + load_amperes).max(0.0)
        } else {
            0.0
        };
        Flows {
            battery_volts: terminals.volts,
            battery_amperes: terminals.amperes,
            gassing_amperes: terminals.gassing_amperes,
            charger_volts: self.charger_volts(terminals.volts),
            charger_amperes,
            load_volts: terminals.volts,
            load_amperes,
            load_running: true,
        }
    }

    /// The battery's terminals with a load, W, beside them and the charger, if it is connected.
    fn bus(&self, watts: f64) -> Terminals {
        let least_volts = self.demand.least_volts;
        let Some(offer) = self.connected_offer() else {
            return self.response.fed_with(0.0, watts, least_volts);
        };
        let held = self.response.held_at(offer.volts);
        let needed_amperes = held.amperes + watts / offer.volts.max(least_volts);
        if needed_amperes < 0.0 {
            // No current flows back into a charger.
            self.response.fed_with(0.0, watts, least_volts)
        } else if needed_amperes > offer.limit_amperes {
            self.response
                .fed_with(offer.limit_amperes, watts, least_volts)
        } else {
            held
        }
    }

    fn charger_connected(&self) -> bool {
        self.charger_contact == Contact::Closed && self.charger_fuse_whole
    }

    fn connected_offer(&self) -> Option<Offer> {
        self.offer.filter(|_| self.charger_connected())
    }

    /// Connected, the output lies at the battery; cut off, at the charger's own voltage.
    fn charger_volts(&self, battery_volts: f64) -> f64 {
        match (self.charger_connected(), self.offer) {
            (true, _) => battery_volts,
            (false, Some(offer)) => offer.volts,
            (false, None) => 0.0,
        }
    }
}
