//! An alarm becomes an e-mail, and so does its end, at a real SMTP server.

use std::time::Duration;

use serde_json::json;

use crate::harness::smtp::Smtp;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! { a_raised_and_a_cleared_alarm_are_mailed_once }

async fn a_raised_and_a_cleared_alarm_are_mailed_once(kind: BrokerKind) {
    let smtp = Smtp::start().await;
    let stack = Stack::start_with(kind, |config| {
        // An end is told after a second, not after five minutes.
        config.pace.settle = Duration::from_secs(1);
        config.mail = Some(smtp.config(&["operator@example.org", "astreinte@example.org=fr"]));
    })
    .await;
    let listener = stack.listen().await;
    listener
        .wait_after(0, &format!("releve/{HEALTHY}/reading"), |_| true)
        .await;
    stack.lose_thermometer(HEALTHY);
    let mails = mails(&smtp, 2).await;
    assert!(one(&mails, "operator@example.org").contains("Brest lighthouse"));
    assert!(mails.iter().all(|mail| mail.contains("Subject:")));
    let event = |name: &'static str| {
        move |heard: &crate::harness::mqtt::Heard| {
            let json = heard.json();
            json["event"] == name && json["alarm"] == json!("data_lost")
        }
    };
    let mark = listener.mark();
    stack.mend_thermometer(HEALTHY);
    listener
        .wait_after(
            mark,
            &format!("releve/{HEALTHY}/event"),
            event("alarm_cleared"),
        )
        .await;
    let mails = self::mails(&smtp, 4).await;
    assert_eq!(
        mails.len(),
        4,
        "one raised and one cleared for each of two people: {mails:#?}"
    );
}

/// The mails, once there are that many.
async fn mails(smtp: &Smtp, count: usize) -> Vec<String> {
    until(&format!("{count} mails"), async || {
        let messages = smtp.messages();
        (messages.len() >= count).then_some(messages)
    })
    .await
}

fn one<'a>(mails: &'a [String], to: &str) -> &'a str {
    mails
        .iter()
        .find(|mail| mail.contains(&format!("To: {to}")))
        .unwrap_or_else(|| panic!("no mail to {to}: {mails:#?}"))
}
