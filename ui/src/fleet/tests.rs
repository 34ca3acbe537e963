//! The fold, fed with the golden payloads of the contract.

use super::*;
use releve_protocol::control::Severity;

pub const INFO: &str = include_str!("../../../protocol/golden/info.json");
pub const STATE: &str = include_str!("../../../protocol/golden/state.json");
pub const READING: &str = include_str!("../../../protocol/golden/reading.json");
const REJECTED: &str = include_str!("../../../protocol/golden/result/rejected.json");

/// The moment of the golden reading, which is site time, as milliseconds of Unix time.
pub const READING_AT_MS: f64 = 1_763_853_570_000.0 + 365.0 * 86_400_000.0;

pub fn message(kind: &str, payload: &str) -> Message {
    Message {
        topic: format!("releve/col-de-porte/{kind}"),
        payload: payload.as_bytes().to_vec(),
        retained: false,
    }
}

pub fn retained(kind: &str, payload: &str) -> Message {
    Message {
        retained: true,
        ..message(kind, payload)
    }
}

/// The golden info of a site whose clock runs like ours.
pub fn real_time_info() -> String {
    INFO.replace("\"speed\": 20.0", "\"speed\": 1.0").replace(
        "\"site\": \"2025-10-18T00:00:00.000Z\"",
        "\"site\": \"2026-11-22T23:19:30.125Z\"",
    )
}

fn numbered(seq: u64, at: &str) -> String {
    READING
        .replace("\"seq\": 1234", &format!("\"seq\": {seq}"))
        .replace("2026-11-22T23:19:30.000Z", at)
}

pub fn site(fleet: &Fleet) -> Arc<Site> {
    fleet.site(&"col-de-porte".parse().unwrap()).unwrap()
}

#[test]
fn a_site_is_what_its_messages_say() {
    let mut fleet = Fleet::default();
    let notice = fleet.apply(&retained("info", INFO), 0.0);
    assert_eq!(
        notice,
        Some(Notice::HistoryWanted("col-de-porte".parse().unwrap()))
    );
    fleet.apply(&retained("state", STATE), 0.0);
    fleet.apply(&message("reading", READING), 0.0);
    let site = site(&fleet);
    assert_eq!(site.name(), "Col de Porte");
    assert_eq!(site.alarms().len(), 2);
    let reading = &site.reading.as_ref().unwrap().value;
    assert_eq!(reading.battery.voltage.mean, Some(13.62));
    assert_eq!(site.history.points().count(), 1);
}

#[test]
fn a_repeated_reading_keeps_its_first_receipt() {
    let mut fleet = Fleet::default();
    fleet.apply(&message("reading", READING), 1000.0);
    fleet.apply(&message("reading", READING), 9000.0);
    let older = numbered(1230, "2026-11-22T23:17:30.000Z");
    fleet.apply(&message("reading", &older), 9000.0);
    let site = site(&fleet);
    let reading = site.reading.as_ref().unwrap();
    assert_eq!((reading.at_ms, reading.value.seq), (1000.0, 1234));
    assert_eq!(site.history.points().count(), 1);
}

#[test]
fn a_hole_in_the_numbers_asks_for_history() {
    let mut fleet = Fleet::default();
    fleet.apply(&message("reading", READING), 0.0);
    let next = numbered(1235, "2026-11-22T23:20:00.000Z");
    assert_eq!(fleet.apply(&message("reading", &next), 0.0), None);
    let later = numbered(1238, "2026-11-22T23:21:30.000Z");
    let notice = fleet.apply(&message("reading", &later), 0.0);
    assert!(matches!(notice, Some(Notice::HistoryWanted(_))));
}

