//! What the bridge keeps outlives it, and what its disk does not take is asked for again.

use std::path::Path;

use releve_bridge::Bridge;
use releve_broker::Broker;
use releve_protocol::{Backlog, Records, Topic};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    Peer, config, get, metric, node, reading, start_bridge_as, start_broker, until,
};

async fn start_bridge(broker: &Broker, state: &Path) -> Bridge {
    let mut config = config(broker.tcp_addr());
    config.state = Some(state.to_owned());
    start_bridge_as(config).await
}

async fn readings(bridge: &Bridge) -> Option<f64> {
    metric(
        bridge,
        "releve_bridge_readings_total{node=\"col-de-porte\"}",
    )
    .await
}

async fn until_it_holds(bridge: &Bridge, expected: &[u64]) {
    until("the readings in the store", async || {
        let (_, columns) = get(bridge, "/api/v1/nodes/col-de-porte/recent").await;
        let columns: Value = serde_json::from_str(&columns).ok()?;
        (columns["seq"] == json!(expected)).then_some(())
    })
    .await;
}

/// The numbers that the next request for readings asks for.
async fn next_request(peer: &mut Peer) -> (u64, u64) {
    let request = peer.next_on("releve/col-de-porte/set/resend").await;
    let request: Value = serde_json::from_str(&request).expect("JSON");
    let number = |of: &str| request[of].as_u64().expect("a number");
    (number("from"), number("to"))
}

async fn answer(peer: &Peer, from: u64, to: u64) {
    let backlog = Backlog {
        v: 1,
        epoch: reading(from).epoch,
        from,
        to,
        lost: Vec::new(),
        records: Records::Reading((from..=to).map(reading).collect()),
    };
    peer.publish_json(Topic::Backlog(node()), &backlog).await;
}

#[tokio::test]
async fn after_a_restart_the_bridge_knows_what_it_has_and_asks_for_the_rest() {
    let state = TempDir::new().expect("a directory");
    let broker = start_broker().await;
    let bridge = start_bridge(&broker, state.path()).await;
    let mut peer = Peer::connect(&broker, "node").await;
    peer.publish(Topic::Availability(node()), "online").await;
    peer.publish_json(Topic::Reading(node()), &reading(3)).await;
    // Met for the first time, the node is asked for all that its journal holds.
    assert_eq!(next_request(&mut peer).await, (1, 2));
    answer(&peer, 1, 2).await;
    until_it_holds(&bridge, &[1, 2, 3]).await;
    bridge.stop().await;

    let bridge = start_bridge(&broker, state.path()).await;
    assert_eq!(readings(&bridge).await, Some(3.0));
    until_it_holds(&bridge, &[1, 2, 3]).await;
    peer.publish_json(Topic::Reading(node()), &reading(5)).await;
    assert_eq!(next_request(&mut peer).await, (4, 4));
    answer(&peer, 4, 4).await;
    until_it_holds(&bridge, &[1, 2, 3, 4, 5]).await;
    assert_eq!(readings(&bridge).await, Some(5.0));
}

#[tokio::test]
async fn what_the_disk_refuses_is_shown_and_asked_for_once_it_works_again() {
    let state = TempDir::new().expect("a directory");
    let broker = start_broker().await;
    let bridge = start_bridge(&broker, state.path()).await;
    let mut peer = Peer::connect(&broker, "node").await;
    peer.publish(Topic::Availability(node()), "online").await;
    peer.publish_json(Topic::Reading(node()), &reading(1)).await;
    until_it_holds(&bridge, &[1]).await;

    let disk = rusqlite::Connection::open(state.path().join("bridge.db")).expect("the store");
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON reading BEGIN SELECT raise(ABORT, 'no'); END";
    disk.execute_batch(refuse).expect("a trigger");
    peer.publish_json(Topic::Reading(node()), &reading(2)).await;
    until("the failed write to be counted", async || {
        let errors = metric(&bridge, "releve_bridge_store_errors_total").await;
        (errors >= Some(1.0)).then_some(())
    })
    .await;
    let last = "releve_last_reading_timestamp_seconds{node=\"col-de-porte\"}";
    let shown = metric(&bridge, last).await;
    assert_eq!(
        shown,
        Some(reading(2).at.as_unix_seconds()),
        "it is shown all the same"
    );
    let missing = "releve_bridge_missing_readings{node=\"col-de-porte\"}";
    assert_eq!(metric(&bridge, missing).await, Some(1.0));

    disk.execute_batch("DROP TRIGGER refuse")
        .expect("no trigger");
    peer.publish_json(Topic::Reading(node()), &reading(3)).await;
    assert_eq!(next_request(&mut peer).await, (2, 2));
    assert_eq!(readings(&bridge).await, Some(2.0), "it never falls");
    answer(&peer, 2, 2).await;
    until_it_holds(&bridge, &[1, 2, 3]).await;
    assert_eq!(readings(&bridge).await, Some(3.0), "each once");
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let state = TempDir::new().expect("a directory");
    let file = state.path().join("a file");
    std::fs::write(&file, "").expect("a file");
    let mut impossible = config(([127, 0, 0, 1], 1).into());
    impossible.state = Some(file.join("below it"));
    let refused = releve_bridge::start(impossible).await.expect_err("refused");
    let said = refused.to_string();
    assert!(
        said.contains("below it") && said.contains("--state"),
        "{said}"
    );
}
