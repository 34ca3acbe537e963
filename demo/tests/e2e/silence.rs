//! Somebody works at a site: no mail of it until they say so, from the web app, on either broker.

use std::time::Duration;

use releve_bridge::mail::{MailConfig, SmtpConfig};

use crate::harness::browser::{BUREAU, Browser, DESK, PHONE, Person};
use crate::harness::smtp::Smtp;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

const STATE: &str = "releve-bridge/demo/state";

async fn with_mail(kind: BrokerKind, smtp: &Smtp) -> Stack {
    Stack::start_with(kind, |config| {
        config.pace.settle = Duration::from_secs(1);
        config.mail = Some(MailConfig {
            smtp: SmtpConfig {
                url: format!("smtp://{}", smtp.address),
                login: None,
                ca: None,
            },
            from: "releve@example.org".parse().expect("an address"),
            to: vec!["operator@example.org".parse().expect("a recipient")],
        });
    })
    .await
}

async fn site_page(stack: &Stack, person: Person) -> Browser {
    let browser = Browser::start(person).await;
    browser.open(&stack.url(&format!("/site/{HEALTHY}"))).await;
    browser.connection("online").await;
    browser
}

on_both_brokers! { a_site_is_kept_quiet_from_the_page_and_told_of_afterwards }

async fn a_site_is_kept_quiet_from_the_page_and_told_of_afterwards(kind: BrokerKind) {
    let smtp = Smtp::start().await;
    let stack = with_mail(kind, &smtp).await;
    let listener = stack.listen().await;
    let browser = site_page(&stack, DESK).await;
    browser
        .text("alerts", |text| text.contains("the bridge writes"))
        .await;
    browser.click("quiet-1").await;
    browser.outcome("accepted").await;
    browser
        .text("silenced-banner", |text| {
            text.contains("No alerts are sent until")
        })
        .await;

    let mark = listener.mark();
    stack.lose_thermometer(HEALTHY);
    let event = format!("releve/{HEALTHY}/event");
    listener
        .wait_after(mark, &event, |heard| {
            heard.json()["event"] == "alarm_raised"
        })
        .await;
    // A reading that came after the alarm, and with it a look of the bridge at what is to be told.
    let mark = listener.mark();
    let reading = format!("releve/{HEALTHY}/reading");
    for _ in 0..5 {
        listener.wait_after(mark, &reading, |_| true).await;
    }
    assert_eq!(smtp.messages(), Vec::<String>::new(), "nobody is told");

    let mark = listener.mark();
    browser.click("tell-again").await;
    browser.gone("silenced-banner").await;
    listener
        .wait_after(mark, STATE, |heard| {
            heard.json()["silences"] == serde_json::json!([])
        })
        .await;
    until("the mail of what still holds", async || {
        (smtp.messages().len() == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_the_page_says_so() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    let browser = site_page(&stack, DESK).await;
    browser
        .text("alerts", |text| text.contains("no mail server"))
        .await;
    browser.gone("quiet-1").await;
    assert_eq!(browser.complaints().await, Vec::<serde_json::Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_of_a_silence_are_taken() {
    let smtp = Smtp::start().await;
    let stack = with_mail(BrokerKind::Embedded, &smtp).await;
    for (name, person, theme, shown) in [
        ("silence-en-light", DESK, "light", "alerts"),
        ("silence-fr-dark", BUREAU, "dark", "site-page"),
        ("phone-silence-fr-light", PHONE, "light", "alerts"),
    ] {
        let browser = site_page(&stack, person).await;
        browser.click(&format!("theme-{theme}")).await;
        browser.click("quiet-4").await;
        browser
            .text("silenced-banner", |text| !text.is_empty())
            .await;
        browser.show(shown).await;
        browser.assert_no_overflow(name).await;
        browser.screenshot(name).await;
    }
}
