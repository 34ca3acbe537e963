//! How a node comes to its core: from what an earlier run has left, or as its configuration says.

use std::path::Path;
use std::time::Duration;

use releve_control::snapshot::Snapshot;
use releve_protocol::{Epoch, Timestamp};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{error, info};

use crate::clock::{Now, SiteClock, SiteTime};
use crate::config::NodeConfig;
use crate::core::Core;
use crate::journal::keeper::{Keeper, Place};
use crate::journal::store::{Boot, Bounds, StoreError};
use crate::journal::{Capacity, Journal};
use crate::restarts::{Starts, uptime};
use crate::run::RunError;
use crate::snapshot::{self, Recorder, SnapshotFile};

/// How long the disk may take to give what an earlier run has left.
const PATIENCE: Duration = Duration::from_secs(5);
/// What memory holds of a journal whose disk refuses.
const IN_MEMORY: Capacity = Capacity::days(1);

/// How a run begins.
pub struct Awake {
    /// Where it goes on.
    pub core: Core,
    /// Writes down where this run stands, if anything does.
    pub recorder: Option<Recorder<Snapshot>>,
    /// Writes the journal, if it is kept on a disk.
    pub keeper: Option<Keeper>,
    /// Counts the starts, if anything does.
    pub starts: Option<Starts>,
    /// Its clock, judged by what the site has recorded.
    pub time: SiteTime,
}

/// A core that goes on from where an earlier run ended, if anything is known of one.
pub async fn wake(config: &NodeConfig, clock: SiteClock) -> Result<Awake, RunError> {
    let Some(directory) = &config.state_directory else {
        info!(
            "without a state directory: an operator's mode, limits and schedule, and records that nobody has fetched, are lost when this program ends"
        );
        let journal = Journal::new(new_epoch(), config.journal);
        let mut time = SiteTime::start(clock, None, patience_left(config)).await;
        return Ok(Awake {
            core: Core::new(config.clone(), journal, clock.speed(), time.now())?,
            recorder: None,
            keeper: None,
            starts: None,
            time,
        });
    };
    let Opened {
        journal,
        keeper,
        newest_record,
    } = open_journal(directory, config).await;
    let file = SnapshotFile::of(directory, &config.node);
    let recalled = timeout(PATIENCE, snapshot::recall(&file)).await;
    let recorder = if recalled.is_ok() {
        Some(Recorder::start(file.clone()))
    } else {
        error!(
            "{} has not been read in {PATIENCE:?}: this site begins as configured, and writes nothing there, so that the next start finds what it has",
            file.path().display()
        );
        None
    };
    let snapshot = recalled.unwrap_or_default();
    let taken_at = snapshot.as_ref().and_then(|snapshot| snapshot.taken_at);
    let taken_at = taken_at.map(|at| Timestamp::from_unix_millis(at.0));
    let newest = newest_record.max(taken_at);
    let mut time = SiteTime::start(clock, newest, patience_left(config)).await;
    let now = time.now();
    let mut core = match snapshot {
        None => Core::new(config.clone(), journal, clock.speed(), now)?,
        Some(snapshot) => go_on(config, &snapshot, &file, journal, clock.speed(), now).await?,
    };
    let starts = Starts::of(directory, &config.node);
    if restarts_again_and_again(starts.clone()).await {
        core.only_observe();
    }
    Ok(Awake {
        core,
        recorder,
        keeper: Some(keeper),
        starts: Some(starts),
        time,
    })
}

/// How much longer a clock that nobody speaks for is not believed. It counts from the machine's start: a
/// program that is started anew later need not wait again.
fn patience_left(config: &NodeConfig) -> Duration {
    let since_start = uptime().unwrap_or_default();
    config.clock_patience.saturating_sub(since_start)
}

/// A core that goes on from that snapshot.
async fn go_on(
    config: &NodeConfig,
    snapshot: &Snapshot,
    file: &SnapshotFile,
    journal: Journal,
    speed: f64,
    now: Now,
) -> Result<Core, RunError> {
    let (core, left_out) = Core::restored(config.clone(), snapshot, journal, speed, now)?;
    // A copy that is not made in time is none.
    let _ = timeout(PATIENCE, snapshot::report_left_out(file, &left_out)).await;
    info!(
        "goes on in mode {}, as {} has it",
        snapshot.mode,
        file.path().display()
    );
    Ok(core)
}

/// Notes this start. Starts that cannot be counted are no loop.
async fn restarts_again_and_again(starts: Starts) -> bool {
    let noted = timeout(PATIENCE, spawn_blocking(move || starts.note())).await;
    let again = matches!(noted, Ok(Ok(true)));
    if again {
        error!(
            "started again and again within minutes: this site only observes until the alarm restart_loop is acknowledged. What ended the program stands further up in this log"
        );
    }
    again
}

/// A journal in a state directory.
struct Opened {
    journal: Journal,
    keeper: Keeper,
    /// The stamp of the newest record of it, or of an earlier one there.
    newest_record: Option<Timestamp>,
}

/// The journal in that directory, and who writes it. A disk that refuses, or does not answer, keeps nobody
/// from starting.
async fn open_journal(directory: &Path, config: &NodeConfig) -> Opened {
    let place = Place {
        path: directory.join(format!("{}.journal", config.node)),
        boot: Boot::current(),
        bounds: Bounds {
            records: config.journal,
            bytes: config.journal_bytes,
        },
    };
    let capacity = config.journal.at_most(IN_MEMORY);
    let (directory, opened) = (directory.to_owned(), place.clone());
    let open = spawn_blocking(move || {
        std::fs::create_dir_all(directory)?;
        let store = opened.open(new_epoch())?;
        let (newest, newest_at) = (store.newest()?, store.newest_at()?);
        Ok::<_, StoreError>((store, newest, newest_at))
    });
    let problem = match timeout(PATIENCE, open).await {
        Ok(Ok(Ok((store, newest, newest_record)))) => {
            return Opened {
                journal: Journal::on_disk(store.standing(), newest, capacity),
                keeper: Keeper::start(place, Some(store)),
                newest_record,
            };
        }
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(stopped)) => stopped.to_string(),
        Err(_) => format!("the disk has not answered for {PATIENCE:?}"),
    };
    error!(
        "{} cannot be used: {problem}. Records are kept in memory meanwhile, and a power cut would lose them",
        place.path.display()
    );
    Opened {
        journal: Journal::off_disk(new_epoch(), capacity),
        keeper: Keeper::start(place, None),
        newest_record: None,
    }
}

/// An epoch that no other journal has: 8 random letters and digits.
pub fn new_epoch() -> Epoch {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let text: String = (0..8)
        .map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]))
        .collect();
    match text.parse() {
        Ok(epoch) => epoch,
        Err(_) => unreachable!("lower-case letters and digits name an epoch"),
    }
}
