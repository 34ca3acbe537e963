use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use releve_protocol::catalog::QUANTITIES;
use releve_protocol::control::Phase;

use super::*;
use crate::fleet::{Message, Past};
use crate::remote_write::{Dropped, Saved, Standing};
use crate::samples;

fn publish(fleet: &mut Fleet, kind: &str, payload: &[u8], now: Moment) {
    let topic = format!("releve/{}/{kind}", samples::node());
    let message = Message {
        topic: &topic,
        payload,
        retained: false,
    };
    fleet.fold(message, now);
}

/// A fleet of one node that is online and has sent the golden reading and info, in real time.
fn fleet(now: Moment) -> Fleet {
    let mut fleet = Fleet::new("test", Past::Recent);
    let mut info = samples::info();
    info.clock.speed = 1.0;
    let info = serde_json::to_vec(&info).expect("JSON");
    let reading = serde_json::to_vec(&samples::reading("a", 1)).expect("JSON");
    publish(&mut fleet, "availability", b"online", now);
    publish(&mut fleet, "info", &info, now);
    publish(&mut fleet, "reading", &reading, now);
    publish(&mut fleet, "state", b"{", now);
    fleet
}

fn own() -> OwnFigures {
    OwnFigures {
        id: "main".parse().expect("a name"),
        started: samples::later(samples::reading("a", 1).at, 0),
        connected: true,
        mails: Some(MailFigures {
            sent: 3,
            failed: 1,
            waiting: 2,
        }),
        alerts: vec![crate::alerts::Key {
            node: Some(samples::node()),
            alert: crate::alerts::AlertName::Rule(crate::alerts::RuleName::NodeSilent),
        }],
        store: StoreFigures {
            bytes: Some(4096),
            free_bytes: None,
            errors: 2,
            cut: 4,
        },
        remote_write: None,
    }
}

