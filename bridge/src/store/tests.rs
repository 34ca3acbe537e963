use std::path::Path;
use std::sync::Arc;

use releve_protocol::catalog::QUANTITIES;
use tempfile::TempDir;

use super::*;
use crate::fleet::{Fleet, Message, Past};
use crate::moment::Moment;
use crate::samples;

fn open(directory: &Path) -> Opened {
    Store::open(Some(directory)).expect("a store")
}

fn reading(seq: u64) -> Record {
    Record::Reading {
        node: samples::node(),
        reading: Box::new(samples::reading("a", seq)),
        accelerated: false,
    }
}

fn event() -> Record {
    Record::Event {
        node: samples::node(),
        record: Box::new(samples::alarm_raised()),
    }
}

async fn write(store: &Store, records: Vec<Record>) {
    store.write(Arc::new(records), None).await.expect("written");
}

/// Ends the store as an end of the bridge does.
fn close(opened: Opened) {
    drop(opened.store);
    opened.thread.join();
}

fn seqs(store: &Store, behind: i64) -> Vec<u64> {
    let ask = |connection: &rusqlite::Connection| readings::behind(connection, behind, 100);
    let readings = store.reader().read(ask).expect("readings");
    readings.iter().map(|reading| reading.seq).collect()
}

#[tokio::test]
async fn a_reading_comes_back_as_it_was() {
    for directory in [None, Some(TempDir::new().expect("a directory"))] {
        let directory = directory.as_ref().map(TempDir::path);
        let Opened { store, .. } = Store::open(directory).expect("a store");
        write(&store, vec![event(), reading(7)]).await;
        let question = |connection: &_| readings::behind(connection, 0, 10);
        let read = store.reader().ask(question).await.expect("readings");
        let [stored] = &read[..] else {
            panic!("{read:?}");
        };
        let expected = samples::reading("a", 7);
        assert_eq!((stored.number, &stored.node), (1, &samples::node()));
        assert_eq!((&stored.epoch, stored.seq), (&expected.epoch, 7));
        assert_eq!(stored.at, expected.at);
        assert_eq!(*stored.status, Status::from(&expected));
        assert_eq!(stored.missing_ah, expected.missing_ah);
        for (quantity, figures) in QUANTITIES.iter().zip(&stored.quantities) {
            let expected = Figures::from((quantity.of)(&expected));
            assert_eq!(*figures, expected, "{}", quantity.key);
        }
    }
}

#[tokio::test]
async fn rows_are_numbered_in_their_order_through_restarts() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    write(&opened.store, vec![reading(5), reading(3)]).await;
    close(opened);
    let opened = open(directory.path());
    write(&opened.store, vec![reading(9)]).await;
    assert_eq!(seqs(&opened.store, 0), [5, 3, 9]);
    assert_eq!(seqs(&opened.store, 2), [9]);
    let pending = |connection: &_| readings::pending(connection, 1);
    let (count, oldest) = opened.store.reader().read(pending).expect("an answer");
    assert_eq!((count, oldest), (2, Some(samples::reading("a", 3).at)));
}

#[tokio::test]
async fn what_was_written_after_the_last_memory_is_told_at_the_start() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    let remembered = Remembered {
        things: vec![("a thing", "{}".to_owned())],
        ..Remembered::default()
    };
    let first = Arc::new(vec![reading(1), event()]);
    let written = opened.store.write(first, Some(remembered)).await;
    written.expect("written");
    write(&opened.store, vec![reading(2)]).await;
    close(opened);
    let recovered = open(directory.path()).recovered;
    let since: Vec<_> = (recovered.since.iter())
        .map(|written| (written.stream.name(), written.seq))
        .collect();
    assert_eq!(since, [("reading", 2)]);
    assert_eq!(recovered.things["a thing"], "{}");
}

#[tokio::test]
async fn a_transaction_that_fails_leaves_nothing_behind() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    write(&opened.store, vec![reading(1)]).await;
    let path = directory.path().join(FILE_NAME);
    let other = rusqlite::Connection::open(path).expect("the file");
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 'no'); END";
    other.execute_batch(refuse).expect("a trigger");
    let records = Arc::new(vec![reading(2), event()]);
    let outcome = opened.store.write(records, None).await;
    assert!(matches!(outcome, Err(StoreError::Disk(_))), "{outcome:?}");
    other.execute_batch("DROP TRIGGER refuse").expect("dropped");
    write(&opened.store, vec![reading(3), event()]).await;
    assert_eq!(seqs(&opened.store, 0), [1, 3]);
}