#[test]
fn what_the_bridge_remembers_fills_the_hole_once() {
    let mut fleet = Fleet::default();
    fleet.apply(&message("reading", READING), 0.0);
    let answer = r#"{"node":"col-de-porte","epoch":"k3f9","seq":[1232,1233,1234],
        "at":["2026-11-22T23:18:30.000Z","2026-11-22T23:19:00.000Z","2026-11-22T23:19:30.000Z"],
        "battery.voltage":[13.5,null,99.0]}"#;
    let recent = Recent::parse(answer).unwrap();
    let id = "col-de-porte".parse().unwrap();
    fleet.add_recent(&id, &recent);
    fleet.add_recent(&id, &recent);
    let site = site(&fleet);
    let voltages: Vec<_> = site.history.points().map(|point| point.means[0]).collect();
    assert_eq!(voltages, [Some(13.5), None, Some(13.62)]);
    assert_eq!(Recent::parse("{}"), None);
    assert_eq!(Recent::parse("<html>"), None);
}

#[test]
fn the_history_reaches_back_an_hour_and_begins_anew_with_a_journal() {
    let mut fleet = Fleet::default();
    fleet.apply(
        &message("reading", &numbered(1, "2026-11-22T21:00:00.000Z")),
        0.0,
    );
    fleet.apply(
        &message("reading", &numbered(2, "2026-11-22T22:30:00.000Z")),
        0.0,
    );
    assert_eq!(site(&fleet).history.points().count(), 1);
    let other = numbered(1, "2026-11-22T20:00:00.000Z").replace("k3f9", "zz11");
    fleet.apply(&message("reading", &other), 0.0);
    let site = site(&fleet);
    assert_eq!(site.reading.as_ref().unwrap().value.seq, 1);
    assert_eq!(site.history.points().count(), 1);
}

#[test]
fn the_last_reading_of_a_kept_state_is_as_old_as_its_stamp() {
    let mut fleet = Fleet::default();
    let state = STATE.replace(
        "\"last_reading\": null",
        &format!("\"last_reading\": {READING}"),
    );
    fleet.apply(&retained("info", &real_time_info()), READING_AT_MS);
    fleet.apply(&retained("state", &state), READING_AT_MS + 600_000.0);
    let age = site(&fleet).age(READING_AT_MS + 600_000.0, None);
    assert_eq!(age.seconds, Some(600.0));
    assert_eq!(age.freshness, Freshness::Silent);
}

#[test]
fn readings_grow_late_then_silent() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", &real_time_info()), READING_AT_MS);
    fleet.apply(&message("reading", READING), READING_AT_MS + 1000.0);
    let site = site(&fleet);
    let freshness = |after_s: f64| site.age(READING_AT_MS + after_s * 1000.0, None).freshness;
    assert_eq!(freshness(38.0), Freshness::Live);
    assert_eq!(freshness(40.0), Freshness::Late);
    assert_eq!(freshness(91.0), Freshness::Silent);
}

#[test]
fn an_accelerated_site_ages_from_receipt() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", INFO), 5000.0);
    fleet.apply(&message("reading", READING), 5000.0);
    let site = site(&fleet);
    assert_eq!(site.age(8000.0, None).seconds, Some(3.0));
    assert_eq!(site.age(8000.0, None).freshness, Freshness::Live);
    assert_eq!(site.age(16_000.0, None).freshness, Freshness::Silent);
}

#[test]
fn a_wrong_clock_does_not_silence_a_live_site() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", &real_time_info()), READING_AT_MS);
    let received_ms = READING_AT_MS + 300_000.0;
    fleet.apply(&message("reading", READING), received_ms);
    let site = site(&fleet);
    assert!(site.clocks_disagree());
    assert_eq!(site.age(received_ms + 2000.0, None).seconds, Some(2.0));
}

/// Of a node that waited for the time for more than a day: the numbers that its readings were shown with are not
/// those that they have in the end.
#[test]
fn what_was_shown_without_the_time_gives_way_to_what_has_its_stamp() {
    let mut fleet = Fleet::default();
    let with_reading = |seq: u64, at: &str, clock_known: bool| {
        let mut state: serde_json::Value = serde_json::from_str(STATE).expect("golden");
        state["last_reading"] = serde_json::from_str(&numbered(seq, at)).expect("a reading");
        state["clock_known"] = clock_known.into();
        message("state", &state.to_string())
    };
    for seq in [5001, 5002] {
        fleet.apply(&with_reading(seq, "1970-01-02T17:41:00.000Z", false), 0.0);
    }
    let right = "2026-11-22T23:19:30.000Z";
    let notice = fleet.apply(&with_reading(2882, right, true), READING_AT_MS);
    let wanted = Notice::HistoryWanted("col-de-porte".parse().unwrap());
    assert_eq!(notice, Some(wanted));
    let site = site(&fleet);
    let reading = &site.reading.as_ref().expect("the newest").value;
    assert_eq!(
        (reading.seq, reading.at.to_string().as_str()),
        (2882, right)
    );
    let points: Vec<_> = site.history.points().map(|point| point.at_ms).collect();
    assert_eq!(points, [READING_AT_MS]);
}

