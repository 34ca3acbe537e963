//! A real browser (Debian's Chromium), driven over WebDriver.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::process::{Running, folder, free_address};
use super::until::{DEADLINE, until};

/// Below this width Chromium opens no window: a phone is emulated instead.
const NARROWEST_WINDOW: u32 = 500;

/// A running Chromium with one page.
pub struct Browser {
    /// The page.
    pub page: Client,
    /// Where the driver hears of the end, and of which session.
    session: (SocketAddr, String),
    _driver: Running,
}

/// Ends the browser with the test, however the test ends: killing the driver alone leaves it behind.
impl Drop for Browser {
    fn drop(&mut self) {
        let (driver, id) = &self.session;
        let end = || -> io::Result<()> {
            let mut stream = TcpStream::connect(driver)?;
            stream.set_read_timeout(Some(DEADLINE))?;
            write!(
                stream,
                "DELETE /session/{id} HTTP/1.1\r\nHost: {driver}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )?;
            // The answer begins when the browser has ended; the driver leaves the connection open.
            stream.read_exact(&mut [0])
        };
        if let Err(error) = end() {
            eprintln!("the browser may be left behind: {error}");
        }
    }
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

/// At a desk, in English.
pub const DESK: Person = Person {
    width: 1440,
    height: 1000,
    language: "en",
};

/// At a desk, in French.
pub const BUREAU: Person = Person {
    language: "fr",
    ..DESK
};

/// On a phone, in French.
pub const PHONE: Person = Person {
    width: 390,
    height: 844,
    language: "fr",
};

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
        let mut capabilities = json!({
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": {"intl.accept_languages": person.language},
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        if person.width < NARROWEST_WINDOW {
            capabilities["goog:chromeOptions"]["mobileEmulation"] = json!({
                "deviceMetrics": {
                    "width": person.width, "height": person.height, "pixelRatio": 2.0, "touch": true,
                },
            });
        }
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://{address}"))
            .await
            .expect(
                "a session with Chromium: install the Debian packages chromium and chromium-driver",
            );
        let id = page
            .session_id()
            .await
            .expect("an answer")
            .expect("a session");
        Self {
            page,
            session: (address, id),
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

    /// Asserts that the page is no wider than the window.
    pub async fn assert_no_overflow(&self, name: &str) {
        let script = "return document.documentElement.scrollWidth - innerWidth";
        let overflow = self.page.execute(script, vec![]).await.expect("a number");
        assert!(
            overflow.as_f64() <= Some(0.0),
            "{name} is {overflow} px too wide"
        );
    }

    /// Saves a picture under `target/screenshots/`, where people and the README's image come from.
    pub async fn screenshot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.page.screenshot().await.expect("a picture of the page");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("room for a picture");
    }

    /// Opens a page and records from its very start what goes wrong in it.
    pub async fn open(&self, url: &str) {
        self.page.goto(url).await.expect("the page to open");
    }

    /// Waits until the element with that `data-testid` is there and takes clicks.
    pub async fn ready(&self, id: &str) {
        let css = format!("[data-testid='{id}']:enabled");
        until(&format!("{id} to be enabled"), async || {
            self.page.find(Locator::Css(&css)).await.ok()
        })
        .await;
    }

    /// Waits for the page to say that its connection is in that state.
    pub async fn connection(&self, state: &str) {
        let css = format!("[data-testid='connection'][data-connection='{state}']");
        until(&format!("the connection to be {state}"), async || {
            self.page.find(Locator::Css(&css)).await.ok()
        })
        .await;
    }

    /// Waits until an element is there, as a CSS selector names it.
    pub async fn there(&self, css: &str) {
        until(&format!("{css} in the page"), async || {
            self.page.find(Locator::Css(css)).await.ok()
        })
        .await;
    }

    /// Puts text into the field with that `data-testid`, as a person who selects all and types. Times
    /// of day are typed differently in each language, so they are put in by their value.
    pub async fn fill(&self, id: &str, text: &str) {
        const FILL: &str = "const [field, text] = arguments;
            field.focus();
            field.value = text;
            field.dispatchEvent(new Event('input', {bubbles: true}));";
        let css = format!("[data-testid='{id}']");
        let arguments = until(&format!("{id} in the page"), async || {
            let field = self.page.find(Locator::Css(&css)).await.ok()?;
            Some(vec![serde_json::to_value(field).ok()?, text.into()])
        })
        .await;
        let filled = self.page.execute(FILL, arguments).await;
        filled.expect("the field to take the text");
    }

    /// Makes the element with that `data-testid` the first one in sight.
    pub async fn show(&self, id: &str) {
        let script = format!(
            "document.querySelector(\"[data-testid='{id}']\").scrollIntoView({{block: 'start'}})"
        );
        let shown = self.page.execute(&script, vec![]).await;
        shown.expect("the element to be there");
    }

    /// Waits until no element has that `data-testid`.
    pub async fn gone(&self, id: &str) {
        let css = format!("[data-testid='{id}']");
        until(&format!("{id} to go"), async || {
            let found = self.page.find_all(Locator::Css(&css)).await.ok()?;
            found.is_empty().then_some(())
        })
        .await;
    }

    /// Waits for a command's toast to come to that outcome.
    pub async fn outcome(&self, outcome: &str) {
        let css = format!("[data-testid='toast'][data-outcome='{outcome}']");
        until(&format!("a command that is {outcome}"), async || {
            self.page.find(Locator::Css(&css)).await.ok()
        })
        .await;
    }

    /// What the browser's console complains of: errors, violations of the content security policy.
    pub async fn complaints(&self) -> Vec<Value> {
        let log = self
            .page
            .issue_cmd(BrowserLog)
            .await
            .expect("the browser's log");
        log.as_array().cloned().unwrap_or_default()
    }
}

/// Chromium's own WebDriver command for its console.
#[derive(Debug)]
struct BrowserLog;

impl WebDriverCompatibleCommand for BrowserLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/se/log"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"type": "browser"}).to_string()))
    }
}
