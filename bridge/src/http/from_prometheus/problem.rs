//! Why a server does not tell the history, and what to do about it. Pure.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;
use tracing::warn;

use super::super::refusal::Refusal;
use crate::metrics_server::{Unread, words};

/// Why a server does not tell the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be reached.
    Away(String),
    /// It did not answer within that time.
    Slow(Duration),
    /// It has too much to do.
    Busy(String),
    /// It answers, but not what was asked for: what it says, and what to do.
    Refused(String),
    /// What it says is no answer.
    Nonsense(String),
}

impl Problem {
    /// What an answer that is none means.
    pub fn of_status(status: StatusCode, body: &[u8]) -> Self {
        let said = what_it_says(body);
        let sentence = match (said.as_str(), advice(status, &said)) {
            ("", advice) => format!("it answers {status}; {advice}"),
            (said, advice) => format!("it answers {status}: {said}; {advice}"),
        };
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Self::Busy(sentence),
            _ => Self::Refused(sentence),
        }
    }

    /// What an answer that was not read to its end means.
    pub fn of_unread(unread: Unread, most_bytes: usize) -> Self {
        match unread {
            Unread::TooLong => Self::Refused(format!(
                "its answer is longer than {} MB; ask for fewer points or quantities, and look whether several servers write the same node into it",
                most_bytes >> 20
            )),
            Unread::BrokenOff => Self::Away("its answer breaks off".to_owned()),
        }
    }

    /// An answer in which something is not as it was asked for.
    pub fn nonsense(what: impl std::fmt::Display) -> Self {
        Self::Nonsense(what.to_string())
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Slow(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Away(_) | Self::Refused(_) | Self::Nonsense(_) => StatusCode::BAD_GATEWAY,
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The server of --history-from does not tell the history: ")?;
        match self {
            Self::Away(why) => write!(
                f,
                "{why}; look whether it runs, and check its address, login and certificate."
            ),
            Self::Slow(patience) => write!(
                f,
                "no answer within {} s; ask for a shorter time or fewer quantities.",
                patience.as_secs()
            ),
            Self::Busy(why) | Self::Refused(why) => write!(f, "{why}."),
            Self::Nonsense(why) => {
                write!(
                    f,
                    "what it says is no answer of a Prometheus ({why}); check its address."
                )
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        warn!("{problem}");
        let refusal = Self::elsewhere(problem.status(), problem.to_string());
        match problem {
            Problem::Busy(_) => refusal.for_now(),
            _ => refusal,
        }
    }
}

/// The words of an error, be it in JSON or not.
fn what_it_says(body: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let error = json.as_ref().and_then(|json| json["error"].as_str());
    let said = words(error.map_or(body, str::as_bytes));
    said.trim_end_matches('.').to_owned()
}

/// What to do about it.
fn advice(status: StatusCode, said: &str) -> &'static str {
    if said.contains("too many samples") {
        return "ask for a shorter time, or raise its --query.max-samples";
    }
    const ADDRESS: &str = "check the address of --history-from, below which /api/v1/query must be";
    // VictoriaMetrics' words for an address that it does not have, which it calls a bad request.
    if said.contains("unsupported path") {
        return ADDRESS;
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "check --history-from-user with its password, or the token"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => ADDRESS,
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => {
            "ask for a shorter time, fewer points or fewer quantities, or raise its limits"
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            "ask again later, or for a shorter time"
        }
        status if status.is_redirection() => {
            "redirects are not followed: give the address to which it points"
        }
        _ => "look into its log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Problem {
        let status = StatusCode::from_u16(status).expect("a status");
        Problem::of_status(status, body.as_bytes())
    }

    #[test]
    fn it_says_what_is_wrong_and_what_to_do() {
        let too_many = r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}"#;
        for (status, body, parts) in [
            (
                422,
                too_many,
                ["into memory in query execution; ", "--query.max-samples"],
            ),
            (
                400,
                r#"{"error":"exceeded maximum resolution of 11,000 points per timeseries."}"#,
                ["11,000 points", "fewer points"],
            ),
            (401, "", ["401 Unauthorized; ", "--history-from-user"]),
            (
                404,
                "404 page not found\n",
                ["page not found", "/api/v1/query"],
            ),
            (302, "<a href=\"/x\">Found</a>", ["Found", "not followed"]),
            (
                503,
                r#"{"error":"query timed out"}"#,
                ["timed out", "later"],
            ),
            (500, "oops", ["oops", "its log"]),
        ] {
            let problem = of(status, body).to_string();
            for part in parts {
                assert!(problem.contains(part), "{problem}");
            }
            assert!(
                problem.ends_with('.') && !problem.contains("error\":"),
                "{problem}"
            );
        }
    }

    #[test]
    fn each_problem_has_its_status() {
        let away = Problem::Away("cannot connect".to_owned());
        let slow = Problem::Slow(Duration::from_secs(30));
        for (problem, status) in [
            (away, 502),
            (slow, 504),
            (of(422, ""), 502),
            (of(500, ""), 502),
            (of(429, ""), 503),
            (of(503, ""), 503),
            (Problem::nonsense("x"), 502),
            (Problem::of_unread(Unread::TooLong, 1 << 20), 502),
        ] {
            assert_eq!(problem.status().as_u16(), status, "{problem}");
        }
    }
}
