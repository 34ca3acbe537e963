//! Payloads from bytes.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::VERSION;

/// The payload is not what its topic promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Another version of the contract.
    #[error("payload version {found}; this program reads version {VERSION}: update it")]
    Version {
        /// The version found.
        found: u32,
    },
    /// Not JSON, or not the payload's fields.
    #[error("not a payload of this topic: {detail}")]
    Malformed {
        /// The field, where the parser knows it, and what it met, with line and column.
        detail: String,
    },
}

#[derive(Deserialize)]
struct Versioned {
    v: u32,
}

/// Reads a JSON payload of the contract, its version first.
///
/// # Errors
/// Says what is wrong with the payload.
pub fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, DecodeError> {
    let malformed = |error: serde_json::Error| DecodeError::Malformed {
        detail: error.to_string(),
    };
    // A payload that begins with its version, as those of nodes do, is read once. That it gives no other one
    // further on is seen then, for a field that comes twice is refused.
    if !begins_with_own_version(payload) {
        let Versioned { v } = serde_json::from_slice(payload).map_err(malformed)?;
        if v != VERSION {
            return Err(DecodeError::Version { found: v });
        }
    }
    serde_json::from_slice(payload).map_err(|error| {
        // In a browser every type that is read a second way is 10 kB to download.
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(detail) = in_its_field::<T>(payload) {
            return DecodeError::Malformed { detail };
        }
        malformed(error)
    })
}

/// What is wrong, with the field in front: read once more, for to keep track of fields costs those that are sound.
#[cfg(not(target_arch = "wasm32"))]
fn in_its_field<T: DeserializeOwned>(payload: &[u8]) -> Option<String> {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    let field = error.path().to_string();
    // `.`: it is wrong as a whole, or its fields are read from elsewhere.
    (field != ".").then(|| format!("{field}: {}", error.inner()))
}

/// Whether the first field of the object is `v`, and this program's version.
fn begins_with_own_version(payload: &[u8]) -> bool {
    let after = |bytes: &'_ [u8], token: &[u8]| -> Option<usize> {
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace());
        let start = blank.count();
        bytes[start..]
            .starts_with(token)
            .then(|| start + token.len())
    };
    let version = VERSION.to_string();
    let mut rest = payload;
    for token in [b"{".as_slice(), b"\"v\"", b":", version.as_bytes(), b","] {
        match after(rest, token) {
            Some(end) => rest = &rest[end..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventRecord, Reading};

    const READING: &str = include_str!("../golden/reading.json");
    const EVENT: &str = include_str!("../golden/event/alarm_raised.json");

    #[test]
    fn a_payload_may_begin_with_its_version_or_not() {
        let first: Reading = decode(READING.as_bytes()).unwrap();
        // serde_json orders the fields of a value by name.
        let value: serde_json::Value = serde_json::from_str(READING).unwrap();
        let by_name = value.to_string();
        assert!(!begins_with_own_version(by_name.as_bytes()));
        assert_eq!(decode::<Reading>(by_name.as_bytes()).unwrap(), first);
        let compact = serde_json::to_vec(&first).unwrap();
        assert!(begins_with_own_version(&compact));
        assert_eq!(decode::<Reading>(&compact).unwrap(), first);
    }

    #[test]
    fn another_version_is_told_wherever_it_stands() {
        for version in ["2", "10", "11"] {
            let newer = READING.replace("\"v\": 1,", &format!("\"v\": {version},"));
            let found = version.parse().unwrap();
            let error = decode::<Reading>(newer.as_bytes()).unwrap_err();
            assert_eq!(error, DecodeError::Version { found });
        }
        let last = "{\"epoch\": \"a\", \"v\": 7}";
        let error = decode::<Reading>(last.as_bytes()).unwrap_err();
        assert_eq!(error, DecodeError::Version { found: 7 });
    }

    #[test]
    fn a_version_that_comes_twice_is_refused() {
        let twice = |golden: &str| golden.replacen("\"v\": 1,", "\"v\": 1, \"v\": 2,", 1);
        let error = decode::<Reading>(twice(READING).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("duplicate field `v`"), "{error}");
        let error = decode::<EventRecord>(twice(EVENT).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("duplicate field `v`"), "{error}");
    }
}
