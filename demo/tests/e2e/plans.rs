//! A person who plans: the cycle mode, a cycle by hand, the week, and an alarm that is known.

use releve_protocol::Timestamp;
use serde_json::{Value, json};

use crate::harness::browser::{BUREAU, Browser, DESK, PHONE};
use crate::harness::mqtt::Listener;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};

/// A week with all that the picture can show.
fn week() -> Value {
    json!({
        "time_zone": "Europe/Paris",
        "critical": [
            {"days": ["tuesday", "wednesday", "thursday", "friday"], "from": "07:00", "to": "10:00"},
            {"days": ["thursday"], "from": "17:00", "to": "20:00"},
        ],
        "allowed": [
            {"days": ["saturday", "sunday"], "from": "22:00", "to": "05:00"},
            {"days": ["wednesday"], "from": "12:00", "to": "18:00"},
        ],
        "cycle_every_days": 7,
    })
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The same week turned so that its first critical day is the second after that moment: the time of day at
/// which somebody runs the tests may put no critical period before a cycle.
fn week_around(now: Timestamp) -> Value {
    let days_since_1970 = usize::try_from(now.as_unix_millis() / 86_400_000).expect("after 1970");
    // 1970-01-01 was a Thursday; the first critical day of `week` is a Tuesday.
    let turned_by = (days_since_1970 + 3) % 7 + 1;
    let mut week = week();
    for kind in ["critical", "allowed"] {
        for period in week[kind].as_array_mut().expect("periods") {
            for day in period["days"].as_array_mut().expect("days") {
                let written = DAYS.iter().position(|name| day == name).expect("a day");
                *day = DAYS[(written + turned_by) % 7].into();
            }
        }
    }
    week
}

async fn site_page(stack: &Stack, person: crate::harness::browser::Person) -> Browser {
    let browser = Browser::start(person).await;
    browser.open(&stack.url(&format!("/site/{HEALTHY}"))).await;
    browser.connection("online").await;
    browser
}

/// The state's JSON, once it satisfies the condition.
async fn state(listener: &Listener, condition: impl Fn(&Value) -> bool) -> Value {
    let topic = format!("releve/{HEALTHY}/state");
    let heard = listener.wait_after(0, &topic, |heard| condition(&heard.json()));
    heard.await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cycle_is_chosen_started_and_aborted() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 20.0).await;
    let browser = site_page(&stack, DESK).await;
    browser
        .text("cycle-present", |text| text.contains("Observer"))
        .await;
    browser
        .text("cycle-blockers", |text| text.contains("another mode"))
        .await;

    browser.click("mode-consumption_cycle").await;
    browser.click("confirm").await;
    browser.outcome("accepted").await;
    browser
        .there("[data-testid='phase-waiting'][data-place='now']")
        .await;
    browser
        .text("cycle-not-scheduled", |text| text.contains("no schedule"))
        .await;

    browser.click("cycle-start").await;
    browser
        .text("confirm-question", |text| text.contains("charged fully"))
        .await;
    browser.click("confirm").await;
    browser
        .there("[data-testid='phase-filling'][data-place='now']")
        .await;
    browser
        .text("cycle-present", |text| text.contains("by an operator"))
        .await;
    browser
        .text("decision-charger", |text| text.contains("verified full"))
        .await;

    browser.click("cycle-abort").await;
    browser.click("confirm").await;
    browser
        .there("[data-testid='phase-waiting'][data-place='now']")
        .await;
    browser
        .text("cycle-last", |text| text.contains("an operator ended it"))
        .await;
    assert_eq!(browser.complaints().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_is_planned_mended_sent_and_removed() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 20.0).await;
    let listener = stack.listen().await;
    let browser = site_page(&stack, BUREAU).await;
    browser
        .text("schedule-summary", |text| text.contains("Aucun programme"))
        .await;

    // What this page can tell is told before anything is sent …
    browser.click("schedule-edit").await;
    browser.fill("schedule-zone", "Europe/Pari").await;
    browser.fill("schedule-every", "0").await;
    browser.click("schedule-send").await;
    browser
        .there("[data-testid='schedule-every'][aria-invalid='true']")
        .await;
    // … and what only the site can tell, at the field that it names.
    browser.fill("schedule-every", "14").await;
    browser.click("schedule-send").await;
    browser.outcome("rejected").await;
    browser
        .there("[data-testid='schedule-zone'][aria-invalid='true']")
        .await;

    browser.fill("schedule-zone", "Europe/Paris").await;
    browser.fill("period-from", "23h").await;
    browser.click("add-critical").await;
    browser.click("schedule-send").await;
    let planned = state(&listener, |state| state["schedule"].is_object()).await;
    assert_eq!(
        planned["schedule"],
        json!({
            "time_zone": "Europe/Paris",
            "allowed": [{"days": ["saturday", "sunday"], "from": "23:00", "to": "06:00"}],
            "critical": [{
                "days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
                "from": "08:00", "to": "18:00",
            }],
            "cycle_every_days": 14,
        })
    );
    browser.gone("schedule-form").await;
    browser
        .text("week-critical", |text| text.contains("08:00–18:00"))
        .await;

    browser.click("schedule-remove").await;
    browser.click("confirm").await;
    browser
        .text("schedule-summary", |text| text.contains("Aucun programme"))
        .await;
    assert_eq!(browser.complaints().await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alarm_is_acknowledged_and_grows_quiet() {
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 20.0).await;
    let browser = site_page(&stack, BUREAU).await;
    browser
        .text("battery-voltage", |text| !text.is_empty())
        .await;
    stack.lose_thermometer(HEALTHY);
    browser
        .there("[data-alarm='data_lost'][data-kind='alarm'][data-severity='critical']")
        .await;
    browser.click("acknowledge").await;
    browser
        .there("[data-alarm='data_lost'][data-kind='known']")
        .await;
    browser
        .text("banner", |text| text.contains("Acquittée à"))
        .await;
    // The toast follows the language that is chosen after it came.
    browser
        .text("toast", |text| text.contains("acceptée"))
        .await;
    browser.click("lang-en").await;
    browser
        .text("toast", |text| text.contains("accepted"))
        .await;
}

/// The faces of planning, as pictures to look at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_of_planning_are_taken() {
    let stack = Stack::start(BrokerKind::Embedded).await;
    let listener = stack.listen().await;
    listener
        .command(HEALTHY, "mode", "consumption_cycle".into(), "accepted")
        .await;
    listener
        .command(HEALTHY, "schedule", week(), "accepted")
        .await;
    for (name, person, theme, is_edited) in [
        ("plans-en-light", DESK, "light", false),
        ("plans-editor-fr-dark", BUREAU, "dark", true),
        ("phone-plans-fr-dark", PHONE, "dark", false),
        ("phone-editor-fr-light", PHONE, "light", true),
    ] {
        let browser = site_page(&stack, person).await;
        browser.click(&format!("theme-{theme}")).await;
        browser.text("cycle-next", |text| !text.is_empty()).await;
        if is_edited {
            browser.click("schedule-edit").await;
        }
        browser
            .show(if is_edited { "schedule" } else { "cycle" })
            .await;
        finish(&browser, name).await;
    }
}

