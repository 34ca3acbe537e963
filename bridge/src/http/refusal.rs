//! Why a question is not answered: a status and a sentence.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use tracing::error;

use super::api::problem;
use crate::store::StoreError;

/// The wait that is asked for where there is too much to do, s.
const BUSY_S: u64 = 5;

/// Why a question is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    sentence: String,
    retry_after_s: Option<u64>,
}

impl Refusal {
    /// The question makes no sense; the sentence says why.
    pub fn senseless(sentence: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            sentence: sentence.into(),
            retry_after_s: None,
        }
    }

    /// There is no such thing.
    pub fn unknown(sentence: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::senseless(sentence)
        }
    }

    /// Too many ask at the same time.
    pub fn busy() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after_s: Some(BUSY_S),
            ..Self::senseless("Too many questions are being answered: ask again in a few seconds.")
        }
    }

    /// Whoever would know does not tell.
    pub fn elsewhere(status: StatusCode, sentence: String) -> Self {
        Self {
            status,
            ..Self::senseless(sentence)
        }
    }

    /// It may be answered in a while.
    #[must_use]
    pub fn for_now(self) -> Self {
        Self {
            retry_after_s: Some(BUSY_S),
            ..self
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        error!(%error, "the store does not answer");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Self::senseless(format!("The bridge's store does not answer: {error}."))
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = problem(self.status, self.sentence);
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}
