//! A site's banners: its silence, and each of its alarms.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::Timestamp;
use releve_protocol::control::{Alarm, AlarmName, Severity};

use super::alerts::SilencedBanner;
use super::icons::{Clock, Info, Warning};
use super::list::{List, Row, Rows};
use crate::commands::Request;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::fleet::{Freshness, by_weight};
use crate::text::{self, Word};

/// The banners that a site needs now, the worst first.
#[component]
pub fn Banners(site: LiveSite, #[prop(into)] blocked: Signal<Option<Word>>) -> impl IntoView {
    let rows: Rows = Box::new(move || {
        let row = |alarm: &Alarm<Timestamp>| {
            let (alarm, is_known) = (alarm.alarm, alarm.acknowledged_at.is_some());
            Row::new(format!("{} {is_known}", alarm.name()), move || {
                view! { <AlarmBanner site alarm is_known blocked/> }.into_any()
            })
        };
        site.with(|site| by_weight(site.alarms()).into_iter().map(row).collect())
    });
    view! {
        <SilenceBanner site/>
        <SilencedBanner site/>
        <List rows/>
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
            find(site, alarm)
                .map(|alarm| text::alarms::detail(alarm, context.speaker(site)))
                .unwrap_or_default()
        })
    };
    let acknowledge = move |_| {
        let id = site.id();
        context.send(&id, Request::Acknowledge(alarm));
    };
    let severity = alarm.severity();
    let kind = if is_known { "known" } else { "alarm" };
    let role = if is_known || severity == Severity::Info {
        "status"
    } else {
        "alert"
    };
    view! {
        <div
            class="banner"
            data-kind=kind
            data-severity=severity.name()
            role=role
            data-testid="banner"
            data-alarm=alarm.name()
        >
            {if severity == Severity::Info { Info().into_any() } else { Warning().into_any() }}
            <div>
                <b>{move || context.language.get().alarm(alarm)}</b>
                <small>{move || detail()}</small>
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
    let age = move || site.with(|site| context.age(site));
    let is_silent = move || age().freshness == Freshness::Silent;
    let last_seen = move || {
        site.with(|site| {
            let reading = site.reading.as_ref()?;
            Some(context.speaker(site).at(reading.value.at))
        })
    };
    view! {
        <When is=Signal::derive(is_silent)>
            <div class="banner" role="status" data-testid="silent-banner">
                <Clock/>
                <div>
                    <b>{move || text::fleet::silent_title(age(), context.language.get())}</b>
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
