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
        /// What the parser met, with line and column.
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
    let Versioned { v } = serde_json::from_slice(payload).map_err(malformed)?;
    if v != VERSION {
        return Err(DecodeError::Version { found: v });
    }
    serde_json::from_slice(payload).map_err(malformed)
}
