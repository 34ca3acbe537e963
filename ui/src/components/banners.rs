//! A site's banners: its silence, and each of its alarms.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::Timestamp;
use releve_protocol::control::{Alarm, AlarmName};

use super::icons::{Clock, Warning};
use crate::commands::Request;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::fleet::Freshness;
use crate::text::{self, Word};

/// The banners that a site needs now, the worst first.
#[component]
pub fn Banners(site: LiveSite, #[prop(into)] blocked: Signal<Option<Word>>) -> impl IntoView {
    let alarms = Memo::new(move |_| {
        let mut alarms = site.with(|site| site.alarms().to_vec());
        alarms.sort_by_key(|alarm| {
            (
                alarm.acknowledged_at.is_some(),
                core::cmp::Reverse(alarm.severity),
            )
        });
        alarms
            .into_iter()
            .map(|alarm| (alarm.alarm, alarm.acknowledged_at.is_some()))
            .collect::<Vec<_>>()
    });
    view! {
        <SilenceBanner site/>
        <For each=move || alarms.get() key=|alarm| *alarm let((alarm, is_known))>
            <AlarmBanner site alarm is_known blocked/>
        </For>
    }
}

#[component]
fn AlarmBanner(
    site: LiveSite,
    alarm: AlarmName,
    is_known: bool,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let detail = move || {
        site.with(|site| {
            find(site, alarm).map(|alarm| text::alarms::detail(alarm, context.speaker(site)))
        })
    };
    let acknowledge = move |_| {
        let id = site.id();
        context.send(&id, Request::Acknowledge(alarm));
    };
    let (kind, role) = if is_known {
        ("known", "status")
    } else {
        ("alarm", "alert")
    };
    view! {
        <div class="banner" data-kind=kind role=role data-testid="banner" data-alarm=alarm.name()>
            <Warning/>
            <div>
                <b>{move || context.language.get().alarm(alarm)}</b>
                <small>{detail}</small>
            </div>
            <When is=Signal::derive(move || !is_known)>
                <button
                    type="button"
                    class="btn"
                    data-testid="acknowledge"
                    disabled=move || blocked.get().is_some()
                    on:click=acknowledge
                >
                    {context.word(Word::Acknowledge)}
                </button>
            </When>
        </div>
    }
}

fn find(site: &SiteSnapshot, name: AlarmName) -> Option<&Alarm<Timestamp>> {
    site.alarms().iter().find(|alarm| alarm.alarm == name)
}

#[component]
fn SilenceBanner(site: LiveSite) -> impl IntoView {
    let context = expect_context::<Context>();
    let age = Memo::new(move |_| site.with(|site| context.age(site)));
    let is_silent = Memo::new(move |_| age.get().freshness == Freshness::Silent);
    let last_seen = move || {
        site.with(|site| {
            let reading = site.reading.as_ref()?;
            Some(context.speaker(site).at(reading.value.at))
        })
    };
    view! {
        <When is=Signal::derive(move || is_silent.get())>
            <div class="banner" role="status" data-testid="silent-banner">
                <Clock/>
                <div>
                    <b>{move || text::fleet::silent_title(age.get(), context.language.get())}</b>
                    <small>
                        {move || {
                            text::fleet::silent_meaning(
                                last_seen().as_deref(),
                                context.language.get(),
                            )
                        }}
                    </small>
                </div>
            </div>
        </When>
    }
}
