//! How long manual authority lasts, and ways to make it last longer or end now.

use crate::components::when::When;
use leptos::prelude::*;
use releve_protocol::control::{Authority, LEASE_DEFAULT, LEASE_MAX};

use super::authority;
use crate::commands::Request;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::format;
use crate::text::Word;

const ADDED_S: f64 = 15.0 * 60.0;

/// Seconds of site time until the lease ends.
fn remaining_site_s(context: Context, site: &SiteSnapshot) -> Option<f64> {
    let end = site.state.as_ref()?.lease_end?.as_unix_millis() as f64;
    let now = site.site_time_ms(context.now_ms.get())?;
    Some(((end - now) / 1000.0).max(0.0))
}

/// The countdown; nothing under automatic authority. It counts real time, whatever the site's speed.
#[component]
pub fn Lease(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_manual = move || site.with(authority) == Some(Authority::Manual);
    let remaining = move || site.with(|site| remaining_site_s(context, site));
    let left = move || {
        let speed = site.with(|site| site.speed());
        remaining().map_or_else(
            || format::UNKNOWN.to_owned(),
            |s| format::countdown(s / speed),
        )
    };
    let fraction = move || {
        let longest = LEASE_DEFAULT.as_secs_f64();
        let remaining = remaining().unwrap_or_default();
        format::fixed(remaining / longest.max(remaining), 3)
    };
    let send = move |request| {
        let id = site.id();
        context.send(&id, request);
    };
    let add = move |_| {
        let longer = untrack(remaining).unwrap_or_default() + ADDED_S;
        let lease_s = longer.min(LEASE_MAX.as_secs_f64()).round() as u32;
        send(Request::Hold { lease_s });
    };
    view! {
        <When is=Signal::derive(is_manual)>
            <div class="lease" data-testid="lease">
                <p>
                    {context.word(Word::YouHold)}
                    " "
                    <b data-testid="lease-left">{move || left()}</b>
                </p>
                <div class="meter" style:--p=move || fraction()></div>
                <div class="row">
                    <button
                        type="button"
                        class="btn"
                        data-testid="lease-add"
                        disabled=move || blocked.get().is_some()
                        on:click=add
                    >
                        {context.word(Word::AddFifteen)}
                    </button>
                    <button
                        type="button"
                        class="btn"
                        data-testid="hand-back"
                        disabled=move || blocked.get().is_some()
                        on:click=move |_| send(Request::HandBack)
                    >
                        {context.word(Word::HandBack)}
                    </button>
                </div>
            </div>
        </When>
    }
}
