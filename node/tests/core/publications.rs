//! What is published, when, and with which retain flag.

use releve_control::decision::SAMPLES_PER_WINDOW;
use releve_control::{Authority, Event, Mode};
use releve_node::core::Publication;
use releve_protocol::{EventRecord, Info, Records, Status, decode};

use crate::harness::{NODE, Site, events, readings, results, states, topic};

fn retained_topics() -> Vec<String> {
    vec![
        format!("homeassistant/device/releve_{NODE}/config"),
        topic("availability"),
        topic("info"),
        topic("state"),
    ]
}

fn topics(publications: &[Publication]) -> Vec<String> {
    publications
        .iter()
        .map(|publication| publication.topic.clone())
        .collect()
}

#[test]
fn everything_retained_is_published_after_each_connection() {
    let mut site = Site::new();
    for _ in 0..2 {
        let publications = site.core.connected(site.now());
        assert_eq!(topics(&publications), retained_topics());
        assert!(publications.iter().all(|publication| publication.retain));
        assert_eq!(publications[1].payload.as_ref(), b"online");
        let info: Info = decode(&publications[2].payload).expect("an info");
        assert_eq!(info.node.as_str(), NODE);
        site.windows(1);
    }
}

#[test]
fn refresh_publishes_it_again() {
    let mut site = Site::new();
    let publications = site.send("refresh", "now");
    assert_eq!(results(&publications)[0].status, Status::Accepted);
    for topic in retained_topics() {
        assert!(topics(&publications).contains(&topic), "{topic}");
    }
}

#[test]
fn a_window_gives_one_reading_and_a_state_that_carries_it() {
    let mut site = Site::new();
    let publications = site.windows(3);
    let readings = readings(&publications);
    let seqs: Vec<u64> = readings.iter().map(|reading| reading.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
    for reading in &readings {
        assert_eq!((reading.n, reading.window_s), (SAMPLES_PER_WINDOW, 30.0));
        assert!(reading.battery.voltage.mean.is_some());
    }
    let state = states(&publications).pop().expect("a state");
    assert_eq!(state.last_reading.as_ref(), readings.last());
    assert_eq!(state.journal.current.reading.next, 4);
    let live = publications
        .iter()
        .filter(|publication| publication.topic != topic("state"));
    assert!(live.into_iter().all(|publication| !publication.retain));
}

#[test]
fn nothing_is_published_while_nothing_changes() {
    let mut site = Site::new();
    let _ = site.core.connected(site.now());
    site.windows(2);
    let quiet = site.ticks(SAMPLES_PER_WINDOW as usize - 1);
    assert_eq!(topics(&quiet), Vec::<String>::new());
}

/// The clocks of a real computer go by hairs past one another; a plan on the wall clock stands still.
#[test]
fn a_clock_that_goes_by_hairs_is_no_change() {
    let every_day = r#"["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]"#;
    // Outside a critical period, and in one.
    for hours in [
        r#""from":"02:00","to":"03:00""#,
        r#""from":"00:00","to":"23:00""#,
    ] {
        let critical = format!(r#"{{"days":{every_day},{hours}}}"#);
        let mut site = Site::new();
        let _ = site.core.connected(site.now());
        let schedule = format!(
            r#"{{"time_zone":"UTC","critical":[{critical}],"allowed":[{{"days":["sunday"],"from":"22:00","to":"05:00"}}],"cycle_every_days":30}}"#
        );
        let answered = site.send("schedule", &schedule);
        assert_eq!(results(&answered)[0].status, Status::Accepted);
        site.windows(2);
        for tick in 1..SAMPLES_PER_WINDOW {
            site.clock_error_millis = i64::from(tick % 2);
            assert_eq!(topics(&site.ticks(1)), Vec::<String>::new(), "{critical}");
        }
    }
}

#[test]
fn a_change_is_an_event_and_a_new_state_at_once() {
    let mut site = Site::new();
    let publications = site.send("mode", "overcharge_protection");
    let changed = Event::ModeChanged {
        from: Mode::Observer,
        to: Mode::OverchargeProtection,
    };
    assert_eq!(
        events(&publications)
            .into_iter()
            .map(|record| record.event)
            .collect::<Vec<_>>(),
        [changed]
    );
    assert_eq!(
        states(&publications).pop().expect("a state").mode,
        Mode::OverchargeProtection
    );
}

#[test]
fn the_end_of_a_lease_is_stamped_in_site_time() {
    let mut site = Site::new();
    let publications = site.send("authority", r#"{"value":"manual","lease_s":600}"#);
    let state = states(&publications).pop().expect("a state");
    assert_eq!(state.authority, Authority::Manual);
    let end = state.lease_end.expect("a lease").as_unix_millis();
    assert_eq!(end - site.now().site.as_unix_millis(), 600_000);
    site.windows(21);
    let state = site.state();
    assert_eq!(
        (state.authority, state.lease_end),
        (Authority::Automatic, None)
    );
}

#[test]
fn stamps_go_on_where_the_clock_went_back() {
    let mut site = Site::new();
    let mut publications = site.windows(2);
    site.clock_error_millis = -3_600_000;
    publications.extend(site.windows(2));
    site.clock_error_millis = 0;
    publications.extend(site.windows(1));
    let readings = readings(&publications);
    assert_eq!(readings.len(), 5);
    assert!(
        readings.is_sorted_by(|before, after| before.at < after.at && before.seq + 1 == after.seq)
    );
}

#[test]
fn home_assistant_gets_everything_and_the_live_reading_when_it_has_started() {
    let mut site = Site::new();
    site.windows(1);
    let publications = site.core.home_assistant_started(site.now());
    assert_eq!(topics(&publications)[..4], retained_topics());
    assert_eq!(readings(&publications).len(), 1);
    // An hour passes in which nothing was measured: the reading is not live any more.
    site.clock_error_millis = 3_600_000;
    let publications = site.core.home_assistant_started(site.now());
    assert_eq!(topics(&publications), retained_topics());
}

#[test]
fn the_journal_begins_with_the_restart() {
    let mut site = Site::new();
    site.send(
        "resend",
        r#"{"epoch":"test1","stream":"event","from":1,"to":1}"#,
    );
    let backlog = site.backlog();
    let Records::Event(records) = &backlog[0].records else {
        panic!("events were asked for");
    };
    assert!(matches!(
        &records[..],
        [EventRecord {
            seq: 1,
            event: Event::Restart { .. },
            ..
        }]
    ));
}

#[test]
fn a_stopping_node_says_that_it_is_offline() {
    let site = Site::new();
    let goodbye = site.core.stopping();
    assert_eq!(
        (goodbye.topic, goodbye.retain),
        (topic("availability"), true)
    );
    assert_eq!(goodbye.payload.as_ref(), b"offline");
}

#[test]
fn a_state_that_found_no_room_is_published_again_though_nothing_changed() {
    let mut site = Site::new();
    site.windows(1);
    assert!(states(&site.tick()).is_empty(), "nothing changed");
    site.core.retained_not_sent();
    assert_eq!(states(&site.tick()).len(), 1);
    assert!(states(&site.tick()).is_empty(), "once is enough");
}
