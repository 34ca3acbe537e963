//! The bridge's MQTT client: connects, subscribes, hands messages on, publishes requests; and
//! begins anew, with a new client, whenever the connection ends or nothing moves.

mod link;
mod session;

use std::time::{Duration, Instant};

use releve_protocol::{Availability, NodeId, Topic};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, Publish};
use rumqttc::v5::{AsyncClient, MqttOptions};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use link::Link;

use releve_protocol::connection::{BackOff, BrokerAddress};
use session::{End, Session};

/// How often the client and the broker show one another that they are there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The largest packet taken from the broker, in bytes.
const MAX_PACKET: u32 = 1 << 20;
/// Requests that rumqttc holds before they are sent.
const REQUESTS: usize = 100;
/// A connection that held so long was a success.
const HELD: Duration = Duration::from_secs(30);

/// What comes from the broker.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Box<Publish>),
    /// The connection is gone.
    Disconnected,
}

/// What is published: always live, never retained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Where.
    pub topic: Topic,
    /// What.
    pub payload: String,
}

/// The client's surroundings.
pub struct Client {
    /// The bridge's name.
    pub id: NodeId,
    /// Where the broker is.
    pub broker: BrokerAddress,
    /// How the connection stands.
    pub link: Link,
    /// Where messages go.
    pub inbox: mpsc::Sender<Incoming>,
    /// What to publish.
    pub outbox: mpsc::Receiver<Outgoing>,
    /// Ends the client.
    pub stop: CancellationToken,
}

impl Client {
    fn availability(&self) -> Topic {
        Topic::BridgeAvailability(self.id.clone())
    }

    fn options(&self) -> MqttOptions {
        let id = format!("releve-bridge-{}", self.id);
        let mut options = MqttOptions::new(id, &self.broker.host, self.broker.port);
        let offline = Availability::Offline.as_str();
        let topic = self.availability().to_string();
        options
            .set_keep_alive(KEEP_ALIVE)
            // What is missed is asked for from the nodes, not kept by the broker.
            .set_clean_start(true)
            .set_max_packet_size(Some(MAX_PACKET))
            .set_last_will(LastWill::new(topic, offline, QoS::AtLeastOnce, true, None));
        options
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut back_off = BackOff::default();
        let mut last_reason = None;
        while !self.stop.is_cancelled() {
            let began = Instant::now();
            let (client, event_loop) = AsyncClient::new(self.options(), REQUESTS);
            let end = Session::new(&mut self, client).run(event_loop).await;
            if self.inbox.send(Incoming::Disconnected).await.is_err() {
                return;
            }
            let reason = match end {
                End::Stopped => return self.link.lost("it was stopped"),
                End::Lost(reason) => reason,
            };
            self.link.lost(&reason);
            if began.elapsed() >= HELD {
                back_off.reset();
                last_reason = None;
            }
            let wait = back_off.next_wait(rand::random());
            // A broker that is away for hours is reported once, not at each attempt.
            if last_reason.as_ref() == Some(&reason) {
                tracing::debug!(broker = %self.broker, %reason, "still no connection to the broker");
            } else {
                warn!(broker = %self.broker, %reason, "no connection to the broker; trying again");
                last_reason = Some(reason);
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => {}
            }
        }
        info!("the MQTT client has stopped");
    }
}