#[test]
fn an_offline_site_is_silent_at_once() {
    let mut fleet = Fleet::default();
    fleet.apply(&message("reading", READING), READING_AT_MS);
    fleet.apply(&message("availability", "offline"), READING_AT_MS);
    let age = site(&fleet).age(READING_AT_MS, None);
    assert_eq!(age.freshness, Freshness::Silent);
}

#[test]
fn our_own_lost_connection_does_not_silence_a_site() {
    let mut fleet = Fleet::default();
    fleet.apply(&message("reading", READING), READING_AT_MS);
    let site = site(&fleet);
    let age = site.age(READING_AT_MS + 600_000.0, Some(READING_AT_MS + 1000.0));
    assert_eq!(age.freshness, Freshness::Late);
    assert_eq!(age.seconds, Some(600.0));
}

#[test]
fn the_site_clock_runs_on_from_the_last_live_stamp() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", INFO), 0.0);
    fleet.apply(&message("reading", READING), 1000.0);
    let site = site(&fleet);
    assert_eq!(
        site.site_time_ms(3000.0),
        Some(READING_AT_MS + 2000.0 * 20.0)
    );
}

#[test]
fn what_cannot_be_read_is_said_and_loses_nothing() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", INFO), 0.0);
    fleet.apply(&message("reading", READING), 0.0);
    let newer = READING.replace("\"v\": 1", "\"v\": 2");
    fleet.apply(&message("reading", &newer), 0.0);
    assert_eq!(
        site(&fleet).unreadable,
        Some(DecodeError::Version { found: 2 })
    );
    assert!(site(&fleet).reading.is_some());
    fleet.apply(&message("state", "{"), 0.0);
    assert!(matches!(
        site(&fleet).unreadable,
        Some(DecodeError::Malformed { .. })
    ));
    fleet.apply(&message("state", STATE), 0.0);
    assert_eq!(site(&fleet).unreadable, None);
}

#[test]
fn answers_and_bridges_are_passed_on() {
    let mut fleet = Fleet::default();
    let notice = fleet.apply(&message("result", REJECTED), 0.0);
    assert!(
        matches!(notice, Some(Notice::Answer(_, result)) if result.id.as_deref() == Some("43"))
    );
    assert!(!fleet.is_watched());
    let bridge = |word: &str| Message {
        topic: "releve-bridge/bridge-1/availability".into(),
        payload: word.as_bytes().to_vec(),
        retained: true,
    };
    fleet.apply(&bridge("online"), 0.0);
    assert!(fleet.is_watched());
    fleet.apply(&bridge("offline"), 0.0);
    assert!(!fleet.is_watched());
}

