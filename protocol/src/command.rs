//! `releve/<node>/set/<thing>` and `releve-bridge/<id>/set/<thing>`: commands, from and to the wire.
//!
//! A payload is a bare value (`closed`, `14.4`, `"closed"`) or an envelope
//! `{"value":…,"id":…,"expires":…}`. Whatever is wrong becomes a [`Rejection`] whose sentence tells
//! what this topic takes.

mod bridge;

use core::time::Duration;

use releve_control::{
    AlarmName, AuthorityRequest, Command, Contact, CycleRequest, LEASE_DEFAULT, LEASE_MAX,
    LEASE_MIN, LimitName, Mode, RejectCode, Rejection, RelayName, Schedule,
};
use serde_json::{Map, Value};

use crate::journal::Resend;
use crate::node_id::NodeId;
use crate::timestamp::Timestamp;

/// The largest payload of a command, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024;
/// The longest id of a command, in bytes.
pub const MAX_ID: usize = 64;
/// The longest thing to set that comes back in a result, in characters: `alert/<name>/<node>`.
const MAX_THING: usize = 128;

pub use bridge::{SILENCE_MAX, SILENCE_MIN};

/// What a node can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// The controller decides.
    Control(Command),
    /// Publish discovery, availability, info and state again.
    Refresh,
    /// Send records again on `backlog`.
    Resend(Resend),
}

/// What a bridge can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeRequest {
    /// Tell nothing of that site for so long: somebody works there. Zero ends a silence.
    Silence(NodeId, Duration),
    /// Somebody knows of the alert of that name, of a node or of the bridge itself: no more reminders.
    Acknowledge(String, Option<NodeId>),
}

/// A command as it came, to a node or (`Received<BridgeRequest>`) to a bridge: what is known of it even where it
/// cannot be obeyed.
#[derive(Debug, Clone, PartialEq)]
pub struct Received<R = Request> {
    /// What was to be set, as in the topic after `set/`.
    pub thing: String,
    /// Its id, if it has a readable one.
    pub id: Option<String>,
    /// The value as read; `null` where it could not be.
    pub value: Value,
    /// Not to be carried out after this moment of real time.
    pub expires: Option<Timestamp>,
    /// What it asks, or why it cannot be obeyed.
    pub request: Result<R, Rejection>,
}

impl Received {
    /// Reads a command to a node. Never fails: what is wrong is in `request`.
    #[must_use]
    pub fn parse(thing: &str, payload: &[u8]) -> Self {
        Self::read(thing, payload, read_request)
    }
}

impl Received<BridgeRequest> {
    /// Reads a command to a bridge. Never fails: what is wrong is in `request`.
    #[must_use]
    pub fn for_bridge(thing: &str, payload: &[u8]) -> Self {
        Self::read(thing, payload, bridge::read_request)
    }
}

impl<R> Received<R> {
    fn read(
        thing: &str,
        payload: &[u8],
        read_request: impl Fn(&str, &Envelope) -> Result<R, Rejection>,
    ) -> Self {
        let thing: String = thing.chars().take(MAX_THING).collect();
        match Envelope::parse(payload) {
            Ok(envelope) => {
                let request = envelope
                    .problem
                    .clone()
                    .map_or_else(|| read_request(&thing, &envelope), Err);
                Self {
                    thing,
                    id: envelope.id,
                    value: envelope.value,
                    expires: envelope.expires,
                    request,
                }
            }
            Err(rejection) => Self {
                thing,
                id: None,
                value: Value::Null,
                expires: None,
                request: Err(rejection),
            },
        }
    }
}

fn malformed(reason: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::Malformed, reason)
}

fn wrong_value(reason: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::WrongValue, reason)
}

/// A payload taken apart.
struct Envelope {
    value: Value,
    id: Option<String>,
    expires: Option<Timestamp>,
    lease_s: Option<Value>,
    /// What is wrong with the envelope itself; the id is kept, so that the sender gets its answer.
    problem: Option<Rejection>,
}

