//! Whether people are told of a site's alerts, and a way to keep it quiet while somebody works there.

use leptos::prelude::*;

use super::icons::Info;
use super::when::When;
use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::fleet::Telling;
use crate::text::{Speaker, Word};

const HOUR_S: u32 = 3_600;

/// Whether people are told, followed from now on.
fn telling(context: Context, site: LiveSite) -> Memo<Telling> {
    let id = site.id();
    Memo::new(move |_| {
        let now_ms = context.now_ms.get();
        context.fleet.with(|fleet| fleet.telling(&id, now_ms))
    })
}

/// Asks every bridge that sends mails to keep quiet for so long; 0 ends that.
fn silence(context: Context, site: LiveSite, length_s: u32) {
    let bridges = context.fleet.with_untracked(|fleet| fleet.mailing());
    for bridge in bridges {
        context.send(&site.id(), Request::Silence { bridge, length_s });
    }
}

/// Says so while nobody is told.
#[component]
pub fn SilencedBanner(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let telling = telling(context, site);
    let is_silenced = move || matches!(telling.get(), Telling::SilencedUntil(_));
    let title = move || {
        let Telling::SilencedUntil(until) = telling.get() else {
            return String::new();
        };
        // A silence is in real time, which that of a simulated site is not.
        let moment = site.with(|site| {
            let now = context.now_ms.get();
            Speaker {
                site_now_ms: now,
                ..context.speaker(site)
            }
            .at(until)
        });
        crate::text::alarms::silenced(&moment, context.language.get())
    };
    view! {
        <When is=Signal::derive(is_silenced)>
            <div class="banner" role="status" data-testid="silenced-banner">
                <Info/>
                <div>
                    <b>{move || title()}</b>
                    <small>{context.word(Word::AlertsSilencedWhy)}</small>
                </div>
                <button
                    type="button"
                    class="btn"
                    data-testid="tell-again"
                    disabled=move || !context.is_online()
                    on:click=move |_| silence(context, site, 0)
                >
                    {context.word(Word::TellAgain)}
                </button>
            </div>
        </When>
    }
}

/// What becomes of a site's alerts.
#[component]
pub fn AlertsPlate(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let telling = telling(context, site);
    let sentence = move || {
        context.say(match telling.get() {
            Telling::Unknown => Word::AlertsUnknown,
            Telling::NoMail => Word::AlertsNoMail,
            Telling::Told | Telling::SilencedUntil(_) => Word::AlertsTold,
        })
    };
    let has_mail = move || matches!(telling.get(), Telling::Told | Telling::SilencedUntil(_));
    view! {
        <section class="plate" aria-labelledby="alerts-title" data-testid="alerts">
            <header>
                <h2 id="alerts-title">{context.word(Word::Alerts)}</h2>
            </header>
            <p class="dim">{move || sentence()}</p>
            <When is=Signal::derive(has_mail)>
                <QuietFor site/>
            </When>
        </section>
    }
}

#[component]
fn QuietFor(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let button = |(word, hours, test_id): (Word, u32, &'static str)| {
        view! {
            <button
                type="button"
                class="btn"
                data-testid=test_id
                disabled=move || !context.is_online()
                on:click=move |_| silence(context, site, hours * HOUR_S)
            >
                {context.word(word)}
            </button>
        }
    };
    let lengths = [
        (Word::QuietHour, 1, "quiet-1"),
        (Word::QuietHours, 4, "quiet-4"),
        (Word::QuietDay, 24, "quiet-24"),
    ];
    view! {
        <div class="row quiet-for" role="group" aria-label=context.word(Word::QuietFor)>
            {lengths.map(button).into_iter().collect_view()}
        </div>
    }
}