#[test]
fn whether_people_are_told_is_what_the_bridges_say() {
    const BRIDGE: &str = include_str!("../../../protocol/golden/bridge-state.json");
    let mut fleet = Fleet::default();
    let heard = |bridge: &str, kind: &str, payload: &str| Message {
        topic: format!("releve-bridge/{bridge}/{kind}"),
        payload: payload.as_bytes().to_vec(),
        retained: true,
    };
    let cabin: NodeId = "cabin".parse().unwrap();
    let elsewhere: NodeId = "elsewhere".parse().unwrap();
    let until: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    let (before, after) = (0.0, until.as_unix_millis() as f64);
    fleet.apply(&heard("a", "availability", "online"), 0.0);
    assert_eq!(fleet.telling(&cabin, before), Telling::Unknown);
    fleet.apply(&heard("a", "state", BRIDGE), 0.0);
    assert_eq!(fleet.telling(&cabin, before), Telling::SilencedUntil(until));
    assert_eq!(fleet.telling(&cabin, after), Telling::Told);
    assert_eq!(fleet.telling(&elsewhere, before), Telling::Told);

    let without_mail = BRIDGE.replace("\"configured\"", "\"not_configured\"");
    fleet.apply(&heard("b", "availability", "online"), 0.0);
    fleet.apply(&heard("b", "state", &without_mail), 0.0);
    assert_eq!(fleet.telling(&cabin, before), Telling::SilencedUntil(until));
    assert_eq!(fleet.mailing(), ["a".parse().unwrap()]);
    let other_site = BRIDGE.replace("\"cabin\"", "\"hut\"");
    fleet.apply(&heard("b", "state", &other_site), 0.0);
    assert_eq!(
        fleet.telling(&cabin, before),
        Telling::Told,
        "the other one tells"
    );
    for bridge in ["a", "b"] {
        fleet.apply(&heard(bridge, "state", &without_mail), 0.0);
    }
    assert_eq!(fleet.telling(&cabin, before), Telling::NoMail);
    fleet.apply(&heard("a", "availability", "offline"), 0.0);
    fleet.apply(&heard("b", "availability", "offline"), 0.0);
    assert_eq!(fleet.telling(&cabin, before), Telling::Unknown);
}

#[test]
fn a_bridges_answer_belongs_to_the_site_that_it_is_about() {
    let mut fleet = Fleet::default();
    let answer = REJECTED.replace("relay/charger", "silence/cabin");
    let notice = fleet.apply(
        &Message {
            topic: "releve-bridge/main/result".into(),
            payload: answer.into_bytes(),
            retained: false,
        },
        0.0,
    );
    assert!(matches!(notice, Some(Notice::Answer(site, _)) if site.as_str() == "cabin"));
}

#[test]
fn the_worst_site_stands_first() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("state", STATE), 0.0);
    let alarmed = site(&fleet);
    assert_eq!(standing(&alarmed, Freshness::Silent), Standing::Critical);
    let plain = Site::new("a".parse().unwrap());
    assert_eq!(standing(&plain, Freshness::Silent), Standing::Silent);
    assert_eq!(standing(&plain, Freshness::Live), Standing::Quiet);
    assert!(Standing::Critical < Standing::Silent && Standing::Silent < Standing::Quiet);
    let counts = Counts::of([
        Standing::Critical,
        Standing::Quiet,
        Standing::Silent,
        Standing::Late,
    ]);
    assert_eq!(
        (counts.sites, counts.alarms, counts.silent, counts.late),
        (4, 1, 1, 1)
    );
}

#[test]
fn the_alarm_that_matters_most_stands_first() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("state", STATE), 0.0);
    let site = site(&fleet);
    let golden = |index: usize| site.alarms()[index].clone();
    let (known_warning, open_critical) = (golden(0), golden(1));
    let later = Some(open_critical.since);
    let mut open_warning = known_warning.clone();
    open_warning.acknowledged_at = None;
    let mut newer_warning = open_warning.clone();
    newer_warning.since = open_critical.since;
    let mut known_critical = open_critical.clone();
    known_critical.acknowledged_at = later;
    let mut open_info = open_warning.clone();
    open_info.severity = Severity::Info;
    let expected = [
        open_critical,
        newer_warning,
        open_warning,
        known_critical,
        known_warning,
        open_info,
    ];
    let mut heard = expected.clone();
    heard.reverse();
    assert!(by_weight(&heard).into_iter().eq(&expected));
}

#[test]
fn a_sites_time_zone_is_that_of_its_schedule() {
    let mut fleet = Fleet::default();
    fleet.apply(&retained("info", INFO), 0.0);
    assert_eq!(site(&fleet).time_zone(), None);
    fleet.apply(&retained("state", STATE), 0.0);
    assert_eq!(site(&fleet).time_zone(), Some("Europe/Paris"));
}