impl Envelope {
    fn parse(payload: &[u8]) -> Result<Self, Rejection> {
        if payload.len() > MAX_PAYLOAD {
            return Err(malformed(format!(
                "The payload is {} bytes long; at most {MAX_PAYLOAD} are read.",
                payload.len()
            )));
        }
        let text = core::str::from_utf8(payload)
            .map_err(|_| malformed("The payload is not UTF-8 text."))?
            .trim();
        if text.is_empty() {
            return Err(malformed("The payload is empty; it must name a value."));
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(fields)) => Ok(Self::from_object(fields)),
            Ok(value) => Ok(Self::bare(value)),
            Err(error) if text.starts_with(['{', '[', '"']) => Err(malformed(format!(
                "The payload is not valid JSON: {error}."
            ))),
            Err(_) => Ok(Self::bare(Value::String(text.to_owned()))),
        }
    }

    const fn bare(value: Value) -> Self {
        Self {
            value,
            id: None,
            expires: None,
            lease_s: None,
            problem: None,
        }
    }

    /// An object with the key `value` is an envelope; without it, what is left is the value itself.
    fn from_object(mut fields: Map<String, Value>) -> Self {
        let mut envelope = Self::bare(Value::Null);
        let id = fields.remove("id").map(read_id).transpose();
        let expires = fields.remove("expires").map(read_expires).transpose();
        if let Some(value) = fields.remove("value") {
            envelope.value = value;
            envelope.lease_s = fields.remove("lease_s");
            if let Some(key) = fields.keys().next() {
                envelope.problem = Some(malformed(format!(
                    "A command has no field {key:?}; it may have value, id, expires and, for authority, lease_s."
                )));
            }
        } else {
            envelope.value = Value::Object(fields);
        }
        match id {
            Ok(id) => envelope.id = id,
            Err(problem) => envelope.problem = Some(problem),
        }
        match expires {
            Ok(expires) => envelope.expires = expires,
            Err(problem) => envelope.problem = Some(problem),
        }
        envelope
    }
}

fn read_id(value: Value) -> Result<String, Rejection> {
    let id = match value {
        Value::String(id) => id,
        Value::Number(number) => number.to_string(),
        _ => return Err(malformed("The id must be text or a number.")),
    };
    if id.is_empty() || id.len() > MAX_ID {
        return Err(malformed(format!("The id must have 1 to {MAX_ID} bytes.")));
    }
    Ok(id)
}

fn read_expires(value: Value) -> Result<Timestamp, Rejection> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| malformed("expires must be a moment like \"2026-11-22T23:19:30.000Z\"."))
}

fn read_request(thing: &str, envelope: &Envelope) -> Result<Request, Rejection> {
    if envelope.lease_s.is_some() && thing != "authority" {
        return Err(malformed("Only set/authority takes lease_s."));
    }
    let value = &envelope.value;
    let command = match thing.split_once('/').unwrap_or((thing, "")) {
        ("mode", "") => Command::Mode(one_of(value, "mode", Mode::ALL)?),
        ("authority", "") => Command::Authority(read_authority(envelope)?),
        ("relay", name) => {
            let relay = named(name, "relay", RelayName::ALL)?;
            Command::Relay(relay, one_of(value, "position", Contact::ALL)?)
        }
        ("limit", name) => {
            let limit = named(name, "limit", LimitName::ALL)?;
            Command::Limit(limit, read_number(value)?)
        }
        ("schedule", "") => Command::Schedule(read_schedule(value)?),
        ("cycle", "") => Command::Cycle(one_of(value, "cycle command", CycleRequest::ALL)?),
        ("alarm", name) => {
            let alarm = named(name, "alarm", AlarmName::ALL)?;
            if value.as_str() != Some("acknowledge") {
                return Err(wrong_value("set/alarm/<name> takes: acknowledge."));
            }
            Command::Acknowledge(alarm)
        }
        ("refresh", "") => return Ok(Request::Refresh),
        ("resend", "") => return read_resend(value).map(Request::Resend),
        _ => {
            return Err(Rejection::new(
                RejectCode::UnknownThing,
                "There is no such thing to set; there are: mode, authority, relay/<name>, limit/<name>, schedule, cycle, alarm/<name>, refresh, resend.",
            ));
        }
    };
    Ok(Request::Control(command))
}

fn list<T: core::fmt::Display>(values: &[T]) -> String {
    let names: Vec<_> = values.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The value among `values` whose wire name is the payload.
fn one_of<T: Copy + core::fmt::Display>(
    value: &Value,
    what: &str,
    values: &[T],
) -> Result<T, Rejection> {
    value
        .as_str()
        .and_then(|text| values.iter().find(|value| value.to_string() == text))
        .copied()
        .ok_or_else(|| not_a(value, what, &format!("it takes {}", list(values))))
}

/// The value among `values` that the topic names.
fn named<T: Copy + core::fmt::Display>(
    name: &str,
    what: &str,
    values: &[T],
) -> Result<T, Rejection> {
    let found = values.iter().find(|value| value.to_string() == name);
    found.copied().ok_or_else(|| {
        Rejection::new(
            RejectCode::UnknownThing,
            format!("There is no {what} {name:?}; there are: {}.", list(values)),
        )
    })
}

fn read_number(value: &Value) -> Result<f64, Rejection> {
    value
        .as_f64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| not_a(value, "number", "write it with a point, for example 14.2"))
}

