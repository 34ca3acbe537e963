//! Who holds which client id. A client id has one holder at a time; a newcomer tells the holder to
//! go and waits until it has put everything in order. What a client leaves behind is parked here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::places::{Place, Places};
use crate::session::{Services, Session};
use crate::will::Will;

/// What a client that is away left behind.
pub(crate) struct Parked {
    pub session: Session,
    pub session_ends: Instant,
    /// The will, and when it is due: at the latest with the session's end.
    pub will: Option<(Will, Instant)>,
}

impl Entry {
    fn new() -> Self {
        let slot = Slot {
            arrivals: watch::Sender::new(0),
            turn: Arc::new(AsyncMutex::new(None)),
        };
        Self {
            slot: Arc::new(slot),
            users: 0,
        }
    }
}

impl Parked {
    fn next_due(&self) -> Instant {
        self.will
            .as_ref()
            .map_or(self.session_ends, |(_, due)| *due)
    }
}

/// All client ids that are in use or have something parked.
pub(crate) struct Registry {
    slots: Mutex<HashMap<String, Entry>>,
    parked: Places,
    services: Arc<Services>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

/// A client id and how many claims and timers use it.
struct Entry {
    slot: Arc<Slot>,
    users: usize,
}

/// One client id.
struct Slot {
    /// Counts who came to claim the id.
    arrivals: watch::Sender<u64>,
    /// Held by the connection in turn.
    turn: Arc<AsyncMutex<Option<Kept>>>,
}

/// What is parked, in its place.
struct Kept {
    parked: Parked,
    _place: Place,
}

/// The right to a client id, until dropped.
pub(crate) struct Claim {
    id: String,
    slot: Arc<Slot>,
    arrival: u64,
    superseded: watch::Receiver<u64>,
    turn: Option<OwnedMutexGuard<Option<Kept>>>,
    registry: Arc<Registry>,
}

/// What the timer of a parked session needs to know of the claim that left it.
struct Watched {
    id: String,
    slot: Arc<Slot>,
    arrival: u64,
    arrivals: watch::Receiver<u64>,
}

impl Registry {
    /// An empty registry whose timers run in `tasks` until `shutdown`.
    pub fn new(
        services: Arc<Services>,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        let limits = &services.limits;
        let parked = Places::new(limits.parked_sessions, limits.parked_sessions_of_a_user);
        Arc::new(Self {
            slots: Mutex::new(HashMap::new()),
            parked,
            services,
            tasks,
            shutdown,
        })
    }

    /// How many sessions are kept for clients that are away.
    pub fn parked_count(&self) -> usize {
        self.parked.taken()
    }

    /// Claims a client id: its holder is told to go, and awaited. `None` when somebody else claimed
    /// it meanwhile.
    pub async fn claim(self: &Arc<Self>, id: &str) -> Option<Claim> {
        let (slot, arrival, superseded) = self.arrive(id);
        let mut claim = Claim {
            id: id.to_owned(),
            turn: None,
            registry: Arc::clone(self),
            slot,
            arrival,
            superseded,
        };
        claim.turn = Some(Arc::clone(&claim.slot.turn).lock_owned().await);
        (!claim.is_superseded()).then_some(claim)
    }

    fn arrive(&self, id: &str) -> (Arc<Slot>, u64, watch::Receiver<u64>) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = slots.entry(id.to_owned()).or_insert_with(Entry::new);
        entry.users += 1;
        entry.slot.arrivals.send_modify(|count| *count += 1);
        let superseded = entry.slot.arrivals.subscribe();
        let arrival = *superseded.borrow();
        (Arc::clone(&entry.slot), arrival, superseded)
    }

    /// One more user of a client id that has users already.
    fn join(&self, id: &str) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = slots.get_mut(id) {
            entry.users += 1;
        }
    }

    /// One user less. The last one makes the registry forget the client id.
    fn leave(&self, id: &str) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = slots.get_mut(id) {
            entry.users -= 1;
            if entry.users == 0 {
                slots.remove(id);
            }
        }
    }

    /// Publishes a parked will and ends a parked session when their time comes, unless the client
    /// returns before.
    async fn watch_parked(self: Arc<Self>, mut claim: Watched, mut due: Instant) {
        let Watched {
            id,
            slot,
            arrival,
            arrivals,
        } = &mut claim;
        loop {
            let mut parked = tokio::select! {
                () = self.shutdown.cancelled() => return,
                _ = arrivals.wait_for(|count| count != arrival) => break,
                parked = async { sleep_until(due).await; slot.turn.lock().await } => parked,
            };
            let Some(Kept { parked: left, .. }) = parked.as_mut() else {
                break;
            };
            let now = Instant::now();
            let number = left.session.number();
            if let Some((will, _)) = left.will.take_if(|(_, due)| *due <= now) {
                will.publish(&self.services.inlet, number);
            }
            if left.session_ends <= now {
                *parked = None;
                break;
            }
            due = left.next_due();
        }
        self.leave(id);
    }
}

impl Claim {
    /// Whether somebody else has claimed the id since.
    pub fn is_superseded(&self) -> bool {
        *self.superseded.borrow() != self.arrival
    }

    /// Waits until somebody else claims the id.
    pub async fn superseded(&mut self) {
        let arrival = self.arrival;
        // The sender lives in the slot that this claim holds, so waiting cannot fail.
        let _ = self.superseded.wait_for(|count| *count != arrival).await;
    }

    /// What the client left behind last time.
    pub fn take_parked(&mut self) -> Option<Parked> {
        let kept = self.turn.as_mut()?.take()?;
        Some(kept.parked)
    }

    /// Leaves a session behind. Gives it back when too many are parked already, in all or of its user.
    pub fn park(&mut self, parked: Parked) -> Result<(), Box<Parked>> {
        let registry = &self.registry;
        let place = registry.parked.take(parked.session.identity());
        let (Some(turn), Ok(place)) = (self.turn.as_mut(), place) else {
            return Err(Box::new(parked));
        };
        let due = parked.next_due();
        **turn = Some(Kept {
            parked,
            _place: place,
        });
        let watched = Watched {
            id: self.id.clone(),
            slot: Arc::clone(&self.slot),
            arrival: self.arrival,
            arrivals: self.superseded.clone(),
        };
        registry.join(&self.id);
        registry
            .tasks
            .spawn(Arc::clone(registry).watch_parked(watched, due));
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.turn = None;
        self.registry.leave(&self.id);
    }
}
