//! What people ask of the bridge over MQTT: to keep a site to itself for some time, and to know of an alert.
//! Pure: the fleet and the alerts are arguments, and the answer comes out. Who may ask, the broker decides.

use releve_protocol::command::{BridgeRequest, Received};
use releve_protocol::control::{AlarmName, RejectCode, Rejection};
use releve_protocol::{
    BridgeState, CommandResult, HeldAlert, Mail, NodeId, Status, Timestamp, VERSION,
};

use crate::alerts::{AlertName, Alerts, RuleName};

mod desk;

pub use desk::Desk;

/// The most alerts that the state tells one by one.
const MOST_ALERTS: usize = 500;

/// A command to the bridge, and what is known of it.
#[derive(Debug, Clone)]
pub struct Order {
    /// The command as it was read.
    pub received: Received<BridgeRequest>,
    /// Whether it was retained.
    pub retained: bool,
    /// Whether the bridge knows the site that it is about.
    pub site_is_known: bool,
}

/// The site that is to be kept to itself, if the command is about that.
#[must_use]
pub fn site(received: &Received<BridgeRequest>) -> Option<&NodeId> {
    match &received.request {
        Ok(BridgeRequest::Silence(node, _)) => Some(node),
        _ => None,
    }
}

/// Carries a command out, and says what became of it.
pub fn obey(alerts: &mut Alerts, order: Order, now: Timestamp) -> CommandResult {
    let Order {
        received,
        retained,
        site_is_known,
    } = order;
    let outcome = if retained {
        Err(Rejection::new(
            RejectCode::Retained,
            "It was retained, so nobody can tell how old it is. Remove it, and send commands without the retain flag.",
        ))
    } else if received.expires.is_some_and(|expires| expires < now) {
        Err(Rejection::new(
            RejectCode::Expired,
            "It came after its expires.",
        ))
    } else {
        received
            .request
            .and_then(|request| carry_out(alerts, request, site_is_known, now))
    };
    let rejection = outcome.err();
    CommandResult {
        v: VERSION,
        id: received.id,
        set: received.thing,
        value: received.value,
        status: match rejection {
            None => Status::Accepted,
            Some(_) => Status::Rejected,
        },
        code: rejection.as_ref().map(|rejection| rejection.code),
        reason: rejection.map(|rejection| rejection.reason),
        at: now,
    }
}

fn carry_out(
    alerts: &mut Alerts,
    request: BridgeRequest,
    site_is_known: bool,
    now: Timestamp,
) -> Result<(), Rejection> {
    match request {
        // One of a site that is gone can be ended all the same.
        BridgeRequest::Silence(node, length) if length.is_zero() || site_is_known => alerts
            .silence(node, length, now)
            .map_err(|many| Rejection::new(RejectCode::Busy, format!("{many}."))),
        BridgeRequest::Silence(node, _) => Err(Rejection::new(
            RejectCode::UnknownThing,
            format!("This bridge knows no node {node}."),
        )),
        BridgeRequest::Acknowledge(name, node) => acknowledge(alerts, &name, node),
    }
}

fn acknowledge(alerts: &mut Alerts, name: &str, node: Option<NodeId>) -> Result<(), Rejection> {
    if AlarmName::ALL.iter().any(|alarm| alarm.name() == name) {
        let node = node.as_ref().map_or("<node>", NodeId::as_str);
        return Err(Rejection::new(
            RejectCode::UnknownThing,
            format!(
                "An alarm is acknowledged at its node: send acknowledge to releve/{node}/set/alarm/{name}."
            ),
        ));
    }
    let Some(rule) = RuleName::from_name(name) else {
        let names: Vec<_> = RuleName::all().map(RuleName::name).collect();
        let names = names.join(", ");
        return Err(Rejection::new(
            RejectCode::UnknownThing,
            format!("There is no alert {name:?}; there are: {names}."),
        ));
    };
    let of = node
        .as_ref()
        .map_or("the bridge", NodeId::as_str)
        .to_owned();
    if alerts.acknowledge(rule, node) {
        return Ok(());
    }
    Err(Rejection::new(
        RejectCode::NotActive,
        format!("The alert {name} of {of} does not hold."),
    ))
}

/// How the alerts stand, for whoever watches the bridge.
#[must_use]
pub fn state(alerts: &Alerts, mail: Mail, now: Timestamp) -> BridgeState {
    let mut more_alerts = 0;
    let mut told = Vec::new();
    for (key, condition) in alerts.active() {
        let AlertName::Rule(rule) = key.alert else {
            continue;
        };
        if told.len() >= MOST_ALERTS {
            more_alerts += 1;
            continue;
        }
        told.push(HeldAlert {
            alert: rule.name().to_owned(),
            node: key.node.clone(),
            severity: condition.severity,
            since: condition.since,
            acknowledged: condition.acknowledged,
        });
    }
    BridgeState {
        v: VERSION,
        at: now,
        mail,
        alerts: told,
        more_alerts,
        silences: alerts.silences().sites(),
    }
}

#[cfg(test)]
mod tests;
