//! A node whose clock cannot be believed, through MQTT.

use std::path::Path;

use releve_control::Event;
use releve_node::journal::store::{Boot, Bounds, Store};
use releve_node::journal::{Capacity, Record};
use releve_node::simulated::{SimulatedConfig, start_simulated};
use releve_protocol::{EventRecord, State, Timestamp, VERSION, decode};
use tokio_util::sync::CancellationToken;

use crate::harness::{LOOPBACK, Listener, broker, config, stop};

/// A journal of an earlier run of the machine with one event of that moment.
fn left_behind(directory: &Path, at: Timestamp) {
    let epoch: releve_protocol::Epoch = "earlier1".parse().expect("an epoch");
    let bounds = Bounds {
        records: Capacity::days(1),
        bytes: 64 << 20,
    };
    let path = directory.join("site-1.journal");
    let boot = Boot::named("an earlier one");
    let mut store = Store::open(&path, boot, epoch.clone(), bounds).expect("a disk that works");
    let record = Record::Event(EventRecord {
        v: VERSION,
        epoch,
        seq: 1,
        at,
        event: Event::Restart {
            version: "1".to_owned(),
        },
    });
    store.append(&[record], true).expect("written");
}

/// What a node in real time shows first, on a computer whose last record is of that moment.
async fn first_state(newest: &str) -> State {
    let directory = tempfile::tempdir().expect("a directory");
    left_behind(directory.path(), newest.parse().expect("a moment"));
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let config = SimulatedConfig {
        speed: 1.0,
        state_directory: Some(directory.path().to_owned()),
        ..config(broker.tcp_addr())
    };
    let node = start_simulated(&config, shutdown.clone()).expect("a possible site");
    let state = listener
        .hear("state", |payload| decode::<State>(payload).ok())
        .await;
    stop(node, &shutdown).await;
    state
}

#[tokio::test]
async fn a_clock_that_shows_less_than_the_last_record_stamps_nothing() {
    let state = first_state("2025-01-02T00:00:00.000Z").await;
    assert!(state.clock_known);
    assert_eq!(
        state.journal.current.event.next, 2,
        "the start was recorded"
    );
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        // The network speaks for this computer's clock, and knows better than any record.
        return;
    }
    let state = first_state("2150-01-01T00:00:00.000Z").await;
    assert!(!state.clock_known);
    assert_eq!(state.journal.current.event.next, 1, "the start waits");
}
