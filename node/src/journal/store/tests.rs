//! The store against a model, with a crash after every write.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use releve_control::Event;
use releve_protocol::journal::Extent;
use releve_protocol::{EventRecord, Reading, Timestamp};
use tempfile::TempDir;

use super::*;

const GENEROUS: Bounds = Bounds {
    records: Capacity::days(1),
    bytes: 64 << 20,
};

fn epoch(name: &str) -> Epoch {
    name.parse().expect("an epoch")
}

fn reading(epoch: &Epoch, seq: u64) -> Record {
    let text = include_str!("../../../../protocol/golden/reading.json");
    let sample: Reading = serde_json::from_str(text).expect("a reading");
    Record::Reading(Reading {
        epoch: epoch.clone(),
        seq,
        at: Timestamp::from_unix_millis(1_000 * i64::try_from(seq).expect("a small number")),
        ..sample
    })
}

fn event(epoch: &Epoch, seq: u64) -> Record {
    Record::Event(EventRecord {
        v: VERSION,
        epoch: epoch.clone(),
        seq,
        at: Timestamp::from_unix_millis(i64::try_from(seq).expect("a small number")),
        event: Event::Restart {
            version: "1".to_owned(),
        },
    })
}

fn open(directory: &Path, boot: &str, fresh: &str, bounds: Bounds) -> Store {
    let path = directory.join("site-1.journal");
    Store::open(&path, Boot::named(boot), epoch(fresh), bounds).expect("a disk that works")
}

#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let _store = open(directory.path(), "boot", "first", GENEROUS);
    for entry in fs::read_dir(directory.path()).expect("a directory") {
        let file = entry.expect("an entry");
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
    }
}

/// What a program that is killed leaves: the files as they are now.
fn left_behind(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    for entry in fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
    }
    copy
}

fn log_length(directory: &Path) -> u64 {
    let log = fs::metadata(directory.join("site-1.journal-wal"));
    log.map_or(0, |log| log.len())
}

/// Everything that can be fetched of a stream.
fn fetched(store: &Store, extent: &JournalExtent, stream: Stream) -> (Vec<Record>, u64) {
    let (mut records, mut lost) = (Vec::new(), 0);
    let mut from = 1;
    let to = extent.of(stream).next - 1;
    while from <= to {
        let epoch = extent.epoch.clone();
        let part = (store.backlog(&Resend {
            epoch,
            stream,
            from,
            to,
        }))
        .expect("a disk that works");
        assert_eq!(part.from, from);
        lost += part
            .lost
            .iter()
            .map(|(low, high)| high - low + 1)
            .sum::<u64>();
        match part.records {
            Records::Reading(part) => records.extend(part.into_iter().map(Record::Reading)),
            Records::Event(part) => records.extend(part.into_iter().map(Record::Event)),
        }
        from = part.to + 1;
    }
    (records, lost)
}

#[test]
fn the_newest_stamp_is_that_of_any_journal_and_stream() {
    let directory = tempfile::tempdir().expect("a directory");
    let newest_at = |store: &Store| store.newest_at().expect("a disk that works");
    let mut store = open(directory.path(), "first", "aaa", GENEROUS);
    assert_eq!(newest_at(&store), None);
    let aaa = epoch("aaa");
    let records = [event(&aaa, 1), reading(&aaa, 1), reading(&aaa, 2)];
    store.append(&records, true).expect("written");
    let of_reading = Some(Timestamp::from_unix_millis(2000));
    assert_eq!(newest_at(&store), of_reading);
    drop(store);
    // The machine has started anew, so another journal begins.
    let mut store = open(directory.path(), "second", "bbb", GENEROUS);
    assert_eq!(newest_at(&store), of_reading);
    let records = [event(&epoch("bbb"), 1)];
    store.append(&records, true).expect("written");
    assert_eq!(newest_at(&store), of_reading);
}

