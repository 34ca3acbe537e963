//! Sessions: kept, gone on with, taken over, ended.

use super::case::{Case, Stage, V5, V311, differs, same};
use super::differences as d;
use super::support::{Client, Connect};

const GOODBYE: [u8; 2] = [0xe0, 0];

/// The cases.
pub fn cases() -> Vec<Case> {
    vec![
        same(
            "whether a session is present is told",
            V311,
            present,
            "0 1 0 0",
        ),
        same(
            "whether a session is present is told",
            V5,
            present,
            "0 1 0 0",
        ),
        same(
            "a session's messages of QoS 1 wait",
            V311,
            waits,
            "t 1 q1, t 2 q1, t 3 q1",
        ),
        same(
            "a session's messages of QoS 1 wait",
            V5,
            waits,
            "t 1 q1, t 2 q1, t 3 q1",
        ),
        same(
            "what was not acknowledged comes again",
            V311,
            again,
            "t 1 q1; t 1 q1 again",
        ),
        same(
            "what was not acknowledged comes again",
            V5,
            again,
            "t 1 q1; t 1 q1 again",
        ),
        same(
            "a newcomer takes the client id over",
            V311,
            taken_over,
            "closed; nothing",
        ),
        differs(
            "a newcomer takes the client id over",
            V5,
            taken_over,
            &d::ENDS,
            "DISCONNECT 0x8e, closed; nothing",
            "closed; nothing",
        ),
        same(
            "a newcomer goes on with the session",
            V311,
            goes_on,
            "CONNACK 1 0x00; t 1 q1",
        ),
        same(
            "a newcomer goes on with the session",
            V5,
            goes_on,
            "CONNACK 1 0x00; t 1 q1",
        ),
        same(
            "an expiry of 0 keeps no session",
            V5,
            no_expiry,
            "CONNACK 0 0x00",
        ),
        same(
            "an expiry told in DISCONNECT holds",
            V5,
            |s| expiry_at_goodbye(s, 60, 0),
            "closed; CONNACK 0 0x00",
        ),
        same(
            "an expiry that ends",
            V5,
            |s| expiry_at_goodbye(s, 60, 1),
            "closed; CONNACK 0 0x00",
        ),
        same(
            "an expiry raised from 0 in DISCONNECT",
            V5,
            |s| expiry_at_goodbye(s, 0, 60),
            "DISCONNECT 0x82, closed; CONNACK 0 0x00",
        ),
    ]
}

fn leave(mut client: Client) {
    client.send(&GOODBYE);
    client.until_closed();
}

fn present(stage: &Stage) -> String {
    let mut said = Vec::new();
    for hello in [
        stage.staying("a"),
        stage.staying("a"),
        stage.hello("a"),
        stage.hello("a"),
    ] {
        let (client, answer) = stage.answer(&hello);
        said.push(answer[8..9].to_owned());
        leave(client);
    }
    said.join(" ")
}

fn subscribed(stage: &Stage) -> Client {
    let mut client = stage.connected(&stage.staying("a"));
    client.subscribe(&stage.topic("t"), 1);
    client
}

fn publish(stage: &Stage, payloads: &[&str]) {
    let mut publisher = stage.client("publisher");
    for payload in payloads {
        publisher.publish(&stage.topic("t"), payload, 1, false);
    }
}

fn waits(stage: &Stage) -> String {
    leave(subscribed(stage));
    publish(stage, &["1", "2", "3"]);
    let mut client = stage.connected(&stage.staying("a"));
    [(); 3].map(|()| stage.message(&mut client)).join(", ")
}

fn again(stage: &Stage) -> String {
    let mut client = subscribed(stage);
    publish(stage, &["1"]);
    let message = client.unacknowledged_message();
    let first = super::words::of_message(&message, &stage.prefix);
    client.reset();
    let mut client = stage.connected(&stage.staying("a"));
    format!("{first}; {}", stage.message(&mut client))
}

fn taken_over(stage: &Stage) -> String {
    let mut old = stage.client("a");
    let mut newcomer = stage.client("a");
    format!(
        "{}; {}",
        stage.exchange(&mut old, &[]),
        stage.exchange(&mut newcomer, &[])
    )
}

fn goes_on(stage: &Stage) -> String {
    let _old = subscribed(stage);
    let (mut newcomer, answer) = stage.answer(&stage.staying("a"));
    publish(stage, &["1"]);
    format!("{answer}; {}", stage.message(&mut newcomer))
}

fn no_expiry(stage: &Stage) -> String {
    let hello = || Connect {
        flags: 0,
        ..stage.hello("a")
    };
    leave(stage.connected(&hello()));
    stage.answer(&hello()).1
}

fn expiry_at_goodbye(stage: &Stage, first_s: u8, then_s: u8) -> String {
    let hello = || Connect {
        flags: 0,
        properties: vec![0x11, 0, 0, 0, first_s],
        ..stage.hello("a")
    };
    let mut client = stage.connected(&hello());
    let said = stage.exchange(&mut client, &[0xe0, 7, 0, 5, 0x11, 0, 0, 0, then_s]);
    let returns = || stage.answer(&hello()).1;
    if then_s == 1 {
        // Only time ends it: whoever looks while it is there keeps it alive.
        std::thread::sleep(std::time::Duration::from_millis(2500));
    }
    format!("{said}; {}", returns())
}
