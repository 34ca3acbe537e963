//! The mode: a choice that is asked about before it is sent.

use crate::components::when::When;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use releve_protocol::control::{LimitName, Mode};

use crate::commands::Request;
use crate::components::confirm::Confirm;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::text::{self, Word};

fn current(site: &SiteSnapshot) -> Option<Mode> {
    site.state.as_ref().map(|state| state.mode)
}

/// The modes of a site.
#[component]
pub fn Modes(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let asked = RwSignal::new(None::<Mode>);
    view! {
        <fieldset class="modes">
            <legend class="sr">{context.word(Word::ModeTitle)}</legend>
            {Mode::ALL
                .iter()
                .map(|mode| view! { <ModeRow site mode=*mode asked blocked/> })
                .collect_view()}
        </fieldset>
    }
}

#[component]
fn ModeRow(
    site: LiveSite,
    mode: Mode,
    asked: RwSignal<Option<Mode>>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_current = move || site.with(current) == Some(mode);
    let meaning = Signal::derive(move || {
        let limit = |name| {
            site.with(|site| {
                let setting = site.state.as_ref()?.limits.get(&name)?;
                Some(setting.value)
            })
        };
        let (cut, resume) = (
            limit(LimitName::OverchargeCut),
            limit(LimitName::ChargeResume),
        );
        text::commands::mode_meaning(mode, cut, resume, context.language.get())
    });
    // The dot shows what the site does; it moves when the site says so, not at the click.
    let ask = move |event: MouseEvent| {
        event.prevent_default();
        asked.set((!is_current()).then_some(mode));
    };
    let send = move |()| {
        asked.set(None);
        let id = site.id();
        context.send(&id, Request::Mode(mode));
    };
    let title =
        Signal::derive(move || text::commands::title(&Request::Mode(mode), context.language.get()));
    view! {
        <div class="mode-row">
            <label>
                <input
                    type="radio"
                    name="mode"
                    data-testid=format!("mode-{mode}")
                    prop:checked=move || is_current()
                    disabled=move || blocked.get().is_some()
                    on:click=ask
                />
                <b>{move || context.language.get().mode(mode)}</b>
                <small>{move || meaning.get()}</small>
            </label>
            <When is=Signal::derive(move || asked.get() == Some(mode))>
                <Confirm
                    question=Signal::derive(move || text::commands::question(&title.get(), context.language.get()))
                    consequence=meaning
                    yes=context.word(Word::ChangeMode)
                    blocked
                    on_yes=send
                    on_no=move |()| asked.set(None)
                />
            </When>
        </div>
    }
}
