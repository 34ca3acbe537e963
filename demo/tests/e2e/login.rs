//! A person at the web app of a site whose broker lets only users in.

use std::fs;
use std::net::SocketAddr;

use releve_bridge::Config;
use releve_node::mqtt::access::User;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::access::{PASSWORD, access, embedded, start};
use crate::harness::browser::{BUREAU, Browser, DESK, PHONE};
use crate::harness::process::folder;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_logs_in_looks_and_may_not_command() {
    let folder = folder();
    let broker = embedded(folder.path()).await;
    let mut node = access(broker.tls_addr().expect("it speaks TLS"), folder.path());
    if let Some(tls) = &mut node.tls {
        tls.client = None;
    }
    let password_file = folder.path().join("watch.password");
    fs::write(&password_file, PASSWORD).expect("written");
    let mut of_bridge = node.clone();
    of_bridge.user = Some(User {
        name: "watch".to_owned(),
        password_file: Some(password_file),
    });
    let shutdown = CancellationToken::new();
    let _site = start("welcome", node, &shutdown);
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let id = "main".parse().expect("an id");
    let bridge = releve_bridge::start(Config::new(id, of_bridge, any)).await;
    let bridge = bridge.expect("it starts");
    let page = format!("http://{}/site/welcome", bridge.http_addr());

    for (name, person, theme) in [
        ("login-en-light", DESK, "light"),
        ("login-fr-dark", BUREAU, "dark"),
        ("phone-login-fr-light", PHONE, "light"),
    ] {
        let browser = Browser::start(person).await;
        browser.open(&page).await;
        browser.connection("login").await;
        browser.click(&format!("theme-{theme}")).await;
        browser.assert_no_overflow(name).await;
        browser.screenshot(name).await;
    }

    let browser = Browser::start(DESK).await;
    browser.open(&page).await;
    browser.fill("login-user", "anna").await;
    browser.fill("login-password", "a guess").await;
    browser.click("login-submit").await;
    browser.text("login-refused", |text| !text.is_empty()).await;
    browser.screenshot("login-refused-en").await;
    // Whoever mistypes need not type the name again.
    browser.fill("login-password", PASSWORD).await;
    browser.click("login-submit").await;
    browser.connection("online").await;
    browser.text("logged-in", |text| text == "anna").await;
    browser
        .text("quantity-battery.voltage", |text| text.contains('V'))
        .await;

    // A viewer's command is refused at once, by the broker.
    browser.click("mode-overcharge_protection").await;
    browser.click("confirm").await;
    browser.outcome("not-allowed").await;
    browser.screenshot("login-not-allowed-en").await;

    // The tab remembers; a person who leaves is forgotten, with all that they saw.
    browser.open(&page).await;
    browser.connection("online").await;
    browser.text("logged-in", |text| text == "anna").await;
    // The last minutes come from the bridge, which asks for the same user.
    browser.there(".quantity .spark path").await;
    assert_eq!(browser.complaints().await, Vec::<Value>::new());
    browser.click("log-out").await;
    browser.connection("login").await;
    browser.gone("quantity-battery.voltage").await;
    browser.open(&page).await;
    browser.connection("login").await;

    shutdown.cancel();
    bridge.stop().await;
    broker.stop().await;
}
