//! Nodes that the test plays: each has a journal, and answers requests for what is in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use releve_broker::Broker;
use releve_protocol::{Backlog, NodeId, Reading, Records, Timestamp, Topic};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::harness::{Peer, reading};

/// Length of a window in milliseconds.
const WINDOW: i64 = 30_000;
/// The most records in one message of a backlog: the harness's client takes no more than ten kilobytes.
const MAX_RECORDS: u64 = 8;

type Journals = Arc<Mutex<BTreeMap<NodeId, Vec<Reading>>>>;

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
            let readings = (1..=windows).map(|seq| made(place, seq, first));
            (name.parse().expect("a node id"), readings.collect())
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
        let names: Vec<NodeId> = journals.lock().expect("no panic").keys().cloned().collect();
        for node in names {
            peer.publish(Topic::Availability(node), "online").await;
        }
        Self {
            journals,
            peer,
            answering,
        }
    }

    /// The readings of each node in its journal.
    pub fn journals(&self) -> BTreeMap<NodeId, Vec<Reading>> {
        self.journals.lock().expect("no panic").clone()
    }

    /// Publishes the last reading of each journal.
    pub async fn publish_last(&self) {
        for (node, readings) in self.journals() {
            let last = readings.last().expect("a reading");
            self.peer.publish_json(Topic::Reading(node), last).await;
        }
    }

    /// A further window passes at each node; its reading is published only where `published` says so.
    pub async fn pass_window(&self, published: bool) {
        {
            let mut journals = self.journals.lock().expect("no panic");
            for (place, readings) in journals.values_mut().enumerate() {
                let last = readings.last().expect("a reading");
                let (seq, at) = (last.seq + 1, last.at.as_unix_millis() + WINDOW);
                readings.push(made(place, seq, at - WINDOW * (seq as i64 - 1)));
            }
        }
        if published {
            self.publish_last().await;
        }
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

/// The reading of a node's window, unlike any other.
fn made(place: usize, seq: u64, first: i64) -> Reading {
    let mut made = reading(seq);
    let windows = i64::try_from(seq).expect("few") - 1;
    made.at = Timestamp::from_unix_millis(first + WINDOW * windows);
    made.battery.voltage.mean = Some((120_000.0 + 1_000.0 * place as f64 + seq as f64) / 10_000.0);
    // Not every window knows it.
    made.missing_ah = (!seq.is_multiple_of(3)).then_some(seq as f64 / 100.0);
    made
}

/// Answers what the bridge asks for, the last records first, as a network may deliver them.
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
        if request["stream"] != "reading" {
            continue;
        }
        let number = |field: &str| request[field].as_u64().expect("a number");
        let held = journals.lock().expect("no panic").get(&node).cloned();
        let held = held.expect("a node that is played");
        let (from, to) = (number("from"), number("to").min(held.len() as u64));
        let mut last = to;
        while last >= from {
            let first = from.max((last + 1).saturating_sub(MAX_RECORDS));
            let records = &held[first as usize - 1..last as usize];
            let backlog = Backlog {
                v: 1,
                epoch: held[0].epoch.clone(),
                from: first,
                to: last,
                lost: Vec::new(),
                records: Records::Reading(records.to_vec()),
            };
            peer.publish_json(Topic::Backlog(node.clone()), &backlog)
                .await;
            last = first - 1;
        }
    }
}
