//! Somebody works at a site: no mail of it until they say so, from the web app, on either broker.

use std::time::Duration;

use crate::harness::browser::{BUREAU, Browser, DESK, PHONE, Person};
use crate::harness::smtp::Smtp;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

const STATE: &str = "releve-bridge/demo/state";

async fn with_mail(kind: BrokerKind, smtp: &Smtp) -> Stack {
    Stack::start_with(kind, |config| {
        config.pace.settle = Duration::from_secs(1);
        config.mail = Some(smtp.config(&["operator@example.org"]));
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

    stack.lose_thermometer(HEALTHY);
    let active = format!("releve_bridge_alert_active{{node=\"{HEALTHY}\",alert=\"data_lost\"}}");
    until("the bridge to know of the alarm", async || {
        stack.metric(&active).await.filter(|active| *active == 1.0)
    })
    .await;
    for waiting in ["sent_total", "waiting"] {
        let mails = stack
            .metric(&format!("releve_bridge_mails_{waiting}"))
            .await;
        assert_eq!(mails, Some(0.0), "nobody is told: {waiting}");
    }

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