/// A COMMIT that fails may have written everything: then these rows are there, and their numbers are taken.
#[tokio::test]
async fn after_a_write_that_failed_rows_are_numbered_behind_what_is_there() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    write(&opened.store, vec![reading(1), event()]).await;
    let path = directory.path().join(FILE_NAME);
    let other = rusqlite::Connection::open(path).expect("the file");
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 'no'); END";
    other.execute_batch(refuse).expect("a trigger");
    let records = Arc::new(vec![reading(2), event()]);
    let outcome = opened.store.write(records, None).await;
    assert!(matches!(outcome, Err(StoreError::Disk(_))), "{outcome:?}");
    let there = "DROP TRIGGER refuse;
        INSERT INTO reading SELECT number + 1, node, at + 30000, journal, 2, status, body FROM reading;
        INSERT INTO event SELECT number + 1, node, at, journal, seq + 1, kind, body FROM event";
    other.execute_batch(there).expect("rows");
    write(&opened.store, vec![reading(3), event()]).await;
    assert_eq!(seqs(&opened.store, 0), [1, 2, 3]);
    close(opened);
    write(&open(directory.path()).store, vec![reading(4), event()]).await;
}

#[tokio::test]
async fn the_end_of_the_thread_is_told() {
    let Opened { store, thread, .. } = Store::open(None).expect("a store");
    let end = thread.end();
    assert!(!end.is_cancelled());
    drop(store);
    thread.join();
    assert!(end.is_cancelled());
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join(FILE_NAME);
    let other = rusqlite::Connection::open(&path).expect("a file");
    other
        .execute_batch("CREATE TABLE theirs (a)")
        .expect("a table");
    let refused = Store::open(Some(directory.path()))
        .map(drop)
        .expect_err("refused");
    assert!(refused.to_string().contains("another program"), "{refused}");
    let newer = "DROP TABLE theirs; CREATE TABLE ours (a); PRAGMA application_id = 1382378600; PRAGMA user_version = 99";
    other.execute_batch(newer).expect("a newer file");
    let refused = Store::open(Some(directory.path()))
        .map(drop)
        .expect_err("refused");
    assert!(
        refused.to_string().contains("update the bridge"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_damaged_file_is_put_aside_and_does_not_keep_the_bridge_from_starting() {
    let directory = TempDir::new().expect("a directory");
    for number in 1..=2 {
        let file = directory.path().join(FILE_NAME);
        // The log beside it would mend it.
        let _ = std::fs::remove_file(directory.path().join(format!("{FILE_NAME}-wal")));
        std::fs::write(file, vec![7_u8; 8192]).expect("rubbish");
        let opened = open(directory.path());
        write(&opened.store, vec![reading(1)]).await;
        assert_eq!(seqs(&opened.store, 0), [1]);
        close(opened);
        let aside = directory
            .path()
            .join(format!("{FILE_NAME}.damaged-{number}"));
        assert_eq!(std::fs::read(aside).expect("put aside")[..2], [7, 7]);
    }
}

#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().expect("a directory");
    let _opened = open(directory.path());
    for entry in std::fs::read_dir(directory.path()).expect("entries") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
}

/// Folds a live reading; whether it was new.
fn fold(fleet: &mut Fleet, seq: u64) -> bool {
    let payload = serde_json::to_vec(&samples::reading("a", seq)).expect("JSON");
    let topic = format!("releve/{}/reading", samples::node());
    let message = Message {
        topic: &topic,
        payload: &payload,
        retained: false,
    };
    !fleet.fold(message, Moment::now()).is_empty()
}

#[tokio::test]
async fn the_fleet_goes_on_where_it_was_killed() {
    let directory = TempDir::new().expect("a directory");
    let mut opened = open(directory.path());
    let mut fleet = Fleet::new("one", Past::Everything);
    fleet.recover(&mut opened.recovered).expect("nothing yet");
    assert!(fold(&mut fleet, 1) && fold(&mut fleet, 2));
    let records = Arc::new(vec![reading(1), reading(2)]);
    let remembered = Some(fleet.take_unsaved());
    opened
        .store
        .write(records, remembered)
        .await
        .expect("written");
    // A later one was written but not remembered, another one not even written.
    assert!(fold(&mut fleet, 4) && fold(&mut fleet, 5));
    write(&opened.store, vec![reading(4)]).await;
    close(opened);

    let mut opened = open(directory.path());
    let mut fleet = Fleet::new("two", Past::Everything);
    fleet.recover(&mut opened.recovered).expect("a memory");
    let node = fleet.node(&samples::node()).expect("the node");
    assert_eq!(node.readings, 3);
    assert_eq!(node.missing_readings(), 1, "number 3");
    assert_eq!(node.last_reading_at(), Some(samples::reading("a", 4).at));
    let new: Vec<u64> = (1..=5).filter(|seq| fold(&mut fleet, *seq)).collect();
    assert_eq!(new, [3, 5]);
}

#[tokio::test]
async fn a_node_whose_memory_cannot_be_read_is_asked_for_nothing_twice() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    let mut fleet = Fleet::new("one", Past::Everything);
    assert!(fold(&mut fleet, 1) && fold(&mut fleet, 3));
    let records = Arc::new(vec![reading(1), reading(3)]);
    let remembered = Some(fleet.take_unsaved());
    let written = opened.store.write(records, remembered).await;
    written.expect("written");
    close(opened);
    let path = directory.path().join(FILE_NAME);
    let disk = rusqlite::Connection::open(path).expect("the file");
    let damage = "UPDATE node_memory SET body = '{'";
    assert_eq!(disk.execute(damage, []).expect("damaged"), 1);
    drop(disk);

    let mut opened = open(directory.path());
    let mut fleet = Fleet::new("two", Past::Everything);
    fleet.recover(&mut opened.recovered).expect("a memory");
    let new: Vec<u64> = (1..=3).filter(|seq| fold(&mut fleet, *seq)).collect();
    assert_eq!(new, [2]);
}

#[tokio::test]
async fn a_node_that_was_removed_and_comes_again_goes_on_where_it_was() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    let mut fleet = Fleet::new("one", Past::Everything);
    assert!(fold(&mut fleet, 1));
    let topic = format!("releve/{}/info", samples::node());
    let cleared = Message {
        topic: &topic,
        payload: b"",
        retained: false,
    };
    fleet.fold(cleared, Moment::now());
    assert!(fleet.node(&samples::node()).is_none());
    let remembered = Some(fleet.take_unsaved());
    let records = Arc::new(vec![reading(1)]);
    opened
        .store
        .write(records, remembered)
        .await
        .expect("written");
    close(opened);

    let mut opened = open(directory.path());
    let mut fleet = Fleet::new("two", Past::Everything);
    fleet.recover(&mut opened.recovered).expect("a memory");
    assert!(fleet.node(&samples::node()).is_none(), "nobody shows it");
    assert!(!fold(&mut fleet, 1), "it is stored already");
    assert!(fold(&mut fleet, 2));
}

