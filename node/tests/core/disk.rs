//! The journal on a disk, and what becomes of it when the disk refuses.

use std::path::Path;

use releve_control::decision::StorageFault;
use releve_control::{AlarmName, Cause, RejectCode};
use releve_node::core::NextBacklog;
use releve_node::journal::store::{Boot, Bounds, Store};
use releve_node::journal::{Capacity, Journal, Record};
use releve_plant::PlantConfig;
use releve_protocol::journal::Extent;
use releve_protocol::{Epoch, Status, Stream};

use crate::harness::{Site, assert_rejected, config, results};

const BOUNDS: Bounds = Bounds {
    records: Capacity::days(1),
    bytes: 64 << 20,
};

fn epoch(name: &str) -> Epoch {
    name.parse().expect("an epoch")
}

fn open(directory: &Path, fresh: &str) -> Store {
    let path = directory.join("site-1.journal");
    Store::open(&path, Boot::named("this one"), epoch(fresh), BOUNDS).expect("a disk that works")
}

fn site_on(store: &Store) -> Site {
    let plant = PlantConfig::healthy_site();
    let newest = store.newest().expect("a disk that works");
    let journal = Journal::on_disk(store.standing(), newest, Capacity::days(1));
    Site::start_with(plant, config(&plant, Capacity::days(1)), journal)
        .expect("a configuration without contradictions")
}

/// The disk takes what it is handed.
fn write(site: &mut Site, store: &mut Store) {
    let records = site.core.hand_on();
    store.append(&records, false).expect("a disk that works");
    assert!(site.core.journal_written(store.standing()));
}

fn numbers(records: &[Record], stream: Stream) -> Vec<u64> {
    let of_stream = records.iter().filter(|record| record.stream() == stream);
    of_stream.map(Record::seq).collect()
}

fn resend(site: &mut Site, epoch: &str, from: u64, to: u64) -> Status {
    let wanted = format!(
        r#"{{"epoch":"{epoch}","stream":"reading","from":{from},"to":{to},"id":"{epoch}{from}"}}"#
    );
    let publications = site.send("resend", wanted);
    results(&publications)[0].status
}

#[test]
fn each_record_is_handed_on_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path(), "a");
    let mut site = site_on(&store);
    assert_eq!(
        numbers(&site.core.hand_on(), Stream::Event),
        [1],
        "the restart"
    );
    site.windows(2);
    assert_eq!(numbers(&site.core.hand_on(), Stream::Reading), [1, 2]);
    site.windows(1);
    assert_eq!(numbers(&site.core.hand_on(), Stream::Reading), [3]);
    assert_eq!(site.core.hand_on(), []);
}

#[test]
fn numbers_and_stamps_go_on_where_an_earlier_run_ended() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path(), "a");
    let mut site = site_on(&store);
    site.windows(3);
    write(&mut site, &mut store);
    drop(store);

    let mut store = open(directory.path(), "b");
    let mut site = site_on(&store);
    let known = site.state().last_reading.expect("of the earlier run");
    assert_eq!((known.epoch.as_str(), known.seq), ("a", 3));
    site.windows(1);
    let next = site.state().last_reading.expect("of this run");
    assert_eq!((next.epoch.as_str(), next.seq), ("a", 4));
    assert!(next.at > known.at, "although the site's clock began anew");
    write(&mut site, &mut store);
    let held = site.state().journal.current.reading;
    assert_eq!(held, Extent { first: 1, next: 5 });
    assert_eq!(resend(&mut site, "a", 1, 4), Status::Accepted);
    let Some(NextBacklog::OnDisk(wanted)) = site.core.next_backlog() else {
        panic!("they are on the disk");
    };
    let backlog = store.backlog(&wanted).expect("a disk that works");
    assert_eq!((backlog.from, backlog.to, backlog.lost.len()), (1, 4, 0));
    assert!(site.core.backlog_from_disk(&backlog).is_some());
    site.core.backlog_sent(backlog.to);
    assert!(!site.core.has_backlog());
    assert!(
        site.core.backlog_from_disk(&backlog).is_none(),
        "nobody waits for it"
    );
}