/// Of a bridge that sends readings.
fn own_sending() -> OwnFigures {
    let saved = Saved {
        row: Some(7),
        samples: 455,
        dropped: Dropped {
            refused: 65,
            ..Dropped::default()
        },
        retries: 3,
    };
    OwnFigures {
        remote_write: Some(RemoteWriteFigures {
            standing: Standing {
                saved,
                up: Some(true),
            },
            pending: Some((2, Some(samples::reading("a", 1).at))),
        }),
        ..own()
    }
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

#[test]
fn a_reading_becomes_series_by_name() {
    let now = Moment::now();
    let text = render(&fleet(now), &own(), now);
    for line in [
        "releve_battery_voltage_volts{node=\"col-de-porte\"} 13.62",
        "releve_battery_voltage_min_volts{node=\"col-de-porte\"} 13.6",
        "releve_battery_voltage_max_volts{node=\"col-de-porte\"} 13.64",
        "releve_charger_current_amperes{node=\"col-de-porte\"} 0.84",
        "releve_load_power_watts{node=\"col-de-porte\"} 43.55",
        "releve_relay_closed{node=\"col-de-porte\",relay=\"mains\"} 1",
        "releve_relay_closed{node=\"col-de-porte\",relay=\"aux2\"} 0",
        "releve_mode{node=\"col-de-porte\",mode=\"observer\"} 1",
        "releve_mode{node=\"col-de-porte\",mode=\"consumption_cycle\"} 0",
        "releve_cycle_phase{node=\"col-de-porte\",phase=\"discharging\"} 0",
        "releve_battery_missing_charge_coulombs{node=\"col-de-porte\"} 1512",
        "releve_battery_state_of_charge_ratio{node=\"col-de-porte\"} 0.977",
        "releve_alarm_active{node=\"col-de-porte\",alarm=\"data_lost\"} 1",
        "releve_alarm_active{node=\"col-de-porte\",alarm=\"mains_lost\"} 0",
        "releve_node_up{node=\"col-de-porte\"} 1",
        "releve_last_reading_timestamp_seconds{node=\"col-de-porte\"} 1795389570",
        "releve_node_info{node=\"col-de-porte\",name=\"Col de Porte\",version=\"0.1.0\"} 1",
        "releve_bridge_connected 1",
        "releve_bridge_readings_total{node=\"col-de-porte\"} 1",
        "releve_bridge_malformed_total{node=\"col-de-porte\",kind=\"state\"} 1",
        "releve_bridge_info{bridge=\"main\",version=\"0.1.0\"} 1",
        "releve_bridge_start_time_seconds 1795389570",
        "releve_bridge_store_bytes 4096",
        "releve_bridge_store_errors_total 2",
        "releve_bridge_store_cut_readings_total 4",
        "releve_bridge_mails_sent_total 3",
        "releve_bridge_mails_failed_total 1",
    ] {
        assert!(has(&text, line), "{line} is missing in\n{text}");
    }
}

#[test]
fn the_phase_of_a_cycle_is_one_of_all() {
    let now = Moment::now();
    let mut fleet = fleet(now);
    let mut reading = samples::reading("a", 2);
    reading.phase = Some(Phase::Resting);
    reading.state_of_charge = None;
    let reading = serde_json::to_vec(&reading).expect("JSON");
    publish(&mut fleet, "reading", &reading, now);
    let text = render(&fleet, &own(), now);
    for phase in Phase::ALL {
        let value = u8::from(*phase == Phase::Resting);
        let line = format!("releve_cycle_phase{{node=\"col-de-porte\",phase=\"{phase}\"}} {value}");
        assert!(has(&text, &line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("state_of_charge_ratio{"), "{text}");
}

#[test]
fn an_unknown_value_has_no_series() {
    let now = Moment::now();
    let text = render(&fleet(now), &own(), now);
    assert!(!text.contains("releve_temperature"), "{text}");
}

#[test]
fn every_quantity_of_the_catalog_has_its_metrics() {
    let now = Moment::now();
    let text = render(&fleet(now), &own(), now);
    for quantity in QUANTITIES {
        // The golden reading knows every quantity but the temperature.
        let expected = quantity.key != "temperature";
        for infix in ["", "_min", "_max"] {
            let name = format!("{}{infix}_{}", quantity.metric, quantity.metric_unit());
            assert_eq!(text.contains(&format!("\n{name}{{")), expected, "{name}");
        }
    }
}

#[test]
fn a_silent_node_keeps_up_and_last_seen_alone() {
    let now = Moment::now();
    let fleet = fleet(now);
    let text = render(&fleet, &own(), samples::after(now, Duration::from_secs(91)));
    for gone in [
        "volts",
        "amperes",
        "watts",
        "relay_closed",
        "coulombs",
        "ratio",
        "mode{",
        "phase{",
        "alarm_active",
    ] {
        assert!(!text.contains(gone), "{gone} in\n{text}");
    }
    assert!(has(&text, "releve_node_up{node=\"col-de-porte\"} 1"));
    assert!(text.contains("releve_last_reading_timestamp_seconds{"));
}

#[test]
fn an_offline_node_keeps_up_and_last_seen_alone() {
    let now = Moment::now();
    let mut fleet = fleet(now);
    publish(&mut fleet, "availability", b"offline", now);
    let text = render(&fleet, &own(), now);
    assert!(!text.contains("volts"), "{text}");
    assert!(has(&text, "releve_node_up{node=\"col-de-porte\"} 0"));
    assert!(text.contains("releve_last_reading_timestamp_seconds{"));
}

#[test]
fn readings_that_are_sent_are_not_scraped_too() {
    let now = Moment::now();
    let text = render(&fleet(now), &own_sending(), now);
    for metric in readings::METRICS.iter() {
        assert!(!text.contains(&metric.name), "{} in\n{text}", metric.name);
    }
    for line in [
        "releve_node_up{node=\"col-de-porte\"} 1",
        "releve_last_reading_timestamp_seconds{node=\"col-de-porte\"} 1795389570",
        "releve_node_info{node=\"col-de-porte\",name=\"Col de Porte\",version=\"0.1.0\"} 1",
        "releve_bridge_readings_total{node=\"col-de-porte\"} 1",
        "releve_bridge_remote_write_up 1",
        "releve_bridge_remote_write_pending_readings 2",
        "releve_bridge_remote_write_oldest_pending_timestamp_seconds 1795389570",
        "releve_bridge_remote_write_samples_total 455",
        "releve_bridge_remote_write_dropped_samples_total{reason=\"accelerated\"} 0",
        "releve_bridge_remote_write_dropped_samples_total{reason=\"refused\"} 65",
        "releve_bridge_remote_write_retries_total 3",
    ] {
        assert!(has(&text, line), "{line} is missing in\n{text}");
    }
}

#[test]
fn before_the_first_request_nothing_is_said_of_the_server() {
    let now = Moment::now();
    let mut own = own_sending();
    if let Some(figures) = &mut own.remote_write {
        figures.standing.up = None;
        figures.pending = Some((0, None));
    }
    let text = render(&fleet(now), &own, now);
    assert!(!text.contains("remote_write_up"), "{text}");
    assert!(!text.contains("oldest_pending"), "{text}");
    assert!(has(&text, "releve_bridge_remote_write_pending_readings 0"));
}

#[test]
fn the_page_about_http_names_every_metric() {
    let page = include_str!("../../../docs/http.md");
    let now = Moment::now();
    let text = render(&fleet(now), &own(), now);
    let text = text + &render(&fleet(now), &own_sending(), now);
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for name in names.filter_map(|line| line.split(' ').next()) {
        // The page gives the rule for these.
        let name = name.replace("_min_", "_").replace("_max_", "_");
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

/// Debian's `promtool`, installed by `cargo xtask test`.
#[test]
fn promtool_finds_nothing_to_say() {
    let now = Moment::now();
    for own in [own(), own_sending()] {
        check(&render(&fleet(now), &own, now));
    }
}

fn check(text: &str) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, of Debian's package prometheus");
    let mut stdin = promtool.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("an open pipe");
    drop(stdin);
    let output = promtool.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
