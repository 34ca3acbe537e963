//! Where energy flows at a site, as its single-line diagram shows it: derived from relays and readings.

use releve_protocol::Reading;
use releve_protocol::control::statistics::Statistics;
use releve_protocol::control::{Contact, MainsState, RelayName, Wiring};

use crate::fleet::Site;

/// Below this many amperes a current is the sensors' noise.
const NO_CURRENT_AMPERES: f64 = 0.03;

/// What a wire carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Current.
    Flow,
    /// Voltage, and no current to speak of.
    Held,
    /// Nothing.
    Dead,
    /// Nobody knows.
    Unknown,
}

impl Wire {
    /// The name in the page's attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Held => "held",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the battery's current goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatteryFlow {
    /// Into the battery.
    Charging,
    /// Out of it.
    Discharging,
    /// Neither.
    Rest,
    /// Not measured.
    Unknown,
}

/// The diagram's wires, from the supply to the battery and the load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnergyFlow {
    /// How input 2 is wired: whether the load hangs on the battery's bus or has its own supply.
    pub wiring: Wiring,
    /// Supply to relay 1.
    pub supply: Wire,
    /// Relay 1 to the charger.
    pub to_charger: Wire,
    /// Charger to relay 2.
    pub from_charger: Wire,
    /// Relay 2 to the bus.
    pub to_bus: Wire,
    /// Bus to the battery.
    pub battery: Wire,
    /// Which way.
    pub battery_flow: BatteryFlow,
    /// Bus to the load.
    pub load: Wire,
    /// Relay 1 to the load's own supply; only where the wiring has one.
    pub load_supply: Wire,
    /// Amperes of the charger, the battery and the load; 0 where not known.
    pub amperes: Amperes,
}

/// Magnitudes of currents.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Amperes {
    /// Out of the charger.
    pub charger: f64,
    /// Into or out of the battery.
    pub battery: f64,
    /// Into the load.
    pub load: f64,
}

impl EnergyFlow {
    /// What is known of a site's flow.
    pub fn of(site: &Site) -> Self {
        let wiring = site
            .info
            .as_ref()
            .map_or(Wiring::CommonBus, |info| info.wiring);
        let reading = site.reading.as_ref().map(|received| &received.value);
        let charger = current(reading, |reading| &reading.charger.current);
        let battery = current(reading, |reading| &reading.battery.current);
        let load = current(reading, |reading| &reading.load.current);
        let mains = site
            .state
            .as_ref()
            .map_or(MainsState::Unknown, |state| state.mains);
        let relay_1 = contact(site, RelayName::Mains);
        let relay_2 = contact(site, RelayName::Charger);

        let battery_flow = match battery {
            Some(amperes) if amperes > NO_CURRENT_AMPERES => BatteryFlow::Charging,
            Some(amperes) if amperes < -NO_CURRENT_AMPERES => BatteryFlow::Discharging,
            Some(_) => BatteryFlow::Rest,
            None => BatteryFlow::Unknown,
        };
        let is_supplied = is_supplied(mains, relay_1, charger);
        let feeder = feeder(wiring, battery_flow);
        let load_draws_supply = feeder == Some(Feeder::OwnSupply) && has_current(load);
        let draws_supply = has_current(charger) || load_draws_supply;
        Self {
            wiring,
            supply: match (mains, is_supplied) {
                (MainsState::Lost, _) => Wire::Dead,
                (_, Some(true)) if draws_supply => Wire::Flow,
                (MainsState::Present, _) | (_, Some(true)) => Wire::Held,
                (MainsState::Unknown, _) => Wire::Unknown,
            },
            to_charger: behind(is_supplied, charger),
            // Into an open contact nothing flows, whatever the mean of the last window says.
            from_charger: match relay_2 {
                Some(Contact::Open) => behind(is_supplied, Some(0.0)),
                _ => behind(is_supplied, charger),
            },
            to_bus: behind(relay_2.map(|contact| contact == Contact::Closed), charger),
            battery: carried(battery),
            battery_flow,
            load: match feeder {
                Some(Feeder::Battery) => carried(load),
                Some(Feeder::OwnSupply) => Wire::Held,
                None => Wire::Unknown,
            },
            load_supply: match (wiring, feeder) {
                (Wiring::CommonBus, _) => Wire::Dead,
                (Wiring::BatteryLead, Some(Feeder::OwnSupply)) => behind(is_supplied, load),
                (Wiring::BatteryLead, Some(Feeder::Battery)) => behind(is_supplied, Some(0.0)),
                (Wiring::BatteryLead, None) => Wire::Unknown,
            },
            amperes: Amperes {
                charger: charger.unwrap_or_default().abs(),
                battery: battery.unwrap_or_default().abs(),
                load: load.unwrap_or_default().abs(),
            },
        }
    }
}

fn current(reading: Option<&Reading>, of: impl Fn(&Reading) -> &Statistics) -> Option<f64> {
    reading.and_then(|reading| of(reading).mean)
}

/// Where a relay stands: as read back, else as commanded.
pub fn contact(site: &Site, relay: RelayName) -> Option<Contact> {
    let relay = site.relay(relay)?;
    Some(relay.actual.unwrap_or(relay.wanted))
}

/// What the load's current comes out of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Feeder {
    /// The battery's bus, whatever feeds that.
    Battery,
    /// Its own supply, on mains.
    OwnSupply,
}

