//! The fold itself: one message into what is known, and what is new in it.

use std::sync::Arc;

use releve_protocol::control::RejectCode;
use releve_protocol::{
    Availability, Backlog, CommandResult, EventRecord, Info, NodeId, Reading, Records, State,
    Status, Stream, Timestamp, Topic, decode,
};
use serde::de::DeserializeOwned;

use super::Fleet;
use super::malformed::{Kind, UNKNOWN_TOPIC};
use super::memory::Former;
use super::news::{Message, News};
use super::node::{Node, Received};
use crate::moment::Moment;

/// The kinds of topics that the fold understands.
pub const KINDS: [&str; 7] = [
    "availability",
    "info",
    "state",
    "reading",
    "event",
    "backlog",
    "result",
];

/// The most nodes; messages of further ones are ignored and counted.
pub(super) const MAX_NODES: usize = 10_000;

/// Characters told of a topic, and of what is wrong with a payload, which may quote much of it.
const MAX_TOLD: usize = 300;

/// The most lost intervals in one message of the backlog.
const MAX_LOST: usize = 1_000;

impl Fleet {
    /// Takes a message in and says what is new in it.
    pub fn fold(&mut self, message: Message<'_>, now: Moment) -> Vec<News> {
        let Some(topic) = Topic::parse(message.topic) else {
            return self.unreadable(None, UNKNOWN_TOPIC, message, "no topic of the contract");
        };
        let (node, kind) = match topic {
            Topic::Availability(node) => (node, "availability"),
            Topic::Info(node) => (node, "info"),
            Topic::State(node) => (node, "state"),
            Topic::Reading(node) => (node, "reading"),
            Topic::Event(node) => (node, "event"),
            Topic::Backlog(node) => (node, "backlog"),
            Topic::Result(node) => (node, "result"),
            Topic::Set(..)
            | Topic::HomeAssistantConfig(_)
            | Topic::BridgeAvailability(_)
            | Topic::BridgeState(_)
            | Topic::BridgeSet(..)
            | Topic::BridgeResult(_) => {
                return self.unreadable(None, UNKNOWN_TOPIC, message, "not for the bridge");
            }
        };
        if !self.nodes.contains_key(&node) && self.nodes.len() >= MAX_NODES {
            self.ignored += 1;
            let first = self.ignored == 1;
            return Vec::from_iter(first.then_some(News::TooManyNodes { bound: MAX_NODES }));
        }
        let outcome = self.read(&node, kind, message, now);
        if let Some(node) = self.nodes.get_mut(&node) {
            self.has_met |= node.journals.take_met();
        }
        match outcome {
            Ok(news) => news,
            Err(problem) => self.unreadable(Some(&node), kind, message, &problem),
        }
    }

    fn unreadable(
        &mut self,
        node: Option<&NodeId>,
        kind: Kind,
        message: Message<'_>,
        problem: &str,
    ) -> Vec<News> {
        let first = self.malformed.note(node, kind);
        let beginning = |text: &str| text.chars().take(MAX_TOLD).collect();
        Vec::from_iter(first.then(|| News::Malformed {
            topic: beginning(message.topic),
            problem: beginning(problem),
        }))
    }

    fn read(
        &mut self,
        id: &NodeId,
        kind: Kind,
        message: Message<'_>,
        now: Moment,
    ) -> Result<Vec<News>, String> {
        let is_retained_kind = matches!(kind, "availability" | "info" | "state");
        if is_retained_kind && message.payload.is_empty() {
            return Ok(self.cleared(id, kind));
        }
        if !is_retained_kind && message.retained {
            return Err("it was retained, so nobody can tell how old it is".into());
        }
        match kind {
            "availability" => self.availability(id, message.payload)?,
            "info" => self.info(id, payload(message)?)?,
            "state" => return Ok(vec![self.state(id, payload(message)?, now)]),
            "reading" => return self.live_reading(id, payload(message)?, now),
            "event" => return self.event(id, payload(message)?),
            "backlog" => return self.backlog(id, payload(message)?, now),
            "result" => self.result(id, &payload(message)?, now),
            _ => {}
        }
        Ok(Vec::new())
    }

    pub(super) fn node_mut(&mut self, id: &NodeId) -> &mut Node {
        let Self {
            nodes,
            former,
            past,
            ..
        } = self;
        let node = nodes.entry(id.clone()).or_insert_with(|| {
            let former = former.remove(id);
            former.map_or_else(|| Node::wanting(*past), |former| former.back(*past))
        });
        node.is_saved = false;
        node
    }

    /// Somebody cleared a retained topic: the node is removed when nothing is left of it.
    fn cleared(&mut self, id: &NodeId, kind: Kind) -> Vec<News> {
        let Some(node) = self.nodes.get_mut(id) else {
            return Vec::new();
        };
        match kind {
            "availability" => node.availability = None,
            "info" => node.about = None,
            _ => {}
        }
        if node.availability.is_some() || node.about.is_some() {
            return Vec::new();
        }
        let former = Former::from(&*node);
        self.nodes.remove(id);
        if self.former.len() >= MAX_NODES {
            self.former.pop_first();
        }
        self.former.insert(id.clone(), former);
        vec![News::Removed { node: id.clone() }]
    }

