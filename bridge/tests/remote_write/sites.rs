//! Nodes that the test plays: each has a journal, and answers requests for what is in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use releve_broker::Broker;
use releve_protocol::control::AlarmName;
use releve_protocol::{NodeId, Reading, Stream, Topic};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::harness::Peer;
use crate::journal::{Journal, WINDOW};

type Journals = Arc<Mutex<BTreeMap<NodeId, Journal>>>;

/// The nodes.
pub struct Sites {
    journals: Journals,
    peer: Peer,
    answering: JoinHandle<()>,
}

impl Sites {
    /// Nodes of these names whose journals hold `windows` readings, of which none was published; a hundred further
    /// ones fit in before now.
    pub async fn with_a_past(broker: &Broker, names: &[&str], windows: u64) -> Self {
        let past = WINDOW * i64::try_from(windows + 100).expect("few");
        let begin = jiff::Timestamp::now().as_millisecond() - past;
        let journals = names.iter().enumerate().map(|(place, name)| {
            let first = begin + place as i64 * 7;
            let journal = Journal::with_a_past(place, first, windows);
            (name.parse().expect("a node id"), journal)
        });
        Self::on(broker, Arc::new(Mutex::new(journals.collect()))).await
    }

    /// The same nodes on a broker that was away.
    pub async fn connected_again(self, broker: &Broker) -> Self {
        Self::on(broker, Arc::clone(&self.journals)).await
    }

    async fn on(broker: &Broker, journals: Journals) -> Self {
        let peer = Peer::connect(broker, "nodes").await;
        let answers = Peer::connect(broker, "answers").await;
        let answering = tokio::spawn(answer(answers, Arc::clone(&journals)));
        let sites = Self {
            journals,
            peer,
            answering,
        };
        for node in sites.names() {
            let topic = Topic::Availability(node);
            sites.peer.publish(topic, "online").await;
        }
        sites
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<NodeId, Journal>> {
        self.journals.lock().expect("no panic")
    }

    fn names(&self) -> Vec<NodeId> {
        self.held().keys().cloned().collect()
    }

    /// The readings of each node in its journal.
    pub fn readings(&self) -> BTreeMap<NodeId, Vec<Reading>> {
        let held = self.held();
        let of_node = held.iter().map(|(node, held)| (node, &held.readings));
        of_node
            .map(|(node, readings)| (node.clone(), readings.clone()))
            .collect()
    }

    /// Publishes the last reading of each journal.
    pub async fn publish_last(&self) {
        for (node, readings) in self.readings() {
            let last = readings.last().expect("a reading");
            self.peer.publish_json(Topic::Reading(node), last).await;
        }
    }

    /// Publishes how each node stands.
    pub async fn publish_states(&self) {
        for node in self.names() {
            self.publish_state(&node).await;
        }
    }

    async fn publish_state(&self, node: &NodeId) {
        let state = self.held().get_mut(node).expect("it is played").state();
        let topic = Topic::State(node.clone());
        self.peer.publish_json(topic, &state).await;
    }

    /// A further window passes at each node; its reading is published only where `published` says so.
    pub async fn pass_window(&self, published: bool) {
        self.held().values_mut().for_each(Journal::pass_window);
        if published {
            self.publish_last().await;
        }
    }

    /// A node raises that alarm, or clears it if it is active, and tells so only where `published` says so.
    pub async fn alarm_moves(&self, node: &NodeId, alarm: AlarmName, published: bool) {
        let record = (self.held().get_mut(node).expect("it is played")).moves(alarm);
        if published {
            let topic = Topic::Event(node.clone());
            self.peer.publish_json(topic, &record).await;
            self.publish_state(node).await;
        }
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

/// Answers what the bridge asks for. Readings come the last ones first, as a network may deliver them; events in
/// their order, for of an alarm's begin and end it means something.
async fn answer(mut peer: Peer, journals: Journals) {
    loop {
        let message = peer.next().await;
        let topic = String::from_utf8_lossy(&message.topic);
        let node = topic.strip_prefix("releve/");
        let Some(node) = node.and_then(|rest| rest.strip_suffix("/set/resend")) else {
            continue;
        };
        let node: NodeId = node.parse().expect("a node id");
        let request: Value = serde_json::from_slice(&message.payload).expect("JSON");
        let number = |field: &str| request[field].as_u64().expect("a number");
        let stream = Stream::ALL
            .into_iter()
            .find(|stream| request["stream"] == stream.name());
        let stream = stream.expect("a stream");
        let held = journals.lock().expect("no panic").get(&node).cloned();
        let held = held.expect("a node that is played");
        let mut messages = held.answer(stream, number("from"), number("to"));
        if stream == Stream::Reading {
            messages.reverse();
        }
        for backlog in messages {
            let topic = Topic::Backlog(node.clone());
            peer.publish_json(topic, &backlog).await;
        }
    }
}
