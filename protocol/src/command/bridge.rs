//! What commands to a bridge ask.

use core::time::Duration;

use releve_control::{RejectCode, Rejection};
use serde_json::Value;

use super::{BridgeRequest, Envelope, malformed, not_a, wrong_value};
use crate::node_id::NodeId;

/// The shortest silence.
pub const SILENCE_MIN: Duration = Duration::from_mins(1);
/// The longest silence. A site of which nobody is told must not be forgotten.
pub const SILENCE_MAX: Duration = Duration::from_hours(7 * 24);

/// What is asked, or why it cannot be.
pub fn read_request(thing: &str, envelope: &Envelope) -> Result<BridgeRequest, Rejection> {
    if envelope.lease_s.is_some() {
        return Err(malformed("Only set/authority of a node takes lease_s."));
    }
    let value = &envelope.value;
    let (kind, name) = thing.split_once('/').unwrap_or((thing, ""));
    match kind {
        "silence" => {
            let node = node(name)?;
            Ok(BridgeRequest::Silence(node, silence(value)?))
        }
        "alert" => {
            let (alert, of) = name.split_once('/').unwrap_or((name, ""));
            let of = (!of.is_empty()).then(|| node(of)).transpose()?;
            if value.as_str() != Some("acknowledge") {
                return Err(wrong_value("set/alert/<alert> takes: acknowledge."));
            }
            Ok(BridgeRequest::Acknowledge(alert.to_owned(), of))
        }
        _ => Err(Rejection::new(
            RejectCode::UnknownThing,
            "There is no such thing to set; there are: silence/<node>, alert/<alert>/<node> and, of the bridge itself, alert/<alert>.",
        )),
    }
}

fn node(name: &str) -> Result<NodeId, Rejection> {
    name.parse().map_err(|error| {
        let sentence = format!("{name:?} names no node: {error}.");
        Rejection::new(RejectCode::UnknownThing, sentence)
    })
}

/// Whole seconds; 0 ends a silence.
fn silence(value: &Value) -> Result<Duration, Rejection> {
    let (min, max) = (SILENCE_MIN.as_secs(), SILENCE_MAX.as_secs());
    let seconds = value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    seconds
        .filter(|seconds| *seconds == 0 || (min..=max).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| {
            let advice = format!("it takes whole seconds, {min} to {max}, or 0 to end a silence");
            not_a(value, "length of a silence", &advice)
        })
}

#[cfg(test)]
mod tests {
    use super::super::Received;
    use super::*;

    fn request(thing: &str, payload: &str) -> Result<BridgeRequest, Rejection> {
        Received::for_bridge(thing, payload.as_bytes()).request
    }

    #[test]
    fn a_silence_is_seconds_of_a_site() {
        let cabin: NodeId = "cabin".parse().unwrap();
        for (payload, seconds) in [
            ("7200", 7_200),
            ("0", 0),
            ("60", 60),
            ("\"604800\"", 604_800),
            (r#"{"value":3600,"id":"7"}"#, 3_600),
        ] {
            let expected = BridgeRequest::Silence(cabin.clone(), Duration::from_secs(seconds));
            assert_eq!(request("silence/cabin", payload), Ok(expected), "{payload}");
        }
    }

    #[test]
    fn an_alert_is_acknowledged_by_its_name_and_site() {
        let of = |node: Option<&str>| node.map(|node| node.parse().unwrap());
        for (thing, name, node) in [
            ("alert/node_silent/cabin", "node_silent", of(Some("cabin"))),
            ("alert/store_failing", "store_failing", of(None)),
        ] {
            let expected = BridgeRequest::Acknowledge(name.to_owned(), node);
            assert_eq!(request(thing, "acknowledge"), Ok(expected));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        for (thing, payload, code, told) in [
            (
                "silence/cabin",
                "59",
                RejectCode::WrongValue,
                "60 to 604800",
            ),
            (
                "silence/cabin",
                "604801",
                RejectCode::WrongValue,
                "60 to 604800",
            ),
            (
                "silence/cabin",
                "-1",
                RejectCode::WrongValue,
                "0 to end a silence",
            ),
            (
                "silence/cabin",
                "1.5",
                RejectCode::WrongValue,
                "whole seconds",
            ),
            (
                "silence/cabin",
                "tomorrow",
                RejectCode::WrongValue,
                "whole seconds",
            ),
            (
                "silence/cabin",
                r#"{"until":"x"}"#,
                RejectCode::WrongValue,
                "field \"value\"",
            ),
            ("silence/cabin", "", RejectCode::Malformed, "empty"),
            ("silence", "60", RejectCode::UnknownThing, "1 to 64"),
            ("silence/a b", "60", RejectCode::UnknownThing, "1 to 64"),
            (
                "alert/node_silent/cabin",
                "on",
                RejectCode::WrongValue,
                "takes: acknowledge",
            ),
            (
                "mode",
                "observer",
                RejectCode::UnknownThing,
                "silence/<node>",
            ),
            (
                "silence/cabin",
                r#"{"value":60,"lease_s":60}"#,
                RejectCode::Malformed,
                "lease_s",
            ),
        ] {
            let refused = request(thing, payload).expect_err(payload);
            assert_eq!(refused.code, code, "{thing} {payload}: {}", refused.reason);
            assert!(refused.reason.contains(told), "{}", refused.reason);
        }
    }
}
