//! What is kept for how long. Old rows are cut an hour of a node at a time, between two batches.

mod oldest;

use std::sync::Arc;
use std::time::{Duration, Instant};

use releve_protocol::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use tracing::{info, warn};

use super::append::Last;
use super::ledger::Ledger;
use super::memory::put_thing;
use super::names::layouts;
use super::rollup::hour::NodeHour;
use super::rollup::marks::Marks;
use super::rollup::tables::{self, Layouts};
use super::{StoreError, readings, row};
use crate::spans::{DAY_MS, HOUR_MS};

/// How often it is looked for what is too old or too much.
const LOOK_EVERY: Duration = Duration::from_mins(5);
/// Hours of the oldest readings that are cut in one go where the store has grown too large.
const HOURS_AT_ONCE: i64 = 6;
/// Rows of other kinds that are cut in one go.
const ROWS_AT_ONCE: i64 = 100;
/// Of a silent node the last hours stay, whatever their age: what was last seen of it can be shown.
const LAST_HOURS: i64 = 3;
/// Hours are kept for so long.
const HOURS_DAYS: u32 = 50 * 366;
/// The name under which the count of readings that were cut for their room is kept.
pub const CUT_FOR_ROOM: &str = "cut_for_room";

/// What is kept for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Readings as they came, and the samples around edges, in days.
    pub readings_days: u32,
    /// Buckets of five minutes, and events, in days.
    pub averages_days: u32,
    /// Bytes beyond which the oldest readings are cut whatever their age.
    pub bytes: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            readings_days: 400,
            averages_days: 5 * 366,
            bytes: 8192 << 20,
        }
    }
}

impl Keep {
    /// What a store in memory keeps.
    pub const IN_MEMORY: Self = Self {
        readings_days: 1,
        averages_days: 7,
        bytes: 256 << 20,
    };
}

/// The one who cuts.
#[derive(Debug)]
pub struct Cutting {
    keep: Keep,
    next_look: Option<Instant>,
    /// Nodes that are still to be looked at.
    nodes: Vec<i64>,
    /// Readings before this hour are cut for their room.
    room_horizon: Option<i64>,
    /// The latest present that the newest readings bear out, ms since 1970: a clock that is ahead must not make
    /// everything old. `None` while there is no reading of real time.
    latest_present: Option<i64>,
    /// Hours of readings cut since the last look.
    progress: usize,
    is_told: bool,
    is_told_of_the_end: bool,
    is_told_of_unsent: bool,
    /// The store is too large, and nothing that was sent is left: what is still to be sent is cut, too.
    spares_nothing: bool,
    ledger: Arc<Ledger>,
}

/// The moment of a question for what is too old.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// For deadlines.
    pub now: Instant,
    /// For ages, as far as the nodes' readings bear it out.
    pub wall: Timestamp,
    /// Rows up to these are known after a restart: later ones are not cut.
    pub through: Last,
}

impl Cutting {
    /// One who has not looked yet; counts on in `ledger`, and spares what that says is still to be sent.
    pub fn new(keep: Keep, ledger: Arc<Ledger>) -> Self {
        Self {
            keep,
            next_look: None,
            nodes: Vec::new(),
            room_horizon: None,
            latest_present: None,
            progress: 0,
            is_told: false,
            is_told_of_the_end: false,
            is_told_of_unsent: false,
            spares_nothing: false,
            ledger,
        }
    }

    /// Cuts a little; whether there is more to do now.
    pub fn slice(
        &mut self,
        connection: &Connection,
        layout: u8,
        marks: &mut Marks,
        at: At,
    ) -> Result<bool, StoreError> {
        let Some(node) = self.nodes.last().copied() else {
            if self.next_look.is_some_and(|next| at.now < next) {
                return Ok(false);
            }
            self.look(connection, at)?;
            return Ok(true);
        };
        let at = At {
            wall: self.believed(at.wall),
            ..at
        };
        if !self.cut_reading_hour(connection, layout, marks, node, at)?
            && !self.cut_others(connection, node, at)?
        {
            self.nodes.pop();
        }
        if self.nodes.is_empty() && self.room_horizon.is_some() {
            self.ended_a_round(at.now);
        }
        Ok(true)
    }

    /// The oldest were cut for their room: that may not have been enough.
    fn ended_a_round(&mut self, now: Instant) {
        if self.progress > 0 {
            self.next_look = Some(now);
        } else if !self.is_told_of_the_end {
            self.is_told_of_the_end = true;
            warn!(
                "the store is larger than --store-megabytes, and there is no reading left that could be cut"
            );
        }
    }

