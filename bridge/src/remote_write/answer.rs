//! What a server's answer means. Pure.

use std::time::Duration;

use axum::http::StatusCode;

use crate::metrics_server::words;

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
        StatusCode::INTERNAL_SERVER_ERROR if is_about_the_data(&said) => Answer::Refused(said),
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

/// What Prometheus says of a sample that it will never take. Of one that is older than its window allows 2.42
/// says so with the status 500: repeated for ever, it would hold up all others.
const OF_A_SAMPLE: [&str; 4] = [
    "too old sample",
    "out of bounds",
    "out of order sample",
    "duplicate sample for timestamp",
];

fn is_about_the_data(said: &str) -> bool {
    OF_A_SAMPLE.iter().any(|words| said.contains(words))
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
    fn a_sample_beyond_the_window_is_refused_although_prometheus_calls_it_an_error_of_its_own() {
        assert!(matches!(of(500, "too old sample\n"), Answer::Refused(_)));
        let disk = "write /prometheus/wal/00000001: no space left on device";
        assert!(matches!(of(500, disk), Answer::Later { .. }));
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
