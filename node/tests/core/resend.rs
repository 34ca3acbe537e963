//! Records sent again: every number asked for comes once, or is counted as lost.

use releve_control::RejectCode;
use releve_node::journal::Capacity;
use releve_plant::PlantConfig;
use releve_protocol::backlog::MAX_RECORDS;
use releve_protocol::{Backlog, Reading, Records, Status};

use crate::harness::{Site, assert_rejected, readings, results};

fn ask(site: &mut Site, from: u64, to: u64) -> Vec<Status> {
    let payload = format!(r#"{{"epoch":"test1","stream":"reading","from":{from},"to":{to}}}"#);
    let results = results(&site.send("resend", payload));
    results.into_iter().map(|result| result.status).collect()
}

fn records(backlog: &[Backlog]) -> Vec<Reading> {
    backlog
        .iter()
        .flat_map(|message| match &message.records {
            Records::Reading(readings) => {
                assert!(readings.len() as u64 <= MAX_RECORDS);
                readings.clone()
            }
            Records::Event(_) => panic!("readings were asked for"),
        })
        .collect()
}

#[test]
fn records_come_as_they_were_published() {
    let mut site = Site::new();
    let published = readings(&site.windows(45));
    assert_eq!(ask(&mut site, 3, 44), [Status::Accepted]);
    let backlog = site.backlog();
    let bounds: Vec<_> = backlog
        .iter()
        .map(|message| (message.from, message.to))
        .collect();
    assert_eq!(bounds, [(3, 22), (23, 42), (43, 44)]);
    assert!(backlog.iter().all(|message| message.lost.is_empty()));
    assert_eq!(records(&backlog), published[2..44]);
}

#[test]
fn what_the_journal_no_longer_holds_is_counted_as_lost() {
    let capacity = Capacity {
        readings: 30,
        events: 5,
    };
    let mut site = Site::with(PlantConfig::healthy_site(), capacity);
    let published = readings(&site.windows(50));
    assert_eq!(ask(&mut site, 1, 50), [Status::Accepted]);
    let backlog = site.backlog();
    assert_eq!((backlog[0].from, backlog[0].to), (1, 40));
    assert_eq!(backlog[0].lost, [(1, 20)]);
    assert_eq!((backlog[1].from, backlog[1].to), (41, 50));
    assert_eq!(records(&backlog), published[20..]);

    assert_eq!(ask(&mut site, 5, 9), [Status::Accepted]);
    let backlog = site.backlog();
    assert_eq!(backlog.len(), 1);
    assert_eq!((backlog[0].from, backlog[0].to), (5, 9));
    assert_eq!(backlog[0].lost, [(5, 9)]);
    assert!(records(&backlog).is_empty());
    assert_eq!(site.state().journal.current.reading.first, 21);
}

#[test]
fn what_is_not_written_yet_is_left_out() {
    let mut site = Site::new();
    site.windows(3);
    assert_eq!(ask(&mut site, 2, u64::MAX), [Status::Accepted]);
    let backlog = site.backlog();
    assert_eq!((backlog[0].from, backlog[0].to, backlog.len()), (2, 3, 1));
    let publications = site.send(
        "resend",
        r#"{"epoch":"test1","stream":"reading","from":4,"to":9}"#,
    );
    assert_rejected(
        &publications,
        RejectCode::WrongValue,
        "from beyond the last record",
    );
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut site = Site::new();
    site.windows(1);
    for (payload, code) in [
        (
            r#"{"epoch":"other","stream":"reading","from":1,"to":1}"#,
            RejectCode::UnknownEpoch,
        ),
        (
            r#"{"epoch":"test1","stream":"reading","from":0,"to":1}"#,
            RejectCode::WrongValue,
        ),
        (
            r#"{"epoch":"test1","stream":"reading","from":2,"to":1}"#,
            RejectCode::WrongValue,
        ),
        (
            r#"{"epoch":"test1","stream":"state","from":1,"to":1}"#,
            RejectCode::Malformed,
        ),
        (
            r#"{"epoch":"../x","stream":"reading","from":1,"to":1}"#,
            RejectCode::Malformed,
        ),
        (
            r#"{"epoch":"test1","stream":"reading","from":-1,"to":1}"#,
            RejectCode::Malformed,
        ),
    ] {
        assert_rejected(&site.send("resend", payload), code, payload);
        assert!(!site.core.has_backlog());
    }
}

#[test]
fn the_queue_is_bounded_and_takes_a_repeated_request_once() {
    let mut site = Site::new();
    site.windows(40);
    for from in 1..=32 {
        assert_eq!(ask(&mut site, from, 40), [Status::Accepted]);
        assert_eq!(ask(&mut site, from, 40), [Status::Accepted]);
    }
    let publications = site.send(
        "resend",
        r#"{"epoch":"test1","stream":"reading","from":33,"to":40}"#,
    );
    assert_rejected(&publications, RejectCode::Busy, "one request too many");
    let answered: Vec<_> = records(&site.backlog())
        .into_iter()
        .map(|reading| reading.seq)
        .collect();
    let expected: Vec<u64> = (1..=32).flat_map(|from| from..=40).collect();
    assert_eq!(answered, expected);
    assert_eq!(ask(&mut site, 33, 40), [Status::Accepted]);
}

#[test]
fn a_new_connection_forgets_what_the_last_one_asked() {
    let mut site = Site::new();
    site.windows(1);
    ask(&mut site, 1, 1);
    assert!(site.core.has_backlog());
    let _ = site.core.connected(site.now());
    assert!(!site.core.has_backlog());
}

#[test]
fn a_message_that_was_not_sent_is_the_next_one_again() {
    let mut site = Site::new();
    site.windows(25);
    ask(&mut site, 1, 25);
    let first = site.core.next_backlog();
    assert_eq!(site.core.next_backlog(), first);
    site.core.backlog_sent(20);
    assert_ne!(site.core.next_backlog(), first);
}
