//! Whatever bytes come as a payload: no panic, a refusal that names the field, or a payload that means the same.
//!
//! Each run has seeds of its own. `cargo xtask fuzz` runs these tests for longer.

mod damage;

use damage::{any_damage, any_json, damaged};
use proptest::prelude::*;
use releve_protocol::command::Received;
use releve_protocol::{
    Availability, Backlog, CommandResult, DecodeError, EventRecord, Info, Reading, State,
    Timestamp, Topic, decode,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A golden payload, and how payloads of its topic are read and written again.
struct Golden {
    text: &'static str,
    read: fn(&[u8]) -> Result<Value, DecodeError>,
    /// Whether the parser reads all of its fields where they stand: of others it cannot say where it is.
    names_fields: bool,
}

fn read<T: DeserializeOwned + Serialize>(payload: &[u8]) -> Result<Value, DecodeError> {
    let payload: T = decode(payload)?;
    Ok(serde_json::to_value(&payload).expect("what was read can be written"))
}

macro_rules! golden {
    ($payload:ty, $file:literal, $names_fields:literal) => {
        Golden {
            text: include_str!(concat!("../../golden/", $file)),
            read: read::<$payload>,
            names_fields: $names_fields,
        }
    };
}

const GOLDEN: [Golden; 13] = [
    golden!(Reading, "reading.json", true),
    golden!(State, "state.json", true),
    golden!(State, "state-cycle.json", true),
    golden!(Info, "info.json", true),
    golden!(CommandResult, "result/rejected.json", true),
    golden!(EventRecord, "event/alarm_raised.json", false),
    golden!(EventRecord, "event/cycle_ended.json", false),
    golden!(EventRecord, "event/relay_switched.json", false),
    golden!(EventRecord, "event/restart.json", false),
    golden!(EventRecord, "event/schedule_changed.json", false),
    golden!(EventRecord, "event/transient.json", false),
    golden!(Backlog, "backlog/reading.json", true),
    golden!(Backlog, "backlog/event.json", true),
];

/// Whether what was read says the same as what came, as far as it was read: unknown fields are left out, and missing
/// ones are written as what they count as.
fn agrees(came: &Value, read: &Value) -> bool {
    match (came, read) {
        (Value::Object(came), Value::Object(read)) => {
            (read.iter()).all(|(name, read)| came.get(name).is_none_or(|came| agrees(came, read)))
        }
        (Value::Array(came), Value::Array(read)) => {
            came.len() == read.len() && came.iter().zip(read).all(|(came, read)| agrees(came, read))
        }
        // The parser takes a list for the fields in their order.
        (Value::Array(_), Value::Object(_)) => true,
        (Value::Number(came), Value::Number(read)) => {
            came == read || are_close(came.as_f64(), read.as_f64())
        }
        (Value::String(came), Value::String(read)) => {
            let moment = |text: &str| text.parse::<Timestamp>().ok();
            came == read || (moment(came).is_some() && moment(came) == moment(read))
        }
        _ => came == read,
    }
}

/// Equal to fifteen digits: of longer numbers the parser does not promise the last one. Nodes send at most ten.
fn are_close(came: Option<f64>, read: Option<f64>) -> bool {
    let (Some(came), Some(read)) = (came, read) else {
        return false;
    };
    (came - read).abs() <= came.abs() * 1e-15
}

/// Checks what became of a payload; the refusal, if it was refused.
fn check(golden: &Golden, payload: &[u8]) -> Result<Option<String>, TestCaseError> {
    let read = match (golden.read)(payload) {
        Err(refusal) => return Ok(Some(refusal.to_string())),
        Ok(read) => read,
    };
    let came: Value = serde_json::from_slice(payload).expect("what was read is JSON");
    prop_assert!(agrees(&came, &read), "{} was read as {}", came, read);
    let written = read.to_string();
    let again = (golden.read)(written.as_bytes());
    let means_the_same = again.as_ref().is_ok_and(|again| agrees(&read, again));
    prop_assert!(
        means_the_same,
        "{} was written and read as {:?}",
        read,
        again
    );
    Ok(None)
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_mean_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,80}") {
        for golden in &GOLDEN {
            check(golden, &bytes)?;
            check(golden, text.as_bytes())?;
        }
        let _ = Availability::parse(&bytes);
        if let Some(topic) = Topic::parse(&text) {
            prop_assert_eq!(topic.to_string(), text.clone());
        }
        let thing: String = text.chars().take(20).collect();
        let received = Received::parse(&thing, &bytes);
        prop_assert!(received.request.is_ok() || received.request.is_err_and(|why| why.reason.ends_with('.')));
        for thing in [thing, format!("silence/{text}"), format!("alert/{text}")] {
            let received = Received::for_bridge(&thing, &bytes);
            prop_assert!(received.request.is_ok() || received.request.is_err_and(|why| why.reason.ends_with('.')));
        }
    }

    #[test]
    fn any_json_is_refused_or_means_the_same(mut value in any_json(), is_ours in any::<bool>()) {
        if let Value::Object(fields) = &mut value && is_ours {
            fields.insert("v".to_owned(), Value::from(1));
        }
        for golden in &GOLDEN {
            check(golden, value.to_string().as_bytes())?;
        }
    }

    #[test]
    fn a_damaged_payload_is_refused_by_the_name_of_the_field_or_means_the_same(
        which in 0..GOLDEN.len(),
        damage in any_damage(),
    ) {
        let golden = &GOLDEN[which];
        let whole: Value = serde_json::from_str(golden.text).expect("a golden payload");
        let (payload, path) = damaged(&whole, &damage);
        let Some(refusal) = check(golden, &payload)? else {
            return Ok(());
        };
        prop_assert!(refusal.chars().count() > 10, "{}", refusal);
        // What is no JSON has no fields.
        if golden.names_fields && serde_json::from_slice::<Value>(&payload).is_ok() && path[0] != "v" {
            prop_assert!(refusal.contains(&path[0]), "{} is not named: {}", path[0], refusal);
        }
    }

    #[test]
    fn a_command_with_any_value_is_understood_or_refused_with_a_sentence(value in any_json(), which in 0..9_usize) {
        let things = [
            "mode", "authority", "relay/mains", "limit/overcharge_cut", "schedule", "cycle", "alarm/data_lost",
            "refresh", "resend",
        ];
        let payload = value.to_string();
        let of_node = Received::parse(things[which], payload.as_bytes()).request.err();
        let things = ["silence/cabin", "alert/node_silent/cabin", "alert/store_failing"];
        let of_bridge = Received::for_bridge(things[which % things.len()], payload.as_bytes()).request.err();
        for refusal in of_node.into_iter().chain(of_bridge) {
            prop_assert!(refusal.reason.ends_with('.'), "{}", refusal.reason);
        }
    }
}