    /// What the wall clock says, unless it is ahead of all readings.
    fn believed(&self, wall: Timestamp) -> Timestamp {
        let latest = self.latest_present.unwrap_or(i64::MIN);
        Timestamp::from_unix_millis(wall.as_unix_millis().min(latest))
    }

    /// The last row of readings that may be cut now.
    pub fn may_cut_through(&self, at: At) -> i64 {
        if self.spares_nothing {
            at.through.reading
        } else {
            at.through.reading.min(self.ledger.sent_through())
        }
    }

    fn look(&mut self, connection: &Connection, at: At) -> Result<(), StoreError> {
        self.next_look = Some(at.now + LOOK_EVERY);
        self.progress = 0;
        let mut all = connection.prepare_cached("SELECT number FROM node")?;
        let nodes = all.query_map([], |row| row.get(0))?;
        self.nodes = nodes.collect::<Result<_, _>>()?;
        self.latest_present = latest_present(connection, &self.nodes)?;
        let used = used_bytes(connection)?;
        // A little below the bound, or each look would find a little too much.
        let bound = match self.room_horizon {
            Some(_) => self.keep.bytes - self.keep.bytes / 100,
            None => self.keep.bytes,
        };
        self.spares_nothing = false;
        self.room_horizon = None;
        if used > bound {
            let oldest = self.oldest_hour(connection, at)?;
            self.room_horizon = oldest.map(|hour| hour + HOURS_AT_ONCE);
        }
        if self.room_horizon.is_some() && !self.is_told {
            self.is_told = true;
            let megabytes = self.keep.bytes >> 20;
            info!(
                megabytes,
                "the store has reached --store-megabytes: the oldest readings are cut, their averages stay"
            );
        }
        Ok(())
    }

    /// The oldest hour of readings that can be cut for its room: of those that are sent or, where there is none, of
    /// all.
    fn oldest_hour(&mut self, connection: &Connection, at: At) -> Result<Option<i64>, StoreError> {
        let sent = oldest::hour(connection, &self.nodes, self.may_cut_through(at))?;
        if sent.is_some() {
            return Ok(sent);
        }
        self.spares_nothing = true;
        let all = oldest::hour(connection, &self.nodes, i64::MAX)?;
        if all.is_some()
            && self.ledger.sent_through() < at.through.reading
            && !self.is_told_of_unsent
        {
            self.is_told_of_unsent = true;
            warn!(
                "the store is larger than --store-megabytes, and holds nothing that remote-write has sent: readings are cut that it has not"
            );
        }
        Ok(all)
    }

    /// Cuts the node's oldest hour of readings if it is too old; whether it was.
    fn cut_reading_hour(
        &mut self,
        connection: &Connection,
        layout: u8,
        marks: &mut Marks,
        node: i64,
        at: At,
    ) -> Result<bool, StoreError> {
        let Some(of) = oldest::hour_of_node(connection, node, self.may_cut_through(at))? else {
            return Ok(false);
        };
        let layouts = layouts(connection)?;
        let Present { now, newest } = Present::of(connection, &layouts, node, at.wall)?;
        let by_age =
            hours_before(now, self.keep.readings_days).min(newest.div_euclid(HOUR_MS) - LAST_HOURS);
        let horizon = by_age.max(self.room_horizon.unwrap_or(i64::MIN));
        if of.hour >= horizon {
            return Ok(false);
        }
        let transaction = connection.unchecked_transaction()?;
        let next = NodeHour {
            hour: of.hour + 1,
            ..of
        };
        let is_stale = !tables::stale(&transaction, of, next)?.is_empty();
        if is_stale {
            tables::refresh(&transaction, &layouts, layout, of, at.through.reading)?;
        }
        let put = "INSERT INTO cut (node, readings, minutes) VALUES (?1, ?2, ?3)
            ON CONFLICT (node) DO UPDATE SET readings = max(readings, ?2)";
        (transaction.prepare_cached(put)?).execute([node, next.hour, i64::MIN])?;
        let rows = readings::cut_hour(&transaction, of)? as u64;
        let for_room = if of.hour < by_age { 0 } else { rows };
        let total = self.ledger.cut_for_room() + for_room;
        if for_room > 0 {
            put_thing(&transaction, CUT_FOR_ROOM, &total.to_string())?;
        }
        transaction.commit()?;
        self.ledger.set_cut_for_room(total);
        self.progress += 1;
        if is_stale {
            marks.computed(of);
        }
        Ok(true)
    }

