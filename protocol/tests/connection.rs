//! Addresses of brokers, and waits between attempts.

use std::net::SocketAddr;

use releve_protocol::connection::{BackOff, BrokerAddress};

#[test]
fn addresses_that_can_be_reached_are_read_back_as_written() {
    for text in ["127.0.0.1:1883", "broker.local:8883", "[::1]:1883"] {
        let address: BrokerAddress = text.parse().expect(text);
        assert_eq!(address.to_string(), text);
    }
    let socket: SocketAddr = "[::1]:1883".parse().expect("an address");
    assert_eq!(BrokerAddress::from(socket).to_string(), "[::1]:1883");
}

#[test]
fn addresses_that_cannot_be_reached_are_refused() {
    for text in [
        "",
        "broker",
        ":1883",
        "broker:",
        "broker:0",
        "broker:70000",
        "::1:1883",
        "mqtt://b:1883",
        "a b:1",
    ] {
        let error = text.parse::<BrokerAddress>().expect_err(text);
        assert!(error.to_string().contains("HOST:PORT"), "{error}");
    }
}

#[test]
fn waits_double_to_a_bound_and_begin_anew_after_a_success() {
    let mut back_off = BackOff::default();
    for whole in [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0] {
        let mut unlucky = back_off.clone();
        assert_eq!(back_off.next_wait(1.0).as_secs_f64(), whole);
        assert_eq!(unlucky.next_wait(0.0).as_secs_f64(), whole / 2.0);
    }
    back_off.reset();
    assert_eq!(back_off, BackOff::default());
}
