//! What every component of the page can read and do.

use std::sync::Arc;

use gloo_timers::callback::{Interval, Timeout};
use js_sys::Math;
use leptos::prelude::*;
use releve_protocol::control::RelayName;
use releve_protocol::{Language, NodeId};

use crate::clock;
use crate::commands::{ANSWER_WITHIN_S, Commands, Outcome, Request};
use crate::effect::effect;
use crate::fleet::{Age, Fleet, Notice, Site};
use crate::mqtt::{Client, Connection, Login, Message, News};
use crate::preferences::{self, Theme};
use crate::recent_history;
use crate::route::Route;
use crate::text::{Speaker, Word};

/// How often ages and countdowns are shown anew.
const TICK_MS: u32 = 1_000;

/// The page's state, as signals; copies share it.
#[derive(Clone, Copy)]
pub struct Context {
    /// What is known of the sites.
    pub fleet: RwSignal<Fleet>,
    /// How the connection to the broker stands.
    pub connection: RwSignal<Connection>,
    /// When it was lost, in milliseconds of Unix time.
    pub cut_off_since_ms: RwSignal<Option<f64>>,
    /// The device's clock, in milliseconds of Unix time, once a second.
    pub now_ms: RwSignal<f64>,
    /// The commands of this page.
    pub commands: RwSignal<Commands>,
    /// Who is logged in; nobody where the broker did not ask.
    pub user: RwSignal<Option<String>>,
    /// The page that is shown.
    pub route: RwSignal<Route>,
    /// The language.
    pub language: RwSignal<Language>,
    /// The theme.
    pub theme: RwSignal<Theme>,
    client: StoredValue<Option<Client>, LocalStorage>,
    tab: StoredValue<String>,
    commands_sent: StoredValue<u32>,
}

/// A site as a signal's value: two are equal when nothing came in between.
#[derive(Clone)]
pub struct SiteSnapshot(pub Arc<Site>);

impl PartialEq for SiteSnapshot {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl core::ops::Deref for SiteSnapshot {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.0
    }
}

/// A site that is followed: its snapshot, again and again.
///
/// A type of its own rather than a `Signal`, so that reading it is one function in what a browser
/// downloads, and not one for each place that reads it.
#[derive(Clone, Copy)]
pub struct LiveSite(Memo<SiteSnapshot>);

impl LiveSite {
    /// The newest snapshot; whoever asks is asked again when a newer one comes.
    #[inline(never)]
    pub fn get(self) -> SiteSnapshot {
        self.0.get()
    }

    /// Reads the newest snapshot, as [`Self::get`].
    pub fn with<T>(self, read: impl FnOnce(&SiteSnapshot) -> T) -> T {
        read(&self.get())
    }

    /// The site's id, which never changes.
    #[inline(never)]
    pub fn id(self) -> NodeId {
        self.0.get_untracked().id.clone()
    }

    /// Reads the newest snapshot once.
    pub fn with_untracked<T>(self, read: impl FnOnce(&SiteSnapshot) -> T) -> T {
        read(&self.get_untracked())
    }

    #[inline(never)]
    fn get_untracked(self) -> SiteSnapshot {
        self.0.get_untracked()
    }
}

impl Context {
    /// Makes the page's state and connects to the broker behind this page's own origin.
    pub fn start() -> Self {
        let context = Self {
            fleet: RwSignal::new(Fleet::default()),
            connection: RwSignal::new(Connection::Connecting),
            cut_off_since_ms: RwSignal::new(None),
            now_ms: RwSignal::new(clock::unix_millis()),
            commands: RwSignal::new(Commands::default()),
            user: RwSignal::new(None),
            route: RwSignal::new(Route::current()),
            language: RwSignal::new(preferences::language()),
            theme: RwSignal::new(preferences::theme()),
            client: StoredValue::new_local(None),
            tab: StoredValue::new(format!(
                "releve-ui-{:08x}",
                (Math::random() * 4_294_967_296.0) as u32
            )),
            commands_sent: StoredValue::new(0),
        };
        effect(Box::new(move || {
            preferences::apply(context.language.get(), context.theme.get());
        }));
        // It lives as long as the page.
        Interval::new(TICK_MS, move || context.tick()).forget();
        context.connect();
        context
    }

    fn connect(self) {
        let location = window().location();
        let scheme = match location.protocol().as_deref() {
            Ok("https:") => "wss",
            _ => "ws",
        };
        let host = location.host().unwrap_or_default();
        let login = preferences::login();
        self.user
            .set(login.as_ref().map(|login| login.user.clone()));
        let client = Client::start(
            format!("{scheme}://{host}/mqtt"),
            self.tab.get_value(),
            login,
            Fleet::filters(),
            move |news| self.take(news),
        );
        let again = client.clone();
        let listener = window_event_listener(leptos::ev::online, move |_| again.retry_now());
        on_cleanup(move || listener.remove());
        self.client.set_value(Some(client));
    }

    fn take(self, news: News) {
        match news {
            News::Connection(connection) => self.connection_changed(connection),
            News::Message(message) => self.message_received(&message),
            News::NotAllowed(id) => {
                let now_ms = clock::unix_millis();
                self.commands
                    .update(|commands| commands.not_allowed(&id, now_ms));
            }
        }
    }

