//! The golden payloads, the types and `docs/mqtt.md` say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use releve_control::limits::bounds;
use releve_control::profile::Profile;
use releve_control::statistics::Quality;
use releve_control::{
    AlarmName, Authority, AuthorityCause, Blocker, Cause, Command, Condition, Contact,
    CycleOutcome, CycleRequest, CycleStart, DischargeEnd, Event, FullBy, InputFault, Inputs,
    LimitName, LimitSource, MainsState, Mode, Phase, Quantity, RejectCode, RelayName, Rule,
    Severity, Unit, Verification, Weekday, Wiring,
};
use releve_protocol::command::{MAX_PAYLOAD, Received, Request};
use releve_protocol::info::{LimitInfo, ScheduleInfo};
use releve_protocol::{
    Availability, Backlog, BridgeState, CommandResult, EventRecord, Info, Reading, State, Status,
    Stream, Timestamp, decode,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(path)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(golden(folder))
        .expect("a golden folder")
        .map(|entry| entry.expect("a golden file").path())
        .collect();
    files.sort();
    files
}

/// Decoding and encoding again gives the same JSON: no field is lost, renamed or invented.
fn round_trip<T: DeserializeOwned + Serialize>(path: &Path) -> T {
    let bytes = fs::read(path).expect("a golden file");
    let payload: T = decode(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let before: Value = serde_json::from_slice(&bytes).expect("JSON");
    let after = serde_json::to_value(&payload).expect("encodable");
    assert_eq!(before, after, "{}", path.display());
    payload
}

#[test]
fn payloads_round_trip() {
    round_trip::<Reading>(&golden("reading.json"));
    round_trip::<State>(&golden("state.json"));
    round_trip::<State>(&golden("state-cycle.json"));
    round_trip::<Info>(&golden("info.json"));
    round_trip::<BridgeState>(&golden("bridge-state.json"));
    for file in files("backlog") {
        round_trip::<Backlog>(&file);
    }
    let bytes = fs::read(golden("availability.txt")).expect("a golden file");
    assert_eq!(Availability::parse(&bytes), Some(Availability::Online));
    assert_eq!(Availability::parse(b"Online"), None);
}

#[test]
fn there_is_a_golden_event_of_each_kind() {
    let kinds: BTreeSet<_> = files("event")
        .iter()
        .map(|file| {
            let record: EventRecord = round_trip(file);
            let kind = serde_json::to_value(&record.event).expect("encodable")["event"].clone();
            assert_eq!(
                file.file_stem().and_then(|stem| stem.to_str()),
                kind.as_str()
            );
            kind.to_string()
        })
        .collect();
    assert_eq!(kinds.len(), 16, "one golden file for each: {kinds:?}");
    // Another kind of event does not compile until it has a golden file.
    let _: fn(&Event<Timestamp>) = |event| match event {
        Event::RelaySwitched { .. }
        | Event::RelayVerified { .. }
        | Event::ModeChanged { .. }
        | Event::AuthorityChanged { .. }
        | Event::LimitChanged { .. }
        | Event::ScheduleChanged { .. }
        | Event::AlarmRaised { .. }
        | Event::AlarmCleared { .. }
        | Event::AlarmAcknowledged { .. }
        | Event::CycleStarted { .. }
        | Event::CyclePhase { .. }
        | Event::CycleEnded { .. }
        | Event::BatteryFull { .. }
        | Event::ClockJumped { .. }
        | Event::Transient(_)
        | Event::Restart { .. } => {}
    };
}

#[test]
fn there_is_a_golden_result_of_each_status() {
    let statuses: BTreeSet<_> = files("result")
        .iter()
        .map(|file| round_trip::<CommandResult>(file).status)
        .collect();
    assert_eq!(statuses, Status::ALL.into_iter().collect());
}

#[derive(serde::Deserialize)]
struct Example {
    set: String,
    payload: String,
    code: Option<RejectCode>,
}

fn examples(path: &str) -> Vec<Example> {
    serde_json::from_slice(&fs::read(golden(path)).expect("a golden file")).expect("examples")
}

#[test]
fn each_accepted_command_is_understood() {
    for Example { set, payload, .. } in examples("set/accepted.json") {
        let received = Received::parse(&set, payload.as_bytes());
        assert!(
            received.request.is_ok(),
            "{set} {payload}: {:?}",
            received.request
        );
    }
    let resend = Received::parse(
        "resend",
        br#"{"epoch":"k3f9","stream":"event","from":2,"to":9,"id":"r1"}"#,
    );
    assert_eq!(resend.id.as_deref(), Some("r1"));
    assert!(matches!(resend.request, Ok(Request::Resend(resend)) if resend.to == 9));
}

#[test]
fn each_bad_command_is_refused_with_its_code_and_a_sentence() {
    for Example { set, payload, code } in examples("set/rejected.json") {
        let rejection = Received::parse(&set, payload.as_bytes())
            .request
            .expect_err(&format!("{set} {payload} must be refused"));
        assert_eq!(
            Some(rejection.code),
            code,
            "{set} {payload}: {}",
            rejection.reason
        );
        assert!(
            rejection.reason.ends_with('.'),
            "a sentence: {}",
            rejection.reason
        );
    }
    for payload in [&b"\xff\xfe"[..], &[b'1'; MAX_PAYLOAD + 1]] {
        let rejection = Received::parse("mode", payload)
            .request
            .expect_err("refused");
        assert_eq!(rejection.code, RejectCode::Malformed);
    }
}

#[test]
fn null_removes_the_schedule() {
    for payload in ["null", r#"{"value":null}"#] {
        let received = Received::parse("schedule", payload.as_bytes());
        assert_eq!(
            received.request,
            Ok(Request::Control(Command::Schedule(None))),
            "{payload}"
        );
    }
}

#[test]
fn the_golden_payloads_show_every_limit() {
    let info: Info = round_trip(&golden("info.json"));
    let state: State = round_trip(&golden("state.json"));
    for limit in LimitName::ALL.iter().copied() {
        let bounds = bounds(info.battery.profile, limit);
        let found = info.limits.get(&limit).expect("every limit");
        let shown = LimitInfo {
            unit: limit.unit(),
            min: bounds.min,
            max: bounds.max,
            default: info.battery.profile.default_limit(limit),
            ..*found
        };
        assert_eq!(*found, shown, "{limit}");
        assert!(state.limits.contains_key(&limit), "state lacks {limit}");
    }
}

/// Bridge and web app are updated before the nodes.
#[test]
fn an_older_node_that_does_not_say_where_values_come_from_is_understood() {
    let read = |path: &str| -> Value {
        let bytes = fs::read(golden(path)).expect("a golden file");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let mut info = read("info.json");
    info.as_object_mut().expect("an object").remove("schedule");
    for limit in info["limits"]
        .as_object_mut()
        .expect("an object")
        .values_mut()
    {
        let limit = limit.as_object_mut().expect("an object");
        assert!(limit.remove("configured").is_some() && limit.remove("set_by").is_some());
    }
    let info: Info = serde_json::from_value(info).expect("understood");
    assert_eq!(info.schedule, ScheduleInfo::default());
    let unknown = |limit: &LimitInfo| limit.configured.is_none() && limit.set_by.is_none();
    assert!(info.limits.values().all(unknown));
    let mut state = read("state.json");
    let fields = state.as_object_mut().expect("an object");
    assert!(fields.remove("clock_known").is_some() && fields.remove("inputs").is_some());
    let state: State = serde_json::from_value(state).expect("understood");
    assert!(state.clock_known);
    assert_eq!(state.inputs, Inputs::default());
}

#[test]
fn a_refused_command_keeps_its_id() {
    let received = Received::parse("mode", br#"{"value":"upside_down","id":"x9"}"#);
    assert_eq!(received.id.as_deref(), Some("x9"));
    assert_eq!(received.value, "upside_down");
    let received = Received::parse("mode", br#"{"value":"observer","id":"x9","colour":1}"#);
    assert_eq!(received.id.as_deref(), Some("x9"));
    assert!(received.request.is_err());
}

#[test]
fn another_version_says_so() {
    let error = decode::<Reading>(br#"{"v":2}"#).expect_err("another version");
    assert_eq!(
        error.to_string(),
        "payload version 2; this program reads version 1: update it"
    );
}

#[test]
fn the_page_has_a_row_for_each_alarm_with_its_severity_and_no_other() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mqtt.md");
    let page = fs::read_to_string(page).expect("docs/mqtt.md");
    let section = page.split("\n### Alarms\n").nth(1).expect("the section");
    let table = section.split("\nAn alarm").next().expect("its first table");
    let listed: BTreeSet<(&str, &str)> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(alarm, rest)| (alarm, rest.split(' ').next().unwrap_or_default()))
        .collect();
    let known = AlarmName::ALL.iter();
    let known = known.map(|alarm| (alarm.name(), alarm.severity().name()));
    assert_eq!(listed, known.collect());
}

#[test]
fn the_page_names_every_word_of_the_contract() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mqtt.md");
    let page = fs::read_to_string(page).expect("docs/mqtt.md");
    let mut missing = Vec::new();
    let mut check = |kind: &str, names: Vec<String>| {
        for name in names {
            if !page.contains(&format!("`{name}`")) {
                missing.push(format!("{kind} {name}"));
            }
        }
    };
    fn names<T: ToString>(values: &[T]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }
    check("relay", names(RelayName::ALL));
    check("contact", names(Contact::ALL));
    check("verification", names(Verification::ALL));
    check("mode", names(Mode::ALL));
    check("phase", names(Phase::ALL));
    check("authority", names(Authority::ALL));
    check("authority cause", names(AuthorityCause::ALL));
    check("wiring", names(Wiring::ALL));
    check("mains", names(MainsState::ALL));
    check("alarm", names(AlarmName::ALL));
    check("severity", names(Severity::ALL));
    check("rule", names(Rule::ALL));
    check("condition", names(Condition::ALL));
    check("quantity", names(Quantity::ALL));
    check("limit", names(LimitName::ALL));
    check("limit source", names(LimitSource::ALL));
    check("unit", names(Unit::ALL));
    check("quality", names(Quality::ALL));
    check("profile", names(Profile::ALL));
    check("cycle", names(CycleRequest::ALL));
    check("cycle start", names(CycleStart::ALL));
    check("cycle outcome", names(CycleOutcome::ALL));
    check("discharge end", names(DischargeEnd::ALL));
    check("full by", names(FullBy::ALL));
    check("blocker", names(Blocker::ALL));
    check("cause", names(Cause::ALL));
    check("input fault", names(InputFault::ALL));
    check("weekday", names(Weekday::ALL));
    check("code", names(RejectCode::ALL));
    let wire = |value: Value| value.as_str().unwrap_or_default().to_owned();
    check(
        "status",
        Status::ALL
            .iter()
            .map(|status| wire(serde_json::to_value(status).expect("encodable")))
            .collect(),
    );
    check(
        "stream",
        Stream::ALL.iter().map(|s| s.name().to_owned()).collect(),
    );
    let events = files("event")
        .iter()
        .filter_map(|file| file.file_stem()?.to_str().map(str::to_owned))
        .collect();
    check("event", events);
    assert!(
        missing.is_empty(),
        "docs/mqtt.md does not name: {missing:#?}"
    );
}
