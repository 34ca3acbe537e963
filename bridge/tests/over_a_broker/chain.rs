//! From a node's messages to what the bridge serves, over a real broker.

use crate::harness::{Peer, get, node, reading, start_bridge, start_broker, until};
use releve_protocol::{Backlog, Records, Topic};
use serde_json::{Value, json};

#[tokio::test]
async fn a_reading_reaches_prometheus_and_the_sparklines() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let peer = Peer::connect(&broker, "node").await;
    peer.publish(Topic::Availability(node()), "online").await;
    peer.publish_json(Topic::Reading(node()), &reading(1)).await;

    let line = "releve_battery_voltage_volts{node=\"col-de-porte\"} 13.62\n";
    until("the voltage in /metrics", async || {
        let (_, text) = get(&bridge, "/metrics").await;
        (text.contains(line) && text.contains("releve_node_up{node=\"col-de-porte\"} 1"))
            .then_some(())
    })
    .await;
    let (status, columns) = get(&bridge, "/api/v1/nodes/col-de-porte/recent").await;
    let columns: Value = serde_json::from_str(&columns).expect("JSON");
    assert_eq!(status, 200);
    assert_eq!(columns["seq"], json!([1]));
    assert_eq!(columns["battery.voltage"], json!([13.62]));

    peer.publish(Topic::Availability(node()), "offline").await;
    until("the silence of an offline node", async || {
        let (_, text) = get(&bridge, "/metrics").await;
        (!text.contains(line) && text.contains("releve_node_up{node=\"col-de-porte\"} 0"))
            .then_some(())
    })
    .await;
    bridge.stop().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_missing_reading_is_asked_for_and_takes_its_place() {
    let broker = start_broker().await;
    let bridge = start_bridge(&broker).await;
    let mut peer = Peer::connect(&broker, "node").await;
    peer.publish(Topic::Availability(node()), "online").await;
    peer.publish_json(Topic::Reading(node()), &reading(1)).await;
    peer.publish_json(Topic::Reading(node()), &reading(3)).await;

    let request = peer.next_on("releve/col-de-porte/set/resend").await;
    let request: Value = serde_json::from_str(&request).expect("JSON");
    assert_eq!(request["stream"], json!("reading"));
    assert_eq!((&request["from"], &request["to"]), (&json!(2), &json!(2)));
    let parsed =
        releve_protocol::command::Received::parse("resend", request.to_string().as_bytes());
    assert!(parsed.request.is_ok() && parsed.id.is_some(), "{parsed:?}");

    let backlog = Backlog {
        v: 1,
        epoch: reading(2).epoch,
        from: 2,
        to: 2,
        lost: Vec::new(),
        records: Records::Reading(vec![reading(2)]),
    };
    peer.publish_json(Topic::Backlog(node()), &backlog).await;
    until("the reading in its place", async || {
        let (_, columns) = get(&bridge, "/api/v1/nodes/col-de-porte/recent").await;
        let columns: Value = serde_json::from_str(&columns).ok()?;
        (columns["seq"] == json!([1, 2, 3])).then_some(())
    })
    .await;
    let (_, text) = get(&bridge, "/metrics").await;
    for line in [
        "releve_bridge_missing_readings{node=\"col-de-porte\"} 0\n",
        "releve_bridge_resend_requests_total{node=\"col-de-porte\"} 1\n",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn the_bridge_says_whether_it_is_there() {
    let broker = start_broker().await;
    let mut peer = Peer::connect(&broker, "listener").await;
    let bridge = start_bridge(&broker).await;
    let topic = "releve-bridge/test/availability";
    assert_eq!(peer.next_on(topic).await, "online");
    bridge.stop().await;
    assert_eq!(peer.next_on(topic).await, "offline");
    // Retained: whoever comes later knows it too.
    let mut late = Peer::connect(&broker, "late").await;
    assert_eq!(late.next_on(topic).await, "offline");
}

#[tokio::test]
async fn without_a_broker_the_bridge_says_so_and_comes_back_with_it() {
    let broker = start_broker().await;
    let address = broker.tcp_addr();
    let bridge = start_bridge(&broker).await;
    broker.stop().await;
    let reason = until("an unhealthy bridge", async || {
        let (status, body) = get(&bridge, "/healthz").await;
        (status == 503).then_some(body)
    })
    .await;
    assert!(reason.contains("no connection to the broker"), "{reason}");
    let (_, text) = get(&bridge, "/metrics").await;
    assert!(text.contains("releve_bridge_connected 0\n"), "{text}");

    let broker = until("the port to be free again", async || {
        releve_broker::start(releve_broker::Config::new(address))
            .await
            .ok()
    })
    .await;
    until("a healthy bridge", async || {
        (get(&bridge, "/healthz").await.0 == 200).then_some(())
    })
    .await;
    let peer = Peer::connect(&broker, "node").await;
    peer.publish(Topic::Availability(node()), "online").await;
    until("messages through the new connection", async || {
        let (_, text) = get(&bridge, "/metrics").await;
        text.contains("releve_node_up{node=\"col-de-porte\"} 1")
            .then_some(())
    })
    .await;
}
