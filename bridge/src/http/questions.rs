//! Questions for the store, or the server in its place, that many may ask: few are answered at a time, the others wait, but not for ever.

use std::sync::Arc;
use std::time::Duration;

use releve_protocol::NodeId;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Served;
use super::from_prometheus::{HistoryServer, Problem};
use super::parameters::{Parameters, Stretch};
use super::refusal::Refusal;
use crate::moment::Moment;
use crate::spans::DAY_MS;
use crate::store::StoreError;
use crate::store::{events, history};

/// Questions that are answered at the same time.
const AT_A_TIME: usize = 4;
/// Files that are written at the same time.
const FILES_AT_A_TIME: usize = 2;
/// The longest wait for one's turn.
const TURN: Duration = Duration::from_secs(10);
/// A stretch of time without a beginning is a day, in ms.
pub const A_DAY: i64 = DAY_MS;

/// The places of those who ask.
#[derive(Debug)]
pub struct Questions {
    places: Semaphore,
    /// A server that takes its time must not keep others from the store.
    elsewhere: Semaphore,
    files: Arc<Semaphore>,
}

impl Default for Questions {
    fn default() -> Self {
        Self {
            places: Semaphore::new(AT_A_TIME),
            elsewhere: Semaphore::new(AT_A_TIME),
            files: Arc::new(Semaphore::new(FILES_AT_A_TIME)),
        }
    }
}

impl Questions {
    /// A place to write a file, for as long as it is held.
    pub fn file_place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let place = Arc::clone(&self.files).try_acquire_owned();
        place.map_err(|_| Refusal::busy())
    }
}

/// Asks the store when it is one's turn.
pub async fn ask<T: Send + 'static>(
    served: &Served,
    question: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Refusal> {
    let _place = turn(&served.questions.places).await?;
    Ok(served.history.ask(question).await?)
}

/// Asks the server that holds the history, once it is one's turn.
pub async fn ask_elsewhere<T>(
    served: &Served,
    question: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Refusal> {
    let _place = turn(&served.questions.elsewhere).await?;
    Ok(question.await?)
}

async fn turn(places: &Semaphore) -> Result<SemaphorePermit<'_>, Refusal> {
    match timeout(TURN, places.acquire()).await {
        Ok(Ok(place)) => Ok(place),
        _ => Err(Refusal::busy()),
    }
}

/// A question about a node.
#[derive(Debug)]
pub struct OfNode {
    /// Which node.
    pub node: NodeId,
    /// Whether site time is not real time there: whoever holds real time only knows nothing of it.
    is_accelerated: bool,
    /// The present there, ms since 1970: where site time is not real time, that of its newest reading.
    present: i64,
}

impl OfNode {
    /// The node of that name, if anything is known of it.
    pub async fn find(served: &Served, name: &str) -> Result<Self, Refusal> {
        let node: NodeId = name
            .parse()
            .map_err(|error| Refusal::senseless(format!("{error}.")))?;
        let (is_known, is_accelerated, accelerated) = {
            let fleet = served.memory.fleet();
            let of_fleet = fleet.node(&node);
            let accelerated = of_fleet.filter(|node| node.is_accelerated());
            let newest = accelerated.and_then(|node| node.last_reading.as_ref());
            (
                of_fleet.is_some(),
                accelerated.is_some(),
                newest.map(|last| last.reading.at),
            )
        };
        let asked = node.clone();
        let held = ask(served, move |connection| history::held(connection, &asked)).await?;
        if !is_known && held.is_none() {
            let sentence = format!("Nothing has come from a node {node} yet.");
            return Err(Refusal::unknown(sentence));
        }
        let present = accelerated.unwrap_or_else(|| Moment::now().wall);
        Ok(Self {
            node,
            is_accelerated,
            // Its newest reading belongs to what was.
            present: present.as_unix_millis() + 1,
        })
    }

    /// Who is asked for its history, if not the store.
    pub fn history_from<'a>(&self, served: &'a Served) -> Option<&'a Arc<HistoryServer>> {
        let server = served.history_from.as_ref();
        server.filter(|_| !self.is_accelerated)
    }

    /// Which stretch of time is meant; without a beginning the last `usual` ms.
    pub fn stretch(&self, parameters: &Parameters, usual: i64) -> Result<Stretch, Refusal> {
        parameters.stretch(self.present, usual)
    }

    /// The same of events: without an end up to the newest one, for the node's clock may be ahead.
    pub async fn stretch_of_events(
        &self,
        served: &Served,
        parameters: &Parameters,
        usual: i64,
    ) -> Result<Stretch, Refusal> {
        let node = self.node.clone();
        let newest = ask(served, move |connection| {
            events::newest_at(connection, &node)
        });
        let end = newest
            .await?
            .map_or(self.present, |at| at.saturating_add(1));
        parameters.stretch_until(end, self.present, usual)
    }
}
