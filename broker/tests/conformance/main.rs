//! One suite of cases, played on the embedded broker and on Mosquitto. What each has to answer is in the case; where
//! the two differ, the case names its row of the table in `docs/broker.md`.

#[path = "../broker/support/mod.rs"]
mod support;

mod case;
mod connect;
mod differences;
mod flow;
mod malformed;
mod play;
mod properties;
mod qos;
mod retain;
mod sessions;
mod subscribe;
mod wills;
mod words;

use self::case::Case;
use self::support::Fixture;
use self::support::mosquitto::Mosquitto;

/// Largest packet that both are told to take, in bytes.
const PACKET_BYTES: usize = 65_536;

fn cases() -> Vec<Case> {
    [
        connect::cases(),
        sessions::cases(),
        wills::cases(),
        qos::cases(),
        retain::cases(),
        subscribe::cases(),
        properties::cases(),
        flow::cases(),
        malformed::cases(),
    ]
    .concat()
}

#[test]
fn the_embedded_broker_answers_as_the_cases_say() {
    let broker = Fixture::with(|config| config.limits.packet_bytes = PACKET_BYTES);
    play::all(&cases(), broker.addr(), |case| case.expected.embedded);
    broker.assert_alive();
}

#[test]
fn mosquitto_answers_as_the_cases_say() {
    let mosquitto = Mosquitto::for_everybody(&format!("max_packet_size {PACKET_BYTES}"));
    play::all(&cases(), mosquitto.plain, |case| case.expected.mosquitto);
}

#[test]
fn the_page_lists_the_differences() {
    let page = include_str!("../../../docs/broker.md");
    let rows: String = differences::ALL.iter().map(|row| row.to_string()).collect();
    let head = "| what clients see | embedded | Mosquitto |\n|---|---|---|\n";
    let table = format!("{head}{rows}\n");
    assert!(page.contains(&table), "docs/broker.md must show:\n{table}");
    let cases = cases();
    for row in differences::ALL {
        let is_used = |case: &Case| case.difference.is_some_and(|used| used.what == row.what);
        assert!(cases.iter().any(is_used), "no case shows: {}", row.what);
    }
}
