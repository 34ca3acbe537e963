//! A scripted sequence of faults through the whole chain, and every mail that it brings.
//!
//! What a day brings, hour by hour, is shown in virtual time (`bridge/src/watch/tests.rs`); here that the process, its
//! store, a broker and a real mail server bring the same to people, over a kill and while the server is away.

use releve_protocol::NodeId;
use releve_protocol::control::AlarmName;
use tempfile::TempDir;

use crate::harness::{start_broker, until};
use crate::mail_server::{Encryption, Mail, MailServer};
use crate::program::{Program, Settings};
use crate::sites::Sites;

/// Long enough that a loaded machine raises an alarm anew within it.
const SETTLE_MS: u64 = 4_000;

#[rustfmt::skip] // A table reads as a table.
const TOLD: [(&str, &[&str]); 2] = [
    ("anna@example.org", &[
        "[Releve] north: Battery too hot: charger disconnected",
        "[Releve] north: ended: Battery too hot: charger disconnected",
        "[Releve] south: Battery warm",
        "[Releve] south: ended: Battery warm",
        "[Releve] north: Mains lost",
        "[Releve] north: comes and goes: Mains lost",
        "[Releve] north: ended: Mains lost",
    ]),
    ("brice@example.org", &[
        "[Releve] north : Batterie trop chaude : chargeur déconnecté",
        "[Releve] north : fin d’alerte : Batterie trop chaude : chargeur déconnecté",
    ]),
];

/// What somebody was told, in its order: the server's files have none, but names of mails hold episode and number.
fn told_to<'a>(to: &str, mails: &'a [Mail]) -> Vec<&'a Mail> {
    let of_name = |mail: &&Mail| -> Option<(i64, u32)> {
        let mut parts = mail.id.split('.').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let mut told: Vec<&Mail> = mails.iter().filter(|mail| mail.to == to).collect();
    told.sort_by_key(of_name);
    told
}

/// Both forms say the same, a picture is there, and a later mail belongs to the first one of its episode.
fn check_form(mail: &Mail) {
    assert_eq!(mail.defects, Vec::<String>::new(), "{mail:?}");
    assert!(mail.plain.contains("UTC"), "{}", mail.plain);
    let first_line = mail.plain.lines().next().expect("a line");
    let in_html = first_line.replace('\'', "&#39;");
    assert!(mail.html.contains(&in_html), "{in_html} in {}", mail.html);
    assert_eq!(mail.pictures.len(), 1, "{mail:?}");
    // The beginning of a PNG, in base64.
    assert!(mail.pictures[0].starts_with("iVBORw0KGgo"), "{mail:?}");
    let is_first = mail.id.split('.').nth(3) == Some("1");
    assert_eq!(mail.references.is_none(), is_first, "{mail:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_bring_exactly_these_mails_in_both_languages() {
    let folder = TempDir::new().expect("a folder");
    let broker = start_broker().await;
    let mut server = MailServer::start(Encryption::Tls).await;
    let sites = Sites::with_a_past(&broker, &["north", "south"], 40).await;
    let [north, south]: [NodeId; 2] =
        ["north", "south"].map(|name| name.parse().expect("a node id"));
    let mut bridge = Program::new(Settings {
        broker: broker.tcp_addr(),
        state: folder.path().to_owned(),
        // Nobody is there: mails do not wait for it.
        remote_write: "http://127.0.0.1:9/api/v1/write".to_owned(),
        smtp: format!("smtps://{}", server.address()),
        smtp_ca: server.ca(),
        settle_ms: SETTLE_MS,
    });
    bridge.run();
    bridge.until_metric("releve_bridge_connected ", 1.0).await;
    sites.pass_window(true).await;
    sites.publish_states().await;
    for node in [&north, &south] {
        let series = format!("releve_bridge_readings_total{{node=\"{node}\"}} ");
        bridge.until_metric(&series, 41.0).await;
    }
    let sent = "releve_bridge_mails_sent_total ";

    sites
        .alarm_moves(&north, AlarmName::TemperatureLimit, true)
        .await;
    bridge.until_metric(sent, 2.0).await;
    sites
        .alarm_moves(&north, AlarmName::TemperatureLimit, true)
        .await;
    bridge.until_metric(sent, 4.0).await;

    // The server is away, the bridge is killed, and the alarm ends before either is back.
    server.kill();
    sites
        .alarm_moves(&south, AlarmName::TemperatureHigh, true)
        .await;
    bridge
        .until_metric("releve_bridge_mails_waiting ", 1.0)
        .await;
    bridge.kill();
    sites
        .alarm_moves(&south, AlarmName::TemperatureHigh, false)
        .await;
    server.run().await;
    bridge.run();
    bridge.until_metric("releve_bridge_connected ", 1.0).await;
    sites.publish_states().await;
    bridge.until_metric(sent, 6.0).await;

    // One that comes and goes.
    sites.alarm_moves(&north, AlarmName::MainsLost, true).await;
    bridge.until_metric(sent, 7.0).await;
    for _ in 0..6 {
        sites.alarm_moves(&north, AlarmName::MainsLost, true).await;
    }
    bridge.until_metric(sent, 8.0).await;
    sites.alarm_moves(&north, AlarmName::MainsLost, true).await;
    bridge.until_metric(sent, 9.0).await;
    bridge
        .until_metric("releve_bridge_mails_waiting ", 0.0)
        .await;

    let mails = until("the mails", async || {
        let mails = server.mails();
        (mails.len() >= 9).then_some(mails)
    })
    .await;
    assert_eq!(mails.len(), 9, "{mails:#?}");
    mails.iter().for_each(check_form);
    for (to, expected) in TOLD {
        let told = told_to(to, &mails);
        let subjects = told.iter().map(|mail| mail.subject.replace('\u{a0}', " "));
        assert_eq!(subjects.collect::<Vec<_>>(), expected, "{to}");
    }
}
