//! What a node's core takes over from an earlier run.

use std::time::Duration;

use releve_control::snapshot::Snapshot;
use releve_control::{Contact, Relays, Wiring};
use releve_node::core::Core;
use releve_node::journal::{Capacity, Journal};
use releve_plant::PlantConfig;

use crate::harness::{Site, config, now_at};

/// A core that goes on from that snapshot, and what it left out.
fn restored(snapshot: &Snapshot) -> (Core, Vec<String>) {
    let config = config(&PlantConfig::healthy_site(), Capacity::days(1));
    let journal = Journal::new("test2".parse().expect("an epoch"), config.journal);
    Core::restored(config, snapshot, journal, 1.0, now_at(Duration::ZERO, 0))
        .expect("a configuration without contradictions")
}

fn first_relays(core: &mut Core) -> Relays<Contact> {
    core.decide(None, Vec::new(), now_at(Duration::from_millis(1), 0))
        .relays()
}

#[test]
fn heat_that_held_the_charger_open_does_so_before_the_first_sample() {
    let mut site = Site::new();
    site.windows(1);
    let mut snapshot = site.core.snapshot();
    let (mut core, left_out) = restored(&snapshot);
    assert_eq!(left_out, Vec::<String>::new());
    assert_eq!(first_relays(&mut core), Relays::PLAIN);

    snapshot.latches.heat_celsius = Some(46.0);
    let (mut core, _) = restored(&snapshot);
    let charger = Contact::Open;
    assert_eq!(
        first_relays(&mut core),
        Relays {
            charger,
            ..Relays::PLAIN
        }
    );
    assert_eq!(core.safe_relays().charger, Contact::Open);
}

#[test]
fn what_belongs_to_another_installation_is_left_out_and_said() {
    let mut site = Site::new();
    site.windows(1);
    site.send("mode", "overcharge_protection");
    let snapshot = Snapshot {
        wiring: Wiring::CommonBus,
        ..site.core.snapshot()
    };
    let (core, left_out) = restored(&snapshot);
    assert_eq!(left_out.len(), 1);
    assert_eq!(core.snapshot().mode, releve_control::Mode::Observer);
}