#[tokio::test]
async fn events_of_one_moment_are_told_once_page_by_page() {
    let Opened { store, .. } = Store::open(None).expect("a store");
    let of = |seq| {
        let mut record = samples::alarm_raised();
        record.seq = seq;
        Record::Event {
            node: samples::node(),
            record: Box::new(record),
        }
    };
    write(&store, (1..=7).map(of).collect()).await;
    let mut wanted = events::Wanted {
        from: 0,
        to: i64::MAX,
        kinds: Vec::new(),
        before: None,
        most: 3,
    };
    let mut seqs = Vec::new();
    loop {
        let ask = |connection: &_| events::newest(connection, &samples::node(), &wanted);
        let page = store.reader().read(ask).expect("a page");
        seqs.extend(
            page.events
                .iter()
                .map(|event| event["seq"].as_u64().expect("a number")),
        );
        wanted.before = page.next;
        if wanted.before.is_none() {
            break;
        }
    }
    assert_eq!(seqs, [7, 6, 5, 4, 3, 2, 1]);
    let golden = serde_json::to_value(samples::alarm_raised()).expect("JSON");
    let ask = |connection: &_| events::newest(connection, &samples::node(), &wanted);
    let mut event = store.reader().read(ask).expect("a page").events.remove(0);
    event.insert("seq".to_owned(), golden["seq"].clone());
    assert_eq!(serde_json::Value::Object(event), golden);
}

#[tokio::test]
async fn a_store_of_a_program_that_rolled_nothing_up_is_rolled_up() {
    let directory = TempDir::new().expect("a directory");
    let opened = open(directory.path());
    write(&opened.store, vec![reading(1)]).await;
    close(opened);
    let file = rusqlite::Connection::open(directory.path().join(FILE_NAME)).expect("the file");
    file.execute_batch("DROP TABLE stale").expect("dropped");
    let _opened = open(directory.path());
    let count = file.query_row("SELECT count(*) FROM stale", [], |row| row.get::<_, i64>(0));
    assert_eq!(count.expect("a count"), 1);
}
