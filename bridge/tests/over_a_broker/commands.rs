//! Commands to the bridge, as `mosquitto_pub` or a web app sends them.

use releve_protocol::{BridgeState, CommandResult, Status, Topic, decode};
use tempfile::TempDir;

use crate::harness::{Peer, config, node, start_bridge_as, start_broker};

async fn state(peer: &mut Peer) -> BridgeState {
    let payload = peer.next_on("releve-bridge/test/state").await;
    decode(payload.as_bytes()).expect("a state")
}

async fn result(peer: &mut Peer) -> CommandResult {
    let payload = peer.next_on("releve-bridge/test/result").await;
    decode(payload.as_bytes()).expect("a result")
}

fn set(thing: &str) -> Topic {
    Topic::BridgeSet("test".parse().expect("an id"), thing.to_owned())
}

#[tokio::test]
async fn a_site_is_silenced_over_mqtt_and_stays_so_over_a_restart() {
    let broker = start_broker().await;
    let directory = TempDir::new().expect("a directory");
    let mut config = config(broker.tcp_addr());
    config.state = Some(directory.path().to_owned());
    let bridge = start_bridge_as(config.clone()).await;
    let mut peer = Peer::connect(&broker, "operator").await;
    assert_eq!(state(&mut peer).await.silences, [], "told at the start");

    let silence = set("silence/col-de-porte");
    peer.publish(silence.clone(), r#"{"value":3600,"id":"1"}"#)
        .await;
    let refused = result(&mut peer).await;
    assert_eq!(refused.status, Status::Rejected, "nobody knows it yet");
    peer.publish(Topic::Availability(node()), "online").await;
    peer.publish(silence.clone(), r#"{"value":3600,"id":"2"}"#)
        .await;
    let accepted = result(&mut peer).await;
    assert_eq!(
        (accepted.id.as_deref(), accepted.status),
        (Some("2"), Status::Accepted)
    );
    let silenced = state(&mut peer).await.silences;
    assert_eq!((silenced.len(), &silenced[0].node), (1, &node()));
    bridge.stop().await;

    // Retained: whoever comes later hears of it, and so does a bridge that restarts.
    let mut late = Peer::connect(&broker, "late").await;
    assert_eq!(state(&mut late).await.silences, silenced);
    let bridge = start_bridge_as(config).await;
    assert_eq!(state(&mut late).await.silences, silenced);
    late.publish(silence, "0").await;
    assert_eq!(state(&mut late).await.silences, []);
    bridge.stop().await;
}

#[tokio::test]
async fn commands_to_another_bridge_are_not_for_this_one() {
    let broker = start_broker().await;
    let bridge = start_bridge_as(config(broker.tcp_addr())).await;
    let mut peer = Peer::connect(&broker, "operator").await;
    let other = "other".parse().expect("an id");
    peer.publish(
        Topic::BridgeSet(other, "silence/col-de-porte".to_owned()),
        "60",
    )
    .await;
    peer.publish(set("mode"), "observer").await;
    let result = result(&mut peer).await;
    assert_eq!(result.set, "mode", "the first answer is to the second");
    assert!(
        result
            .reason
            .is_some_and(|reason| reason.contains("silence/<node>"))
    );
    bridge.stop().await;
}
