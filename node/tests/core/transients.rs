//! Raw samples around edges, seen from outside.

use releve_control::statistics::Quality;
use releve_control::{Contact, Edge, Event, RelayName, Transient};
use releve_node::core::Publication;
use releve_node::journal::Capacity;
use releve_plant::PlantConfig;
use releve_protocol::{Records, Timestamp};

use crate::cycle::station;
use crate::harness::{Site, events, states};

/// Every sample of a second, for two seconds before the edge and a minute after it.
const SAMPLES: usize = 621;

fn transients(publications: &[Publication]) -> Vec<Transient<Timestamp>> {
    let records = events(publications).into_iter();
    let transients = records.filter_map(|record| match record.event {
        Event::Transient(transient) => Some(*transient),
        _ => None,
    });
    transients.collect()
}

/// When relays 1 and 2 were commanded.
fn switched_at(publications: &[Publication]) -> Vec<Timestamp> {
    let records = events(publications).into_iter();
    let mut moments: Vec<_> = records
        .filter(|record| matches!(&record.event, Event::RelaySwitched { relay, .. } if !relay.is_auxiliary()))
        .map(|record| record.at)
        .collect();
    // Events of one step have stamps a millisecond apart.
    moments.dedup_by(|next, last| next.as_unix_millis() - last.as_unix_millis() < 10);
    moments
}

fn moves(transient: &Transient<Timestamp>, relay: RelayName, contact: Contact) -> bool {
    transient.edges.contains(&Edge { relay, contact })
}

#[test]
fn each_edge_of_a_cycle_is_sampled_from_before_it_on() {
    let mut site = station();
    let published = site.windows(72 * 120);
    let transients = transients(&published);
    let edges = switched_at(&published);
    assert!(edges.len() >= 3, "no cycle ran: {edges:?}");
    let recorded: Vec<_> = transients
        .iter()
        .map(|transient| transient.switched_at)
        .collect();
    assert_eq!(recorded, edges);
    for transient in &transients {
        let offsets = &transient.offset_ms;
        assert_eq!(offsets.len(), SAMPLES, "{:?}", transient.edges);
        let expected: Vec<i64> = (-20..=600).map(|tenth| tenth * 100).collect();
        assert_eq!(*offsets, expected);
        assert_eq!(transient.battery.voltage.quality, Quality::Good);
        assert_eq!(transient.load.current.samples.len(), SAMPLES);
    }
    let opened = (transients.iter())
        .find(|transient| moves(transient, RelayName::Mains, Contact::Open))
        .expect("a discharge began");
    let volts = |tenth: usize| opened.battery.voltage.samples[tenth].expect("measured");
    assert!(
        volts(0) - volts(30) > 0.1,
        "the battery carries the load from the edge on: {} V, then {} V",
        volts(0),
        volts(30)
    );
    assert!(
        (volts(0) - volts(19)).abs() < 0.05,
        "nothing moves before the edge"
    );
}

#[test]
fn an_operator_s_edge_has_the_last_sample_before_it_and_is_cut_by_the_next_edge() {
    let mut site = Site::new();
    site.windows(3);
    site.manual();
    let mut published = site.send("relay/charger", "open");
    published.extend(site.ticks(10));
    assert_eq!(transients(&published), [], "a minute has not passed");
    let published = site.send("relay/charger", "closed");
    let first = transients(&published)
        .pop()
        .expect("cut short by the next edge");
    assert!(moves(&first, RelayName::Charger, Contact::Open));
    assert_eq!(first.offset_ms[0], -20, "the last sample, two commands ago");
    assert_eq!(first.offset_ms.last(), Some(&30_000));
    let later = site.ticks(21);
    let second = transients(&later).pop().expect("a minute has passed");
    assert!(moves(&second, RelayName::Charger, Contact::Closed));
    assert_eq!(
        second.offset_ms[0], -2_010,
        "the samples after the first edge"
    );
}

#[test]
fn what_was_collected_when_the_program_ends_is_told() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    site.send("relay/charger", "open");
    site.ticks(3);
    let published = site.core.last_transient(site.now());
    let transient = transients(&published).pop().expect("collected so far");
    assert_eq!(transient.offset_ms.last(), Some(&9_000));
    let state = states(&published).pop().expect("a state that counts it");
    let last = events(&published).pop().expect("the transient").seq;
    assert_eq!(state.journal.current.event.next, last + 1);
    assert_eq!(site.core.last_transient(site.now()), []);
}

#[test]
fn relays_that_are_switched_by_hand_alone_are_not_followed() {
    let mut site = Site::new();
    site.windows(1);
    let mut published = site.send("relay/aux1", "open");
    published.extend(site.windows(3));
    assert_eq!(transients(&published), []);
}

#[test]
fn nothing_is_sampled_fast_where_nothing_switches() {
    let mut site = Site::new();
    for _ in 0..30 {
        site.tick();
        let ordinary = site
            .now()
            .monotonic
            .after(std::time::Duration::from_secs(3));
        assert_eq!(
            site.core.next_fast_sample(site.now().monotonic, ordinary),
            None
        );
    }
}

#[test]
fn a_message_of_the_backlog_carries_one_transient_at_most() {
    let mut site = Site::with(PlantConfig::healthy_site(), Capacity::days(1));
    site.windows(1);
    site.manual();
    for position in ["open", "closed"].repeat(3) {
        site.send("relay/charger", position);
        site.windows(8);
    }
    let epoch = site.state().journal.current.epoch;
    let next = site.state().journal.current.event.next;
    let wanted = format!(
        r#"{{"epoch":"{epoch}","stream":"event","from":1,"to":{}}}"#,
        next - 1
    );
    site.send("resend", wanted);
    let mut expected = 1;
    let mut carried = 0;
    for message in site.backlog() {
        assert_eq!(message.from, expected);
        expected = message.to + 1;
        let Records::Event(records) = message.records else {
            panic!("events were asked for");
        };
        assert_eq!(records.len() as u64, message.to + 1 - message.from);
        let heavy = records
            .iter()
            .filter(|record| matches!(record.event, Event::Transient(_)));
        let heavy = heavy.count();
        assert!(heavy <= 1);
        carried += heavy;
    }
    assert_eq!(expected, next);
    assert_eq!(carried, 6);
}
