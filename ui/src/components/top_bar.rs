//! The bar at the top: name, connection, language, theme.

use leptos::prelude::*;
use releve_protocol::Language;

use super::icons::Mark;
use super::link::Link;
use super::segments::{Segment, Segments};
use crate::context::Context;
use crate::mqtt::Connection;
use crate::preferences::{self, Theme};
use crate::route::Route;
use crate::text::{self, Word};

/// The bar at the top.
#[component]
pub fn TopBar() -> impl IntoView {
    view! {
        <header class="top">
            <Link to=Route::Fleet class="brand">
                <Mark/>
                <span>"Releve"</span>
            </Link>
            <ConnectionState/>
            <div class="top-switches">
                <LanguageSwitch/>
                <ThemeSwitch/>
            </div>
        </header>
    }
}

#[component]
fn ConnectionState() -> impl IntoView {
    let context = expect_context::<Context>();
    let state = move || match context.connection.get() {
        Connection::Online => "online",
        Connection::Connecting => "connecting",
        Connection::Waiting { .. } => "waiting",
        Connection::LoginWanted { .. } => "login",
    };
    let words = move || match context.connection.get() {
        Connection::Online => context.say(Word::Connected).to_owned(),
        Connection::Connecting => context.say(Word::Connecting).to_owned(),
        Connection::Waiting { until_ms } => {
            let seconds = ((until_ms - context.now_ms.get()) / 1000.0).max(0.0);
            text::fleet::reconnecting(seconds, context.language.get())
        }
        Connection::LoginWanted { .. } => context.say(Word::LoginWanted).to_owned(),
    };
    view! {
        <span class="connection" role="status" data-testid="connection" data-connection=move || state()>
            <span>{move || words()}</span>
        </span>
    }
}

#[component]
fn LanguageSwitch() -> impl IntoView {
    let context = expect_context::<Context>();
    let segment = |language: Language, name: &'static str, test_id| Segment {
        label: Signal::stored(name),
        is_chosen: Signal::derive(move || context.language.get() == language),
        choose: Callback::new(move |()| {
            preferences::store_language(language);
            context.language.set(language);
        }),
        test_id,
        lang: Some(language.tag()),
    };
    view! {
        <Segments
            label=context.word(Word::LanguageChoice)
            segments=vec![
                segment(Language::English, "EN", "lang-en"),
                segment(Language::French, "FR", "lang-fr"),
            ]
        />
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let context = expect_context::<Context>();
    let segment = |theme: Theme, word: Word, test_id| Segment {
        label: context.word(word),
        is_chosen: Signal::derive(move || context.theme.get() == theme),
        choose: Callback::new(move |()| {
            preferences::store_theme(theme);
            context.theme.set(theme);
        }),
        test_id,
        lang: None,
    };
    view! {
        <Segments
            label=context.word(Word::Theme)
            segments=vec![
                segment(Theme::Auto, Word::ThemeAuto, "theme-auto"),
                segment(Theme::Light, Word::ThemeLight, "theme-light"),
                segment(Theme::Dark, Word::ThemeDark, "theme-dark"),
            ]
        />
    }
}
