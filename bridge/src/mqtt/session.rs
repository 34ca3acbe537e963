//! One connection to the broker, from CONNECT to its end.

use std::time::{Duration, Instant};

use releve_access::explained;
use releve_protocol::Availability;
use releve_protocol::topic::{commands_of_bridge, every_node};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, SubAck, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, ClientError, ConnectionError, Event, EventLoop};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{info, warn};

use super::link::STALLED_AFTER;
use super::room::{Place, Room};
use super::{Acknowledge, Client, Incoming, Outgoing};
use crate::fleet::KINDS;

/// Events of the client on their way to the session.
const EVENTS: usize = 256;
/// Requests published and not yet acknowledged; further ones wait for their turn.
const UNACKNOWLEDGED: usize = 20;
/// The longest wait for the broker at an orderly end.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a connection ended.
pub enum End {
    /// The bridge stops.
    Stopped,
    /// It broke, or nothing moved.
    Lost(String),
}

/// What came, a message with its place.
type Polled = Result<(Event, Option<Place>), Box<ConnectionError>>;

/// One connection to the broker.
pub struct Session<'a> {
    surroundings: &'a mut Client,
    client: AsyncClient,
    subscribed: bool,
    unacknowledged: usize,
    last_moved: Instant,
}

impl<'a> Session<'a> {
    pub fn new(surroundings: &'a mut Client, client: AsyncClient) -> Self {
        Self {
            surroundings,
            client,
            subscribed: false,
            unacknowledged: 0,
            last_moved: Instant::now(),
        }
    }

    /// Runs the connection to its end.
    pub async fn run(mut self, event_loop: EventLoop) -> End {
        let (sender, mut events) = mpsc::channel(EVENTS);
        let room = self.surroundings.room.clone();
        let poller = tokio::spawn(poll(event_loop, room, sender));
        let end = self.serve(&mut events).await;
        if matches!(end, End::Stopped) && self.subscribed {
            self.say_goodbye(&mut events).await;
        }
        // The connection is at its end: what is half-way is dropped with it.
        poller.abort();
        end
    }

    async fn serve(&mut self, events: &mut mpsc::Receiver<Polled>) -> End {
        loop {
            let stalled_at = self.last_moved + STALLED_AFTER;
            tokio::select! {
                event = events.recv() => match event {
                    Some(Ok((Event::Incoming(packet), place))) => if let Err(end) = self.incoming(packet, place).await {
                        return end;
                    },
                    Some(Ok((Event::Outgoing(_), _))) => {}
                    Some(Err(error)) => return End::Lost(explained(&error, "bridge")),
                    None => return End::Lost("the client ended".to_owned()),
                },
                Some(outgoing) = self.surroundings.outbox.recv(), if self.may_publish() => if let Err(end) = self.publish(&outgoing) {
                    return end;
                },
                () = tokio::time::sleep_until(stalled_at.into()) => {
                    return End::Lost(format!("nothing came for {} s", STALLED_AFTER.as_secs()));
                }
                () = self.surroundings.stop.cancelled() => return End::Stopped,
            }
        }
    }

    async fn incoming(&mut self, packet: Packet, place: Option<Place>) -> Result<(), End> {
        self.last_moved = Instant::now();
        if self.subscribed {
            self.surroundings.link.moved(self.last_moved);
        }
        match packet {
            Packet::ConnAck(_) => self.subscribe(),
            Packet::SubAck(answer) => self.subscribed(&answer),
            Packet::Publish(publish) => {
                let client = self.client.clone();
                let by = Acknowledge {
                    client,
                    _place: place,
                };
                let message = Incoming::Message(Box::new(publish), by);
                let inbox = &self.surroundings.inbox;
                inbox.send(message).await.map_err(|_| End::Stopped)
            }
            Packet::PubAck(_) => {
                self.unacknowledged = self.unacknowledged.saturating_sub(1);
                Ok(())
            }
            Packet::Disconnect(packet) => {
                let reason = packet.reason_code;
                Err(End::Lost(format!("the broker ended it: {reason:?}")))
            }
            _ => Ok(()),
        }
    }