    /// Connects as that user, and as nobody where there is none.
    pub fn log_in(self, login: Option<Login>) {
        preferences::store_login(login.as_ref());
        self.user
            .set(login.as_ref().map(|login| login.user.clone()));
        if login.is_none() {
            self.forget_what_was_shown();
        }
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.log_in(login);
            }
        });
    }

    /// Nothing of what another user saw stays on the page.
    fn forget_what_was_shown(self) {
        self.fleet.set(Fleet::default());
        self.commands.set(Commands::default());
    }

    fn tick(self) {
        let now_ms = clock::unix_millis();
        self.now_ms.set(now_ms);
        // Not at the moment of the connection, but when the kept messages have come as well.
        let is_back = self.connection.get_untracked() == Connection::Online
            && self.cut_off_since_ms.get_untracked().is_some();
        if is_back {
            self.cut_off_since_ms.set(None);
        }
        self.pass_commands_time(now_ms);
    }

    fn connection_changed(self, connection: Connection) {
        if matches!(connection, Connection::LoginWanted { .. }) {
            preferences::store_login(None);
            if self.user.get_untracked().is_some() {
                self.user.set(None);
                self.forget_what_was_shown();
            }
        }
        let is_first_loss = matches!(connection, Connection::Waiting { .. })
            && self.cut_off_since_ms.get_untracked().is_none();
        if is_first_loss {
            self.cut_off_since_ms.set(Some(clock::unix_millis()));
        }
        self.connection.set(connection);
    }

    fn message_received(self, message: &Message) {
        let now_ms = clock::unix_millis();
        let notice = self
            .fleet
            .try_update(|fleet| fleet.apply(message, now_ms))
            .flatten();
        match notice {
            Some(Notice::HistoryWanted(id)) => recent_history::fetch(id, move |id, recent| {
                self.fleet.update(|fleet| fleet.add_recent(&id, &recent));
            }),
            Some(Notice::Answer(id, result)) => self
                .commands
                .update(|commands| commands.answer(&id, &result, now_ms)),
            None => {}
        }
    }

    fn pass_commands_time(self, now_ms: f64) {
        let is_timed = self.commands.with_untracked(Commands::is_timed);
        if is_timed {
            self.commands
                .maybe_update(|commands| commands.pass_time(now_ms));
        }
    }

    /// Sends a command; its outcome is shown by itself. Gives the command's id.
    pub fn send(self, node: &NodeId, request: Request) -> String {
        let now_ms = clock::unix_millis();
        self.commands_sent.update_value(|count| *count += 1);
        let id = format!(
            "{}-{}",
            self.tab.get_value(),
            self.commands_sent.get_value()
        );
        let message = request.message(node, &id, now_ms);
        let moves_relay = self.moves_relay(node, &request);
        self.commands.update(|commands| {
            commands.add(id.clone(), node.clone(), request, moves_relay, now_ms);
        });
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.publish(&message);
            }
        });
        let deadline_ms = (ANSWER_WITHIN_S * 1000.0) as u32 + 10;
        Timeout::new(deadline_ms, move || {
            self.pass_commands_time(clock::unix_millis())
        })
        .forget();
        id
    }

    /// What became of a command so far, by its id; followed from now on.
    #[inline(never)]
    pub fn outcome(self, id: &str) -> Option<Outcome> {
        self.commands.with(|commands| {
            let sent = commands.iter().find(|sent| sent.id == id);
            sent.map(|sent| sent.outcome.clone())
        })
    }

    fn moves_relay(self, node: &NodeId, request: &Request) -> bool {
        let Request::Switch(name, contact) = *request else {
            return false;
        };
        let wanted = |name: RelayName| {
            self.fleet
                .with_untracked(|fleet| fleet.site(node)?.relay(name).map(|relay| relay.wanted))
        };
        wanted(name) != Some(contact)
    }

    /// Shows another page.
    pub fn go_to(self, route: Route) {
        route.push();
        self.route.set(route);
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// A fixed text in the page's language.
    #[inline(never)]
    pub fn say(self, word: Word) -> &'static str {
        word.text(self.language.get())
    }

    /// The same as a signal.
    #[inline(never)]
    pub fn word(self, word: Word) -> Signal<&'static str> {
        Signal::derive(move || self.say(word))
    }

    /// A site, followed from now on, if it is known; nothing forgets a site.
    ///
    /// Asking does not subscribe: a part of the page that is built around the answer must not be
    /// built anew with every message, or it would forget the question that a person is just answering.
    pub fn follow(self, id: &NodeId) -> Option<LiveSite> {
        let known = self.fleet.with_untracked(|fleet| fleet.site(id))?;
        Some(LiveSite(Memo::new(move |_| {
            let newest = self.fleet.with(|fleet| fleet.site(&known.id));
            SiteSnapshot(newest.unwrap_or_else(|| Arc::clone(&known)))
        })))
    }

    /// How old a site's values are now.
    #[inline(never)]
    pub fn age(self, site: &Site) -> Age {
        site.age(self.now_ms.get(), self.cut_off_since_ms.get())
    }

    /// Who speaks of a site, in the page's language, the site's time and its zone.
    #[inline(never)]
    pub fn speaker(self, site: &Site) -> Speaker<'_> {
        let now_ms = self.now_ms.get();
        Speaker {
            language: self.language.get(),
            site_now_ms: site.site_time_ms(now_ms).unwrap_or(now_ms),
            zone: site.time_zone(),
            moment: clock::name_moment,
        }
    }

    /// Whether messages flow.
    #[inline(never)]
    pub fn is_online(self) -> bool {
        self.connection.get() == Connection::Online
    }
}
