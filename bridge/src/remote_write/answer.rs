//! What a server's answer means. Pure.

use std::time::Duration;

use axum::http::StatusCode;

/// The most characters of a server's words.
const MAX_WORDS: usize = 300;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The server has it.
    Taken,
    /// The server will never take it as it is: why not.
    Refused(String),
    /// Not now.
    Later {
        /// Why not.
        why: String,
        /// The wait that the server asks for.
        after: Option<Duration>,
    },
}

impl Answer {
    /// No answer, and why.
    #[must_use]
    pub fn none(why: impl ToString) -> Self {
        Self::Later {
            why: why.to_string(),
            after: None,
        }
    }
}

/// What status, wait and body mean.
///
/// Only what a server says of the data is a refusal. Any other error is one of the way to the server, or of its
/// configuration, and readings wait until somebody has put it right.
#[must_use]
pub fn answer(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Answer {
    if status.is_success() {
        return Answer::Taken;
    }
    let said = words(body);
    let said = match (said.is_empty(), advice(status)) {
        (true, "") => format!("it answers {status}"),
        (true, advice) => format!("it answers {status}: {advice}"),
        (false, "") => format!("it answers {status}: {said}"),
        (false, advice) => format!("it answers {status}: {said} ({advice})"),
    };
    match status {
        StatusCode::BAD_REQUEST
        | StatusCode::CONFLICT
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => Answer::Refused(said),
        _ => Answer::Later {
            why: said,
            after: retry_after,
        },
    }
}

/// What to do about it.
fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check --remote-write-user with its password, or the token"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "check the path of --remote-write; Prometheus must be started with --web.enable-remote-write-receiver"
        }
        status if status.is_redirection() => {
            "redirects are not followed: give the address to which it points"
        }
        _ => "",
    }
}

/// The beginning of what a server says, on one line.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).expect("a status");
        answer(status, Some(Duration::from_secs(3)), body.as_bytes())
    }

    #[test]
    fn only_words_about_the_data_are_refusals() {
        for status in [200, 202, 204] {
            assert_eq!(of(status, ""), Answer::Taken);
        }
        for status in [400, 409, 413, 422] {
            assert!(matches!(of(status, ""), Answer::Refused(_)), "{status}");
        }
        for status in [
            301, 302, 307, 401, 403, 404, 405, 408, 415, 429, 500, 502, 503,
        ] {
            let after = Some(Duration::from_secs(3));
            let answer = of(status, "");
            assert!(
                matches!(answer, Answer::Later { after: a, .. } if a == after),
                "{status}"
            );
        }
    }

    #[test]
    fn it_says_what_to_do() {
        let Answer::Later { why, .. } = of(404, "") else {
            panic!("no refusal");
        };
        assert!(why.contains("--web.enable-remote-write-receiver"), "{why}");
    }

    #[test]
    fn what_a_server_says_fits_on_a_line_and_cannot_draw_on_a_terminal() {
        let said = of(400, "out of\r\n\u{1b}[31mbounds\n\n");
        let expected = "it answers 400 Bad Request: out of [31mbounds";
        assert_eq!(said, Answer::Refused(expected.to_owned()));
        let Answer::Refused(long) = of(400, &"é".repeat(10_000)) else {
            panic!("a refusal");
        };
        assert!(long.chars().count() < 400);
    }
}