#[test]
fn what_a_disk_did_not_take_gets_new_numbers_and_is_written_later() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path(), "a");
    let mut site = site_on(&store);
    site.windows(3);
    write(&mut site, &mut store);

    site.windows(2);
    let refused = site.core.hand_on();
    assert_eq!(numbers(&refused, Stream::Reading), [4, 5]);
    // It was written all the same, and nobody heard of it.
    store.append(&refused, false).expect("a disk that works");
    site.core.journal_refused(epoch("m"), StorageFault::Full);
    site.windows(1);
    let state = site.state();
    assert_eq!(state.journal.current.epoch, epoch("m"));
    assert_eq!(state.journal.current.reading, Extent { first: 1, next: 4 });
    let fault = state
        .alarms
        .iter()
        .find(|alarm| alarm.alarm == AlarmName::StorageFault);
    assert_eq!(fault.and_then(|alarm| alarm.cause), Some(Cause::DiskFull));
    assert!(
        !site.core.journal_written(store.standing()),
        "of a journal that was given up"
    );
    assert_eq!(resend(&mut site, "m", 1, 3), Status::Accepted);
    assert_eq!(site.backlog().len(), 1);
    let earlier = site.send(
        "resend",
        r#"{"epoch":"a","stream":"reading","from":1,"to":3}"#,
    );
    assert_rejected(&earlier, RejectCode::Busy, "the disk may come back");
    assert_eq!(site.core.hand_on(), []);

    let (abandoned, name, records) = site.core.journal_in_memory();
    store
        .take_back(&abandoned.expect("the first journal"))
        .and_then(|()| store.adopt(&name, &records))
        .expect("a disk that works again");
    site.windows(1);
    let further = site.core.journal_adopted(store.standing());
    let (name, late) = further.expect("what came meanwhile");
    assert_eq!(numbers(&late, Stream::Reading), [4]);
    assert_eq!(site.core.hand_on(), [], "not level yet");
    store.adopt(&name, &late).expect("a disk that works");
    assert_eq!(site.core.journal_adopted(store.standing()), None);
    site.ticks(1);
    let state = site.state();
    assert!(
        !state
            .alarms
            .iter()
            .any(|alarm| alarm.alarm == AlarmName::StorageFault)
    );
    let earlier = &state.journal.earlier[0];
    assert_eq!(
        (earlier.epoch.as_str(), earlier.reading),
        ("a", Extent { first: 1, next: 4 }),
        "what has new numbers is gone under its old ones"
    );
    assert_eq!(resend(&mut site, "a", 1, 3), Status::Accepted);
    // What a bridge believes to have been written is answered, too: as lost.
    assert_eq!(resend(&mut site, "a", 4, 9), Status::Accepted);
}

#[test]
fn whoever_waits_for_the_disk_asks_again_when_it_refuses() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path(), "a");
    let mut site = site_on(&store);
    site.windows(3);
    write(&mut site, &mut store);
    assert_eq!(resend(&mut site, "a", 1, 3), Status::Accepted);
    let Some(NextBacklog::OnDisk(wanted)) = site.core.next_backlog() else {
        panic!("they are on the disk");
    };
    site.core.journal_refused(epoch("m"), StorageFault::Stalls);
    assert!(
        !site.core.has_backlog(),
        "nothing of it is answered as of another journal"
    );
    let late = store.backlog(&wanted).expect("a disk that answers late");
    assert_eq!(site.core.backlog_from_disk(&late), None);
    let known = site.state().last_reading.expect("it is not forgotten");
    assert_eq!((known.epoch.as_str(), known.seq), ("a", 3));
}

#[test]
fn a_disk_that_refuses_from_the_start_on_is_an_alarm() {
    let plant = PlantConfig::healthy_site();
    let journal = Journal::off_disk(epoch("m"), Capacity::days(1));
    let mut site = Site::start_with(plant, config(&plant, Capacity::days(1)), journal)
        .expect("a configuration without contradictions");
    site.ticks(1);
    let alarms = site.state().alarms;
    assert!(
        alarms
            .iter()
            .any(|alarm| alarm.alarm == AlarmName::StorageFault)
    );
    let unknown = site.send(
        "resend",
        r#"{"epoch":"a","stream":"reading","from":1,"to":3}"#,
    );
    assert_rejected(
        &unknown,
        RejectCode::Busy,
        "nobody has seen what the disk holds",
    );
}

#[test]
fn journal_and_snapshot_raise_one_alarm_which_neither_ends_for_the_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(directory.path(), "a");
    let mut site = site_on(&store);
    site.windows(1);
    write(&mut site, &mut store);
    let cause = |site: &mut Site| {
        site.ticks(1);
        let alarms = site.state().alarms;
        let fault = alarms
            .iter()
            .find(|alarm| alarm.alarm == AlarmName::StorageFault);
        fault.map(|alarm| alarm.cause)
    };
    assert_eq!(cause(&mut site), None);
    site.core.snapshot_disk(Some(StorageFault::Fails));
    assert_eq!(cause(&mut site), Some(Some(Cause::DiskFails)));
    site.core.journal_refused(epoch("m"), StorageFault::Full);
    assert!(cause(&mut site).is_some());

    site.core.snapshot_disk(None);
    assert!(cause(&mut site).is_some(), "the journal is not written");
    site.core.snapshot_disk(Some(StorageFault::Fails));
    let (abandoned, memory, records) = site.core.journal_in_memory();
    let abandoned = abandoned.expect("the journal of the disk");
    store.take_back(&abandoned).expect("a disk that works");
    store.adopt(&memory, &records).expect("a disk that works");
    assert_eq!(site.core.journal_adopted(store.standing()), None);
    assert!(cause(&mut site).is_some(), "the snapshot is not written");
    site.core.snapshot_disk(None);
    assert_eq!(cause(&mut site), None);
}
