//! The server that is asked: connections that are kept for the next question.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::PATIENCE;
use super::answer::{Found, series};
use super::problem::Problem;
use super::question::Question;
use crate::metrics_server::{Connection, Purpose, ServerConfig, ServerConfigError};

/// The most bytes of an answer. The longest one that a question can have, 5000 readings of all series, has some
/// twelve million.
const MAX_ANSWER: usize = 16 << 20;
/// Connections that are kept.
const MAX_IDLE: usize = 4;
const HEADERS: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// A Prometheus that holds the history.
#[derive(Debug)]
pub struct HistoryServer {
    config: ServerConfig,
    /// What comes before `/api`.
    path: String,
    idle: Mutex<Vec<Connection>>,
}

impl HistoryServer {
    /// The server at that address, not connected yet.
    ///
    /// # Errors
    /// Says what is wrong with the address.
    pub fn new(config: ServerConfig) -> Result<Self, ServerConfigError> {
        config.check(Purpose::History)?;
        let path = config.target(Purpose::History)?.path;
        Ok(Self {
            config,
            path,
            idle: Mutex::default(),
        })
    }

    /// Asks a question. Whoever waits for the answer decides for how long.
    ///
    /// # Errors
    /// Says why there is no answer.
    pub async fn ask(&self, question: Question) -> Result<Vec<Found>, Problem> {
        let path = format!("{}/api/v1/{}", self.path, question.address);
        // VictoriaMetrics moves what is asked for to where its cache has it, and hides what is new, unless it is told
        // not to.
        let body = format!(
            "{}&timeout={}s&nocache=1",
            question.body(),
            PATIENCE.as_secs()
        );
        let mut connection = self.connection()?;
        let reply = connection.post(&path, &HEADERS, Bytes::from(body)).await;
        let reply = reply.map_err(Problem::Away)?;
        let body = reply
            .body
            .map_err(|unread| Problem::of_unread(unread, MAX_ANSWER))?;
        self.keep(connection);
        if !reply.status.is_success() {
            return Err(Problem::of_status(reply.status, &body));
        }
        // Megabytes take a while.
        let read = spawn_blocking(move || series(&body)).await;
        read.map_err(Problem::nonsense)?
    }

    fn connection(&self) -> Result<Connection, Problem> {
        let kept = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        kept.map_or_else(
            || {
                let new = Connection::new(self.config.clone(), Purpose::History, MAX_ANSWER);
                new.map_err(|error| Problem::Away(error.to_string()))
            },
            Ok,
        )
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }
}
