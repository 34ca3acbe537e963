//! Carries a [`Session`] over WebSockets, one after the other.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use js_sys::{ArrayBuffer, Math, Uint8Array};
use releve_protocol::connection::BackOff;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::session::{Action, Session, Timer};
use super::{Login, Message, Outgoing};
use crate::clock;

/// A socket that has not brought us into the broker by then is given up.
const CONNECT_WITHIN_MS: u32 = 10_000;

/// How the connection to the broker stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Connection {
    /// A first or another attempt is under way.
    Connecting,
    /// Messages flow.
    Online,
    /// The next attempt begins at that moment, in milliseconds of Unix time.
    Waiting {
        /// When.
        until_ms: f64,
    },
    /// The broker wants to know who we are: nothing goes on before [`Client::log_in`].
    LoginWanted {
        /// Whether it did not believe what it was told.
        was_refused: bool,
    },
}

/// What the client tells of.
#[derive(Debug)]
pub enum News {
    /// How the connection stands now.
    Connection(Connection),
    /// A message of the broker.
    Message(Message),
    /// The broker did not take the message of that id: this user may not send it.
    NotAllowed(String),
}

/// A connection to the broker that mends itself; clones share it.
#[derive(Clone)]
pub struct Client(Rc<RefCell<Inner>>);

struct Inner {
    url: String,
    client_id: String,
    login: Option<Login>,
    filters: Vec<String>,
    link: Option<Link>,
    retry: Option<Timeout>,
    back_off: BackOff,
    on_news: Rc<dyn Fn(News)>,
}

/// One socket with the session on it.
struct Link {
    socket: WebSocket,
    session: Session,
    ping: Option<Timeout>,
    ping_answer: Option<Timeout>,
    connect_deadline: Option<Timeout>,
    _callbacks: Callbacks,
}

struct Callbacks {
    _open: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Fails only for a close code that we do not give.
        let _ = self.socket.close();
    }
}

impl Client {
    /// Connects, and stays connected for as long as a clone of it lives.
    pub fn start(
        url: String,
        client_id: String,
        login: Option<Login>,
        filters: Vec<String>,
        on_news: impl Fn(News) + 'static,
    ) -> Self {
        let client = Self(Rc::new(RefCell::new(Inner {
            url,
            client_id,
            login,
            filters,
            link: None,
            retry: None,
            back_off: BackOff::default(),
            on_news: Rc::new(on_news),
        })));
        client.open();
        client
    }

    /// Sends a message; lost without a trace where the connection is down, as its sender can see.
    pub fn publish(&self, message: &Outgoing) {
        self.with_session(|session| session.publish(message));
    }

    /// Connects anew as that user; as nobody, where there is none.
    pub fn log_in(&self, login: Option<Login>) {
        {
            let mut inner = self.0.borrow_mut();
            inner.login = login;
            inner.link = None;
            inner.retry = None;
        }
        self.open();
    }

    /// Tries at once instead of at the end of the wait, for example when the device is back online.
    pub fn retry_now(&self) {
        let is_waiting = self.0.borrow_mut().retry.take().is_some();
        if is_waiting {
            self.open();
        }
    }

    fn open(&self) {
        self.report(Connection::Connecting);
        match self.new_link() {
            Some(link) => {
                let mut inner = self.0.borrow_mut();
                inner.retry = None;
                inner.link = Some(link);
            }
            None => self.lost(),
        }
    }

    fn new_link(&self) -> Option<Link> {
        let inner = self.0.borrow();
        let socket = WebSocket::new_with_str(&inner.url, "mqtt").ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let callbacks = self.attach(&socket);
        let give_up = self.when_alive(Self::lost);
        Some(Link {
            socket,
            session: Session::new(
                inner.client_id.clone(),
                inner.login.clone(),
                inner.filters.clone(),
            ),
            ping: None,
            ping_answer: None,
            connect_deadline: Some(Timeout::new(CONNECT_WITHIN_MS, give_up)),
            _callbacks: callbacks,
        })
    }

