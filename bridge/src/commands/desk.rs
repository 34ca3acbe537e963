//! Where commands to the bridge are taken and answered, and where it says how its alerts stand.

use releve_protocol::command::Received;
use releve_protocol::{BridgeState, Mail, NodeId, Status, Topic};
use serde::Serialize;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{Order, obey, site, state};
use crate::fleet::Message;
use crate::ingest::Memory;
use crate::moment::Moment;
use crate::mqtt::{Link, Outgoing};

/// The desk.
#[derive(Debug)]
pub struct Desk {
    id: NodeId,
    link: Link,
    outbox: mpsc::Sender<Outgoing>,
    mail: Mail,
    /// What the broker keeps, as far as that is known.
    announced: Option<BridgeState>,
}

impl Desk {
    /// That of the bridge of this name.
    pub const fn new(id: NodeId, link: Link, outbox: mpsc::Sender<Outgoing>, mail: Mail) -> Self {
        Self {
            id,
            link,
            outbox,
            mail,
            announced: None,
        }
    }

    /// What is to be set, if the topic is that of a command to this bridge.
    #[must_use]
    pub fn thing(&self, topic: &str) -> Option<String> {
        match Topic::parse(topic)? {
            Topic::BridgeSet(id, thing) if id == self.id => Some(thing),
            _ => None,
        }
    }

    /// Takes a command, answers it, and says how the alerts stand now; whether anything is to be saved.
    pub fn take(
        &mut self,
        memory: &Memory,
        thing: &str,
        message: Message<'_>,
        now: Moment,
    ) -> bool {
        let received = Received::for_bridge(thing, message.payload);
        let node = site(&received);
        let site_is_known = node.is_some_and(|node| memory.fleet().node(node).is_some());
        let order = Order {
            retained: message.retained,
            site_is_known,
            received,
        };
        let result = obey(&mut memory.alerts(), order, now.wall);
        let accepted = result.status == Status::Accepted;
        let (thing, value, reason) = (&result.set, &result.value, &result.reason);
        if accepted {
            info!(%thing, %value, "a command was taken");
        } else {
            warn!(%thing, %value, reason = reason.as_deref(), "a command was refused");
        }
        self.publish(Topic::BridgeResult(self.id.clone()), &result);
        if accepted {
            self.announce(memory, now);
        }
        accepted
    }

    /// Says how the alerts stand, if the broker does not know it yet.
    pub fn announce(&mut self, memory: &Memory, now: Moment) {
        if self.link.check(now.instant).is_err() {
            return;
        }
        let state = state(&memory.alerts(), self.mail, now.wall);
        let is_known = self.announced.as_ref().is_some_and(|announced| {
            let BridgeState { at, .. } = state;
            BridgeState {
                at,
                ..announced.clone()
            } == state
        });
        if !is_known && self.publish(Topic::BridgeState(self.id.clone()), &state) {
            self.announced = Some(state);
        }
    }

    /// The connection is gone: nobody knows what of it arrived.
    pub fn disconnected(&mut self) {
        self.announced = None;
    }

    /// Whether it was sent. What finds no room is said again, a state with the next look, a command by whoever misses
    /// the answer.
    fn publish(&self, topic: Topic, payload: &impl Serialize) -> bool {
        // Texts and numbers: there is nothing that JSON does not know.
        let payload = serde_json::to_string(payload).unwrap_or_default();
        self.outbox.try_send(Outgoing { topic, payload }).is_ok()
    }
}
