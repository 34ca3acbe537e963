//! Who may read the API where the broker has users: whom the broker lets in.

mod basic;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use releve_logins::Proven;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::debug;

use super::Served;
use super::api::problem;
use super::failures::Visitor;
use crate::mqtt::{Verdict, check};
use basic::Credentials;

/// Logins that the broker is asked about at the same time. Others wait.
const MOST_CHECKS: usize = 4;
/// The longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);
/// How long a login counts that the broker let in, so that it need not be asked for each request. A user who was
/// removed reads on for so long.
const COUNTS_FOR: Duration = Duration::from_mins(5);
/// When to come again where the broker, or too many others, make one wait.
const COME_AGAIN: Duration = Duration::from_secs(5);

/// Not `Basic`, for which browsers would ask in a window of their own, over the web app.
const CHALLENGE: HeaderValue = HeaderValue::from_static("xBasic realm=\"Releve\"");

/// The logins at the API.
pub struct Logins {
    /// The bridge's own user at the broker.
    own_user: Option<String>,
    proven: Mutex<Proven>,
    checks: Semaphore,
}

impl Logins {
    /// None yet, of a bridge with that user.
    pub fn new(own_user: Option<String>) -> Self {
        Self {
            own_user,
            proven: Mutex::new(Proven::new(Some(COUNTS_FOR))),
            checks: Semaphore::new(MOST_CHECKS),
        }
    }

    fn knows(&self, login: &Credentials) -> bool {
        let Credentials { user, password } = login;
        self.proven().knows(user, password, "", Instant::now())
    }

    fn learn(&self, login: &Credentials) {
        let Credentials { user, password } = login;
        self.proven().learn(user, password, "", Instant::now());
    }

    fn proven(&self) -> MutexGuard<'_, Proven> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a request is not answered.
enum Refusal {
    /// It says nothing of who sends it.
    Nobody,
    /// The broker does not let that user in with that password.
    Wrong,
    /// Too many failed, or are waiting.
    TooSoon(Duration),
    /// The broker cannot be asked.
    NotAsked,
}

/// Lets a request through where everybody may come, or from a user of the broker.
pub async fn require(State(served): State<Served>, request: Request, next: Next) -> Response {
    if let Some(logins) = &served.logins
        && let Err(refusal) = admit(logins, &served, request.headers()).await
    {
        return refusal.into_response();
    }
    next.run(request).await
}

async fn admit(logins: &Logins, served: &Served, headers: &HeaderMap) -> Result<(), Refusal> {
    let login = Credentials::of(headers).ok_or(Refusal::Nobody)?;
    let address = served.behind_proxy.then(|| Visitor::behind_proxy(headers));
    let visitor = address.flatten();
    let visitor = visitor.unwrap_or_else(|| Visitor::User(login.user.clone()));
    let too_soon = || match served.failures.wait(&visitor, Instant::now()) {
        Some(wait) => Err(Refusal::TooSoon(wait)),
        None => Ok(()),
    };
    // Before anything tells whether the password is right, or guessing would go on.
    too_soon()?;
    if logins.own_user.as_ref() == Some(&login.user) {
        // A program's, not a person's. The broker is not asked: where it is on another machine, who guesses here comes
        // there from the bridge's own address, and the bridge would have to wait with him.
        return Err(failed(served, visitor));
    }
    if logins.knows(&login) {
        return Ok(());
    }
    let turn = timeout(TURN, logins.checks.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Refusal::TooSoon(COME_AGAIN));
    };
    // A web app asks many things at once: another one may have been in turn before.
    if logins.knows(&login) {
        return Ok(());
    }
    too_soon()?;
    let Credentials { user, password } = login.clone();
    match check(&served.id, served.broker.clone(), user, password).await {
        Verdict::Right => {
            logins.learn(&login);
            Ok(())
        }
        Verdict::Wrong => Err(failed(served, visitor)),
        Verdict::TooSoon => Err(Refusal::TooSoon(COME_AGAIN)),
        Verdict::NotAsked(reason) => {
            debug!(reason, "the broker cannot be asked about a login");
            Err(Refusal::NotAsked)
        }
    }
}

fn failed(served: &Served, visitor: Visitor) -> Refusal {
    debug!(?visitor, "a login at the API failed");
    served.failures.failed(visitor, Instant::now());
    Refusal::Wrong
}

impl Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::Nobody => (
                StatusCode::UNAUTHORIZED,
                "Log in with a user of the broker: Authorization: Basic.".to_owned(),
            ),
            Self::Wrong => (
                StatusCode::UNAUTHORIZED,
                "The user name or the password is wrong.".to_owned(),
            ),
            Self::TooSoon(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                format!("Too many logins: wait {} s.", seconds(wait)),
            ),
            Self::NotAsked => (
                StatusCode::BAD_GATEWAY,
                "The broker, which knows the users, cannot be asked; /healthz or the log may say why."
                    .to_owned(),
            ),
        };
        let mut response = problem(status, sentence);
        let headers = response.headers_mut();
        match self {
            Self::Nobody | Self::Wrong => {
                headers.insert(WWW_AUTHENTICATE, CHALLENGE);
            }
            Self::TooSoon(wait) => {
                headers.insert(RETRY_AFTER, seconds(wait).into());
            }
            Self::NotAsked => {}
        }
        response
    }
}

/// Whole ones, and at least one.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
