//! Commands: each is answered, and none is obeyed that should not be.

use bytes::Bytes;
use releve_control::{Contact, Event, Mode, Phase, RejectCode, Relays};
use releve_node::core::{CommandMessage, Delivery};
use releve_protocol::{Status, Timestamp};

use crate::harness::{Site, assert_rejected, events, node, readings, results, states, topic};

#[test]
fn each_command_that_cannot_be_obeyed_is_rejected_with_its_code_and_changes_nothing() {
    let long = "x".repeat(17 * 1024);
    let cases: &[(&str, &[u8], RejectCode)] = &[
        ("mode", b"", RejectCode::Malformed),
        ("mode", b"{\"value\":", RejectCode::Malformed),
        ("mode", b"\xff\xfe", RejectCode::Malformed),
        ("mode", long.as_bytes(), RejectCode::Malformed),
        (
            "mode",
            b"{\"value\":\"observer\",\"ttl\":5}",
            RejectCode::Malformed,
        ),
        (
            "mode",
            b"{\"value\":\"observer\",\"id\":[]}",
            RejectCode::Malformed,
        ),
        (
            "mode",
            b"{\"value\":\"observer\",\"expires\":\"soon\"}",
            RejectCode::Malformed,
        ),
        ("mode", b"off", RejectCode::WrongValue),
        ("authority", b"mine", RejectCode::WrongValue),
        (
            "authority",
            b"{\"value\":\"manual\",\"lease_s\":5}",
            RejectCode::WrongValue,
        ),
        ("relay/charger", b"toggle", RejectCode::WrongValue),
        ("relay/charger", b"open", RejectCode::AuthorityAutomatic),
        ("relay/mains", b"open", RejectCode::AuthorityAutomatic),
        ("relay/aux9", b"open", RejectCode::UnknownThing),
        ("limit/overcharge_cut", b"high", RejectCode::WrongValue),
        ("limit/overcharge_cut", b"99", RejectCode::WrongValue),
        ("limit/overcharge_cut", b"13.1", RejectCode::Contradiction),
        ("limit/nothing", b"1", RejectCode::UnknownThing),
        ("schedule", b"{\"time_zone\":1}", RejectCode::Malformed),
        (
            "schedule",
            br#"{"time_zone":"Mars/Olympus_Mons","critical":[],"allowed":[],"cycle_every_days":30}"#,
            RejectCode::WrongValue,
        ),
        ("cycle", b"start", RejectCode::CycleBlocked),
        ("limit/discharge_stop", b"99", RejectCode::WrongValue),
        ("limit/top_up", b"12.3", RejectCode::Contradiction),
        ("alarm/thermal_runaway", b"acknowledge", RejectCode::NotActive),
        ("alarm/data_lost", b"acknowledge", RejectCode::NotActive),
        ("alarm/data_lost", b"forget", RejectCode::WrongValue),
        ("colour", b"red", RejectCode::UnknownThing),
        ("resend", b"{\"epoch\":\"test1\"}", RejectCode::Malformed),
    ];
    let mut site = Site::new();
    site.windows(1);
    let before = site.state();
    for (thing, payload, code) in cases {
        let what = format!(
            "set/{thing} {}",
            String::from_utf8_lossy(payload)
                .chars()
                .take(40)
                .collect::<String>()
        );
        let publications = site.send(thing, payload);
        assert_rejected(&publications, *code, &what);
        assert!(events(&publications).is_empty(), "{what}");
        assert_eq!(site.contacts(), Relays::PLAIN, "{what}");
    }
    let after = site.state();
    assert_eq!(
        (after.mode, after.authority),
        (before.mode, before.authority)
    );
    assert_eq!(after.limits, before.limits);
    assert_eq!(after.journal, before.journal);
}

#[test]
fn a_retained_command_is_rejected_and_removed_from_the_broker() {
    let mut site = Site::new();
    let retained = Delivery {
        retained: true,
        ..Delivery::default()
    };
    let publications = site.deliver("mode", "overcharge_protection", retained);
    assert_rejected(&publications, RejectCode::Retained, "retained");
    assert!(events(&publications).is_empty());
    let set = topic("set/mode");
    let clear = publications
        .iter()
        .find(|publication| publication.topic == set);
    let clear = clear.expect("the clearing");
    assert!(clear.retain);
    assert!(clear.payload.is_empty());
    assert_eq!(site.state().mode, Mode::Observer);
}

