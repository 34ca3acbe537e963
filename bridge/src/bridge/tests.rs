use std::collections::BTreeSet;

use super::*;
use crate::mail::{MailConfig, SmtpConfig};
use crate::metrics_server::ServerConfig;

/// How long anything may take; generous for loaded machines.
const DEADLINE: Duration = Duration::from_mins(1);

/// A bridge with every part, whose broker, mail server and Prometheus are not there.
async fn bridge() -> Bridge {
    releve_access::encrypt_with_ring();
    let id = "test".parse().expect("an id");
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    let http = SocketAddr::from(([127, 0, 0, 1], 0));
    let broker = releve_protocol::connection::BrokerAddress::from(nobody);
    let mut config = Config::new(id, broker, http);
    config.mail = Some(MailConfig {
        smtp: SmtpConfig {
            url: format!("smtp://{nobody}"),
            login: None,
            ca: None,
        },
        from: "releve@example.org".parse().expect("an address"),
        to: vec!["a@example.org".parse().expect("a recipient")],
    });
    config.remote_write = Some(ServerConfig {
        url: format!("http://{nobody}/write"),
        login: None,
        ca: None,
    });
    start(config).await.expect("a bridge")
}

async fn health(bridge: &Bridge) -> (u16, String) {
    let url = format!("http://{}/healthz", bridge.http_addr());
    let response = reqwest::get(url).await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a body"))
}

/// Waits for the bridge to notice that the part has ended, and to say so.
async fn assert_told(bridge: Bridge, part: &str) {
    let reason = tokio::time::timeout(DEADLINE, bridge.failed()).await;
    let reason = reason.unwrap_or_else(|_| panic!("nobody notices the end of {part}"));
    assert!(reason.contains(&format!("{part:?}")), "{reason}");
    if part != "HTTP" {
        let (status, text) = health(&bridge).await;
        assert!(status == 503 && text.contains(part), "{status} {text}");
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_part_that_ends_by_itself_is_noticed_and_told() {
    let all = bridge().await;
    let names: BTreeSet<_> = all.tasks.iter().map(|(name, _)| *name).collect();
    assert!(all.parts.check().is_ok());
    let parts = all.parts.clone();
    all.stop().await;
    assert!(parts.check().is_ok(), "an orderly end is none by itself");
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        let bridge = bridge().await;
        let part = bridge.tasks.iter().find(|(part, _)| *part == name);
        part.expect("the part").1.abort();
        assert_told(bridge, name).await;
    }
}

#[tokio::test]
async fn a_panic_is_noticed_and_told() {
    let parts = Parts::new(CancellationToken::new());
    let part = parts.spawn("mail", async { panic!("on purpose") });
    let reason = tokio::time::timeout(DEADLINE, parts.failed()).await;
    let reason = reason.expect("noticed");
    assert!(reason.contains("\"mail\" has failed"), "{reason}");
    assert!(part.await.is_err());
}

#[tokio::test]
async fn the_end_of_the_stores_thread_is_noticed_and_told() {
    let bridge = bridge().await;
    bridge.store.end().cancel();
    assert_told(bridge, "store").await;
}