/// What a store must hold.
#[derive(Debug, Clone, Default)]
struct Model {
    /// Each journal with its readings and events, by their numbers: 1 up to these.
    journals: Vec<(String, u64, u64)>,
    /// Whether the last one is of memory: it does not go on after the program has ended.
    adopted: bool,
}

impl Model {
    fn agrees_with(&self, store: &Store) {
        let standing = store.standing();
        let held: Vec<JournalExtent> = (standing.earlier.into_iter())
            .chain([standing.current])
            .collect();
        let told = &self.journals[self.journals.len() - held.len()..];
        assert_eq!(
            held.len(),
            self.journals.len().min(EARLIER_MAX + 1),
            "{self:?}"
        );
        for (extent, (name, readings, events)) in held.iter().zip(told) {
            assert_eq!(extent.epoch, epoch(name));
            for (stream, count) in [(Stream::Reading, *readings), (Stream::Event, *events)] {
                let next = count + 1;
                assert_eq!(extent.of(stream), Extent { first: 1, next });
                let make = match stream {
                    Stream::Reading => reading,
                    Stream::Event => event,
                };
                let expected: Vec<Record> =
                    (1..=count).map(|seq| make(&extent.epoch, seq)).collect();
                assert_eq!(fetched(store, extent, stream), (expected, 0));
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append {
        readings: u64,
        events: u64,
        sync: bool,
    },
    /// A journal of memory is taken in, as after a disk that refused.
    Adopt { readings: u64, events: u64 },
    /// What was written of the current journal beyond half of it is taken back.
    TakeBack,
    /// The program ends and starts again.
    Restart,
    /// The program is killed.
    Kill,
    /// The power goes: that part of what was not synced is on the disk.
    PowerCut { kept_of_rest: f64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..4_u64, 0..3_u64, any::<bool>())
            .prop_map(|(readings, events, sync)| Step::Append { readings, events, sync }),
        1 => (0..3_u64, 0..2_u64)
            .prop_map(|(readings, events)| Step::Adopt { readings, events }),
        1 => Just(Step::TakeBack),
        1 => Just(Step::Restart),
        2 => Just(Step::Kill),
        2 => (0.0..=1.0).prop_map(|kept_of_rest| Step::PowerCut { kept_of_rest }),
    ]
}

/// A store under test, and what it must hold.
struct Trial {
    directory: TempDir,
    store: Option<Store>,
    boots: u32,
    epochs: u32,
    model: Model,
    /// What was on the disk for certain, and how long the log was then.
    synced: (Model, u64),
}

impl Trial {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Some(open(directory.path(), "boot0", "e0", GENEROUS));
        let model = Model {
            journals: vec![("e0".to_owned(), 0, 0)],
            adopted: false,
        };
        let log = log_length(directory.path());
        Self {
            directory,
            store,
            boots: 0,
            epochs: 0,
            synced: (model.clone(), log),
            model,
        }
    }

    fn reopen(&mut self, directory: Option<TempDir>) {
        self.store = None;
        if let Some(directory) = directory {
            self.directory = directory;
        }
        let (boot, fresh) = (
            format!("boot{}", self.boots),
            format!("e{}", self.epochs + 1),
        );
        self.store = Some(open(self.directory.path(), &boot, &fresh, GENEROUS));
    }

    /// The program starts again in the same run of the machine.
    fn start_again(&mut self, directory: Option<TempDir>) {
        self.reopen(directory);
        if self.model.adopted {
            self.begun();
        }
        self.mark_synced();
    }

    fn mark_synced(&mut self) {
        self.synced = (self.model.clone(), log_length(self.directory.path()));
    }

    fn begun(&mut self) {
        self.epochs += 1;
        self.model
            .journals
            .push((format!("e{}", self.epochs), 0, 0));
        self.model.adopted = false;
    }

    fn take(&mut self, step: &Step) {
        let store = self.store.as_mut().expect("open");
        let current = store.standing().current;
        let last = self.model.journals.last_mut().expect("one at least");
        match *step {
            Step::Append {
                readings,
                events,
                sync,
            } => {
                let of_readings = (1..=readings).map(|n| reading(&current.epoch, last.1 + n));
                let of_events = (1..=events).map(|n| event(&current.epoch, last.2 + n));
                let records: Vec<Record> = of_readings.chain(of_events).collect();
                store.append(&records, sync).expect("a disk that works");
                (last.1, last.2) = (last.1 + readings, last.2 + events);
                if sync && !records.is_empty() {
                    self.mark_synced();
                }
            }
            Step::Adopt { readings, events } => {
                let fresh = epoch(&format!("e{}", self.epochs + 1));
                let of_readings = (1..=readings).map(|seq| reading(&fresh, seq));
                let records: Vec<Record> = of_readings
                    .chain((1..=events).map(|seq| event(&fresh, seq)))
                    .collect();
                // In two parts, the second of which the first has in part.
                let half = records.len() / 2;
                for part in [&records[..half], &records[..]] {
                    store.adopt(&fresh, part).expect("a disk that works");
                }
                self.begun();
                let adopted = self.model.journals.last_mut().expect("it was begun");
                (adopted.1, adopted.2) = (readings, events);
                self.model.adopted = true;
                self.mark_synced();
            }
            Step::TakeBack => {
                (last.1, last.2) = (last.1 / 2, last.2 / 2);
                let extent = |count| Extent {
                    first: 1,
                    next: count + 1,
                };
                let from = JournalExtent {
                    epoch: current.epoch,
                    reading: extent(last.1),
                    event: extent(last.2),
                };
                store.take_back(&from).expect("a disk that works");
                // What follows it is synced, and it with that.
                self.take(&Step::Adopt {
                    readings: 0,
                    events: 0,
                });
            }
            Step::Restart => {
                self.start_again(None);
            }
            Step::Kill => {
                let left = left_behind(self.directory.path());
                self.start_again(Some(left));
            }
            Step::PowerCut { kept_of_rest } => self.cut_power(kept_of_rest),
        }
    }

    fn cut_power(&mut self, kept_of_rest: f64) {
        let left = left_behind(self.directory.path());
        let (certain, from) = self.synced.clone();
        let log = left.path().join("site-1.journal-wal");
        let to = log_length(left.path());
        if to > from {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a part of a short file"
            )]
            let kept = from + ((to - from) as f64 * kept_of_rest) as u64;
            let file = fs::OpenOptions::new().write(true).open(log);
            file.and_then(|file| file.set_len(kept)).expect("cut");
        }
        self.boots += 1;
        self.reopen(Some(left));
        // Something between what was certain and what was written is there.
        let store = self.store.as_ref().expect("open");
        let earlier = store.standing().earlier.pop().expect("what was cut");
        let (name, readings, events) = certain.journals.last().expect("one").clone();
        let written = self.model.journals.last_mut().expect("one");
        assert_eq!((&earlier.epoch, &written.0), (&epoch(&name), &name));
        let held = (earlier.reading.next - 1, earlier.event.next - 1);
        assert!(
            readings <= held.0 && held.0 <= written.1,
            "{held:?} readings"
        );
        assert!(events <= held.1 && held.1 <= written.2, "{held:?} events");
        (written.1, written.2) = held;
        self.begun();
        self.mark_synced();
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_it_holds_what_it_took(steps in prop::collection::vec(step(), 1..25)) {
        let mut trial = Trial::new();
        for step in &steps {
            trial.take(step);
            trial.model.agrees_with(trial.store.as_ref().expect("open"));
            // A crash after every write.
            let left = left_behind(trial.directory.path());
            let boot = format!("boot{}", trial.boots);
            let mut model = trial.model.clone();
            if model.adopted {
                model.journals.push(("unused".to_owned(), 0, 0));
            }
            model.agrees_with(&open(left.path(), &boot, "unused", GENEROUS));
        }
    }
}