/// None where nobody knows: without the battery's current nothing tells who feeds a load that has a
/// supply of its own.
const fn feeder(wiring: Wiring, battery: BatteryFlow) -> Option<Feeder> {
    match (wiring, battery) {
        (Wiring::CommonBus, _) | (Wiring::BatteryLead, BatteryFlow::Discharging) => {
            Some(Feeder::Battery)
        }
        (Wiring::BatteryLead, BatteryFlow::Charging | BatteryFlow::Rest) => Some(Feeder::OwnSupply),
        (Wiring::BatteryLead, BatteryFlow::Unknown) => None,
    }
}

/// Whether mains reaches what stands behind relay 1, where that is known. Where nothing senses mains,
/// a charger that gives current proves it.
fn is_supplied(mains: MainsState, relay_1: Option<Contact>, charger: Option<f64>) -> Option<bool> {
    match (mains, relay_1) {
        (MainsState::Lost, _) | (_, Some(Contact::Open)) => Some(false),
        (_, None) => None,
        (MainsState::Present, Some(Contact::Closed)) => Some(true),
        (MainsState::Unknown, Some(Contact::Closed)) => has_current(charger).then_some(true),
    }
}

fn has_current(amperes: Option<f64>) -> bool {
    amperes.is_some_and(|amperes| amperes.abs() > NO_CURRENT_AMPERES)
}

fn carried(amperes: Option<f64>) -> Wire {
    match amperes {
        None => Wire::Unknown,
        Some(_) if has_current(amperes) => Wire::Flow,
        Some(_) => Wire::Held,
    }
}

/// A wire behind a contact, which is live where what feeds it is known to be.
fn behind(is_live: Option<bool>, amperes: Option<f64>) -> Wire {
    match is_live {
        None => Wire::Unknown,
        Some(true) => carried(amperes),
        Some(false) => Wire::Dead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Fleet;
    use crate::fleet::tests::{INFO, READING, STATE, message, site};

    fn flow(change: impl Fn(&str) -> String) -> EnergyFlow {
        let mut fleet = Fleet::default();
        for (kind, payload) in [("info", INFO), ("state", STATE), ("reading", READING)] {
            fleet.apply(&message(kind, &change(payload)), 0.0);
        }
        EnergyFlow::of(&site(&fleet))
    }

    #[test]
    fn an_open_charger_leaves_its_output_held_and_the_bus_side_dead() {
        let flow = flow(|payload| payload.replace("\"mean\": 0.84", "\"mean\": 0.0"));
        assert_eq!(flow.supply, Wire::Held);
        assert_eq!(flow.to_charger, Wire::Held);
        assert_eq!(flow.to_bus, Wire::Dead);
        assert_eq!(flow.load, Wire::Flow);
        assert_eq!(flow.battery_flow, BatteryFlow::Charging);
    }

    #[test]
    fn nothing_flows_into_an_open_contact() {
        let flow = flow(str::to_owned);
        assert_eq!(flow.amperes.charger, 0.84);
        assert_eq!(flow.from_charger, Wire::Held);
    }

    #[test]
    fn a_lost_supply_is_dead_up_to_the_charger() {
        let flow = flow(|payload| payload.replace("\"mains\": \"present\"", "\"mains\": \"lost\""));
        assert_eq!(flow.supply, Wire::Dead);
        assert_eq!(flow.from_charger, Wire::Dead);
    }

    #[test]
    fn a_load_with_its_own_supply_takes_it_until_the_battery_discharges() {
        let own_supply = |payload: &str| payload.replace("common_bus", "battery_lead");
        let on_mains = flow(own_supply);
        assert_eq!(
            (on_mains.load_supply, on_mains.load),
            (Wire::Flow, Wire::Held)
        );
        let on_battery =
            flow(|payload| own_supply(payload).replace("\"mean\": 0.31", "\"mean\": -3.2"));
        assert_eq!(
            (on_battery.load_supply, on_battery.load),
            (Wire::Held, Wire::Flow)
        );
        assert_eq!(on_battery.battery_flow, BatteryFlow::Discharging);
    }

    #[test]
    fn who_feeds_the_load_is_not_claimed_without_the_batterys_current() {
        let flow = flow(|payload| {
            payload
                .replace("common_bus", "battery_lead")
                .replace("\"mains\": \"present\"", "\"mains\": \"unknown\"")
                .replace("\"mean\": 0.31", "\"mean\": null")
                .replace("\"mean\": 0.84", "\"mean\": 0.0")
        });
        assert_eq!(flow.battery_flow, BatteryFlow::Unknown);
        assert!(flow.amperes.load > 0.0);
        let claimed = [flow.supply, flow.to_charger, flow.load_supply, flow.load];
        assert_eq!(claimed, [Wire::Unknown; 4]);
    }

    #[test]
    fn a_current_of_the_charger_proves_mains() {
        let unknown =
            |payload: &str| payload.replace("\"mains\": \"present\"", "\"mains\": \"unknown\"");
        assert_eq!(flow(unknown).supply, Wire::Flow);
        let idle = flow(|payload| unknown(payload).replace("\"mean\": 0.84", "\"mean\": 0.0"));
        assert_eq!(
            (idle.supply, idle.to_charger),
            (Wire::Unknown, Wire::Unknown)
        );
    }

    #[test]
    fn what_is_not_measured_is_unknown() {
        let flow = EnergyFlow::of(&Site::new("a".parse().unwrap()));
        assert_eq!(flow.battery, Wire::Unknown);
        assert_eq!(flow.battery_flow, BatteryFlow::Unknown);
        assert_eq!(flow.to_charger, Wire::Unknown);
    }
}
