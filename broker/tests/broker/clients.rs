//! The clients of the project: rumqttc, in both versions.

use std::time::Duration;

use rumqttc::v5::mqttbytes::v5::Packet as PacketV5;
use tokio::time::timeout;

use super::support::{DEADLINE, Fixture};

#[test]
fn rumqttc_of_version_311() {
    let broker = Fixture::start();
    broker.runtime.block_on(async {
        let mut options = rumqttc::MqttOptions::new("node/1", "127.0.0.1", broker.addr().port());
        options.set_keep_alive(Duration::from_secs(10));
        options.set_last_will(rumqttc::LastWill::new(
            "a/will",
            "gone",
            rumqttc::QoS::AtLeastOnce,
            true,
        ));
        let (client, mut events) = rumqttc::AsyncClient::new(options, 10);
        client
            .subscribe("a/#", rumqttc::QoS::ExactlyOnce)
            .await
            .unwrap();
        client
            .publish("a/b", rumqttc::QoS::AtLeastOnce, true, "one")
            .await
            .unwrap();
        client
            .publish("a/c", rumqttc::QoS::ExactlyOnce, false, "two")
            .await
            .unwrap();
        let received = timeout(DEADLINE, async {
            let mut received = Vec::new();
            while received.len() < 2 {
                if let rumqttc::Event::Incoming(rumqttc::Packet::Publish(publish)) =
                    events.poll().await.unwrap()
                {
                    received.push(publish);
                }
            }
            received
        })
        .await
        .unwrap();
        assert_eq!(
            (received[0].topic.as_str(), &received[0].payload[..]),
            ("a/b", &b"one"[..])
        );
        assert_eq!(
            (received[1].topic.as_str(), &received[1].payload[..]),
            ("a/c", &b"two"[..])
        );
    });
}

#[test]
fn rumqttc_of_version_5() {
    let broker = Fixture::start();
    broker.runtime.block_on(async {
        let options = rumqttc::v5::MqttOptions::new("bridge", "127.0.0.1", broker.addr().port());
        let (client, mut events) = rumqttc::v5::AsyncClient::new(options, 10);
        let qos = rumqttc::v5::mqttbytes::QoS::AtLeastOnce;
        client.publish("a/b", qos, true, "kept").await.unwrap();
        client.subscribe("a/#", qos).await.unwrap();
        let received = timeout(DEADLINE, async {
            loop {
                if let rumqttc::v5::Event::Incoming(PacketV5::Publish(publish)) =
                    events.poll().await.unwrap()
                {
                    return publish;
                }
            }
        })
        .await
        .unwrap();
        assert_eq!(
            (&received.topic[..], &received.payload[..], received.retain),
            (&b"a/b"[..], &b"kept"[..], true)
        );
    });
}

#[test]
fn rumqttc_returns_to_its_session_and_its_will_is_published() {
    let broker = Fixture::start();
    let mut watcher = broker.v311("watcher");
    watcher.subscribe("a/will", 1);
    let mut options = rumqttc::v5::MqttOptions::new("bridge", "127.0.0.1", broker.addr().port());
    options
        .set_clean_start(false)
        .set_connect_properties(rumqttc::v5::mqttbytes::v5::ConnectProperties::new())
        .set_session_expiry_interval(Some(60));
    let qos = rumqttc::v5::mqttbytes::QoS::AtLeastOnce;
    let will = rumqttc::v5::mqttbytes::v5::LastWill::new("a/will", "gone", qos, false, None);
    options.set_last_will(will);
    broker.runtime.block_on(async {
        let (client, mut events) = rumqttc::v5::AsyncClient::new(options.clone(), 10);
        client.subscribe("a/b", qos).await.unwrap();
        let subscribed = async {
            while !matches!(
                events.poll().await.unwrap(),
                rumqttc::v5::Event::Incoming(PacketV5::SubAck(_))
            ) {}
        };
        timeout(DEADLINE, subscribed).await.unwrap();
        // Dropped here, without a goodbye.
    });
    assert_eq!(watcher.message().text(), "a/will gone");
    let mut publisher = broker.v5("publisher");
    for number in 0..30 {
        let payload = format!("{number}");
        publisher.publish_with("a/b", payload.as_bytes(), 1, false, b"\x26\0\x01k\0\x01v");
    }
    broker.runtime.block_on(async {
        let (_client, mut events) = rumqttc::v5::AsyncClient::new(options, 10);
        let receiving = async {
            let (mut is_present, mut next) = (false, 0);
            while next < 30 {
                match events.poll().await.unwrap() {
                    rumqttc::v5::Event::Incoming(PacketV5::ConnAck(connack)) => {
                        is_present = connack.session_present;
                    }
                    rumqttc::v5::Event::Incoming(PacketV5::Publish(publish)) => {
                        assert_eq!(publish.payload, next.to_string());
                        let properties = publish.properties.unwrap().user_properties;
                        assert_eq!(properties, [("k".to_owned(), "v".to_owned())]);
                        next += 1;
                    }
                    _ => {}
                }
            }
            assert!(is_present);
        };
        timeout(DEADLINE, receiving).await.unwrap();
    });
}
