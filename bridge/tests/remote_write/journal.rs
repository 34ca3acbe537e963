//! What a node that a test plays has done: its readings, its events, and how it stands.

use releve_protocol::control::{Alarm, AlarmName, Event};
use releve_protocol::journal::{Extent, JournalExtent, Standing};
use releve_protocol::{Backlog, Epoch, EventRecord, Reading, Records, State, Stream, Timestamp};

use crate::harness::reading;

/// Length of a window in milliseconds.
pub const WINDOW: i64 = 30_000;
/// The most records in one message of a backlog: the harness's client takes no more than ten kilobytes.
const MAX_RECORDS: u64 = 8;

/// The journal of one node.
#[derive(Debug, Clone)]
pub struct Journal {
    place: usize,
    first_reading: i64,
    epoch: Epoch,
    /// Its readings.
    pub readings: Vec<Reading>,
    events: Vec<EventRecord>,
    alarms: Vec<Alarm<Timestamp>>,
    /// When it last said anything of its own: it never says two things at one moment.
    said: Timestamp,
}

impl Journal {
    /// One of so many readings, the first taken at `first_reading` (milliseconds since 1970); `place` makes them
    /// differ from those of other nodes.
    pub fn with_a_past(place: usize, first_reading: i64, windows: u64) -> Self {
        let mut journal = Self {
            place,
            first_reading,
            epoch: reading(1).epoch,
            readings: Vec::new(),
            events: Vec::new(),
            alarms: Vec::new(),
            said: Timestamp::from_unix_millis(jiff::Timestamp::now().as_millisecond()),
        };
        (0..windows).for_each(|_| journal.pass_window());
        journal
    }

    /// A further window, whose reading is like no other one.
    pub fn pass_window(&mut self) {
        let windows = i64::try_from(self.readings.len()).expect("few");
        let seq = self.readings.len() as u64 + 1;
        let mut made = reading(seq);
        made.at = Timestamp::from_unix_millis(self.first_reading + WINDOW * windows);
        let place = self.place as f64;
        made.battery.voltage.mean = Some((120_000.0 + 1_000.0 * place + seq as f64) / 10_000.0);
        // Not every window knows it.
        made.missing_ah = (!seq.is_multiple_of(3)).then_some(seq as f64 / 100.0);
        self.readings.push(made);
    }

    /// The alarm is raised, or cleared if it is active; the event that tells so.
    pub fn moves(&mut self, alarm: AlarmName) -> EventRecord {
        let (at, severity) = (self.speaks(), alarm.severity());
        let active = self.alarms.iter().position(|active| active.alarm == alarm);
        let event = match active {
            Some(place) => Event::AlarmCleared {
                alarm,
                severity,
                value: None,
                threshold: None,
                raised_at: self.alarms.remove(place).since,
            },
            None => {
                self.alarms.push(Alarm {
                    alarm,
                    severity,
                    since: at,
                    acknowledged_at: None,
                    value: None,
                    threshold: None,
                    cause: None,
                    latched: false,
                });
                Event::AlarmRaised {
                    alarm,
                    severity,
                    value: None,
                    threshold: None,
                    cause: None,
                }
            }
        };
        let record = EventRecord {
            v: releve_protocol::VERSION,
            epoch: self.epoch.clone(),
            seq: self.events.len() as u64 + 1,
            at,
            event,
        };
        self.events.push(record.clone());
        record
    }

    /// How it stands now.
    pub fn state(&mut self) -> State {
        let golden = include_bytes!("../../../protocol/golden/state.json");
        let golden: State = releve_protocol::decode(golden).expect("the golden state");
        let extent = |records: usize| Extent {
            first: 1,
            next: records as u64 + 1,
        };
        State {
            at: self.speaks(),
            alarms: self.alarms.clone(),
            journal: Standing {
                current: JournalExtent {
                    epoch: self.epoch.clone(),
                    reading: extent(self.readings.len()),
                    event: extent(self.events.len()),
                },
                earlier: Vec::new(),
            },
            ..golden
        }
    }

    /// The answer to a request for records, in messages.
    pub fn answer(&self, stream: Stream, from: u64, to: u64) -> Vec<Backlog> {
        let held = match stream {
            Stream::Reading => self.readings.len(),
            Stream::Event => self.events.len(),
        };
        let to = to.min(held as u64);
        let firsts = (from..=to).step_by(MAX_RECORDS as usize);
        let message = |first: u64| {
            let last = to.min(first + MAX_RECORDS - 1);
            let places = first as usize - 1..last as usize;
            Backlog {
                v: releve_protocol::VERSION,
                epoch: self.epoch.clone(),
                from: first,
                to: last,
                lost: Vec::new(),
                records: match stream {
                    Stream::Reading => Records::Reading(self.readings[places].to_vec()),
                    Stream::Event => Records::Event(self.events[places].to_vec()),
                },
            }
        };
        firsts.map(message).collect()
    }

    fn speaks(&mut self) -> Timestamp {
        self.said = Timestamp::from_unix_millis(self.said.as_unix_millis() + 1);
        self.said
    }
}
