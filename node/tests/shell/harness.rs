//! A node, a broker on loopback, and a client that hears everything.

use std::net::SocketAddr;
use std::time::Duration;

use releve_broker::{Broker, Config};
use releve_node::simulated::{SimulatedConfig, SimulatedNode, start_simulated};
use releve_plant::PlantConfig;
use releve_protocol::{CommandResult, NodeId, Status, decode};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Far longer than anything here takes; only a hang meets it.
pub const DEADLINE: Duration = Duration::from_mins(1);
const SPEED: f64 = 200.0;
pub const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub async fn broker(address: SocketAddr) -> Broker {
    releve_broker::start(Config::new(address))
        .await
        .expect("a broker on loopback")
}

pub fn config(broker: SocketAddr) -> SimulatedConfig {
    let id: NodeId = "site-1".parse().expect("an id");
    let name = "Test site".parse().expect("a name");
    SimulatedConfig {
        speed: SPEED,
        ..SimulatedConfig::new(id, name, broker.into(), PlantConfig::healthy_site())
    }
}

pub fn node(broker: SocketAddr, shutdown: &CancellationToken) -> SimulatedNode {
    start_simulated(&config(broker), shutdown.clone()).expect("a possible site")
}

/// Stops a node in order.
pub async fn stop(node: SimulatedNode, shutdown: &CancellationToken) {
    shutdown.cancel();
    timeout(DEADLINE, node.stopped())
        .await
        .expect("an end")
        .expect("in order");
}

/// A client that hears everything that nodes say.
pub struct Listener {
    client: AsyncClient,
    heard: mpsc::UnboundedReceiver<Publish>,
    _task: AbortOnDropHandle<()>,
}

impl Listener {
    pub async fn connect(address: SocketAddr) -> Self {
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

    pub async fn send(&self, thing: &str, payload: String) {
        let topic = format!("releve/site-1/set/{thing}");
        let sent = self
            .client
            .publish(topic, QoS::AtLeastOnce, false, payload)
            .await;
        sent.expect("room");
    }

    /// Sends a command that must be accepted.
    pub async fn command(&mut self, thing: &str, payload: &str) {
        self.send(thing, payload.to_owned()).await;
        let status = self.hear("result", |payload| {
            let result: CommandResult = decode(payload).ok()?;
            (result.set == thing).then_some(result.status)
        });
        assert_eq!(status.await, Status::Accepted, "{thing} {payload}");
    }

    /// The next message on that topic that `read` takes.
    pub async fn hear<T>(&mut self, kind: &str, read: impl Fn(&[u8]) -> Option<T>) -> T {
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

    pub async fn hear_availability(&mut self, wanted: &str) {
        self.hear("availability", |payload| {
            (payload == wanted.as_bytes()).then_some(())
        })
        .await;
    }
}

/// Asks until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
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
