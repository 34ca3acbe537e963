//! What this page knows of the sites: a pure fold of messages, each with the moment of its receipt.
//!
//! Nothing here reads a clock; moments of real time are milliseconds of Unix time, given by the caller.

mod freshness;
mod history;
mod overview;
mod recent;
mod site;
#[cfg(test)]
pub mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use releve_protocol::{Availability, CommandResult, DecodeError, NodeId, Topic, decode};

pub use freshness::{Age, Freshness};
pub use overview::{Counts, Standing, by_weight, standing};
pub use recent::Recent;
pub use site::Site;

use crate::mqtt::Message;

/// Every site that was heard of, and whether anything watches for alerts.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    sites: BTreeMap<NodeId, Arc<Site>>,
    bridges: BTreeMap<NodeId, Availability>,
}

/// What a message asks of the page besides being shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A site was heard of for the first time, or after readings that did not reach us.
    HistoryWanted(NodeId),
    /// A command was answered.
    Answer(NodeId, Box<CommandResult>),
}

impl Fleet {
    /// The topics that the fold needs. Events are not among them: what they change stands in the state, and one
    /// with raw samples is some 25 kB.
    pub fn filters() -> Vec<String> {
        ["availability", "info", "state", "reading", "result"]
            .into_iter()
            .map(releve_protocol::topic::every_node)
            .chain(["releve-bridge/+/availability".to_owned()])
            .collect()
    }

    /// A site by its id.
    pub fn site(&self, id: &NodeId) -> Option<Arc<Site>> {
        self.sites.get(id).cloned()
    }

    /// Every site.
    pub fn sites(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.sites.values()
    }

    /// Whether a bridge is there to send alerts.
    pub fn is_watched(&self) -> bool {
        self.bridges
            .values()
            .any(|availability| *availability == Availability::Online)
    }

    /// Takes a message in. What cannot be read is remembered at its site and changes nothing else.
    pub fn apply(&mut self, message: &Message, now_ms: f64) -> Option<Notice> {
        match Topic::parse(&message.topic)? {
            Topic::BridgeAvailability(id) => {
                if let Some(availability) = Availability::parse(&message.payload) {
                    self.bridges.insert(id, availability);
                }
                None
            }
            Topic::Availability(id) => {
                let availability = Availability::parse(&message.payload);
                self.update(id, |site| {
                    site.availability = availability;
                    Ok(false)
                })
            }
            Topic::Info(id) => self.update(id, |site| {
                site.info_received(decode(&message.payload)?);
                Ok(false)
            }),
            Topic::State(id) => self.update(id, |site| {
                let state = decode(&message.payload)?;
                Ok(site.state_received(state, message.retained, now_ms))
            }),
            Topic::Reading(id) => self.update(id, |site| {
                let reading = decode(&message.payload)?;
                Ok(site.reading_received(reading, message.retained, now_ms))
            }),
            Topic::Result(id) => decode::<CommandResult>(&message.payload)
                .ok()
                .map(|result| Notice::Answer(id, Box::new(result))),
            _ => None,
        }
    }

    /// Adds what the bridge remembers of a site's last minutes.
    pub fn add_recent(&mut self, id: &NodeId, recent: &Recent) {
        if let Some(site) = self.sites.get_mut(id) {
            Arc::make_mut(site).history.merge(recent);
        }
    }

    fn update(
        &mut self,
        id: NodeId,
        change: impl FnOnce(&mut Site) -> Result<bool, DecodeError>,
    ) -> Option<Notice> {
        let is_new = !self.sites.contains_key(&id);
        let site = self
            .sites
            .entry(id.clone())
            .or_insert_with(|| Arc::new(Site::new(id.clone())));
        let site = Arc::make_mut(site);
        let missed_readings = match change(site) {
            Ok(missed) => {
                site.unreadable = None;
                missed
            }
            Err(error) => {
                site.unreadable = Some(error);
                false
            }
        };
        (is_new || missed_readings).then_some(Notice::HistoryWanted(id))
    }
}
