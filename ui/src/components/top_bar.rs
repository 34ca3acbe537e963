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
    };
    let words = move || match context.connection.get() {
        Connection::Online => context.say(Word::Connected).to_owned(),
        Connection::Connecting => context.say(Word::Connecting).to_owned(),
        Connection::Waiting { until_ms } => {
            let seconds = ((until_ms - context.now_ms.get()) / 1000.0).max(0.0);
            text::fleet::reconnecting(seconds, context.language.get())
        }
    };
    view! {
        <span class="connection" role="status" data-testid="connection" data-connection=state>
            <span>{words}</span>
        </span>
    }
}

#[component]
fn LanguageSwitch() -> impl IntoView {
    let context = expect_context::<Context>();
    let segments = vec![
        Segment {
            value: Language::English,
            label: Signal::stored("EN".to_owned()),
            test_id: "lang-en",
            lang: Some("en"),
        },
        Segment {
            value: Language::French,
            label: Signal::stored("FR".to_owned()),
            test_id: "lang-fr",
            lang: Some("fr"),
        },
    ];
    let choose = move |language| {
        preferences::store_language(language);
        context.language.set(language);
    };
    view! {
        <Segments
            label=Signal::derive(move || context.say(Word::LanguageChoice).to_owned())
            segments
            chosen=context.language
            choose
        />
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let context = expect_context::<Context>();
    let segments = Theme::ALL
        .into_iter()
        .map(|theme| {
            let (word, test_id) = match theme {
                Theme::Auto => (Word::ThemeAuto, "theme-auto"),
                Theme::Light => (Word::ThemeLight, "theme-light"),
                Theme::Dark => (Word::ThemeDark, "theme-dark"),
            };
            Segment {
                value: theme,
                label: Signal::derive(move || context.say(word).to_owned()),
                test_id,
                lang: None,
            }
        })
        .collect();
    let choose = move |theme| {
        preferences::store_theme(theme);
        context.theme.set(theme);
    };
    view! {
        <Segments
            label=Signal::derive(move || context.say(Word::Theme).to_owned())
            segments
            chosen=context.theme
            choose
        />
    }
}
