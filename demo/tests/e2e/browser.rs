//! A person at the web app: a real Chromium before the whole chain.

use std::time::Instant;

use fantoccini::Locator;
use serde_json::Value;

use crate::harness::browser::{BUREAU, Browser, DESK, PHONE};
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! {
    a_person_sees_commands_and_survives_an_outage,
}

/// A voltage as the page shows it.
fn is_voltage(text: &str) -> bool {
    let number: String = text
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    number
        .parse()
        .is_ok_and(|volts: f64| (10.0..16.0).contains(&volts))
}

async fn a_person_sees_commands_and_survives_an_outage(kind: BrokerKind) {
    // Twenty times real time, as the demo: a lease of half an hour lasts a minute and a half.
    let mut stack = Stack::start_with(kind, |config| config.speed = 20.0).await;
    let browser = Browser::start(DESK).await;
    browser.open(&stack.url("/")).await;
    browser.click(&format!("site-{HEALTHY}")).await;
    browser.text("battery-voltage", is_voltage).await;

    // The mode, asked about and then changed.
    browser.click("mode-overcharge_protection").await;
    browser.click("confirm").await;
    browser.outcome("accepted").await;
    browser
        .text("explanation", |text| text.contains("Overcharge protection"))
        .await;

    // By hand: the charger off and on, and the battery answers.
    browser.click("authority-manual").await;
    browser.text("lease-left", |text| text.contains(':')).await;
    browser.click("relay-charger").await;
    browser.click("confirm").await;
    browser
        .text("charger-current", |text| text.starts_with("0.00"))
        .await;
    browser.click("relay-charger").await;
    browser.click("confirm").await;
    browser
        .text("charger-current", |text| !text.starts_with("0.00"))
        .await;
    browser.click("hand-back").await;
    browser.gone("lease").await;

    // The broker dies and comes back: the page says so, and goes on by itself.
    stack.kill_broker().await;
    browser
        .text("connection", |text| {
            text.to_lowercase().contains("reconnect")
        })
        .await;
    browser.text("cut-off", |text| !text.is_empty()).await;
    stack.revive_broker().await;
    browser.connection("online").await;
    browser.gone("cut-off").await;
    browser.text("battery-voltage", is_voltage).await;
    browser.text("age", |text| text.contains("s ago")).await;

    // The site dies with a command on its way: an answer all the same.
    stack.crash_site(HEALTHY);
    browser.text("silent-banner", |text| !text.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_nobody_answers_gets_an_answer_in_the_page() {
    // On Mosquitto nothing tells at once that a frozen site is gone: its last will waits for the
    // keep-alive. The page must answer by itself before that.
    let mut stack = Stack::start_with(BrokerKind::Mosquitto, |config| config.speed = 1.0).await;
    let listener = stack.listen().await;
    listener
        .wait_after(0, &format!("releve/{HEALTHY}/state"), |_| true)
        .await;
    let browser = Browser::start(DESK).await;
    browser.open(&stack.url(&format!("/site/{HEALTHY}"))).await;
    browser.connection("online").await;
    browser.ready("authority-manual").await;
    stack.crash_site(HEALTHY);
    // The crash is announced by the last will; before that, and without it, commands go unanswered.
    listener
        .publish(&format!("releve/{HEALTHY}/availability"), true, "online")
        .await;
    listener
        .wait_after(0, &format!("releve/{HEALTHY}/availability"), |heard| {
            heard.payload == b"offline"
        })
        .await;
    listener
        .publish(&format!("releve/{HEALTHY}/availability"), true, "online")
        .await;
    browser.click("authority-manual").await;
    browser.outcome("no-answer").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_site_is_said_to_be_unknown() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    let browser = Browser::start(BUREAU).await;
    browser.open(&stack.url("/site/nosuch")).await;
    browser
        .text("nowhere", |text| text.contains("Site inconnu"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warm_start_to_the_first_value_is_printed() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    let browser = Browser::start(DESK).await;
    let url = stack.url(&format!("/site/{HEALTHY}"));
    // Once to warm caches; then as a person who comes back.
    for run in ["first visit", "second visit", "third visit"] {
        let started = Instant::now();
        browser.open(&url).await;
        browser.text("battery-voltage", is_voltage).await;
        println!(
            "first live value in the browser, {run}: {:.2?}",
            started.elapsed()
        );
    }
}

/// The faces that a person meets, as pictures to look at; `docs/images/` is made from them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_of_every_face_are_taken_and_nothing_complains() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| {
        config.sites = 3;
        config.speed = 60.0;
    })
    .await;
    // The story of the second site has to come to its point; a lower limit brings it sooner.
    let listener = stack.listen().await;
    listener
        .wait_after(0, "releve/col-de-porte/reading", |_| true)
        .await;
    for (limit, value) in [("temperature_warn", 26.0), ("temperature_limit", 30.5)] {
        listener
            .command(
                "col-de-porte",
                &format!("limit/{limit}"),
                value.into(),
                "accepted",
            )
            .await;
    }
    listener
        .wait_after(0, "releve/col-de-porte/state", |heard| {
            heard.json()["relays"]["charger"]["reason"]["rule"] == "heat"
        })
        .await;
    listener
        .command(HEALTHY, "authority", "manual".into(), "accepted")
        .await;
    for (name, person, path, theme) in [
        ("fleet-en-light", DESK, "/", "light"),
        ("fleet-fr-dark", BUREAU, "/", "dark"),
        (
            "site-manual-en-dark",
            DESK,
            "/site/brest-lighthouse",
            "dark",
        ),
        ("site-alarm-fr-light", BUREAU, "/site/col-de-porte", "light"),
        (
            "site-common-bus-en-light",
            DESK,
            "/site/lyon-relay",
            "light",
        ),
        ("phone-fleet-fr-light", PHONE, "/", "light"),
        ("phone-alarm-fr-dark", PHONE, "/site/col-de-porte", "dark"),
    ] {
        let browser = Browser::start(person).await;
        browser.open(&stack.url(path)).await;
        browser.click(&format!("theme-{theme}")).await;
        if path == "/" {
            until("sparklines of three sites", async || {
                let drawn = browser
                    .page
                    .find_all(Locator::Css(".spark path"))
                    .await
                    .ok()?;
                (drawn.len() >= 3).then_some(())
            })
            .await;
        } else {
            browser
                .text("quantity-battery.voltage", |text| text.contains('V'))
                .await;
        }
        browser.assert_no_overflow(name).await;
        browser.screenshot(name).await;
        assert_eq!(browser.complaints().await, Vec::<Value>::new(), "{name}");
    }
}

/// An input that gives nothing says why beside its figure; as pictures to look at, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_input_says_so_beside_its_figure() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    stack.lose_thermometer(HEALTHY);
    for (name, person, theme, said) in [
        ("site-silent-input-en-light", DESK, "light", "no answer"),
        ("site-silent-input-fr-dark", BUREAU, "dark", "ne répond pas"),
        (
            "phone-silent-input-fr-light",
            PHONE,
            "light",
            "ne répond pas",
        ),
    ] {
        let browser = Browser::start(person).await;
        let site = format!("/site/{HEALTHY}");
        browser.open(&stack.url(&site)).await;
        browser.click(&format!("theme-{theme}")).await;
        browser.text("fault-temperature", |text| text == said).await;
        browser.assert_no_overflow(name).await;
        browser.show("quantity-temperature").await;
        browser.screenshot(name).await;
        assert_eq!(browser.complaints().await, Vec::<Value>::new(), "{name}");
    }
}
