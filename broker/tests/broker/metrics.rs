//! The broker's own figures.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use super::support::users::{UsersFixture, password};
use super::support::{Connect, DEADLINE, Fixture, eventually};

fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The figure of a series.
pub fn figure(addr: SocketAddr, series: &str) -> Option<u64> {
    let page = get(addr, "/metrics");
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

#[test]
fn what_comes_is_refused_and_is_dropped_is_counted() {
    let users = UsersFixture::new();
    let folder = tempfile::tempdir().unwrap();
    let broker = Fixture::with(|config| {
        users.configure(config);
        config.metrics = Some("127.0.0.1:0".parse().unwrap());
        config.retained_store = Some(folder.path().join("retained.db"));
        config.limits.retained_messages = 2;
    });
    let addr = broker.broker().metrics_addr().unwrap();
    let is = |series: &str, expected: u64| {
        eventually(&format!("{series} {expected}"), || {
            figure(addr, series) == Some(expected)
        });
    };
    is("releve_broker_clients", 0);
    is("releve_broker_retained_on_disk", 1);
    let login = |user: &str| Connect::v5(user).login(user, &password(user));
    let mut node = broker.client(&login("cabin"));
    let mut viewer = broker.client(&login("anna"));
    viewer.subscribe("releve/#", 1);
    assert_eq!(viewer.subscribe("releve/+/set/#", 1), 0x87);
    assert_eq!(
        viewer.publish("releve/cabin/set/mode", "observer", 1, false),
        0x87
    );
    assert_eq!(node.publish("releve/cabin/state", "1", 1, true), 0);
    assert_eq!(node.publish("releve/cabin/info", "1", 1, true), 0);
    assert_eq!(
        node.publish("releve/cabin/availability", "1", 1, true),
        0x97
    );
    broker.connack(&Connect::v5("x").login("anna", "wrong"));
    is("releve_broker_clients", 2);
    is("releve_broker_published_total", 4);
    is("releve_broker_sent_total", 2);
    is("releve_broker_retained_messages", 2);
    is(
        "releve_broker_publishes_refused_total{reason=\"not_allowed\"}",
        1,
    );
    is(
        "releve_broker_publishes_refused_total{reason=\"retained_full\"}",
        1,
    );
    is(
        "releve_broker_subscriptions_refused_total{reason=\"not_allowed\"}",
        1,
    );
    is(
        "releve_broker_connections_refused_total{reason=\"login\"}",
        1,
    );
    is(
        "releve_broker_connections_refused_total{reason=\"places\"}",
        0,
    );
    assert!(get(addr, "/").starts_with("HTTP/1.1 404"));
}

#[test]
fn prometheus_understands_the_page() {
    let broker = Fixture::with(|config| config.metrics = Some("127.0.0.1:0".parse().unwrap()));
    let answer = get(broker.broker().metrics_addr().unwrap(), "/metrics");
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool, of the Debian package prometheus");
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(page.as_bytes())
        .unwrap();
    let checked = promtool.wait_with_output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn who_asks_for_nothing_holds_up_nobody() {
    let broker = Fixture::with(|config| config.metrics = Some("127.0.0.1:0".parse().unwrap()));
    let addr = broker.broker().metrics_addr().unwrap();
    let mut idle: Vec<_> = (0..12).map(|_| TcpStream::connect(addr).unwrap()).collect();
    idle[0].write_all(b"GET /met").unwrap();
    assert!(figure(addr, "releve_broker_clients").is_some());
}
