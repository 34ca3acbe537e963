//! A whole node against a real broker: connection, goodbye, last will, nothing lost.

use std::net::SocketAddr;
use std::time::Duration;

use releve_broker::{Broker, Config};
use releve_control::{Contact, Relays};
use releve_node::simulated::{SimulatedConfig, SimulatedNode, start_simulated};
use releve_plant::PlantConfig;
use releve_protocol::{Backlog, CommandResult, NodeId, Records, State, Status, decode};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Far longer than anything here takes; only a hang meets it.
const DEADLINE: Duration = Duration::from_secs(60);
const SPEED: f64 = 200.0;
const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

async fn broker(address: SocketAddr) -> Broker {
    releve_broker::start(Config::new(address))
        .await
        .expect("a broker on loopback")
}

fn node(broker: SocketAddr, shutdown: &CancellationToken) -> SimulatedNode {
    let id: NodeId = "site-1".parse().expect("an id");
    let name = "Test site".parse().expect("a name");
    let config = SimulatedConfig {
        speed: SPEED,
        ..SimulatedConfig::new(id, name, broker.into(), PlantConfig::healthy_site())
    };
    start_simulated(&config, shutdown.clone()).expect("a possible site")
}

/// A client that hears everything that nodes say.
struct Listener {
    client: AsyncClient,
    heard: mpsc::UnboundedReceiver<Publish>,
    _task: AbortOnDropHandle<()>,
}

impl Listener {
    async fn connect(address: SocketAddr) -> Self {
        let mut options = MqttOptions::new("listener", address.ip().to_string(), address.port());
        options.set_max_packet_size(Some(1 << 20));
        let (client, mut event_loop) = AsyncClient::new(options, 100);
        client
            .subscribe("releve/#", QoS::AtLeastOnce)
            .await
            .expect("room");
        let (sender, heard) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok(event) = event_loop.poll().await {
                if let Event::Incoming(Packet::Publish(publish)) = event
                    && sender.send(publish).is_err()
                {
                    return;
                }
            }
        });
        Self {
            client,
            heard,
            _task: AbortOnDropHandle::new(task),
        }
    }

    async fn send(&self, thing: &str, payload: String) {
        let topic = format!("releve/site-1/set/{thing}");
        let sent = self
            .client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await;
        sent.expect("room");
    }

    /// The next message on that topic that `read` takes.
    async fn hear<T>(&mut self, kind: &str, read: impl Fn(&[u8]) -> Option<T>) -> T {
        let topic = format!("releve/site-1/{kind}");
        let hearing = async {
            loop {
                let publish = self.heard.recv().await.expect("the broker to stay");
                if publish.topic == topic.as_bytes()
                    && let Some(found) = read(&publish.payload)
                {
                    return found;
                }
            }
        };
        timeout(DEADLINE, hearing)
            .await
            .unwrap_or_else(|_| panic!("{topic} did not come"))
    }

    async fn hear_availability(&mut self, wanted: &str) {
        self.hear("availability", |payload| {
            (payload == wanted.as_bytes()).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_node_answers_and_says_goodbye() {
    let broker = broker(LOOPBACK).await;
    let shutdown = CancellationToken::new();
    let node = node(broker.tcp_addr(), &shutdown);
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    listener.hear_availability("online").await;
    listener.hear("reading", |_| Some(())).await;

    for (thing, payload) in [
        (
            "authority",
            r#"{"value":"manual","lease_s":43200,"id":"a"}"#,
        ),
        ("relay/mains", r#"{"value":"open","id":"b"}"#),
    ] {
        listener.send(thing, payload.to_owned()).await;
        let status = listener.hear("result", |payload| {
            let result: CommandResult = decode(payload).ok()?;
            (result.set == thing).then_some(result.status)
        });
        assert_eq!(status.await, Status::Accepted);
    }
    let site = node.site.clone();
    assert_eq!(
        site.with_plant(|plant| plant.read_back().mains),
        Contact::Open
    );

    shutdown.cancel();
    timeout(DEADLINE, node.stopped())
        .await
        .expect("an end")
        .expect("in order");
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
        releve_broker::start(Config::new(address)).await.ok()
    })
    .await;

    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let journal = listener
        .hear("state", |payload| {
            decode::<State>(payload).ok().map(|state| state.journal)
        })
        .await;
    assert!(journal.reading.next > 9, "{journal:?}");
    let (from, to) = (journal.reading.first, journal.reading.next - 1);
    let payload = format!(
        r#"{{"epoch":"{}","stream":"reading","from":{from},"to":{to}}}"#,
        journal.epoch
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
    shutdown.cancel();
    timeout(DEADLINE, node.stopped())
        .await
        .expect("an end")
        .expect("in order");
}

/// Asks until there is an answer.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        loop {
            tick.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    timeout(DEADLINE, asking)
        .await
        .unwrap_or_else(|_| panic!("gave up waiting for {what}"))
}
