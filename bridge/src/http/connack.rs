//! Reads of a broker's first answer to a browser whether its login failed. Pure.

/// The type of a CONNACK in its first byte.
const CONNACK: u8 = 0x20;
/// The longest length of a packet, in bytes; each but the last has the highest bit.
const LONGEST_LENGTH: usize = 4;

/// Whether these first bytes refuse a login: bad user name or password, or not authorised (MQTT 3.1.1 and 5).
/// That somebody has to wait is no failure of theirs. A CONNACK that comes in pieces is not recognised, which no broker sends.
pub fn refuses_login(bytes: &[u8]) -> bool {
    let Some((&CONNACK, rest)) = bytes.split_first() else {
        return false;
    };
    let mut length = rest.iter().take(LONGEST_LENGTH);
    let Some(last) = length.position(|byte| byte & 0x80 == 0) else {
        return false;
    };
    // After the length one byte of flags, then the code.
    matches!(rest.get(last + 2), Some(4 | 5 | 0x86 | 0x87))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refused_login_counts() {
        for refused in [
            &[0x20, 2, 0, 5][..],
            &[0x20, 2, 0, 4],
            &[0x20, 3, 0, 0x86, 0],
            &[0x20, 0x83, 0x01, 0, 0x87, 0x80, 0x01],
        ] {
            assert!(refuses_login(refused), "{refused:?}");
        }
        for other in [
            &[][..],
            &[0x20],
            &[0x20, 2, 0],
            &[0x20, 2, 0, 0],
            &[0x20, 2, 0, 3],
            &[0x20, 3, 1, 0, 0],
            &[0x20, 3, 0, 0x9f, 0],
            &[0x20, 0x80, 0x80, 0x80, 0x80, 5, 5],
            &[0x30, 2, 0, 5],
        ] {
            assert!(!refuses_login(other), "{other:?}");
        }
    }
}
