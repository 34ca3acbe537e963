//! The bytes of a snapshot file: a line that says what it is and the sum of what follows, then JSON.
//!
//! The sum is what keeps an altered digit of a limit from being taken for what an operator had set.

use releve_control::snapshot::SNAPSHOT_VERSION as VERSION;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How the first line begins; the version and the sum follow.
const NAME: &str = "releve-snapshot";

/// Why the bytes are no snapshot that this program can go on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The first line is another one.
    #[error("it is not a snapshot of this program")]
    NotASnapshot,
    /// Another version of the program wrote it.
    #[error("it is a snapshot of version {found}, and this program reads version {VERSION}")]
    OtherVersion {
        /// Its version.
        found: u32,
    },
    /// The sum does not fit.
    #[error("it is torn or was altered: its check sum does not fit")]
    Torn,
    /// The sum fits, and the content does not: another build of this program wrote it.
    #[error("its content is not what this program writes: {0}")]
    Content(String),
}

/// The file of that snapshot.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn encode(snapshot: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let content = serde_json::to_vec_pretty(snapshot)?;
    let sum = crc32fast::hash(&content);
    let mut bytes = format!("{NAME} {VERSION} {sum:08x}\n").into_bytes();
    bytes.extend(content);
    Ok(bytes)
}

/// The snapshot of that file.
///
/// # Errors
/// What is wrong with it.
pub fn decode<S: DeserializeOwned>(bytes: &[u8]) -> Result<S, Unreadable> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, content) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let words: Vec<_> = core::str::from_utf8(line)
        .map_err(|_| Unreadable::NotASnapshot)?
        .split(' ')
        .collect();
    let [NAME, version, sum] = words[..] else {
        return Err(Unreadable::NotASnapshot);
    };
    match version.parse() {
        Ok(VERSION) => {}
        Ok(found) => return Err(Unreadable::OtherVersion { found }),
        Err(_) => return Err(Unreadable::NotASnapshot),
    }
    if sum != format!("{:08x}", crc32fast::hash(content)) {
        return Err(Unreadable::Torn);
    }
    serde_json::from_slice(content).map_err(|error| Unreadable::Content(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Vec<u8> {
        encode(&("consumption_cycle", [14.5, 13.0])).expect("JSON")
    }

    fn read(bytes: &[u8]) -> Result<(String, [f64; 2]), Unreadable> {
        decode(bytes)
    }

    #[test]
    fn what_was_written_is_read() {
        let expected = ("consumption_cycle".to_owned(), [14.5, 13.0]);
        assert_eq!(read(&whole()), Ok(expected));
    }

    #[test]
    fn no_part_of_a_file_passes_for_the_whole() {
        let whole = whole();
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn no_altered_bit_passes() {
        let whole = whole();
        for bit in 0..whole.len() * 8 {
            let mut altered = whole.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&altered).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_version_or_content_says_so() {
        let found = VERSION + 1;
        let other = String::from_utf8(whole()).expect("text").replacen(
            &format!(" {VERSION} "),
            &format!(" {found} "),
            1,
        );
        assert_eq!(
            read(other.as_bytes()),
            Err(Unreadable::OtherVersion { found })
        );
        let content = encode(&"another build").expect("JSON");
        assert!(matches!(read(&content), Err(Unreadable::Content(_))));
        assert_eq!(read(b"{\"v\":1}"), Err(Unreadable::NotASnapshot));
    }
}
