//! A wall clock that is not set yet: nothing is lost by it, and nothing is stamped wrongly.

use releve_control::decision::StorageFault;
use releve_control::{AlarmName, Contact, Event};
use releve_node::core::Publication;
use releve_node::journal::{Capacity, Journal, Record};
use releve_protocol::journal::{JournalExtent, Standing};
use releve_protocol::{EventRecord, Info, Reading, Records, Stream, Timestamp};

use crate::harness::{Site, events, on, readings, states};

/// Ticks of three seconds in a window.
const WINDOW: usize = 10;

/// What the journal holds, both streams whole.
fn journal(site: &mut Site) -> (Vec<Reading>, Vec<EventRecord>) {
    let extent = site.state().journal.current;
    let (mut readings, mut events) = (Vec::new(), Vec::new());
    for (stream, extent) in [("reading", extent.reading), ("event", extent.event)] {
        assert_eq!(extent.first, 1, "no {stream} was lost");
        if extent.next == 1 {
            continue;
        }
        let to = extent.next - 1;
        let wanted = format!(r#"{{"epoch":"test1","stream":"{stream}","from":1,"to":{to}}}"#);
        site.send("resend", wanted);
        for backlog in site.backlog() {
            assert_eq!(backlog.lost, []);
            match backlog.records {
                Records::Reading(some) => readings.extend(some),
                Records::Event(some) => events.extend(some),
            }
        }
    }
    (readings, events)
}

/// What happens at both sites at that tick.
fn happens(site: &mut Site, tick: usize) -> Vec<Publication> {
    let mut publications = match tick {
        31 => site.send("mode", "overcharge_protection"),
        47 => site.send("authority", r#"{"value":"manual","lease_s":60}"#),
        48 => site.send("relay/mains", "open"),
        90 => site.send("limit/overcharge_cut", "14.2"),
        _ => Vec::new(),
    };
    publications.extend(site.tick());
    publications
}

/// Of one that had the time from the start on, but for the alarm that tells of its lack.
fn without_the_alarm(
    (mut readings, mut events): (Vec<Reading>, Vec<EventRecord>),
) -> (Vec<Reading>, Vec<EventRecord>) {
    for reading in &mut readings {
        reading
            .alarms
            .retain(|alarm| *alarm != AlarmName::ClockUnset);
    }
    events.retain(|record| {
        !matches!(
            record.event,
            Event::AlarmRaised {
                alarm: AlarmName::ClockUnset,
                ..
            } | Event::AlarmCleared {
                alarm: AlarmName::ClockUnset,
                ..
            }
        )
    });
    for (number, record) in events.iter_mut().enumerate() {
        record.seq = number as u64 + 1;
    }
    (readings, events)
}

/// Twenty windows and what happens in them have, in the end, the numbers and stamps that they would have had
/// with the right time from the start on, wherever in a window the clock is set.
#[test]
fn what_was_before_the_time_was_known_gets_its_moment_afterwards() {
    for set_at in [1, 9, 10, 11, 45, 196, 200, 203] {
        let mut site = Site::without_the_time();
        let mut twin = Site::new();
        let mut live = Vec::new();
        for tick in 1..=230 {
            if tick == set_at {
                site.clock_error_millis = 0;
            }
            let published = happens(&mut site, tick);
            happens(&mut twin, tick);
            if tick < set_at {
                assert!(readings(&published).is_empty(), "{tick}");
                assert!(events(&published).is_empty(), "{tick}");
                assert!(states(&published).iter().all(|state| !state.clock_known));
                assert_eq!(site.state().journal.current.reading.next, 1);
                assert_eq!(site.state().journal.current.event.next, 1);
            } else {
                assert!(states(&published).iter().all(|state| state.clock_known));
            }
            assert_eq!(site.contacts(), twin.contacts(), "{tick}");
            live.extend(readings(&published));
        }
        let found = without_the_alarm(journal(&mut site));
        let (expected, happened) = journal(&mut twin);
        assert_eq!(found.0, expected, "set at tick {set_at}");
        assert_eq!(found.1, happened, "set at tick {set_at}");
        assert_eq!(found.0.len(), 23);
        assert!(found.1.len() >= 9, "{:?}", found.1);
        // Live were the windows that ended from then on, each once.
        let before = (set_at - 1) / WINDOW;
        let numbers: Vec<u64> = live.iter().map(|reading| reading.seq).collect();
        assert!(numbers.into_iter().eq(before as u64 + 1..=23), "{set_at}");
    }
}

#[test]
fn the_state_is_shown_all_the_while_and_its_moments_are_right_to_one_another() {
    let mut site = Site::without_the_time();
    let mut twin = Site::new();
    for tick in 1..=60 {
        let shown = states(&happens(&mut site, tick));
        let known = states(&happens(&mut twin, tick));
        assert_eq!(shown.len(), known.len(), "{tick}");
        for (shown, known) in shown.into_iter().zip(known) {
            assert!(known.clock_known && !shown.clock_known);
            let ago =
                |at: Timestamp, since: Timestamp| at.as_unix_millis() - since.as_unix_millis();
            for (relay, other) in [
                (&shown.relays.mains, &known.relays.mains),
                (&shown.relays.charger, &known.relays.charger),
            ] {
                assert_eq!(ago(shown.at, relay.since), ago(known.at, other.since));
                assert_eq!(relay.wanted, other.wanted);
            }
            let (Some(reading), Some(other)) = (shown.last_reading, known.last_reading) else {
                assert!(tick < WINDOW);
                continue;
            };
            assert_eq!(ago(shown.at, reading.at), ago(known.at, other.at));
            assert_eq!((reading.seq, reading.battery), (other.seq, other.battery));
        }
    }
    assert_eq!(site.contacts().mains, Contact::Open);
}

#[test]
fn more_than_a_day_without_the_time_loses_the_oldest_readings() {
    let mut site = Site::without_the_time();
    site.windows(2890);
    site.clock_error_millis = 0;
    // Two hundred in each step; the window that ends meanwhile waits for its turn, and is not live any more.
    let published = site.ticks(15);
    assert!(readings(&published).is_empty());
    let (held, _) = journal(&mut site);
    assert_eq!(held.len(), 2881);
    assert!(held.is_sorted_by(|a, b| a.at.as_unix_millis() + 30_000 == b.at.as_unix_millis()));
    let newest = held.last().expect("readings").at.as_unix_millis();
    // What was asked for took twice ten milliseconds.
    assert_eq!(site.now().site.as_unix_millis() - newest, 15_020);
}

#[test]
fn a_program_that_ends_right_after_the_time_is_known_gives_every_record_its_stamp() {
    let mut site = Site::without_the_time();
    site.windows(1000);
    assert_eq!(site.core.last_records(site.now()), None, "nobody knows it");
    site.clock_error_millis = 0;
    site.tick();
    let now = site.now();
    while site.core.last_records(now).is_some() {}
    let (held, _) = journal(&mut site);
    assert_eq!(held.len(), 1000);
}

/// More events than memory holds of a journal that is on a disk.
#[test]
fn a_disk_is_handed_each_record_that_waited_once() {
    let standing = Standing {
        current: JournalExtent::empty("test1".parse().expect("an epoch")),
        earlier: Vec::new(),
    };
    let journal = Journal::on_disk(standing, Vec::new(), Capacity::days(1));
    let mut site = Site::without_the_time_with(journal);
    let mut handed = Vec::new();
    for _ in 0..200 {
        site.send("mode", "overcharge_protection");
        site.send("mode", "observer");
        site.tick();
        handed.extend(site.core.hand_on());
    }
    assert_eq!(handed, []);
    site.clock_error_millis = 0;
    for _ in 0..5 {
        site.tick();
        handed.extend(site.core.hand_on());
    }
    for (stream, count) in [(Stream::Reading, 20), (Stream::Event, 401)] {
        let of_stream = handed.iter().filter(|record| record.stream() == stream);
        let numbers: Vec<u64> = of_stream.map(Record::seq).collect();
        assert!(numbers.len() >= count, "{}", numbers.len());
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u64));
    }
}

