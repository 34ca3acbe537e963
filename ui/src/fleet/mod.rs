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

use releve_protocol::{
    Availability, BridgeState, CommandResult, DecodeError, Mail, NodeId, Timestamp, Topic, decode,
};

pub use freshness::{Age, Freshness};
pub use overview::{Counts, Standing, by_weight, standing};
pub use recent::Recent;
pub use site::Site;

use crate::mqtt::Message;

/// Every site that was heard of, and whether anything watches for alerts.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    sites: BTreeMap<NodeId, Arc<Site>>,
    bridges: BTreeMap<NodeId, Bridge>,
}

/// A bridge that was heard of.
#[derive(Debug, Clone, Default)]
struct Bridge {
    availability: Option<Availability>,
    state: Option<BridgeState>,
}

/// Whether people are told of a site's alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Telling {
    /// No bridge says.
    Unknown,
    /// No bridge has a mail server.
    NoMail,
    /// They are told.
    Told,
    /// Nobody is told until that moment of real time.
    SilencedUntil(Timestamp),
}

/// What a message asks of the page besides being shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A site was heard of for the first time, or after readings that did not reach us.
    HistoryWanted(NodeId),
    /// A command was answered.
    Answer(NodeId, Box<CommandResult>),
}

/// The answer of a bridge, under the site that the command was about.
fn bridge_answer(payload: &[u8]) -> Option<Notice> {
    let result: CommandResult = decode(payload).ok()?;
    let site = result.set.strip_prefix("silence/")?.parse().ok()?;
    Some(Notice::Answer(site, Box::new(result)))
}

fn every_bridge(kind: &str) -> String {
    format!("releve-bridge/+/{kind}")
}

impl Fleet {
    /// The topics that the fold needs. Events are not among them: what they change stands in the state, and one
    /// with raw samples is some 25 kB.
    pub fn filters() -> Vec<String> {
        ["availability", "info", "state", "reading", "result"]
            .into_iter()
            .map(releve_protocol::topic::every_node)
            .chain(["availability", "state", "result"].map(every_bridge))
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
        self.watching().next().is_some()
    }

    fn watching(&self) -> impl Iterator<Item = (&NodeId, &Bridge)> {
        let is_online = |bridge: &Bridge| bridge.availability == Some(Availability::Online);
        self.bridges
            .iter()
            .filter(move |(_, bridge)| is_online(bridge))
    }

    /// The bridges that send mails and take commands.
    pub fn mailing(&self) -> Vec<NodeId> {
        let mailing = self.watching().filter(|(_, bridge)| {
            let state = bridge.state.as_ref();
            state.is_some_and(|state| state.mail == Mail::Configured)
        });
        mailing.map(|(id, _)| id.clone()).collect()
    }

    /// Whether people are told of a site's alerts now. One bridge that tells is enough.
    pub fn telling(&self, site: &NodeId, now_ms: f64) -> Telling {
        let states: Vec<_> = (self.watching())
            .filter_map(|(_, bridge)| bridge.state.as_ref())
            .collect();
        if states.is_empty() {
            return Telling::Unknown;
        }
        let mailing = states.iter().filter(|state| state.mail == Mail::Configured);
        let silenced_until = mailing.map(|state| {
            let silence = state.silences.iter().find(|silence| silence.node == *site);
            silence.map(|silence| silence.until)
        });
        // `None` is less than any moment: of several bridges the one that tells soonest counts.
        match silenced_until.min() {
            None => Telling::NoMail,
            Some(Some(until)) if until.as_unix_millis() as f64 > now_ms => {
                Telling::SilencedUntil(until)
            }
            Some(_) => Telling::Told,
        }
    }

    /// Takes a message in. What cannot be read is remembered at its site and changes nothing else.
    pub fn apply(&mut self, message: &Message, now_ms: f64) -> Option<Notice> {
        match Topic::parse(&message.topic)? {
            Topic::BridgeAvailability(id) => {
                if let Some(availability) = Availability::parse(&message.payload) {
                    self.bridges.entry(id).or_default().availability = Some(availability);
                }
                None
            }
            Topic::BridgeState(id) => {
                // One of a newer bridge says nothing that this page understands.
                self.bridges.entry(id).or_default().state = decode(&message.payload).ok();
                None
            }
            Topic::BridgeResult(_) => bridge_answer(&message.payload),
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