fn filled(directory: &Path, count: u64, bounds: Bounds) -> Store {
    let mut store = open(directory, "boot0", "a", bounds);
    for seq in 1..=count {
        store
            .append(&[reading(&epoch("a"), seq)], false)
            .expect("a disk that works");
    }
    store
}

#[test]
fn the_oldest_make_room_and_are_counted() {
    let directory = tempfile::tempdir().expect("a directory");
    let bounds = Bounds {
        records: Capacity {
            readings: 100,
            events: 100,
        },
        ..GENEROUS
    };
    let mut store = filled(directory.path(), 80, bounds);
    store.adopt(&epoch("b"), &[]).expect("a disk that works");
    for seq in 1..=50 {
        store
            .append(&[reading(&epoch("b"), seq)], false)
            .expect("a disk that works");
    }
    let earlier = &store.standing().earlier[0];
    let first = CUT + 1;
    assert_eq!(earlier.reading, Extent { first, next: 81 });
    let (records, lost) = fetched(&store, earlier, Stream::Reading);
    assert_eq!((records.len() as u64, lost), (80 - CUT, CUT));
    for seq in 51..=200 {
        store
            .append(&[reading(&epoch("b"), seq)], false)
            .expect("a disk that works");
    }
    assert!(store.standing().earlier.is_empty(), "nothing is left of it");
    drop(store);
    let store = open(directory.path(), "boot0", "c", bounds);
    let held = store.standing().earlier[0].reading;
    assert!(
        held.next - held.first <= 100 && held.next == 201,
        "{held:?}"
    );
}

