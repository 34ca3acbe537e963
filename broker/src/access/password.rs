//! Passwords: hashed with argon2id for this broker and, where asked for, with what Mosquitto 2 reads.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::pbkdf2;
use ring::rand::{SecureRandom, SystemRandom};

/// Shorter ones are guessed too easily.
pub(crate) const SHORTEST_PASSWORD: usize = 8;
/// The longest that a CONNECT could carry is 65,535 bytes.
pub(crate) const LONGEST_PASSWORD: usize = 1024;

/// Of a hash in the users file: what a check may take, so that no line of it can take all memory.
const MOST_MEMORY_KIB: u32 = 256 << 10;
const MOST_PASSES: u32 = 20;

/// Rounds for Mosquitto. It checks passwords in the one thread that also serves all clients, so many more
/// would hold up everybody; its own tool takes 101.
const MOSQUITTO_ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();
/// Mosquitto 2.0 takes salts of exactly this size.
const MOSQUITTO_SALT_BYTES: usize = 12;
const MOSQUITTO_HASH_BYTES: usize = 64;

/// Why a password cannot be hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// It is too short.
    #[error("a password has {SHORTEST_PASSWORD} characters at least")]
    TooShort,
    /// It is too long.
    #[error("a password has {LONGEST_PASSWORD} bytes at most")]
    TooLong,
    /// It has characters that no password file and no prompt can carry.
    #[error("a password has no control characters")]
    Control,
    /// The system gives no random numbers, or no memory.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

/// Whether that can be a user's password.
pub(crate) fn check(password: &str) -> Result<(), PasswordFault> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordFault::Control);
    }
    Ok(())
}

/// The argon2id hash of a password, with a new salt: 19 MiB and two passes, as OWASP advises.
pub(crate) fn hash(password: &str) -> Result<String, PasswordFault> {
    let hashed = argon2id().hash_password(password.as_bytes());
    let hashed = hashed.map_err(|error| PasswordFault::Hash(error.to_string()))?;
    Ok(hashed.to_string())
}

/// A password's line in a password file of Mosquitto 2, without the user's name.
pub(crate) fn mosquitto_hash(password: &str) -> Result<String, PasswordFault> {
    let mut salt = [0; MOSQUITTO_SALT_BYTES];
    let filled = SystemRandom::new().fill(&mut salt);
    filled.map_err(|_| PasswordFault::Hash("there are no random numbers".to_owned()))?;
    let mut hash = [0; MOSQUITTO_HASH_BYTES];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        MOSQUITTO_ROUNDS,
        &salt,
        password.as_bytes(),
        &mut hash,
    );
    let (salt, hash) = (STANDARD.encode(salt), STANDARD.encode(hash));
    Ok(format!("$7${MOSQUITTO_ROUNDS}${salt}${hash}"))
}

/// Whether that is an argon2id hash which can be checked within bounds; else says why not.
pub(crate) fn check_hash(hash: &str) -> Result<(), String> {
    let parsed = PasswordHash::new(hash).map_err(|error| error.to_string())?;
    if parsed.algorithm.as_str() != Algorithm::Argon2id.as_str() {
        return Err(format!("it is of the kind {}", parsed.algorithm));
    }
    let params = Params::try_from(&parsed).map_err(|error| error.to_string())?;
    if parsed.hash.is_none() {
        return Err("it has no end".to_owned());
    }
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
        return Err("it takes too much memory or time to check".to_owned());
    }
    Ok(())
}

/// Whether that is a line for Mosquitto 2 as [`mosquitto_hash`] makes them.
pub(crate) fn is_mosquitto_hash(hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let [_, kind, rounds, salt, hash] = parts.as_slice() else {
        return false;
    };
    let has_bytes = |text: &str, count| {
        STANDARD
            .decode(text)
            .is_ok_and(|bytes: Vec<u8>| bytes.len() == count)
    };
    *kind == "7"
        && rounds.parse::<NonZeroU32>().is_ok()
        && has_bytes(salt, MOSQUITTO_SALT_BYTES)
        && has_bytes(hash, MOSQUITTO_HASH_BYTES)
}

/// Whether `password` is the one of `hash`; with no hash, which is a user that there is not, the same work is
/// done, so that the time of the answer does not tell which users there are.
pub(crate) fn is_right(password: &str, hash: Option<&str>) -> bool {
    static NOBODYS: LazyLock<Option<String>> =
        LazyLock::new(|| self::hash("nobody's password").ok());
    let exists = hash.is_some();
    let Some(hash) = hash.or(NOBODYS.as_deref()) else {
        return false;
    };
    let Ok(parsed) = PasswordHash::new(hash) else {
        return false;
    };
    let matches = argon2id().verify_password(password.as_bytes(), &parsed);
    exists && matches.is_ok()
}

/// Does once what is done on the first use otherwise: then the first unknown user takes no longer than others.
pub(crate) fn warm_up() {
    is_right("", None);
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_checked_against_its_hash() {
        let hash = hash("correct horse").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_eq!(check_hash(&hash), Ok(()));
        assert!(is_right("correct horse", Some(&hash)));
        assert!(!is_right("correct horsE", Some(&hash)));
        assert!(!is_right("nobody's password", None));
        assert_ne!(
            hash,
            super::hash("correct horse").unwrap(),
            "a salt of its own"
        );
    }

    #[test]
    fn hashes_that_cannot_be_checked_are_told() {
        let sound = hash("correct horse").unwrap();
        for (hash, told) in [
            ("", ""),
            ("secret", ""),
            ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "no end"),
            (&sound.replace("argon2id", "argon2i"), "kind argon2i"),
            (&sound.replace("m=19456", "m=4000000"), "too much memory"),
            (&sound.replace("t=2", "t=1000"), "too much memory or time"),
        ] {
            let why = check_hash(hash).unwrap_err();
            assert!(why.contains(told), "{hash}: {why}");
        }
    }

    #[test]
    fn mosquittos_hash_is_what_its_tool_makes() {
        let hash = mosquitto_hash("correct horse").unwrap();
        assert!(is_mosquitto_hash(&hash), "{hash}");
        assert!(is_mosquitto_hash(
            "$7$101$9MPE+aDyYOt0D/Vx$ofZKTBUHcyecphP0kTViVZ7rP9khrwU28KHkNbeFs+RDwy/bcFd+02Sb+TJt+mjvoV96vfeULRePmCuziL7j5Q=="
        ));
        for other in ["", "secret", "$6$x$y$z", "$7$0$AAAA$AAAA", &hash[..60]] {
            assert!(!is_mosquitto_hash(other), "{other}");
        }
    }

    #[test]
    fn passwords_have_a_sensible_length() {
        assert_eq!(check("1234567"), Err(PasswordFault::TooShort));
        assert_eq!(check("pässwört"), Ok(()));
        assert_eq!(check("12345678\n"), Err(PasswordFault::Control));
        assert_eq!(
            check(&"x".repeat(LONGEST_PASSWORD + 1)),
            Err(PasswordFault::TooLong)
        );
    }
}