    fn subscribe(&self) -> Result<(), End> {
        let filters = self.topics();
        let filters = filters.map(|topic| Filter::new(topic, QoS::AtLeastOnce));
        self.client.try_subscribe_many(filters).map_err(full)
    }

    /// What the bridge reads: all that nodes say, and the commands to itself.
    fn topics(&self) -> impl Iterator<Item = String> + use<> {
        let commands = commands_of_bridge(&self.surroundings.id);
        KINDS.into_iter().map(every_node).chain([commands])
    }

    fn subscribed(&mut self, answer: &SubAck) -> Result<(), End> {
        for (topic, code) in self.topics().zip(&answer.return_codes) {
            if matches!(code, SubscribeReasonCode::Success(_)) {
                continue;
            }
            if topic == commands_of_bridge(&self.surroundings.id) {
                // Written by an older program's list of who may read what; nothing is watched worse for it.
                warn!(%topic, ?code, "the broker refuses the subscription to commands: allow the bridge to read it");
            } else {
                return Err(End::Lost(format!(
                    "the broker refuses the subscription to {topic} ({code:?}): allow the bridge to read it"
                )));
            }
        }
        self.subscribed = true;
        self.surroundings.link.moved(self.last_moved);
        let broker = &self.surroundings.broker.address;
        info!(%broker, "connected to the broker");
        self.publish_availability(Availability::Online)
    }

    fn publish_availability(&mut self, availability: Availability) -> Result<(), End> {
        self.unacknowledged += 1;
        let topic = self.surroundings.availability().to_string();
        let payload = availability.as_str();
        self.client
            .try_publish(topic, QoS::AtLeastOnce, true, payload)
            .map_err(full)
    }

    const fn may_publish(&self) -> bool {
        self.subscribed && self.unacknowledged < UNACKNOWLEDGED
    }

    fn publish(&mut self, outgoing: &Outgoing) -> Result<(), End> {
        self.unacknowledged += 1;
        let topic = outgoing.topic.to_string();
        let payload = outgoing.payload.clone();
        let retain = outgoing.topic.is_retained();
        self.client
            .try_publish(topic, QoS::AtLeastOnce, retain, payload)
            .map_err(full)
    }

    /// Says that the bridge is away, as the last will would, and leaves.
    async fn say_goodbye(&mut self, events: &mut mpsc::Receiver<Polled>) {
        let said = self.publish_availability(Availability::Offline);
        if said.is_err() || self.client.try_disconnect().is_err() {
            return;
        }
        // The client sends in order and ends after the DISCONNECT; nothing waits for it longer.
        let ended = async { while let Some(Ok(_)) = events.recv().await {} };
        if timeout(GOODBYE, ended).await.is_err() {
            info!("the broker did not take the goodbye in time");
        }
    }
}

/// The client takes nothing more: so many requests wait that the connection must be stuck.
fn full(error: ClientError) -> End {
    End::Lost(format!("the client takes nothing more: {error}"))
}

/// Drives the client. In a task of its own, because a poll must not be cancelled half-way.
async fn poll(mut event_loop: EventLoop, room: Room, events: mpsc::Sender<Polled>) {
    loop {
        let polled = match event_loop.poll().await {
            Ok(event) => Ok(with_place(event, &room).await),
            Err(error) => Err(Box::new(error)),
        };
        let ended = polled.is_err();
        if events.send(polled).await.is_err() || ended {
            return;
        }
    }
}

async fn with_place(event: Event, room: &Room) -> (Event, Option<Place>) {
    let place = match &event {
        Event::Incoming(Packet::Publish(publish)) => room.place(publish).await,
        _ => None,
    };
    (event, place)
}