#[test]
fn it_stays_within_its_bytes() {
    let directory = tempfile::tempdir().expect("a directory");
    let bounds = Bounds {
        bytes: 256 << 10,
        ..GENEROUS
    };
    let store = filled(directory.path(), 1_000, bounds);
    let held = store.standing().current.reading;
    assert!(held.next - held.first > 150, "{held:?}");
    assert!(held.next - held.first < 350, "{held:?}");
    drop(store);
    let file = fs::metadata(directory.path().join("site-1.journal")).expect("a file");
    assert!(file.len() < 320 << 10, "{} bytes", file.len());
}

#[test]
fn a_digit_that_the_card_altered_does_not_come_back() {
    let directory = tempfile::tempdir().expect("a directory");
    drop(filled(directory.path(), 30, GENEROUS));
    let path = directory.path().join("site-1.journal");
    let mut bytes = fs::read(&path).expect("a file");
    let digit = |bytes: &[u8]| {
        let found = bytes.windows(9).rposition(|part| part == b"\"seq\":12,");
        found.map(|at| at + 7)
    };
    let at = digit(&bytes).expect("the reading with that number");
    bytes[at] = b'3';
    fs::write(&path, &bytes).expect("written");
    let store = open(directory.path(), "boot0", "b", GENEROUS);
    let (records, lost) = fetched(&store, &store.standing().current, Stream::Reading);
    let numbers: Vec<u64> = records.iter().map(Record::seq).collect();
    let expected: Vec<u64> = (1..=30).filter(|seq| *seq != 12).collect();
    assert_eq!((numbers, lost), (expected, 1));
}

#[test]
fn what_is_no_journal_is_put_aside() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("site-1.journal");
    fs::write(&path, b"not a database, but something of somebody's").expect("written");
    let store = open(directory.path(), "boot0", "a", GENEROUS);
    assert_eq!(store.standing().current, JournalExtent::empty(epoch("a")));
    let aside = fs::read(directory.path().join("site-1.journal.bad")).expect("kept");
    assert!(aside.starts_with(b"not a database"));
}

#[test]
fn a_full_disk_is_told_from_one_that_fails() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = filled(directory.path(), 10, GENEROUS);
    let pages: u64 = (store.connection)
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("a count");
    (store.connection)
        .pragma_update(None, "max_page_count", pages + 1)
        .expect("bounded");
    let refusal = (11..200)
        .find_map(|seq| store.append(&[reading(&epoch("a"), seq)], false).err())
        .expect("no room");
    assert!(matches!(refusal, StoreError::Full), "{refusal}");
    let next = store.standing().current.reading.next;
    let (records, lost) = fetched(&store, &store.standing().current, Stream::Reading);
    assert_eq!((records.len() as u64, lost), (next - 1, 0));
}

