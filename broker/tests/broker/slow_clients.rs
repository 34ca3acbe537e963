//! Clients that read slowly, or not at all.

use std::time::Duration;

use super::metrics::figure;
use super::support::{Fixture, eventually, packet};

const MESSAGES: usize = 20_000;

fn flood(broker: &Fixture, topic: &str) {
    let mut publisher = broker.v311("flood");
    let padding = "x".repeat(200);
    for batch in (0..MESSAGES).collect::<Vec<_>>().chunks(100) {
        let mut bytes = Vec::new();
        for number in batch {
            let payload = format!("{number} {padding}");
            let id = u16::try_from(number % 60_000 + 1).unwrap();
            bytes.extend(publisher.publish_packet(
                topic.as_bytes(),
                payload.as_bytes(),
                1,
                false,
                id,
                &[],
            ));
        }
        publisher.send(&bytes);
        for _ in batch {
            assert_eq!(publisher.packet().first_byte, 0x40);
        }
    }
}

#[test]
fn a_client_that_does_not_read_blocks_nobody_and_loses_nothing() {
    let broker = Fixture::start();
    let mut stalled_one = broker.v311("stalled-at-qos-1");
    stalled_one.subscribe("flood/#", 1);
    let mut stalled_zero = broker.v311("stalled-at-qos-0");
    stalled_zero.subscribe("flood/#", 0);
    let mut quick = broker.v311("quick");
    quick.subscribe("flood/#", 1);
    let reader = std::thread::spawn(move || {
        for number in 0..MESSAGES {
            let message = quick.message();
            assert!(
                message.payload.starts_with(format!("{number} ").as_bytes()),
                "{number}: {message:?}"
            );
        }
    });
    flood(&broker, "flood/x");
    reader.join().unwrap();
    // About 4 MB wait for each of them, within the log's 16 MiB.
    for client in [&mut stalled_one, &mut stalled_zero] {
        for number in 0..MESSAGES {
            let message = client.message();
            assert!(
                message.payload.starts_with(format!("{number} ").as_bytes()),
                "{number}: {message:?}"
            );
        }
    }
    broker.assert_alive();
}

#[test]
fn a_client_behind_the_log_loses_the_oldest_only() {
    let broker = Fixture::with(|config| {
        config.limits.log_bytes = 2 << 20;
        config.metrics = Some("127.0.0.1:0".parse().unwrap());
    });
    let mut stalled = broker.v311("stalled");
    stalled.subscribe("flood/#", 1);
    flood(&broker, "flood/x");
    broker.v311("last").publish("flood/x", "last", 1, false);
    let (mut last_number, mut came) = (None, 0);
    loop {
        let message = stalled.message();
        if message.payload == b"last" {
            break;
        }
        let text = String::from_utf8(message.payload).unwrap();
        let number: usize = text.split(' ').next().unwrap().parse().unwrap();
        assert!(Some(number) > last_number, "{number} after {last_number:?}");
        last_number = Some(number);
        came += 1;
    }
    assert_eq!(last_number, Some(MESSAGES - 1));
    assert!(came < MESSAGES);
    let lost = "releve_broker_dropped_total{reason=\"behind\"}";
    let counted = figure(broker.broker().metrics_addr().unwrap(), lost);
    assert_eq!(counted, Some((MESSAGES - came) as u64));
}

#[test]
fn a_stalled_client_is_cut_off_at_the_end_of_its_keep_alive() {
    let broker = Fixture::start();
    let mut stalled = broker.socket();
    let connect = super::support::Connect {
        keep_alive: 1,
        ..super::support::Connect::v311("stalled").will("will", "gone", false)
    };
    stalled.send(&connect.packet());
    stalled.packet();
    stalled.subscribe("flood/#", 0);
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("will", 1);
    flood(&broker, "flood/x");
    assert_eq!(watcher.message().text(), "will gone");
}

#[test]
fn more_filters_than_logs_are_served_all_the_same() {
    let broker = Fixture::with(|config| config.limits.filter_logs = 3);
    let mut client = broker.v5("client");
    let mut publisher = broker.v311("publisher");
    for number in 0..10 {
        let topic = format!("reply/{number}");
        publisher.publish(&topic, "retained", 1, true);
        assert_eq!(client.subscribe(&topic, 1), 1);
        assert_eq!(client.message().text(), format!("{topic} retained"));
    }
    for number in 0..10 {
        let topic = format!("reply/{number}");
        publisher.publish(&topic, "live", 1, false);
        publisher.publish("reply/other", "live", 1, false);
        assert_eq!(client.message().text(), format!("{topic} live"));
    }
    assert_eq!(client.unsubscribe(&["reply/9", "reply/0"]), [0, 0]);
    publisher.publish("reply/9", "unsubscribed", 1, false);
    publisher.publish("reply/8", "still", 1, false);
    assert_eq!(client.message().text(), "reply/8 still");
}

#[test]
fn a_slow_handshake_is_cut_off() {
    let broker = Fixture::with(|config| {
        config.limits.handshake_time = Duration::from_millis(200);
        config.limits.handshakes = 2;
    });
    let mut halfway = broker.socket();
    halfway.send(&[0x10, 20, 0, 4]);
    assert!(halfway.until_closed().is_empty());
    let mut silent = broker.socket();
    let mut other = broker.socket();
    let mut one_more = broker.socket();
    assert!(one_more.until_closed().is_empty());
    assert!(silent.until_closed().is_empty());
    assert!(other.until_closed().is_empty());
    broker.assert_alive();
}

#[test]
fn who_comes_through_this_machine_leaves_handshakes_for_others() {
    let broker = Fixture::with(|config| {
        config.limits.handshakes = 8;
        config.metrics = Some("127.0.0.1:0".parse().unwrap());
    });
    let metrics = broker.broker().metrics_addr().unwrap();
    let silent: Vec<_> = (0..7).map(|_| broker.socket()).collect();
    let counted = |reason: &str, count: u64| {
        let series = format!("releve_broker_connections_refused_total{{reason=\"{reason}\"}}");
        eventually(&series, || figure(metrics, &series) == Some(count));
    };
    counted("source_handshakes", 1);
    drop(silent);
    counted("protocol", 6);
    broker.assert_alive();
}

#[test]
fn a_client_that_asks_for_answers_without_reading_them_is_not_read_on() {
    let broker = Fixture::start();
    let mut greedy = broker.v311("greedy");
    let pings = packet(0xc0, &[]).repeat(10_000);
    // The answers fill the sockets' buffers, then ours up to its mark, then writing here stalls.
    let writing = std::thread::spawn(move || {
        for _ in 0..20 {
            greedy.send(&pings);
        }
        for _ in 0..20 * 10_000 {
            assert_eq!(greedy.packet().first_byte, 0xd0);
        }
    });
    broker.assert_alive();
    writing.join().unwrap();
}