/// The refusal of a value; an object there is an envelope that lacks its value.
fn not_a(value: &Value, what: &str, advice: &str) -> Rejection {
    wrong_value(if value.is_object() {
        format!("{value} has no field \"value\", which must hold the {what}: {advice}.")
    } else {
        format!("{value} is no {what}: {advice}.")
    })
}

fn read_authority(envelope: &Envelope) -> Result<AuthorityRequest, Rejection> {
    let lease = envelope.lease_s.as_ref().map(read_lease).transpose()?;
    match (envelope.value.as_str(), lease) {
        (Some("manual"), lease) => Ok(AuthorityRequest::Manual {
            lease: lease.unwrap_or(LEASE_DEFAULT),
        }),
        (Some("automatic"), None) => Ok(AuthorityRequest::Automatic),
        (Some("automatic"), Some(_)) => Err(malformed("Automatic authority has no lease.")),
        _ => Err(wrong_value(format!(
            "{} is no authority; it takes: automatic, manual.",
            envelope.value
        ))),
    }
}

fn read_lease(value: &Value) -> Result<Duration, Rejection> {
    let (min, max) = (LEASE_MIN.as_secs(), LEASE_MAX.as_secs());
    value
        .as_u64()
        .filter(|seconds| (min..=max).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            wrong_value(format!(
                "lease_s must be a whole number of seconds between {min} and {max}; {value} is not."
            ))
        })
}

/// `null` removes the schedule.
fn read_schedule(value: &Value) -> Result<Option<Schedule>, Rejection> {
    match value {
        Value::Null => Ok(None),
        // serde would take a list for the fields in their order.
        Value::Object(_) => serde_path_to_error::deserialize(value)
            .map(Some)
            .map_err(|error| no_schedule(&in_the_schedule(&error))),
        other => Err(no_schedule(&format!("{other} is no object"))),
    }
}

/// What is wrong, and in which entry.
fn in_the_schedule(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let entry = error.path().to_string();
    if entry == "." {
        error.inner().to_string()
    } else {
        format!("{entry}: {}", error.inner())
    }
}

fn no_schedule(why: &str) -> Rejection {
    malformed(format!(
        "This is no schedule ({why}): give an object with time_zone, critical, allowed and cycle_every_days, a period with days, from and to; or null for none."
    ))
}

fn read_resend(value: &Value) -> Result<Resend, Rejection> {
    let resend: Resend = serde_json::from_value(value.clone()).map_err(|error| {
        malformed(format!(
            "resend takes {{\"epoch\":…,\"stream\":\"reading\" or \"event\",\"from\":…,\"to\":…}}: {error}."
        ))
    })?;
    resend.check()?;
    Ok(resend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(thing: &str, payload: &str) -> String {
        let received = Received::parse(thing, payload.as_bytes());
        received.request.expect_err("it is wrong").reason
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        for (thing, payload, told) in [
            (
                "limit/overcharge_cut",
                "14,2",
                "with a point, for example 14.2",
            ),
            (
                "limit/overcharge_cut",
                r#"{"valeur":14.2}"#,
                "no field \"value\", which must hold the number",
            ),
            (
                "relay/charger",
                r#"{"valeur":"open"}"#,
                "must hold the position: it takes closed, open",
            ),
            (
                "relay/charger",
                "toggle",
                "\"toggle\" is no position: it takes closed, open",
            ),
            ("schedule", r#"{"value":[]}"#, "[] is no object"),
            (
                "schedule",
                r#"{"time_zone":"Europe/Paris","critical":[],
                    "allowed":[{"days":["monday"],"from":"08:00"}],"cycle_every_days":7}"#,
                "allowed[0]: missing field `to`",
            ),
            (
                "schedule",
                r#"{"time_zone":"Europe/Paris","critical":[{"days":["lundi"],"from":"08:00","to":"09:00"}],
                    "allowed":[],"cycle_every_days":7}"#,
                "critical[0].days[0]: unknown variant `lundi`, expected one of `monday`",
            ),
            (
                "schedule",
                r#"{"time_zone":"Europe/Paris"}"#,
                "missing field `critical`",
            ),
        ] {
            let refusal = refusal(thing, payload);
            assert!(refusal.contains(told), "{refusal}");
        }
    }
}
