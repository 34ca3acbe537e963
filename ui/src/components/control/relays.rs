//! The relays: where each stands and why, and a switch that asks before it acts.

use crate::components::when::{When, if_any};
use leptos::prelude::*;
use releve_protocol::control::{Authority, Contact, RelayName, Verification};

use super::authority;
use crate::commands::Request;
use crate::components::confirm::Confirm;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::effect::effect;
use crate::text::explain::{self, is_interlock};
use crate::text::{self, Word};

/// The relays of a site.
#[component]
pub fn Relays(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let asked = RwSignal::new(None::<RelayName>);
    view! {
        <div class="relays">
            {RelayName::ALL
                .iter()
                .map(|relay| view! { <RelayRow site relay=*relay asked blocked/> })
                .collect_view()}
        </div>
    }
}

/// Why a relay cannot be switched now.
fn why_not(site: &SiteSnapshot, name: RelayName, blocked: Option<Word>) -> Option<Word> {
    if blocked.is_some() {
        return blocked;
    }
    let Some(relay) = site.relay(name) else {
        return Some(Word::SilentNoCommands);
    };
    if name.is_auxiliary() {
        None
    } else if is_interlock(relay.reason.rule) {
        Some(Word::InterlockNoSwitch)
    } else if authority(site) == Some(Authority::Manual) {
        None
    } else {
        Some(Word::AutomaticNoSwitch)
    }
}

#[component]
fn RelayRow(
    site: LiveSite,
    relay: RelayName,
    asked: RwSignal<Option<RelayName>>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let obstacle = Memo::new(move |_| site.with(|site| why_not(site, relay, blocked.get())));
    let wanted = Memo::new(move |_| site.with(|site| site.relay(relay).map(|relay| relay.wanted)));
    let decision = move || {
        site.with(|site| {
            let state = site.state.as_ref();
            state.map_or_else(String::new, |state| {
                explain::relay(state, relay, context.speaker(site))
            })
        })
    };
    // A question that can no longer be answered with yes disappears.
    effect(Box::new(move || {
        if asked.get() == Some(relay) && obstacle.get().is_some() {
            asked.set(None);
        }
    }));
    view! {
        <div class="relay">
            <div>
                <b>{move || context.language.get().relay(relay)}</b>
                <small data-testid=format!("decision-{relay}")>{move || decision()}</small>
                <Proof site relay/>
            </div>
            <Switch relay wanted=wanted obstacle asked/>
            <When is=Signal::derive(move || asked.get() == Some(relay))>
                <SwitchQuestion site relay wanted asked blocked/>
            </When>
        </div>
    }
}

/// What the read-back and the measurements say about the relay's position.
#[component]
fn Proof(site: LiveSite, relay: RelayName) -> impl IntoView {
    let context = expect_context::<Context>();
    let proof = Memo::new(move |_| {
        site.with(|site| {
            let relay = site.relay(relay)?;
            let is_contradicted = relay.actual.is_some_and(|actual| actual != relay.wanted);
            if is_contradicted || relay.verified == Some(Verification::Failed) {
                return Some((Word::Contradicted, true));
            }
            let word = match relay.verified {
                Some(Verification::Pending) => Word::Verifying,
                Some(Verification::Verified) => Word::VerifiedByMeasurements,
                _ if relay.actual.is_none() => Word::NotReadBack,
                _ => return None,
            };
            Some((word, false))
        })
    });
    view! {
        {move || if_any(proof.get().map(|(word, is_wrong)| {
            view! { <small class:wrong=is_wrong>{context.say(word)}</small> }
        }))}
    }
}

#[component]
fn Switch(
    relay: RelayName,
    wanted: Memo<Option<Contact>>,
    obstacle: Memo<Option<Word>>,
    asked: RwSignal<Option<RelayName>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let position = move || wanted.get().map_or("unknown", Contact::name);
    let words = move || {
        let language = context.language.get();
        wanted
            .get()
            .map_or("?", |contact| language.contact(contact))
    };
    let label = move || format!("{}: {}", context.language.get().relay(relay), words());
    view! {
        <button
            type="button"
            class="switch"
            data-testid=format!("relay-{relay}")
            data-position=position
            aria-label=move || label()
            aria-expanded=move || (asked.get() == Some(relay)).to_string()
            title=move || obstacle.get().map(|word| context.say(word))
            disabled=move || obstacle.get().is_some()
            on:click=move |_| asked.update(|asked| {
                *asked = if *asked == Some(relay) { None } else { Some(relay) };
            })
        >
            <svg viewBox="0 0 52 26" aria-hidden="true">
                <g
                    class="contact"
                    class:ac=relay == RelayName::Mains
                    class:plain=relay.is_auxiliary()
                    data-position=move || position()
                    transform="translate(8 18)"
                >
                    <path class="blade" d="M0 0H36"/>
                    <circle r="4"/>
                    <circle cx="36" r="4"/>
                </g>
            </svg>
            <span>{move || words()}</span>
        </button>
    }
}

#[component]
fn SwitchQuestion(
    site: LiveSite,
    relay: RelayName,
    wanted: Memo<Option<Contact>>,
    asked: RwSignal<Option<RelayName>>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    // Fixed when the question is put: the answer must not mean something else than was read.
    let to = match wanted.get_untracked() {
        Some(Contact::Closed) => Contact::Open,
        Some(Contact::Open) | None => Contact::Closed,
    };
    let title = Signal::derive(move || text::commands::switch(relay, to, context.language.get()));
    let consequence = Signal::derive(move || {
        site.with(|site| {
            let load = site
                .reading
                .as_ref()
                .and_then(|reading| reading.value.load.current.mean);
            text::commands::consequence(
                relay,
                to,
                site.info.as_ref(),
                load,
                site.state.as_ref(),
                context.language.get(),
            )
        })
    });
    let send = move |()| {
        asked.set(None);
        let id = site.id();
        context.send(&id, Request::Switch(relay, to));
    };
    view! {
        <Confirm
            question=Signal::derive(move || text::commands::question(&title.get(), context.language.get()))
            consequence
            yes=title
            blocked
            on_yes=send
            on_no=move |()| asked.set(None)
        />
    }
}
