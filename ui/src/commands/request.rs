//! What an operator can ask on this page, and its payload.

use releve_protocol::control::{
    AlarmName, Contact, CycleRequest, LimitName, Mode, RelayName, Schedule,
};
use releve_protocol::{NodeId, Timestamp, Topic};
use serde_json::{Value, json};

use crate::mqtt::Outgoing;

/// A site that has not answered by then, in seconds of real time, will not carry the command out.
/// Below the five seconds after which the page must have said so.
pub const ANSWER_WITHIN_S: f64 = 4.5;

/// What an operator can ask on this page.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Follow that mode.
    Mode(Mode),
    /// Hold relays 1 and 2 by hand for that many seconds of site time.
    Hold {
        /// From the receipt of the command.
        lease_s: u32,
    },
    /// Give relays 1 and 2 back to the mode.
    HandBack,
    /// Put a relay into a position.
    Switch(RelayName, Contact),
    /// Set a limit, in its unit.
    Limit(LimitName, f64),
    /// Replace the weekly plan, or remove it.
    Schedule(Option<Schedule>),
    /// Start or abort a consumption cycle.
    Cycle(CycleRequest),
    /// Say that an alarm is known.
    Acknowledge(AlarmName),
    /// Tell nobody of this site's alerts for so many seconds of real time; 0 ends that.
    Silence {
        /// Which bridge is to be silent.
        bridge: NodeId,
        /// From the receipt of the command.
        length_s: u32,
    },
}

impl Request {
    /// Where the command goes.
    fn topic(&self, node: &NodeId) -> Topic {
        let thing = match self {
            Self::Silence { bridge, .. } => {
                return Topic::BridgeSet(bridge.clone(), format!("silence/{node}"));
            }
            Self::Mode(_) => "mode".to_owned(),
            Self::Hold { .. } | Self::HandBack => "authority".to_owned(),
            Self::Switch(relay, _) => format!("relay/{relay}"),
            Self::Limit(limit, _) => format!("limit/{limit}"),
            Self::Schedule(_) => "schedule".to_owned(),
            Self::Cycle(_) => "cycle".to_owned(),
            Self::Acknowledge(alarm) => format!("alarm/{alarm}"),
        };
        Topic::Set(node.clone(), thing)
    }

    fn value(&self) -> Value {
        match self {
            Self::Mode(mode) => mode.name().into(),
            Self::Hold { .. } => "manual".into(),
            Self::HandBack => "automatic".into(),
            Self::Switch(_, contact) => contact.name().into(),
            Self::Limit(_, value) => (*value).into(),
            // Plain text and numbers: nothing in it can fail.
            Self::Schedule(schedule) => serde_json::to_value(schedule).unwrap_or_default(),
            Self::Cycle(request) => request.name().into(),
            Self::Acknowledge(_) => "acknowledge".into(),
            Self::Silence { length_s, .. } => (*length_s).into(),
        }
    }

    /// The command's message. It dies with the answer's deadline, at the broker and at the site.
    pub fn message(&self, node: &NodeId, id: &str, now_ms: f64) -> Outgoing {
        let expires = Timestamp::from_unix_millis((now_ms + ANSWER_WITHIN_S * 1000.0) as i64);
        let mut envelope = json!({
            "value": self.value(),
            "id": id,
            "expires": expires.to_string(),
        });
        if let Self::Hold { lease_s } = self {
            envelope["lease_s"] = (*lease_s).into();
        }
        Outgoing {
            id: id.to_owned(),
            topic: self.topic(node).to_string(),
            payload: envelope.to_string().into_bytes(),
            expiry_s: ANSWER_WITHIN_S.ceil() as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::command::{BridgeRequest, Received, Request as Asked};
    use releve_protocol::control::{AuthorityRequest, Command, Period, Weekday};
    use std::time::Duration;

    fn read_back(request: Request) -> Received {
        let node: NodeId = "col-de-porte".parse().unwrap();
        let message = request.message(&node, "tab-7", 1000.0);
        assert_eq!(message.expiry_s, 5);
        let Some(Topic::Set(to, thing)) = Topic::parse(&message.topic) else {
            panic!("{} is no command topic", message.topic);
        };
        assert_eq!(to, node);
        Received::parse(&thing, &message.payload)
    }

    fn schedule() -> Schedule {
        Schedule {
            time_zone: "Europe/Paris".to_owned(),
            critical: Vec::new(),
            allowed: vec![Period {
                days: vec![Weekday::Saturday],
                from: "22:00".to_owned(),
                to: "05:00".to_owned(),
            }],
            cycle_every_days: 30,
        }
    }

    #[test]
    fn a_bridge_reads_for_how_long_to_be_silent() {
        let node: NodeId = "col-de-porte".parse().unwrap();
        let request = Request::Silence {
            bridge: "main".parse().unwrap(),
            length_s: 3_600,
        };
        let message = request.message(&node, "tab-7", 1000.0);
        let Some(Topic::BridgeSet(bridge, thing)) = Topic::parse(&message.topic) else {
            panic!("{} is no command to a bridge", message.topic);
        };
        assert_eq!(bridge.as_str(), "main");
        let received = Received::for_bridge(&thing, &message.payload);
        let asked = BridgeRequest::Silence(node, Duration::from_secs(3_600));
        assert_eq!(received.request, Ok(asked));
        assert_eq!(received.id.as_deref(), Some("tab-7"));
    }

    #[test]
    fn the_site_reads_what_was_meant() {
        for (request, command) in [
            (
                Request::Mode(Mode::OverchargeProtection),
                Command::Mode(Mode::OverchargeProtection),
            ),
            (
                Request::Hold { lease_s: 1800 },
                Command::Authority(AuthorityRequest::Manual {
                    lease: Duration::from_secs(1800),
                }),
            ),
            (
                Request::HandBack,
                Command::Authority(AuthorityRequest::Automatic),
            ),
            (
                Request::Switch(RelayName::Charger, Contact::Open),
                Command::Relay(RelayName::Charger, Contact::Open),
            ),
            (
                Request::Limit(LimitName::OverchargeCut, 14.4),
                Command::Limit(LimitName::OverchargeCut, 14.4),
            ),
            (
                Request::Schedule(Some(schedule())),
                Command::Schedule(Some(schedule())),
            ),
            (Request::Schedule(None), Command::Schedule(None)),
            (
                Request::Cycle(CycleRequest::Start),
                Command::Cycle(CycleRequest::Start),
            ),
            (
                Request::Acknowledge(AlarmName::TemperatureLimit),
                Command::Acknowledge(AlarmName::TemperatureLimit),
            ),
        ] {
            let received = read_back(request);
            assert_eq!(received.request, Ok(Asked::Control(command)));
            assert_eq!(received.id.as_deref(), Some("tab-7"));
            assert_eq!(received.expires, Some(Timestamp::from_unix_millis(5500)));
        }
    }
}