/// A cycle on battery, as pictures to look at: its card, its track, and the whole page's sentence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_of_a_cycle_are_taken() {
    // Four hours until the battery is full to the brim, then five on battery.
    let stack = Stack::start_with(BrokerKind::Embedded, |config| config.speed = 400.0).await;
    let listener = stack.listen().await;
    let mut pages = Vec::new();
    for (name, person, theme, shown) in [
        ("cycle-fr-light", BUREAU, "light", "site-page"),
        ("phone-cycle-fr-dark", PHONE, "dark", "cycle"),
    ] {
        let browser = site_page(&stack, person).await;
        browser.click(&format!("theme-{theme}")).await;
        pages.push((name, browser, shown));
    }
    let now = state(&listener, |state| state["at"].is_string()).await;
    let now: Timestamp = now["at"].as_str().expect("text").parse().expect("a time");
    for (thing, value) in [
        ("mode", "consumption_cycle".into()),
        ("schedule", week_around(now)),
        ("cycle", "start".into()),
    ] {
        listener.command(HEALTHY, thing, value, "accepted").await;
    }
    for (name, browser, shown) in &pages {
        browser
            .there("[data-testid='phase-discharging'][data-place='now']")
            .await;
        browser.show(shown).await;
        finish(browser, name).await;
    }
}

async fn finish(browser: &Browser, name: &str) {
    browser.assert_no_overflow(name).await;
    browser.screenshot(name).await;
    assert_eq!(browser.complaints().await, Vec::<Value>::new(), "{name}");
}