    /// Cuts a few of the node's other rows that are too old; whether there may be more.
    fn cut_others(&self, connection: &Connection, node: i64, at: At) -> Result<bool, StoreError> {
        let Present { now, .. } = Present::of(connection, &layouts(connection)?, node, at.wall)?;
        let averages = hours_before(now, self.keep.averages_days);
        let hours = hours_before(now, HOURS_DAYS);
        let samples = hours_before(now, self.keep.readings_days);
        let samples = samples.max(self.room_horizon.unwrap_or(i64::MIN));
        let transaction = connection.unchecked_transaction()?;
        let mut cut = cut_hours(&transaction, "minutes", node, averages)?;
        if cut > 0 {
            let put = "INSERT INTO cut (node, readings, minutes) VALUES (?1, ?2, ?3)
                ON CONFLICT (node) DO UPDATE SET minutes = max(minutes, ?3)";
            (transaction.prepare_cached(put)?).execute([node, i64::MIN, averages])?;
        }
        cut += cut_hours(&transaction, "hours", node, hours)?;
        let through = at.through.event;
        cut += cut_events(&transaction, node, averages, through, "true")?;
        cut += cut_events(&transaction, node, samples, through, "kind = 'transient'")?;
        transaction.commit()?;
        Ok(cut > 0)
    }
}

/// The present of a node, ms since 1970.
struct Present {
    /// What the wall clock says or, where site time is not real time, the newest reading's moment.
    now: i64,
    /// The newest reading's moment; where there is none, as `now`.
    newest: i64,
}

impl Present {
    fn of(
        connection: &Connection,
        layouts: &Layouts,
        node: i64,
        wall: Timestamp,
    ) -> Result<Self, StoreError> {
        let find = "SELECT at, body FROM reading WHERE node = ?1 ORDER BY at DESC LIMIT 1";
        let newest = connection.prepare_cached(find)?.query_row([node], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let wall = wall.as_unix_millis();
        let Some((newest, body)) = newest.optional()? else {
            return Ok(Self {
                now: wall,
                newest: wall,
            });
        };
        let body = row::read(&body, |layout| layouts.get(&layout));
        let is_accelerated = body.is_some_and(|body| body.accelerated);
        Ok(Self {
            now: if is_accelerated { newest } else { wall },
            newest,
        })
    }
}

/// A day behind the newest reading of all nodes of real time.
fn latest_present(connection: &Connection, nodes: &[i64]) -> Result<Option<i64>, StoreError> {
    let layouts = layouts(connection)?;
    // Later than anything: what is found then is the newest reading itself.
    let never = Timestamp::from_unix_millis(i64::MAX);
    let mut latest = None;
    for node in nodes {
        let Present { now, newest } = Present::of(connection, &layouts, *node, never)?;
        let is_real_time = now == never.as_unix_millis() && newest < now;
        latest = latest.max(is_real_time.then(|| newest.saturating_add(DAY_MS)));
    }
    Ok(latest)
}

/// The hour that lies so many days before that moment.
fn hours_before(present: i64, days: u32) -> i64 {
    present.div_euclid(HOUR_MS) - i64::from(days) * 24
}

fn cut_hours(
    connection: &Connection,
    table: &str,
    node: i64,
    horizon: i64,
) -> Result<usize, StoreError> {
    let cut = format!(
        "DELETE FROM {table} WHERE key IN
         (SELECT key FROM {table} WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3)"
    );
    let first = NodeHour::ending(node, Timestamp::from_unix_millis(i64::MIN).as_unix_millis());
    let end = NodeHour {
        node,
        hour: horizon,
    };
    let mut cut = connection.prepare_cached(&cut)?;
    Ok(cut.execute([first.key(), end.key(), ROWS_AT_ONCE])?)
}

fn cut_events(
    connection: &Connection,
    node: i64,
    horizon: i64,
    through: i64,
    which: &str,
) -> Result<usize, StoreError> {
    let cut = format!(
        "DELETE FROM event WHERE number IN
         (SELECT number FROM event WHERE node = ?1 AND {which} AND at < ?2 AND number <= ?3 LIMIT ?4)"
    );
    let mut cut = connection.prepare_cached(&cut)?;
    Ok(cut.execute([node, horizon.saturating_mul(HOUR_MS), through, ROWS_AT_ONCE])?)
}

/// Bytes of the pages that hold something.
fn used_bytes(connection: &Connection) -> Result<u64, StoreError> {
    let ask = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let pages = ask("page_count")? - ask("freelist_count")?;
    Ok(u64::try_from(pages.saturating_mul(ask("page_size")?)).unwrap_or(0))
}
