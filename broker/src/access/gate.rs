//! Checks logins: off the threads that serve clients, a bounded number at a time, and slowed down for who guesses.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use releve_logins::Proven;
use rumqttd::protocol::ConnectReturnCode;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::warn;

use super::throttle::{Attempt, Throttle};
use super::users::{LONGEST_NAME, User, Users};
use super::{Credentials, Identity, password};
use crate::log_throttle::LogThrottle;

/// Failed logins that are logged in one period.
const LOGGED: u32 = 5;
const LOGGED_EVERY: Duration = Duration::from_secs(10);

/// Passwords that are checked at the same time, at most: each takes 19 MiB.
const MOST_CHECKS: usize = 4;

/// Lets in who has the right password, or anybody where there are no users.
pub(crate) struct Gate {
    guard: Option<Guard>,
}

struct Guard {
    users: watch::Receiver<Arc<Users>>,
    checks: Arc<Semaphore>,
    throttle: Mutex<Throttle>,
    /// Passwords that were right since the program started: a fleet that reconnects all at once need not wait for
    /// the slow hash again.
    proven: Mutex<Proven>,
    log: Mutex<LogThrottle>,
}

/// Who was let in, and how to learn that it no longer may be here.
#[derive(Debug)]
pub(crate) struct Admission {
    pub identity: Arc<Identity>,
    standing: Option<Standing>,
}

#[derive(Debug)]
struct Standing {
    name: String,
    user: Arc<User>,
    users: watch::Receiver<Arc<Users>>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    #[error("this broker has users: give a user name and a password")]
    Nobody,
    #[error("the user name or the password is wrong")]
    Wrong,
    #[error("too many logins failed: wait {0} s, then try again")]
    TooSoon(u64),
    #[error("passwords cannot be checked: the broker stops")]
    Stopping,
}

impl Denied {
    /// The code of the CONNACK.
    pub fn code(self) -> ConnectReturnCode {
        match self {
            Self::Nobody => ConnectReturnCode::NotAuthorized,
            Self::Wrong => ConnectReturnCode::BadUserNamePassword,
            Self::TooSoon(_) => ConnectReturnCode::ConnectionRateExceeded,
            Self::Stopping => ConnectReturnCode::ServerUnavailable,
        }
    }
}

impl Gate {
    /// Lets anybody in.
    pub fn open() -> Self {
        Self { guard: None }
    }

    /// Lets the users in, as they are at each moment.
    pub fn guarded(users: watch::Receiver<Arc<Users>>) -> Self {
        spawn_blocking(password::warm_up);
        let cores = available_parallelism().map_or(1, usize::from);
        let guard = Guard {
            users,
            checks: Arc::new(Semaphore::new((cores / 2).clamp(1, MOST_CHECKS))),
            throttle: Mutex::new(Throttle::new()),
            proven: Mutex::new(Proven::new(None)),
            log: Mutex::new(LogThrottle::new(LOGGED, LOGGED_EVERY)),
        };
        Self { guard: Some(guard) }
    }

    /// Checks a login that comes from `source`. Whoever drops the future before its deadline counts as having
    /// failed: the client went away, perhaps because a right password is answered sooner than a wrong one.
    pub async fn admit(
        &self,
        source: IpAddr,
        login: Option<Credentials>,
        deadline: Instant,
    ) -> Result<Admission, Denied> {
        let Some(guard) = &self.guard else {
            return Ok(Admission {
                identity: Arc::new(Identity::Anybody),
                standing: None,
            });
        };
        let user = login.as_ref().map_or("", |login| login.user.as_str());
        // No user has a longer name: it is not worth remembering.
        let user = if user.len() > LONGEST_NAME { "" } else { user }.to_owned();
        let admitted = guard.admit(source, &user, login, deadline).await;
        if let Err(denied) = &admitted {
            guard.log(source, &user, *denied);
        }
        admitted
    }

    /// The users have changed: whoever failed before may try again at once.
    pub fn users_changed(&self) {
        if let Some(guard) = &self.guard {
            lock(&guard.throttle).forget();
        }
    }
}