#[test]
fn the_echo_of_a_clearing_is_no_command() {
    let mut site = Site::new();
    let retained = Delivery {
        retained: true,
        ..Delivery::default()
    };
    site.deliver("mode", "observer", retained);
    assert!(site.send("mode", "").is_empty());
    assert_rejected(
        &site.send("mode", ""),
        RejectCode::Malformed,
        "the second empty payload",
    );
}

#[test]
fn a_command_expires_by_its_own_word() {
    let mut site = Site::new();
    let real = site.now().real.as_unix_millis();
    for (offset, obeyed) in [(-1_000, false), (5_000, true)] {
        let expires = Timestamp::from_unix_millis(real + offset);
        let payload = format!(r#"{{"value":"overcharge_protection","expires":"{expires}"}}"#);
        let publications = site.send("mode", payload);
        if obeyed {
            assert_eq!(results(&publications)[0].status, Status::Accepted);
        } else {
            assert_rejected(&publications, RejectCode::Expired, "too late");
            assert!(events(&publications).is_empty());
        }
    }
}

#[test]
fn a_command_expires_with_its_message() {
    let mut site = Site::new();
    let delivery = Delivery {
        expires: Some(Timestamp::from_unix_millis(
            site.now().real.as_unix_millis() - 1,
        )),
        ..Delivery::default()
    };
    let publications = site.deliver("mode", "overcharge_protection", delivery);
    assert_rejected(&publications, RejectCode::Expired, "too late");
}

#[test]
fn a_repeated_id_gets_the_same_answers_and_is_carried_out_once() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    let payload = r#"{"value":"open","id":"a1"}"#;
    let first = site.send("relay/charger", payload);
    let mut answers = results(&first);
    answers.extend(results(&site.ticks(20)));
    assert_eq!(
        answers.len(),
        2,
        "accepted, then what the measurements said"
    );

    // Whatever is repeated after the charger was closed again must not open it.
    site.send("relay/charger", "closed");
    site.ticks(20);
    let again = site.send("relay/charger", payload);
    assert_eq!(results(&again), answers);
    assert!(events(&again).is_empty());
    assert_eq!(site.contacts().charger, Contact::Closed);
}

#[test]
fn two_of_the_same_id_at_once_are_carried_out_once() {
    let mut site = Site::new();
    let message = || {
        CommandMessage::read(
            &node(),
            "relay/aux1",
            br#"{"value":"open","id":7}"#,
            Delivery::default(),
        )
    };
    let publications = site.send_together(vec![message(), message()]);
    assert_eq!(results(&publications).len(), 1);
    assert_eq!(events(&publications).len(), 1);
}

#[test]
fn a_retained_copy_of_a_command_does_not_join_its_answers() {
    let mut site = Site::new();
    let payload = r#"{"value":"open","id":"a"}"#;
    let first = results(&site.send("relay/aux1", payload));
    let retained = Delivery {
        retained: true,
        ..Delivery::default()
    };
    site.deliver("relay/aux1", payload, retained);
    assert_eq!(results(&site.send("relay/aux1", payload)), first);
}