    fn attach(&self, socket: &WebSocket) -> Callbacks {
        let opened = self.when_alive(|client| client.with_session(Session::opened));
        let open = Closure::<dyn FnMut(Event)>::new(move |_| opened());
        let weak = Rc::downgrade(&self.0);
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(client), Ok(buffer)) =
                (Self::alive(&weak), event.data().dyn_into::<ArrayBuffer>())
            {
                let bytes = Uint8Array::new(&buffer).to_vec();
                client.with_session(|session| session.received(&bytes));
            }
        });
        let lost = self.when_alive(Self::lost);
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |_| lost());
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Callbacks {
            _open: open,
            _message: message,
            _close: close,
        }
    }

    fn alive(weak: &Weak<RefCell<Inner>>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// A callback that keeps nothing alive and does nothing once the client is gone.
    fn when_alive(&self, act: impl Fn(&Self) + 'static) -> impl Fn() + 'static {
        let weak = Rc::downgrade(&self.0);
        move || {
            if let Some(client) = Self::alive(&weak) {
                act(&client);
            }
        }
    }

    fn with_session(&self, act: impl FnOnce(&mut Session) -> Vec<Action>) {
        let actions = {
            let mut inner = self.0.borrow_mut();
            inner.link.as_mut().map(|link| act(&mut link.session))
        };
        for action in actions.unwrap_or_default() {
            self.carry_out(action);
        }
    }

    fn carry_out(&self, action: Action) {
        match action {
            Action::Send(bytes) => {
                if let Some(link) = &self.0.borrow().link {
                    // Fails only before the socket is open; the close event tells of the rest.
                    let _ = link.socket.send_with_u8_array(&bytes);
                }
            }
            Action::StartTimer(timer, duration_ms) => {
                let fire = self.when_alive(move |client| {
                    client.with_session(|session| session.timer_fired(timer));
                });
                self.set_timer(timer, Some(Timeout::new(duration_ms, fire)));
            }
            Action::StopTimer(timer) => self.set_timer(timer, None),
            Action::Connected => {
                {
                    let mut inner = self.0.borrow_mut();
                    inner.back_off.reset();
                    if let Some(link) = &mut inner.link {
                        link.connect_deadline = None;
                    }
                }
                self.report(Connection::Online);
            }
            Action::Deliver(message) => self.tell(News::Message(message)),
            Action::NotAllowed(id) => self.tell(News::NotAllowed(id)),
            Action::AskForLogin => {
                let was_refused = {
                    let mut inner = self.0.borrow_mut();
                    inner.link = None;
                    inner.login.take().is_some()
                };
                self.report(Connection::LoginWanted { was_refused });
            }
            Action::Close => self.lost(),
        }
    }

    fn set_timer(&self, timer: Timer, timeout: Option<Timeout>) {
        if let Some(link) = &mut self.0.borrow_mut().link {
            match timer {
                Timer::Ping => link.ping = timeout,
                Timer::PingAnswer => link.ping_answer = timeout,
            }
        }
    }

    fn lost(&self) {
        let wait_ms = {
            let mut inner = self.0.borrow_mut();
            inner.link = None;
            let wait = inner.back_off.next_wait(Math::random());
            u32::try_from(wait.as_millis()).unwrap_or(u32::MAX)
        };
        let open = self.when_alive(Self::open);
        self.0.borrow_mut().retry = Some(Timeout::new(wait_ms, open));
        self.report(Connection::Waiting {
            until_ms: clock::unix_millis() + f64::from(wait_ms),
        });
    }

    fn report(&self, connection: Connection) {
        self.tell(News::Connection(connection));
    }

    fn tell(&self, news: News) {
        let on_news = Rc::clone(&self.0.borrow().on_news);
        on_news(news);
    }
}
