//! The frame around every page: top bar, notices, the page itself, toasts.

use leptos::prelude::*;

use crate::components::login::{LoggedIn, LoginForm};
use crate::components::notices::Notices;
use crate::components::toasts::Toasts;
use crate::components::top_bar::TopBar;
use crate::context::Context;
use crate::effect::effect;
use crate::mqtt::Connection;
use crate::pages::fleet::FleetPage;
use crate::pages::nowhere::UnknownPage;
use crate::pages::site::SitePage;
use crate::route::Route;
use crate::text::Word;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let context = Context::start();
    provide_context(context);
    let listener = window_event_listener(leptos::ev::popstate, move |_| {
        context.route.set(Route::current());
    });
    on_cleanup(move || listener.remove());
    effect(Box::new(move || document().set_title(&title(context))));
    // It stays while the answer is awaited, so that what was typed is not lost.
    let asks = Memo::new(move |was: Option<&bool>| match context.connection.get() {
        Connection::LoginWanted { .. } => true,
        Connection::Online => false,
        Connection::Connecting | Connection::Waiting { .. } => was.copied().unwrap_or(false),
    });
    view! {
        <a class="skip" href="#main">{context.word(Word::SkipToContent)}</a>
        <TopBar/>
        <main id="main" class="wrap" tabindex="-1">
            <Notices/>
            {move || match (asks.get(), context.route.get()) {
                (true, _) => view! { <LoginForm/> }.into_any(),
                (false, Route::Fleet) => view! { <FleetPage/> }.into_any(),
                (false, Route::Site(id)) => view! { <SitePage id/> }.into_any(),
                (false, Route::Unknown) => view! { <UnknownPage/> }.into_any(),
            }}
            <LoggedIn/>
        </main>
        <Toasts/>
    }
}

fn title(context: Context) -> String {
    let page = match context.route.get() {
        Route::Fleet => context.say(Word::Fleet).to_owned(),
        Route::Site(id) => context.fleet.with(|fleet| {
            fleet
                .site(&id)
                .map_or_else(|| id.to_string(), |site| site.name().to_owned())
        }),
        Route::Unknown => context.say(Word::UnknownPage).to_owned(),
    };
    format!("{page} · Releve")
}
