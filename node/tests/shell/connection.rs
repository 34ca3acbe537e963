//! Connection, goodbye, last will, nothing lost.

use releve_control::{Contact, Relays};
use releve_protocol::{Backlog, Records, State, decode};
use tokio_util::sync::CancellationToken;

use crate::harness::{LOOPBACK, Listener, broker, node, stop, until};

#[tokio::test]
async fn a_node_answers_and_says_goodbye() {
    let broker = broker(LOOPBACK).await;
    let shutdown = CancellationToken::new();
    let node = node(broker.tcp_addr(), &shutdown);
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    listener.hear_availability("online").await;
    listener.hear("reading", |_| Some(())).await;

    let manual = r#"{"value":"manual","lease_s":43200,"id":"a"}"#;
    listener.command("authority", manual).await;
    let open = r#"{"value":"open","id":"b"}"#;
    listener.command("relay/mains", open).await;
    let site = node.site.clone();
    assert_eq!(
        site.with_plant(|plant| plant.read_back().mains),
        Contact::Open
    );

    stop(node, &shutdown).await;
    listener.hear_availability("offline").await;
    assert_eq!(site.with_plant(|plant| plant.read_back()), Relays::PLAIN);
}

#[tokio::test]
async fn a_node_that_crashes_leaves_its_last_will_and_safe_relays() {
    let broker = broker(LOOPBACK).await;
    let node = node(broker.tcp_addr(), &CancellationToken::new());
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    listener.hear_availability("online").await;
    let site = node.site.clone();
    node.crash();
    listener.hear_availability("offline").await;
    assert_eq!(site.with_plant(|plant| plant.read_back()), Relays::PLAIN);
}

#[tokio::test]
async fn what_was_measured_without_a_broker_can_be_fetched() {
    // An address at which nothing listens yet.
    let address = broker(LOOPBACK).await.tcp_addr();
    let shutdown = CancellationToken::new();
    let node = node(address, &shutdown);
    let site = node.site.clone();
    let ten_windows = 10.0 + 300.0 / 3600.0;
    until("ten windows to pass", async || {
        let hour = site.with_plant(|plant| plant.now().hour());
        (hour >= ten_windows).then_some(())
    })
    .await;
    // The address may still be held for a moment.
    let broker = until("a broker", async || {
        releve_broker::start(releve_broker::Config::new(address))
            .await
            .ok()
    })
    .await;

    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let journal = listener
        .hear("state", |payload| {
            decode::<State>(payload).ok().map(|state| state.journal)
        })
        .await;
    assert!(journal.current.reading.next > 9, "{journal:?}");
    let (from, to) = (
        journal.current.reading.first,
        journal.current.reading.next - 1,
    );
    let payload = format!(
        r#"{{"epoch":"{}","stream":"reading","from":{from},"to":{to}}}"#,
        journal.current.epoch
    );
    listener.send("resend", payload).await;
    let mut seqs = Vec::new();
    while seqs.last() != Some(&to) {
        let backlog: Backlog = listener
            .hear("backlog", |payload| decode(payload).ok())
            .await;
        assert!(backlog.lost.is_empty());
        let Records::Reading(readings) = backlog.records else {
            panic!("readings were asked for");
        };
        seqs.extend(readings.iter().map(|reading| reading.seq));
    }
    assert_eq!(seqs, (from..=to).collect::<Vec<_>>());
    stop(node, &shutdown).await;
}