    fn availability(&mut self, id: &NodeId, payload: &[u8]) -> Result<(), String> {
        let availability = Availability::parse(payload)
            .ok_or("availability is neither \"online\" nor \"offline\"")?;
        let node = self.node_mut(id);
        node.availability = Some(availability);
        if availability == Availability::Offline {
            node.journals.pause();
        }
        Ok(())
    }

    fn info(&mut self, id: &NodeId, info: Info) -> Result<(), String> {
        if info.node != *id {
            return Err(format!("it says that it is of the node {}", info.node));
        }
        self.node_mut(id).about = Some(info.into());
        Ok(())
    }

    fn state(&mut self, id: &NodeId, mut state: State, now: Moment) -> News {
        if !state.clock_known {
            date_by_receipt(&mut state, now);
        }
        let node = self.node_mut(id);
        node.clock_known = Some(state.clock_known);
        node.journals.announce(&state.journal);
        News::State {
            node: id.clone(),
            state: Box::new(state),
        }
    }

    fn live_reading(
        &mut self,
        id: &NodeId,
        reading: Reading,
        now: Moment,
    ) -> Result<Vec<News>, String> {
        check_number(reading.seq)?;
        let node = self.node_mut(id);
        let news = take_reading(id, node, reading, false);
        if let Some(News::Reading { reading, .. }) = &news {
            let is_newest = node.last_reading.as_ref().is_none_or(|last| {
                last.reading.epoch != reading.epoch || last.reading.seq < reading.seq
            });
            if is_newest {
                node.last_reading = Some(Received {
                    reading: Arc::new(Reading::clone(reading)),
                    received: now,
                });
            }
        }
        Ok(Vec::from_iter(news))
    }

    fn event(&mut self, id: &NodeId, record: EventRecord) -> Result<Vec<News>, String> {
        check_number(record.seq)?;
        let node = self.node_mut(id);
        Ok(Vec::from_iter(take_event(id, node, record)))
    }

    fn backlog(&mut self, id: &NodeId, backlog: Backlog, now: Moment) -> Result<Vec<News>, String> {
        let numbers: Vec<u64> = match &backlog.records {
            Records::Reading(readings) => readings.iter().map(|reading| reading.seq).collect(),
            Records::Event(records) => records.iter().map(|record| record.seq).collect(),
        };
        numbers.into_iter().try_for_each(check_number)?;
        if backlog.lost.len() > MAX_LOST {
            let found = backlog.lost.len();
            return Err(format!(
                "{found} lost intervals; at most {MAX_LOST} are read"
            ));
        }
        let stream = backlog.records.stream();
        let node = self.node_mut(id);
        let news = match backlog.records {
            Records::Reading(readings) => readings
                .into_iter()
                .filter_map(|reading| take_reading(id, node, reading, true))
                .collect(),
            Records::Event(records) => records
                .into_iter()
                .filter_map(|record| take_event(id, node, record))
                .collect(),
        };
        node.journals
            .answered(&backlog.epoch, stream, &backlog.lost, now.instant);
        Ok(news)
    }

    /// Of the answers to commands only a refused request for records concerns the bridge.
    fn result(&mut self, id: &NodeId, result: &CommandResult, now: Moment) {
        let node = self.node_mut(id);
        let (Status::Rejected, Some(request)) = (result.status, &result.id) else {
            return;
        };
        match result.code {
            Some(RejectCode::UnknownEpoch) => node.journals.refused(request, now.instant),
            // One that is asked for in vain must not keep the others from being asked for.
            _ => node.journals.postponed(request, now.instant),
        }
    }
}

fn payload<T: DeserializeOwned>(message: Message<'_>) -> Result<T, String> {
    decode(message.payload).map_err(|error| error.to_string())
}

/// Gives `at` and the alarms the moments that they have if the state was sent just now: by the node's own clock,
/// which nobody believes, only how far they lie apart is true.
fn date_by_receipt(state: &mut State, now: Moment) {
    let late = now.wall.as_unix_millis() - state.at.as_unix_millis();
    let dated = |moment: Timestamp| Timestamp::from_unix_millis(moment.as_unix_millis() + late);
    state.at = dated(state.at);
    for alarm in &mut state.alarms {
        alarm.since = dated(alarm.since);
        alarm.acknowledged_at = alarm.acknowledged_at.map(dated);
    }
}

fn check_number(seq: u64) -> Result<(), String> {
    if seq == 0 {
        return Err("a record has the number 0; numbers begin at 1".into());
    }
    Ok(())
}

fn take_reading(id: &NodeId, node: &mut Node, reading: Reading, late: bool) -> Option<News> {
    if !node
        .journals
        .take(&reading.epoch, Stream::Reading, reading.seq)
    {
        node.duplicates += 1;
        return None;
    }
    node.count_reading();
    Some(News::Reading {
        node: id.clone(),
        reading: Box::new(reading),
        late,
    })
}

fn take_event(id: &NodeId, node: &mut Node, record: EventRecord) -> Option<News> {
    if !node.journals.take(&record.epoch, Stream::Event, record.seq) {
        node.duplicates += 1;
        return None;
    }
    let from_before = (node.journals).is_from_before(&record.epoch, Stream::Event, record.seq);
    Some(News::Event {
        node: id.clone(),
        record: Box::new(record),
        from_before,
    })
}
