//! A bridge on an embedded broker, and a node that the test plays over MQTT.

use std::net::SocketAddr;
use std::time::Duration;

use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_protocol::connection::BrokerAddress;
use releve_protocol::{NodeId, Reading, Timestamp, Topic};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// How long anything may take; generous for loaded machines.
const DEADLINE: Duration = Duration::from_mins(1);

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A broker on a free port.
pub async fn start_broker() -> Broker {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = releve_broker::Config::new(address);
    releve_broker::start(config).await.expect("a broker")
}

/// How to start a bridge on that broker, on a free port.
pub fn config(broker: SocketAddr) -> Config {
    releve_access::encrypt_with_ring();
    let id = "test".parse().expect("an id");
    let http = SocketAddr::from(([127, 0, 0, 1], 0));
    Config::new(id, BrokerAddress::from(broker), http)
}

/// A bridge on that broker, connected and subscribed.
pub async fn start_bridge(broker: &Broker) -> Bridge {
    start_bridge_as(config(broker.tcp_addr())).await
}

/// A bridge as it is configured, connected and subscribed.
pub async fn start_bridge_as(config: Config) -> Bridge {
    let bridge = releve_bridge::start(config).await.expect("a bridge");
    until("a connected bridge", async || {
        (get(&bridge, "/healthz").await.0 == 200).then_some(())
    })
    .await;
    bridge
}

/// Status and body of an address of the bridge.
pub async fn get(bridge: &Bridge, path: &str) -> (u16, String) {
    let url = format!("http://{}{path}", bridge.http_addr());
    let response = reqwest::get(url).await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a body"))
}

/// The value of a series in `/metrics`, by its name and labels.
pub async fn metric(bridge: &Bridge, series: &str) -> Option<f64> {
    let (_, text) = get(bridge, "/metrics").await;
    let value = text.lines().find_map(|line| line.strip_prefix(series));
    value.and_then(|value| value.trim().parse().ok())
}

/// An MQTT client that publishes as a node would and hears everything.
pub struct Peer {
    client: AsyncClient,
    messages: mpsc::UnboundedReceiver<Publish>,
}

impl Peer {
    /// A client with that name, connected and subscribed to everything.
    pub async fn connect(broker: &Broker, name: &str) -> Self {
        let address = broker.tcp_addr();
        let options = MqttOptions::new(name, address.ip().to_string(), address.port());
        let (client, mut event_loop) = AsyncClient::new(options, 100);
        let (sender, messages) = mpsc::unbounded_channel();
        let (subscribed, wait) = tokio::sync::oneshot::channel();
        let mut subscribed = Some(subscribed);
        tokio::spawn(async move {
            while let Ok(event) = event_loop.poll().await {
                match event {
                    Event::Incoming(Packet::SubAck(_)) => {
                        subscribed.take().map(|subscribed| subscribed.send(()));
                    }
                    // Nobody listens any more when the test is over.
                    Event::Incoming(Packet::Publish(publish)) => drop(sender.send(publish)),
                    _ => {}
                }
            }
        });
        client
            .subscribe("#", QoS::AtLeastOnce)
            .await
            .expect("a client");
        wait.await.expect("a subscription");
        Self { client, messages }
    }

    /// Publishes on a topic of the contract, retained where the contract says so.
    pub async fn publish(&self, topic: Topic, payload: impl Into<String>) {
        let retain = topic.is_retained();
        let sent = self
            .client
            .publish(topic.to_string(), QoS::AtLeastOnce, retain, payload.into());
        sent.await.expect("a client");
    }

    /// Publishes a payload as JSON.
    pub async fn publish_json(&self, topic: Topic, payload: &impl Serialize) {
        let payload = serde_json::to_string(payload).expect("JSON");
        self.publish(topic, payload).await;
    }

    /// The next message on any topic.
    pub async fn next(&mut self) -> Publish {
        self.messages.recv().await.expect("a connection")
    }

    /// The payload of the next message on that topic.
    pub async fn next_on(&mut self, topic: &str) -> String {
        let found = async {
            loop {
                let message = self.next().await;
                if message.topic == topic {
                    return String::from_utf8(message.payload.to_vec()).expect("text");
                }
            }
        };
        let found = tokio::time::timeout(DEADLINE, found).await;
        found.unwrap_or_else(|_| panic!("gave up waiting for {topic}"))
    }
}

/// The node that the tests play.
pub fn node() -> NodeId {
    "col-de-porte".parse().expect("a node id")
}

/// The golden reading under another number, moved in time accordingly.
pub fn reading(seq: u64) -> Reading {
    let golden = include_bytes!("../../../protocol/golden/reading.json");
    let mut reading: Reading = releve_protocol::decode(golden).expect("the golden reading");
    reading.seq = seq;
    let windows = i64::try_from(seq).expect("few readings");
    let millis = reading.at.as_unix_millis() + 30_000 * windows;
    reading.at = Timestamp::from_unix_millis(millis);
    reading
}
