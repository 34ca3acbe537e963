//! From a node's alarm to a mail, over restarts of the bridge and while the mail server is away.

use std::net::SocketAddr;
use std::path::Path;

use releve_bridge::mail::{MailConfig, SmtpConfig};
use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_protocol::{EventRecord, Timestamp, Topic};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::harness::{Peer, config, get, node, reading, start_broker, until};
use crate::smtp::Smtp;

fn with_mail(broker: &Broker, smtp: SocketAddr, state: &Path) -> Config {
    let mut config = config(broker.tcp_addr());
    config.state = Some(state.to_owned());
    config.mail = Some(MailConfig {
        smtp: SmtpConfig {
            url: format!("smtp://{smtp}"),
            login: None,
            ca: None,
        },
        from: "releve@example.org".parse().expect("an address"),
        to: vec!["anna@example.org=fr".parse().expect("a recipient")],
    });
    config
}

/// Waits until the metrics have that line.
async fn metric(bridge: &Bridge, line: &str) {
    until(line, async || {
        let (_, text) = get(bridge, "/metrics").await;
        text.lines().any(|found| found == line).then_some(())
    })
    .await;
}

async fn raise_an_alarm(peer: &Peer) {
    peer.publish(Topic::Availability(node()), "online").await;
    for seq in 1..=20 {
        let mut reading = reading(seq);
        let millis = reading.at.as_unix_millis() + i64::try_from(seq).expect("few") * 30_000;
        reading.at = Timestamp::from_unix_millis(millis);
        peer.publish_json(Topic::Reading(node()), &reading).await;
    }
    let golden = include_bytes!("../../../protocol/golden/event/alarm_raised.json");
    let raised: EventRecord = releve_protocol::decode(golden).expect("the golden event");
    peer.publish_json(Topic::Event(node()), &raised).await;
}

#[tokio::test]
async fn an_alarm_is_mailed_once_although_server_and_bridge_were_away() {
    let broker = start_broker().await;
    let directory = TempDir::new().expect("a directory");
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let smtp = nobody.local_addr().expect("an address");
    drop(nobody);

    let start = async || {
        let config = with_mail(&broker, smtp, directory.path());
        releve_bridge::start(config).await.expect("a bridge")
    };
    let bridge = start().await;
    metric(&bridge, "releve_bridge_connected 1").await;
    let peer = Peer::connect(&broker, "node").await;
    raise_an_alarm(&peer).await;
    metric(&bridge, "releve_bridge_mails_waiting 1").await;
    let active = "releve_bridge_alert_active{node=\"col-de-porte\",alert=\"temperature_limit\"} 1";
    metric(&bridge, active).await;
    bridge.stop().await;

    let server = Smtp::start(smtp).await;
    let bridge = start().await;
    metric(&bridge, "releve_bridge_mails_sent_total 1").await;
    metric(&bridge, "releve_bridge_mails_waiting 0").await;
    metric(&bridge, active).await;
    bridge.stop().await;

    let bridge = start().await;
    metric(&bridge, "releve_bridge_connected 1").await;
    metric(&bridge, "releve_bridge_mails_sent_total 1").await;
    metric(&bridge, "releve_bridge_mails_waiting 0").await;
    bridge.stop().await;
    broker.stop().await;

    let mails = server.mails();
    let [mail] = &mails[..] else {
        panic!("{} mails: {mails:#?}", mails.len());
    };
    assert!(mail.contains("To: anna@example.org"), "{mail}");
    let name = "Message-ID: <col-de-porte.temperature_limit.";
    assert!(mail.contains(name), "{mail}");
    for part in ["text/plain", "text/html", "image/png"] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
}