impl Guard {
    /// `known` is the user's name as it is remembered.
    async fn admit(
        &self,
        source: IpAddr,
        known: &str,
        login: Option<Credentials>,
        deadline: Instant,
    ) -> Result<Admission, Denied> {
        // A password without a user's name, which MQTT 5 allows, is nobody's either.
        let Credentials {
            user: username,
            password,
        } = login
            .filter(|login| !login.user.is_empty())
            .ok_or(Denied::Nobody)?;
        let begun = lock(&self.throttle).begin(source, known, Instant::now());
        let attempt = begun.map_err(|wait| Denied::TooSoon(wait.as_secs().max(1)))?;
        let mut trial = Trial {
            attempt: Some(attempt),
            throttle: &self.throttle,
            deadline,
        };
        // A change that comes meanwhile is noticed afterwards.
        let mut users = self.users.clone();
        let user = users.borrow_and_update().get(&username).cloned();
        match self.proven_user(&username, user, password).await? {
            Some(user) => {
                trial.succeeded();
                Ok(Admission {
                    identity: Arc::new(Identity::of(&username, &user.role)),
                    standing: Some(Standing {
                        name: username,
                        user,
                        users,
                    }),
                })
            }
            None => {
                trial.failed();
                Err(Denied::Wrong)
            }
        }
    }

    /// The user, if that is its password. Takes its time, on a thread of its own, unless it was proven before.
    async fn proven_user(
        &self,
        name: &str,
        user: Option<Arc<User>>,
        password: String,
    ) -> Result<Option<Arc<User>>, Denied> {
        let is_known = |user: &Arc<User>| {
            let now = Instant::now().into_std();
            lock(&self.proven).knows(name, &password, &user.argon2id, now)
        };
        if let Some(user) = user.clone().filter(is_known) {
            return Ok(Some(user));
        }
        let turn = Arc::clone(&self.checks).acquire_owned().await;
        let turn = turn.map_err(|_| Denied::Stopping)?;
        // Another client of the same user may have been in turn before.
        if let Some(user) = user.clone().filter(is_known) {
            return Ok(Some(user));
        }
        let checking = spawn_blocking(move || {
            let hash = user.as_ref().map(|user| user.argon2id.as_str());
            let is_right = password::is_right(&password, hash);
            // The turn comes back with the answer, and is kept so long also when nobody waits any more.
            (user.filter(|_| is_right), password, turn)
        });
        let (user, password, _turn) = checking.await.map_err(|_| Denied::Stopping)?;
        if let Some(user) = &user {
            let now = Instant::now().into_std();
            lock(&self.proven).learn(name, &password, &user.argon2id, now);
        }
        Ok(user)
    }

    fn log(&self, source: IpAddr, user: &str, denied: Denied) {
        if let Some(held_back) = lock(&self.log).occurred(Instant::now()) {
            // In quotes and escaped: it is a stranger's text.
            warn!(%source, user = ?user, "a login was refused: {denied}{held_back}");
        }
    }
}

impl Admission {
    /// Waits until the user is no longer the one that was let in: removed, or with another role or password.
    pub async fn revoked(&mut self) {
        let Some(standing) = &mut self.standing else {
            return std::future::pending().await;
        };
        let Standing { name, user, users } = standing;
        let changed = |users: &Arc<Users>| users.get(name).is_none_or(|now| now != user);
        if users.wait_for(changed).await.is_err() {
            // The broker stops, which is noticed elsewhere.
            std::future::pending().await
        }
    }
}

/// An attempt. When dropped before its end it has failed, unless the broker itself took too long.
struct Trial<'a> {
    attempt: Option<Attempt>,
    throttle: &'a Mutex<Throttle>,
    deadline: Instant,
}

impl Trial<'_> {
    fn succeeded(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            lock(self.throttle).succeeded(attempt);
        }
    }

    fn failed(&mut self) {
        if let Some(attempt) = self.attempt.take() {
            lock(self.throttle).failed(attempt, Instant::now());
        }
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if Instant::now() < self.deadline {
            self.failed();
        } else if let Some(attempt) = self.attempt.take() {
            lock(self.throttle).given_up(attempt);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