#[test]
fn a_second_program_is_kept_out() {
    let directory = tempfile::tempdir().expect("a directory");
    let _first = filled(directory.path(), 1, GENEROUS);
    let path = directory.path().join("site-1.journal");
    let second = Store::open(&path, Boot::named("boot0"), epoch("b"), GENEROUS);
    assert!(matches!(second.err(), Some(StoreError::InUse)));
}

#[test]
fn a_file_that_is_gone_is_noticed_when_it_is_synced() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = filled(directory.path(), 1, GENEROUS);
    fs::remove_file(directory.path().join("site-1.journal")).expect("removed");
    let refusal = store.append(&[reading(&epoch("a"), 2)], true);
    assert!(matches!(refusal, Err(StoreError::Gone(_))));
}

#[test]
fn a_newer_programs_journal_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = filled(directory.path(), 1, GENEROUS);
    (store.connection)
        .pragma_update(None, "user_version", 2)
        .expect("written");
    drop(store);
    let path = directory.path().join("site-1.journal");
    let opened = Store::open(&path, Boot::named("boot0"), epoch("b"), GENEROUS);
    assert!(matches!(
        opened.err(),
        Some(StoreError::Newer { found: 2, known: 1 })
    ));
}

#[test]
fn a_page_that_cannot_be_read_costs_its_records_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    drop(filled(directory.path(), 200, GENEROUS));
    let path = directory.path().join("site-1.journal");
    let mut bytes = fs::read(&path).expect("a file");
    let found = bytes.windows(11).position(|part| part == b"\"seq\":100,\"");
    let page = found.expect("the reading with that number") / 4096 * 4096;
    bytes[page..page + 4096].fill(0xA5);
    fs::write(&path, &bytes).expect("written");
    let mut store = open(directory.path(), "boot0", "b", GENEROUS);
    let (records, lost) = fetched(&store, &store.standing().current, Stream::Reading);
    assert_eq!(records.len() as u64 + lost, 200);
    assert!((1..40).contains(&lost), "{lost} lost");
    store
        .append(&[reading(&epoch("a"), 201)], true)
        .expect("it goes on");
}

#[test]
fn beyond_the_end_of_a_journal_everything_is_lost_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = filled(directory.path(), 5, GENEROUS);
    let wanted = Resend {
        epoch: epoch("a"),
        stream: Stream::Reading,
        from: 6,
        to: 1_000_000,
    };
    let backlog = store.backlog(&wanted).expect("a disk that works");
    assert_eq!(
        (backlog.to, backlog.lost),
        (1_000_000, vec![(6, 1_000_000)])
    );
}

#[test]
fn a_journal_of_memory_is_taken_in_whole_or_not_at_all() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = filled(directory.path(), 10, GENEROUS);
    let pages: u64 = (store.connection)
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("a count");
    let room = |store: &Store, pages: u64| {
        (store.connection)
            .pragma_update(None, "max_page_count", pages)
            .expect("bounded");
    };
    let records: Vec<Record> = (1..=500).map(|seq| reading(&epoch("m"), seq)).collect();
    room(&store, pages + 2);
    let refusal = store.adopt(&epoch("m"), &records);
    assert!(matches!(refusal, Err(StoreError::Full)), "{refusal:?}");
    assert_eq!(store.standing().current.epoch, epoch("a"));
    room(&store, 1_000_000);
    store.adopt(&epoch("m"), &records).expect("there is room");
    drop(store);
    let store = open(directory.path(), "boot0", "b", GENEROUS);
    let standing = store.standing();
    assert_eq!(
        standing.current,
        JournalExtent::empty(epoch("b")),
        "m does not go on"
    );
    let (kept, lost) = fetched(&store, &standing.earlier[1], Stream::Reading);
    assert_eq!((kept, lost), (records, 0));
}