/// A disk that answers nothing while more records get their stamps than memory holds, and then refuses.
#[test]
fn what_made_room_before_a_disk_took_it_counts_as_lost() {
    let standing = Standing {
        current: JournalExtent::empty("before".parse().expect("an epoch")),
        earlier: Vec::new(),
    };
    let journal = Journal::on_disk(standing, Vec::new(), Capacity::days(1));
    let mut site = Site::without_the_time_with(journal);
    for _ in 0..200 {
        site.send("mode", "overcharge_protection");
        site.send("mode", "observer");
        site.tick();
    }
    site.clock_error_millis = 0;
    for _ in 0..5 {
        site.tick();
        let _ = site.core.hand_on();
    }
    let written = site.state().journal.current.event.next;
    assert!(written > 400, "{written}");
    let epoch = "test1".parse().expect("an epoch");
    site.core.journal_refused(epoch, StorageFault::Stalls);
    let events = site.state().journal.current.event;
    assert_eq!(events.next, written, "each has a number");
    assert_eq!(events.next - events.first, 289, "what memory holds");
}

#[test]
fn a_clock_that_loses_the_time_later_is_waited_for_again() {
    let mut site = Site::new();
    site.windows(2);
    let right = site.clock_error_millis;
    site.clock_error_millis = -site.now().site.as_unix_millis();
    assert!(readings(&site.windows(3)).is_empty());
    assert!(!site.state().clock_known);
    site.clock_error_millis = right;
    assert_eq!(readings(&site.windows(1)).len(), 1);
    let (readings, _) = journal(&mut site);
    assert_eq!(readings.len(), 6);
    assert!(readings.is_sorted_by(|a, b| a.at.as_unix_millis() + 30_000 == b.at.as_unix_millis()));
}

#[test]
fn a_clock_that_is_not_known_for_long_is_an_alarm_without_a_schedule() {
    let mut site = Site::without_the_time();
    let alarms = |site: &mut Site| -> Vec<_> {
        let state = site.state();
        state.alarms.iter().map(|alarm| alarm.alarm).collect()
    };
    site.windows(19);
    assert_eq!(alarms(&mut site), []);
    site.windows(2);
    assert_eq!(alarms(&mut site), [AlarmName::ClockUnset]);
    site.clock_error_millis = 0;
    site.ticks(1);
    assert_eq!(alarms(&mut site), []);
}

#[test]
fn info_tells_the_right_start_as_soon_as_the_time_is_known() {
    let mut site = Site::without_the_time();
    assert_eq!(on::<Info>(&site.windows(2), "info").len(), 1);
    site.clock_error_millis = 0;
    let infos: Vec<Info> = on(&site.ticks(1), "info");
    let [info] = &infos[..] else {
        panic!("{infos:?}");
    };
    let now = site.now().site.as_unix_millis();
    assert_eq!(now - info.started_at.as_unix_millis(), 63_000);
    assert_eq!(on::<Info>(&site.windows(2), "info"), []);
}

#[test]
fn home_assistant_gets_no_reading_as_live_whose_age_nobody_knows() {
    let mut site = Site::new();
    site.windows(1);
    site.clock_error_millis = -site.now().site.as_unix_millis();
    let publications = site.core.home_assistant_started(site.now());
    assert!(readings(&publications).is_empty());
}
