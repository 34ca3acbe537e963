//! A person who sees the web app for the first time: a refusal says what to do, what ends something asks
//! first, times say whose they are, and nothing is cut off or written over something else.

use releve_protocol::Timestamp;
use serde_json::{Value, json};

use crate::harness::browser::{BUREAU, Browser, DESK, PHONE, Person};
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

/// A small window at a desk, in English.
const SMALL_DESK: Person = Person {
    width: 1280,
    ..DESK
};

/// The same in French.
const PETIT_BUREAU: Person = Person {
    width: 1280,
    ..BUREAU
};

/// On a phone, in English.
const PHONE_IN_ENGLISH: Person = Person {
    language: "en",
    ..PHONE
};

async fn site_page(stack: &Stack, person: Person) -> Browser {
    let browser = Browser::start(person).await;
    browser.open(&stack.url(&format!("/site/{HEALTHY}"))).await;
    browser.connection("online").await;
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_does_not_fit_another_names_it_and_can_be_mended() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 20.0).await;
    let browser = site_page(&stack, BUREAU).await;
    browser.click("edit-charge_resume").await;
    browser.fill("limit-input", "14,4").await;
    browser.click("limit-save").await;
    browser
        .text("limit-error", |text| {
            text.contains("Ouverture du chargeur") && text.contains("14,50")
        })
        .await;
    browser.show("limit-charge_resume").await;
    browser.screenshot("limit-refused-fr-light").await;
    browser.fill("limit-input", "13,1").await;
    browser.click("limit-save").await;
    browser.gone("limit-input").await;
    browser
        .text("edit-charge_resume", |text| text.contains("13,10"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn manual_authority_asks_before_it_ends_a_cycle() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 20.0).await;
    let listener = stack.listen().await;
    // A site that has not measured yet starts no cycle.
    let topic = format!("releve/{HEALTHY}/reading");
    listener.wait_after(0, &topic, |_| true).await;
    for (thing, value) in [("mode", "consumption_cycle"), ("cycle", "start")] {
        listener
            .command(HEALTHY, thing, value.into(), "accepted")
            .await;
    }
    let browser = site_page(&stack, SMALL_DESK).await;
    browser
        .there("[data-testid='phase-filling'][data-place='now']")
        .await;
    browser.click("authority-manual").await;
    browser
        .text("confirm-question", |text| {
            text.contains("The running cycle ends")
        })
        .await;
    browser.screenshot("manual-asks-en-light").await;
    browser.click("cancel").await;
    browser.gone("confirm-question").await;
    browser
        .there("[data-testid='phase-filling'][data-place='now']")
        .await;
    browser.click("authority-manual").await;
    browser.click("confirm").await;
    browser.text("lease-left", |text| text.contains(':')).await;
    browser
        .text("cycle-last", |text| text.contains("an operator ended it"))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_tells_its_own_time_and_the_page_says_so() {
    // In real time, so that a moment is the same one on the wire and in the page.
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 1.0).await;
    let listener = stack.listen().await;
    let browser = site_page(&stack, SMALL_DESK).await;
    browser
        .text("zones", |text| text.contains("of this device"))
        .await;
    // Half an hour off every zone in which somebody is likely to run this.
    let schedule = json!({
        "time_zone": "Asia/Kolkata", "critical": [], "cycle_every_days": 30,
        "allowed": [{"days": ["saturday"], "from": "22:00", "to": "05:00"}],
    });
    listener
        .command(HEALTHY, "schedule", schedule, "accepted")
        .await;
    browser
        .text("zones", |text| text.contains("of the site, Asia/Kolkata"))
        .await;
    let topic = format!("releve/{HEALTHY}/state");
    let state = listener.wait_after(0, &topic, |_| true).await.json();
    let since: Timestamp = state["relays"]["charger"]["since"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a time");
    let minute = (since.as_unix_millis() / 60_000 + 330) % 1440;
    let there = format!("{:02}:{:02}", minute / 60, minute % 60);
    browser
        .text("decision-charger", |text| text.contains(&there))
        .await;
    // A command is sent in this device's time, which then says so.
    browser.click("authority-manual").await;
    let here = browser.page.execute(ZONE_HERE, vec![]).await;
    let here = here.expect("a name");
    let here = here.as_str().expect("text");
    browser.text("toast", |text| text.contains(here)).await;
    browser.outcome("accepted").await;
    browser.screenshot("zones-en-light").await;
}

/// How this device's zone is called in a short form.
const ZONE_HERE: &str =
    "return new Date().toLocaleTimeString('en-GB', {timeZoneName: 'short'}).split(' ')[1];";

/// Texts of the drawing that is shown which are written over one another, however little.
const OVERLAPS: &str = "
    const texts = [...document.querySelectorAll('.flow svg text')]
        .filter(text => text.textContent.trim() && text.getBoundingClientRect().width > 0)
        .flatMap(text => {
            const labels = [...text.querySelectorAll('tspan.label')];
            return labels.length ? [text.firstChild, ...labels] : [text];
        })
        .map(node => {
            const range = document.createRange();
            range.selectNodeContents(node);
            const {left, right, top, bottom} = range.getBoundingClientRect();
            // Letters fill less than their line.
            const spare = (bottom - top) * 0.25;
            return {said: node.textContent, left, right, top: top + spare, bottom: bottom - spare};
        });
    return texts.flatMap((a, i) => texts.slice(i + 1)
        .filter(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map(b => a.said + ' | ' + b.said));";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_over_anything_on_a_phone_with_a_full_battery() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    for (person, theme, name) in [
        (PHONE, "light", "phone-full-fr-light"),
        (PHONE_IN_ENGLISH, "dark", "phone-full-en-dark"),
    ] {
        let browser = site_page(&stack, person).await;
        browser.click(&format!("theme-{theme}")).await;
        browser
            .text("state-of-charge", |text| text.starts_with("100"))
            .await;
        browser.text("explanation", |text| !text.is_empty()).await;
        let overlaps = browser.page.execute(OVERLAPS, vec![]).await;
        assert_eq!(overlaps.expect("a list"), json!([]), "{name}");
        browser.show("explanation").await;
        browser.screenshot(name).await;
        assert_eq!(browser.complaints().await, Vec::<Value>::new(), "{name}");
    }
}

