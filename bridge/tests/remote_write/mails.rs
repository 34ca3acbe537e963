//! Mails over a real SMTP conversation, encrypted and with a login, and what becomes of them where it breaks.

use std::path::Path;
use std::time::Duration;

use releve_bridge::mail::{Login, MailConfig, SmtpConfig, send_test};
use releve_bridge::{Bridge, Config};
use releve_broker::Broker;
use releve_protocol::control::AlarmName;
use tempfile::TempDir;

use crate::harness::{config, metric, start_bridge_as, start_broker, until};
use crate::mail_server::{Encryption, LOGIN, Mail, MailServer};
use crate::sites::Sites;
use crate::wire::{Weather, Wire};

fn mail_config(url: String, ca: &Path, password: &str) -> MailConfig {
    MailConfig {
        smtp: SmtpConfig {
            url,
            login: Some(Login {
                user: LOGIN.0.to_owned(),
                password: password.to_owned(),
            }),
            ca: Some(ca.to_owned()),
        },
        from: "releve@example.org".parse().expect("an address"),
        to: vec!["anna@example.org=fr".parse().expect("a reader")],
    }
}

async fn outcome(config: &MailConfig) -> Result<(), String> {
    let mut outcomes = send_test(config).await.expect("a configuration");
    outcomes.remove(0).1
}

#[tokio::test]
async fn mails_are_encrypted_and_logged_in() {
    for (encryption, scheme, query) in [
        (Encryption::StartTls, "smtp", "?tls=required"),
        (Encryption::Tls, "smtps", ""),
    ] {
        let server = MailServer::start(encryption).await;
        let url = format!("{scheme}://{}{query}", server.address());
        let taken = outcome(&mail_config(url.clone(), &server.ca(), LOGIN.1)).await;
        assert_eq!(taken, Ok(()), "{encryption:?}");
        let mails = server.mails();
        let [mail] = &mails[..] else {
            panic!("{} mails", mails.len());
        };
        assert_eq!(mail.defects, Vec::<String>::new());
        assert!(
            mail.pictures.len() == 1 && mail.plain.contains("°C"),
            "{mail:?}"
        );

        let wrong = outcome(&mail_config(url.clone(), &server.ca(), "wrong")).await;
        assert!(
            wrong.is_err_and(|why| why.contains("535")),
            "{encryption:?}"
        );
        // Signed by somebody else.
        let stranger = MailServer::start(encryption).await;
        let untrusted = outcome(&mail_config(url, &stranger.ca(), LOGIN.1)).await;
        assert!(untrusted.is_err(), "{encryption:?}");
        assert_eq!(server.mails().len(), 1);
    }
}

fn with_mail(broker: &Broker, state: &Path, mail: MailConfig) -> Config {
    let mut config = config(broker.tcp_addr());
    config.state = Some(state.to_owned());
    config.mail = Some(mail);
    config.pace.settle = Duration::from_secs(1);
    config
}

async fn sent(bridge: &Bridge, mails: f64) {
    until(&format!("{mails} mails sent"), async || {
        let sent = metric(bridge, "releve_bridge_mails_sent_total ").await;
        (sent? == mails).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mail_is_taken_though_the_server_never_says_goodbye() {
    let server = MailServer::start(Encryption::Tls).await;
    let wire = Wire::to(server.address()).await;
    wire.turns(Weather::HangsAfterTheAnswer);
    let url = format!("smtps://{}", wire.address());
    let config = mail_config(url, &server.ca(), LOGIN.1);
    let taken = tokio::time::timeout(Duration::from_secs(30), outcome(&config)).await;
    assert_eq!(taken, Ok(Ok(())));
    assert_eq!(server.mails().len(), 1);
}

/// Nobody can know whether a mail was taken where the server's answer to it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_answer_is_lost_comes_again_under_its_name_and_then_no_more() {
    let folder = TempDir::new().expect("a folder");
    let broker = start_broker().await;
    let server = MailServer::start(Encryption::StartTls).await;
    let wire = Wire::to(server.address()).await;
    let url = format!("smtp://{}?tls=required", wire.address());
    let mail = mail_config(url, &server.ca(), LOGIN.1);
    let bridge = start_bridge_as(with_mail(&broker, folder.path(), mail)).await;
    let sites = Sites::with_a_past(&broker, &["north"], 1).await;
    sites.pass_window(true).await;
    sites.publish_states().await;

    wire.turns(Weather::CutsTheAnswer);
    let north = "north".parse().expect("a node id");
    sites
        .alarm_moves(&north, AlarmName::TemperatureLimit, true)
        .await;
    let taken = async |count: usize| {
        until(&format!("{count} mails at the server"), async || {
            let mails = server.mails();
            (mails.len() >= count).then_some(mails)
        })
        .await
    };
    taken(1).await;
    assert_eq!(
        metric(&bridge, "releve_bridge_mails_sent_total ").await,
        Some(0.0)
    );
    wire.turns(Weather::Fine);
    sent(&bridge, 1.0).await;
    sites
        .alarm_moves(&north, AlarmName::TemperatureLimit, true)
        .await;
    sent(&bridge, 2.0).await;
    assert_eq!(
        metric(&bridge, "releve_bridge_mails_waiting ").await,
        Some(0.0)
    );
    bridge.stop().await;

    let mails = server.mails();
    let begins: Vec<&Mail> = mails
        .iter()
        .filter(|mail| mail.references.is_none())
        .collect();
    let [first, again] = &begins[..] else {
        panic!("{mails:#?}");
    };
    // Its picture shows what came meanwhile.
    assert_eq!((&first.id, &first.subject), (&again.id, &again.subject));
    assert_eq!(mails.len(), 3);
}
