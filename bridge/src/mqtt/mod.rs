//! The bridge's MQTT client: connects, subscribes, hands messages on, publishes requests; and
//! begins anew, with a new client, whenever the connection ends or nothing moves.

mod check;
mod link;
mod options;
mod reports;
mod room;
mod session;

use std::time::{Duration, Instant};

use releve_protocol::{Availability, NodeId, Topic};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, Publish};
use rumqttc::v5::{AsyncClient, MqttOptions};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub use check::{Verdict, check};
pub use link::Link;
pub use room::Room;

use options::KEEP_ALIVE;
use releve_access::Access;
use releve_protocol::connection::BackOff;
use reports::Reports;
use room::Place;
use session::{End, Session};

/// The largest packet taken from the broker, in bytes.
const MAX_PACKET: u32 = 1 << 20;
/// Messages that may wait to be stored; the broker holds further ones back.
const UNSTORED: u16 = 1_000;
/// Requests and acknowledgements that rumqttc holds before they are sent.
const REQUESTS: usize = UNSTORED as usize + 100;
/// A connection that held so long was a success.
const HELD: Duration = Duration::from_secs(30);

/// What comes from the broker.
#[derive(Debug)]
pub enum Incoming {
    /// A message, to be acknowledged once what it brought is stored.
    Message(Box<Publish>, Acknowledge),
    /// The connection is gone.
    Disconnected,
}

/// Tells the broker that a message is stored, and holds its place until then.
#[derive(Debug)]
pub struct Acknowledge {
    client: AsyncClient,
    _place: Option<Place>,
}

impl Acknowledge {
    /// The message is stored. One of a connection that is gone needs no answer any more.
    pub fn stored(&self, message: &Publish) {
        if self.client.try_ack(message).is_err() {
            debug!("the connection of a message is gone");
        }
    }
}

/// What is published: retained where the contract retains it.
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
    /// Where the broker is, and how to get in.
    pub broker: Access,
    /// How the connection stands.
    pub link: Link,
    /// Where messages go.
    pub inbox: mpsc::Sender<Incoming>,
    /// Room for them until they are stored.
    pub room: Room,
    /// What to publish.
    pub outbox: mpsc::Receiver<Outgoing>,
    /// Ends the client.
    pub stop: CancellationToken,
}

impl Client {
    fn availability(&self) -> Topic {
        Topic::BridgeAvailability(self.id.clone())
    }

    async fn options(&self) -> Result<MqttOptions, String> {
        let id = format!("releve-bridge-{}", self.id);
        let mut options = options::read(id, self.broker.clone()).await?;
        let offline = Availability::Offline.as_str();
        let topic = self.availability().to_string();
        options
            .set_max_packet_size(Some(MAX_PACKET))
            .set_receive_maximum(Some(UNSTORED))
            .set_manual_acks(true)
            .set_last_will(LastWill::new(topic, offline, QoS::AtLeastOnce, true, None));
        Ok(options)
    }

    /// One attempt, from reading the password to the end of the connection.
    async fn attempt(&mut self) -> End {
        match self.options().await {
            Ok(options) => {
                let (client, event_loop) = AsyncClient::new(options, REQUESTS);
                Session::new(self, client).run(event_loop).await
            }
            Err(reason) => End::Lost(reason),
        }
    }

    /// Runs until it is stopped.
    pub async fn run(mut self) {
        let mut back_off = BackOff::default();
        let mut reports = Reports::default();
        while !self.stop.is_cancelled() {
            let began = Instant::now();
            let end = self.attempt().await;
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
                reports.forget();
            }
            let wait = back_off.next_wait(rand::random());
            let broker = &self.broker.address;
            // A broker that is away for hours is reported once, not at each attempt.
            if reports.is_news(&reason, Instant::now()) {
                warn!(%broker, %reason, "no connection to the broker; trying again");
            } else {
                debug!(%broker, %reason, "still no connection to the broker");
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => {}
            }
        }
        info!("the MQTT client has stopped");
    }
}