/// Cells of the table whose text is cut off, and the table where it is wider than its plate.
const CUT: &str = "
    const table = document.querySelector('[data-testid=fleet-table]');
    const edge = table.getBoundingClientRect().right + 0.5;
    return [...table.querySelectorAll('th, td')]
        .filter(cell => cell.scrollWidth > cell.clientWidth + 1
            || cell.getBoundingClientRect().right > edge)
        .map(cell => cell.textContent);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_sites_fits_and_counts_the_alarms_that_it_does_not_name() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| {
        config.sites = 3;
        config.speed = 60.0;
    })
    .await;
    let listener = stack.listen().await;
    listener
        .wait_after(0, "releve/col-de-porte/reading", |_| true)
        .await;
    // Lower limits bring the second site's story to its point sooner.
    for (limit, value) in [("temperature_warn", 26.0), ("temperature_limit", 30.5)] {
        let thing = format!("limit/{limit}");
        listener
            .command("col-de-porte", &thing, value.into(), "accepted")
            .await;
    }
    listener
        .wait_after(0, "releve/col-de-porte/state", |heard| {
            heard.json()["alarms"]
                .as_array()
                .is_some_and(|alarms| alarms.len() >= 2)
        })
        .await;
    for (person, theme, view, name) in [
        (PETIT_BUREAU, "light", "table", "table-fr-light"),
        (SMALL_DESK, "dark", "table", "table-en-dark"),
        (
            Person {
                width: 800,
                ..BUREAU
            },
            "light",
            "table",
            "narrow-table-fr-light",
        ),
        (PHONE, "dark", "table", "phone-table-fr-dark"),
        (PHONE_IN_ENGLISH, "light", "table", "phone-table-en-light"),
        (PHONE, "light", "cards", "phone-cards-fr-light"),
        (SMALL_DESK, "dark", "cards", "cards-en-dark"),
    ] {
        let browser = Browser::start(person).await;
        browser.open(&stack.url("/")).await;
        browser.click(&format!("theme-{theme}")).await;
        browser.click(&format!("view-{view}")).await;
        let others = if person.language == "fr" {
            "autre"
        } else {
            "more"
        };
        until("a site with more than one alarm", async || {
            let text = browser.page.source().await.ok()?;
            text.contains(others).then_some(())
        })
        .await;
        if view == "table" {
            let cut = browser.page.execute(CUT, vec![]).await;
            assert_eq!(cut.expect("a list"), json!([]), "{name}");
        }
        browser.assert_no_overflow(name).await;
        browser.screenshot(name).await;
    }
}
