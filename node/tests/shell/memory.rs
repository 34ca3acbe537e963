//! What a node remembers across a restart, and what it does with a file that it cannot use.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use releve_control::{AlarmName, Authority, Contact, LimitName, LimitSource, Mode};
use releve_node::simulated::{SimulatedNode, start_simulated};
use releve_protocol::backlog::Records;
use releve_protocol::{Backlog, Reading, State, decode};
use tokio_util::sync::CancellationToken;

use crate::harness::{LOOPBACK, Listener, broker, config, stop, until};

const SCHEDULE: &str = r#"{"time_zone":"Europe/Paris","critical":[],"allowed":[{"days":["sunday"],"from":"22:00","to":"05:00"}],"cycle_every_days":30}"#;

fn start(broker: SocketAddr, directory: &Path, shutdown: &CancellationToken) -> SimulatedNode {
    let mut config = config(broker);
    config.state_directory = Some(directory.to_owned());
    start_simulated(&config, shutdown.clone()).expect("a possible site")
}

fn file(directory: &Path) -> PathBuf {
    directory.join("site-1.snapshot")
}

/// The first state that a node shows once it has measured.
async fn first_state(listener: &mut Listener) -> State {
    listener
        .hear("state", |payload| {
            let state: State = decode(payload).ok()?;
            state.last_reading.is_some().then_some(state)
        })
        .await
}

#[tokio::test]
async fn mode_limits_and_schedule_outlive_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    first_state(&mut listener).await;
    listener.command("mode", "consumption_cycle").await;
    listener.command("limit/reserve_runtime", "90").await;
    listener.command("schedule", SCHEDULE).await;
    listener.command("authority", "manual").await;
    stop(node, &shutdown).await;
    listener.hear_availability("offline").await;

    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    listener.hear_availability("online").await;
    let state = first_state(&mut listener).await;
    assert_eq!(state.mode, Mode::ConsumptionCycle);
    let reserve = state.limits[&LimitName::ReserveRuntime];
    assert_eq!(
        (reserve.value, reserve.set_by),
        (90.0, LimitSource::Operator)
    );
    assert_eq!(
        serde_json::to_value(&state.schedule).expect("JSON"),
        serde_json::from_str::<serde_json::Value>(SCHEDULE).expect("JSON")
    );
    assert_eq!(
        state.authority,
        Authority::Automatic,
        "a hold ends with the program"
    );
    let raised: Vec<_> = state.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert!(!raised.contains(&AlarmName::RestartOnBattery), "{raised:?}");
    stop(node, &shutdown).await;
}

#[tokio::test]
async fn a_crash_on_battery_is_known_after_the_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let node = start(
        broker.tcp_addr(),
        directory.path(),
        &CancellationToken::new(),
    );
    first_state(&mut listener).await;
    listener.command("authority", "manual").await;
    listener.command("relay/mains", "open").await;
    until("the opening to be on the disk", async || {
        let text = std::fs::read_to_string(file(directory.path())).ok()?;
        text.contains(r#""mains": "open""#).then_some(())
    })
    .await;
    node.crash();
    listener.hear_availability("offline").await;

    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    listener.hear_availability("online").await;
    let state = first_state(&mut listener).await;
    assert_eq!(state.relays.mains.wanted, Contact::Closed);
    let raised: Vec<_> = state.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert!(raised.contains(&AlarmName::RestartOnBattery), "{raised:?}");
    stop(node, &shutdown).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_kept_aside_and_the_site_begins_plain() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = file(directory.path());
    std::fs::write(&place, b"releve-snapshot 1 00000000\n{\"mode\":").expect("written");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    assert_eq!(first_state(&mut listener).await.mode, Mode::Observer);
    let bad = std::fs::read(directory.path().join("site-1.snapshot.bad")).expect("kept");
    assert!(bad.starts_with(b"releve-snapshot 1 00000000"));
    stop(node, &shutdown).await;
    let text = std::fs::read_to_string(place).expect("written anew");
    assert!(text.contains(r#""mode": "observer""#), "{text}");
}

#[tokio::test]
async fn a_disk_that_refuses_keeps_no_command_from_being_obeyed() {
    let directory = tempfile::tempdir().expect("a directory");
    let in_the_way = directory.path().join("state");
    std::fs::write(&in_the_way, b"no directory").expect("written");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), &in_the_way, &shutdown);
    first_state(&mut listener).await;
    listener.command("mode", "overcharge_protection").await;
    stop(node, &shutdown).await;
}

#[tokio::test]
async fn a_program_that_ends_again_and_again_only_observes() {
    let directory = tempfile::tempdir().expect("a directory");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    first_state(&mut listener).await;
    listener.command("mode", "overcharge_protection").await;
    stop(node, &shutdown).await;
    // That one ended in order and does not count.
    let mut looping = Vec::new();
    for _ in 0..5 {
        let node = start(
            broker.tcp_addr(),
            directory.path(),
            &CancellationToken::new(),
        );
        listener.hear_availability("online").await;
        let state = first_state(&mut listener).await;
        let raised = state
            .alarms
            .iter()
            .any(|alarm| alarm.alarm == AlarmName::RestartLoop);
        looping.push((state.mode, raised));
        node.crash();
        listener.hear_availability("offline").await;
    }
    let (goes_on, gives_up) = ((Mode::OverchargeProtection, false), (Mode::Observer, true));
    assert_eq!(looping, [goes_on, goes_on, goes_on, goes_on, gives_up]);
}

#[tokio::test]
async fn records_of_before_a_restart_can_be_fetched() {
    let directory = tempfile::tempdir().expect("a directory");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let node = start(
        broker.tcp_addr(),
        directory.path(),
        &CancellationToken::new(),
    );
    let before = listener
        .hear("reading", |payload| {
            let reading: Reading = decode(payload).ok()?;
            (reading.seq >= 3).then_some(reading)
        })
        .await;
    node.crash();
    listener.hear_availability("offline").await;

    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    listener.hear_availability("online").await;
    let state = first_state(&mut listener).await;
    let journal = state.journal.current;
    assert_eq!(journal.epoch, before.epoch, "the machine has not stopped");
    assert!(journal.reading.next > before.seq);
    let wanted = format!(
        r#"{{"epoch":"{}","stream":"reading","from":1,"to":{}}}"#,
        before.epoch, before.seq
    );
    listener.command("resend", &wanted).await;
    let backlog = listener
        .hear("backlog", |payload| decode::<Backlog>(payload).ok())
        .await;
    let Records::Reading(readings) = backlog.records else {
        panic!("readings were asked for");
    };
    let last = usize::try_from(before.seq).expect("a small number") - 1;
    assert_eq!(readings[last], before, "as it was published");
    assert_eq!(backlog.lost, []);
    stop(node, &shutdown).await;
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_written_is_an_alarm_though_the_journal_can() {
    let directory = tempfile::tempdir().expect("a directory");
    // Where it is written first there is no file to be had.
    std::fs::create_dir(directory.path().join("site-1.snapshot.new")).expect("made");
    let broker = broker(LOOPBACK).await;
    let mut listener = Listener::connect(broker.tcp_addr()).await;
    let shutdown = CancellationToken::new();
    let node = start(broker.tcp_addr(), directory.path(), &shutdown);
    listener
        .hear("state", |payload| {
            let state: State = decode(payload).ok()?;
            let mut alarms = state.alarms.iter();
            alarms.find(|alarm| alarm.alarm == AlarmName::StorageFault)?;
            Some(())
        })
        .await;
    assert!(directory.path().join("site-1.journal").is_file());
    stop(node, &shutdown).await;
}
