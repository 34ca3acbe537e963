use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::mail::{MailConfig, SmtpConfig, sample};
use crate::moment::Moment;

/// What a server that answers so to the recipient makes of a mail.
async fn outcome(answer: &'static str) -> Result<(), DeliveryError> {
    outcome_of("220 ready", answer).await
}

async fn outcome_of(greeting: &'static str, answer: &'static str) -> Result<(), DeliveryError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut stream = BufReader::new(stream);
        let mut reply = greeting;
        loop {
            let written = stream.write_all(format!("{reply}\r\n").as_bytes()).await;
            let mut line = String::new();
            let read = stream.read_line(&mut line).await;
            if written.is_err() || !matches!(read, Ok(1..)) {
                return;
            }
            reply = if line.starts_with("RCPT") {
                answer
            } else {
                "250 ok"
            };
        }
    });
    let sent = to(format!("smtp://{address}")).await;
    server.abort();
    sent
}

async fn to(url: String) -> Result<(), DeliveryError> {
    let config = MailConfig {
        smtp: SmtpConfig {
            url,
            login: None,
            ca: None,
        },
        from: "releve@example.org".parse().expect("an address"),
        to: vec!["a@example.org".parse().expect("a recipient")],
    };
    let smtp = Server::of(&config.smtp).expect("a server");
    let mail = sample::mail(&config.from, &config.to[0], Moment::now().wall).expect("a mail");
    smtp.deliver(&mail).await
}

#[tokio::test]
async fn an_answer_speaks_of_the_mail_or_of_the_server() {
    for (answer, expected) in [
        ("450 mailbox busy", Some(Setback::Mail)),
        ("451 greylisted", Some(Setback::Mail)),
        ("421 closing", Some(Setback::Server)),
        ("530 log in first", Some(Setback::Server)),
        ("550 nobody of that name", None),
    ] {
        let error = outcome(answer).await.expect_err(answer);
        assert_eq!(error.setback, expected, "{answer}: {}", error.reason);
    }
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_speaks_of_no_mail() {
    for greeting in [
        "554 this address is on a list",
        "421 too many",
        "521 no mail here",
    ] {
        let error = outcome_of(greeting, "250 ok").await.expect_err(greeting);
        assert_eq!(error.setback, Some(Setback::Server), "{}", error.reason);
    }
}

#[tokio::test]
async fn a_server_that_is_away_speaks_of_no_mail() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = to(format!("smtp://{address}")).await.expect_err("nobody");
    assert_eq!(error.setback, Some(Setback::Server), "{}", error.reason);
}
