//! Messages to publish: the payloads of the contract, each on its topic with its retain flag.

use bytes::Bytes;
use releve_protocol::{
    Availability, Backlog, CommandResult, EventRecord, Info, Language, NodeId, Reading, State,
    Topic, home_assistant,
};
use serde::Serialize;
use tracing::error;

use super::asker::Asker;

/// A message to publish at QoS 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Bytes,
    /// Whether the broker shall keep it.
    pub retain: bool,
    /// MQTT 5 correlation data to send along.
    pub correlation: Option<Bytes>,
    /// Whether it tells of records by their numbers: only once they are written is it true.
    pub tells_of_records: bool,
}

impl Publication {
    /// Removes the retained message of a topic.
    pub(super) const fn clearing(topic: String) -> Self {
        Self {
            topic,
            payload: Bytes::new(),
            retain: true,
            correlation: None,
            tells_of_records: false,
        }
    }

    fn on(topic: &Topic, payload: Bytes) -> Self {
        Self {
            topic: topic.to_string(),
            payload,
            retain: topic.is_retained(),
            correlation: None,
            tells_of_records: matches!(
                topic,
                Topic::Reading(_) | Topic::Event(_) | Topic::State(_)
            ),
        }
    }
}

/// Makes the publications of one node.
#[derive(Clone)]
pub(super) struct Publisher {
    node: NodeId,
}

impl Publisher {
    pub(super) const fn new(node: NodeId) -> Self {
        Self { node }
    }

    pub(super) fn availability_online(&self) -> Publication {
        availability(&self.node, Availability::Online)
    }

    pub(super) fn availability_offline(&self) -> Publication {
        availability(&self.node, Availability::Offline)
    }

    pub(super) fn discovery(&self, info: &Info, language: Language) -> Publication {
        let topic = Topic::HomeAssistantConfig(self.node.clone());
        Publication::on(&topic, json(&home_assistant::discovery(info, language)))
    }

    pub(super) fn info(&self, info: &Info) -> Publication {
        Publication::on(&Topic::Info(self.node.clone()), json(info))
    }

    pub(super) fn state(&self, state: &State) -> Publication {
        Publication::on(&Topic::State(self.node.clone()), json(state))
    }

    pub(super) fn reading(&self, reading: &Reading) -> Publication {
        Publication::on(&Topic::Reading(self.node.clone()), json(reading))
    }

    pub(super) fn event(&self, event: &EventRecord) -> Publication {
        Publication::on(&Topic::Event(self.node.clone()), json(event))
    }

    pub(super) fn backlog(&self, backlog: &Backlog) -> Publication {
        Publication::on(&Topic::Backlog(self.node.clone()), json(backlog))
    }

    /// The answer to a command, on `result` and where the command wanted it besides.
    pub(super) fn result(&self, asker: &Asker, result: &CommandResult) -> Vec<Publication> {
        let payload = json(result);
        let mut publications = vec![Publication::on(
            &Topic::Result(self.node.clone()),
            payload.clone(),
        )];
        publications.extend(asker.reply.as_ref().map(|reply| Publication {
            topic: reply.topic.clone(),
            payload,
            retain: false,
            correlation: reply.correlation.clone(),
            tells_of_records: false,
        }));
        publications
    }
}

/// A node's availability; `offline` is its last will, too.
pub(crate) fn availability(node: &NodeId, availability: Availability) -> Publication {
    let payload = Bytes::from_static(availability.as_str().as_bytes());
    Publication::on(&Topic::Availability(node.clone()), payload)
}

/// Our types always serialise: they hold neither maps with odd keys nor values that can fail.
fn json(payload: &impl Serialize) -> Bytes {
    match serde_json::to_vec(payload) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => {
            error!("a payload could not be written as JSON: {error}");
            Bytes::from_static(b"null")
        }
    }
}
