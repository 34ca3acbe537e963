//! A real browser (Debian's Chromium), driven over WebDriver.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use super::process::{Running, folder, free_address};
use super::until::until;

/// A running Chromium with one page.
pub struct Browser {
    /// The page.
    pub page: Client,
    // After the page: the driver ends the browser, then itself.
    _driver: Running,
}

/// How a browser stands before a person: its size and the language it asks for.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Window width in CSS pixels.
    pub width: u32,
    /// Window height in CSS pixels.
    pub height: u32,
    /// `Accept-Language` and `navigator.language`.
    pub language: &'static str,
}

impl Browser {
    /// Starts a browser with a new profile.
    pub async fn start(person: Person) -> Self {
        let address: SocketAddr = free_address();
        let folder = folder();
        let profile = folder.path().join("profile");
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={}", address.port()));
        let mut driver = Running::start("chromedriver", "chromium-driver", folder, &mut command);
        driver.listening(address).await;
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ]
        .map(String::from)
        .into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        arguments.push(format!("--window-size={},{}", person.width, person.height));
        arguments.push(format!("--lang={}", person.language));
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {"intl.accept_languages": person.language},
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://{address}"))
            .await
            .expect(
                "a session with Chromium: install the Debian packages chromium and chromium-driver",
            );
        Self {
            page,
            _driver: driver,
        }
    }

    /// Waits for the text of the element with that `data-testid` to satisfy the condition.
    pub async fn text(&self, id: &str, condition: impl Fn(&str) -> bool) -> String {
        let mut last = None;
        let css = format!("[data-testid='{id}']");
        let found = async {
            until(&format!("{id} in the page"), async || {
                let element = self.page.find(Locator::Css(&css)).await.ok()?;
                let text = element.text().await.ok()?;
                let fits = condition(&text);
                last = Some(text.clone());
                fits.then_some(text)
            })
            .await
        };
        found.await
    }

    /// Clicks the element with that `data-testid`, once it is there and takes clicks.
    pub async fn click(&self, id: &str) {
        let css = format!("[data-testid='{id}']");
        until(&format!("{id} to take a click"), async || {
            let element = self.page.find(Locator::Css(&css)).await.ok()?;
            if !element.is_enabled().await.ok()? {
                return None;
            }
            element.click().await.ok()
        })
        .await;
    }

    /// Saves a picture under `target/screenshots/`, where people and the README's image come from.
    pub async fn screenshot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.page.screenshot().await.expect("a picture of the page");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("room for a picture");
    }

    /// Everything that the page wrote to the console at level SEVERE: errors, CSP violations.
    pub async fn end(self) {
        self.page.close().await.expect("the browser to close");
    }
}
