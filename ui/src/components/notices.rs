//! Notices that concern every page: a lost connection, and nobody watching for alerts.

use crate::components::when::When;
use leptos::prelude::*;

use super::icons::{Clock, Unwatched};
use crate::context::Context;
use crate::effect::effect;
use crate::mqtt::Connection;
use crate::text::Word;

/// Kept messages have come by then; before, the absence of one means nothing.
const SETTLED_AFTER_MS: f64 = 2_000.0;

/// The notices that apply now.
#[component]
pub fn Notices() -> impl IntoView {
    let context = expect_context::<Context>();
    let online_since_ms = RwSignal::new(None::<f64>);
    effect(Box::new(move || {
        let is_online = context.connection.get() == Connection::Online;
        online_since_ms.set(is_online.then(|| context.now_ms.get_untracked()));
    }));
    let is_unwatched = Memo::new(move |_| {
        let has_settled = online_since_ms
            .get()
            .is_some_and(|since| context.now_ms.get() - since > SETTLED_AFTER_MS);
        has_settled && !context.fleet.with(|fleet| fleet.is_watched())
    });
    let is_cut_off = Memo::new(move |_| {
        context.cut_off_since_ms.get().is_some() && context.connection.get() != Connection::Online
    });
    view! {
        <div aria-live="polite">
            <When is=Signal::derive(move || is_cut_off.get())>
                <div class="banner" data-testid="cut-off">
                    <Clock/>
                    <div>
                        <b>{context.word(Word::CutOff)}</b>
                        <small>{context.word(Word::CutOffWhy)}</small>
                    </div>
                </div>
            </When>
            <When is=Signal::derive(move || is_unwatched.get())>
                <div class="banner" data-testid="not-watched">
                    <Unwatched/>
                    <div>
                        <b>{context.word(Word::AlertsNotWatched)}</b>
                        <small>{context.word(Word::AlertsNotWatchedWhy)}</small>
                    </div>
                </div>
            </When>
        </div>
    }
}