#[test]
fn an_id_that_another_command_had_is_refused() {
    let mut site = Site::new();
    site.send("relay/aux1", r#"{"value":"open","id":"a"}"#);
    for (thing, payload) in [
        ("relay/aux1", r#"{"value":"closed","id":"a"}"#),
        ("relay/aux2", r#"{"value":"open","id":"a"}"#),
    ] {
        assert_rejected(&site.send(thing, payload), RejectCode::Malformed, thing);
    }
    assert_eq!(site.contacts().aux1, Contact::Open);
    assert_eq!(site.contacts().aux2, Contact::Closed);
}

#[test]
fn a_command_that_was_refused_before_anything_happened_may_be_corrected_under_its_id() {
    let mut site = Site::new();
    assert_rejected(
        &site.send("mode", r#"{"value":"x","id":"a"}"#),
        RejectCode::WrongValue,
        "x",
    );
    let publications = site.send("mode", r#"{"value":"overcharge_protection","id":"a"}"#);
    assert_eq!(results(&publications)[0].status, Status::Accepted);
}

#[test]
fn the_memory_of_ids_is_bounded() {
    let mut site = Site::new();
    site.send("relay/aux1", r#"{"value":"open","id":"first"}"#);
    for id in 0..256 {
        site.send("relay/aux2", format!(r#"{{"value":"open","id":{id}}}"#));
    }
    // Forgotten, so it counts as new.
    let publications = site.send("relay/aux1", r#"{"value":"closed","id":"first"}"#);
    assert_eq!(results(&publications)[0].status, Status::Accepted);
}

#[test]
fn the_answer_also_goes_where_an_mqtt_5_command_wants_it() {
    let mut site = Site::new();
    let to = |response_topic: String| Delivery {
        response_topic: Some(response_topic),
        correlation: Some(Bytes::from_static(b"\x01\x02")),
        ..Delivery::default()
    };
    let publications = site.deliver("mode", "observer", to(topic("reply/x")));
    let reply = publications
        .iter()
        .find(|publication| publication.topic == topic("reply/x"))
        .expect("a reply");
    assert_eq!(reply.correlation.as_deref(), Some(&[1, 2][..]));
    assert!(!reply.retain);
    let result = publications
        .iter()
        .find(|publication| publication.topic == topic("result"));
    assert_eq!(result.map(|result| &result.payload), Some(&reply.payload));

    for elsewhere in [
        "somewhere/else".to_owned(),
        topic("state"),
        "releve/other/reply/x".to_owned(),
    ] {
        let publications = site.deliver("mode", "observer", to(elsewhere.clone()));
        assert_eq!(results(&publications).len(), 1);
        assert!(
            publications
                .iter()
                .all(|publication| publication.topic != elsewhere),
            "{elsewhere}"
        );
        assert!(
            publications
                .iter()
                .all(|publication| publication.correlation.is_none())
        );
    }
}

#[test]
fn commands_that_come_together_are_answered_in_their_order() {
    let mut site = Site::new();
    site.windows(1);
    let message = |thing: &str, payload: &str| {
        CommandMessage::read(&node(), thing, payload.as_bytes(), Delivery::default())
    };
    let publications = site.send_together(vec![
        message("authority", "manual"),
        message("relay/charger", "open"),
        message("mode", "overcharge_protection"),
    ]);
    let answers: Vec<_> = results(&publications)
        .into_iter()
        .map(|result| (result.set, result.status))
        .collect();
    let accepted = |thing: &str| (thing.to_owned(), Status::Accepted);
    assert_eq!(
        answers,
        [
            accepted("authority"),
            accepted("relay/charger"),
            accepted("mode")
        ]
    );
    assert_eq!(site.contacts().charger, Contact::Open);
    let state = states(&publications).pop().expect("a state after a change");
    assert_eq!(state.mode, Mode::OverchargeProtection);
}

const SCHEDULE: &str = r#"{"time_zone":"Europe/Paris","critical":[],"allowed":[{"days":["sunday"],"from":"22:00","to":"05:00"}],"cycle_every_days":30}"#;

#[test]
fn a_schedule_is_taken_shown_and_removed() {
    let mut site = Site::new();
    site.windows(1);
    let published = site.send("schedule", SCHEDULE);
    assert_eq!(results(&published)[0].status, Status::Accepted);
    let schedule = states(&published).pop().expect("a state").schedule;
    assert_eq!(
        serde_json::to_value(&schedule).expect("JSON"),
        serde_json::from_str::<serde_json::Value>(SCHEDULE).expect("JSON")
    );
    assert!(events(&published).iter().any(|record| record.event
        == Event::ScheduleChanged {
            to: schedule.clone()
        }));

    let published = site.send("schedule", "null");
    assert_eq!(results(&published)[0].status, Status::Accepted);
    assert_eq!(states(&published).pop().expect("a state").schedule, None);
}

#[test]
fn in_consumption_cycle_the_state_tells_when_the_next_one_is() {
    let mut site = Site::new();
    site.send("schedule", SCHEDULE);
    let published = site.send("mode", "consumption_cycle");
    assert_eq!(results(&published)[0].status, Status::Accepted);
    let published = site.windows(2);
    let state = states(&published).pop().expect("a state");
    assert_eq!(state.phase, Some(Phase::Waiting));
    let next = state.cycle.next.at.expect("a next cycle");
    assert!(next > state.at, "{next} lies before {}", state.at);
    assert!(!state.cycle.next.blockers.is_empty());
    assert_eq!(readings(&published)[1].phase, Some(Phase::Waiting));
}

#[test]
fn counters_alone_are_no_reason_to_publish_the_state() {
    let mut site = Site::new();
    site.windows(3);
    let published = site.ticks(9);
    assert_eq!(states(&published).len(), 0, "no window ended");
    assert_eq!(states(&site.tick()).len(), 1, "one with each reading");
}
