//! The control plate: who decides, the mode, the relays.

mod lease;
mod modes;
mod relays;

use leptos::prelude::*;
use releve_protocol::control::{Authority, LEASE_DEFAULT};

use super::segments::{Segment, Segments};
use crate::commands::Request;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::text::Word;

/// The control plate of a site. `blocked` says why no command can be sent now.
#[component]
pub fn ControlPlate(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let note = move || context.say(blocked.get().unwrap_or(Word::OperatesRelays));
    view! {
        <section class="plate order-second" aria-labelledby="control-title">
            <header>
                <h2 id="control-title">{context.word(Word::Control)}</h2>
                <div class="push">
                    <AuthoritySwitch site blocked/>
                </div>
            </header>
            <lease::Lease site blocked/>
            <modes::Modes site blocked/>
            <relays::Relays site blocked/>
            <p class="note" data-testid="control-note">
                <small>{move || note()}</small>
            </p>
        </section>
    }
}

/// Who holds relays 1 and 2, as last heard.
fn authority(site: &SiteSnapshot) -> Option<Authority> {
    site.state.as_ref().map(|state| state.authority)
}

#[component]
fn AuthoritySwitch(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let choose = move |chosen: Authority| {
        let request = match chosen {
            Authority::Manual => Request::Hold {
                lease_s: LEASE_DEFAULT.as_secs() as u32,
            },
            Authority::Automatic => Request::HandBack,
        };
        if site.with_untracked(authority) != Some(chosen) {
            let id = site.id();
            context.send(&id, request);
        }
    };
    let segment = |value: Authority, test_id| Segment {
        label: Signal::derive(move || context.language.get().authority(value)),
        is_chosen: Signal::derive(move || site.with(authority) == Some(value)),
        choose: Callback::new(move |()| choose(value)),
        test_id,
        lang: None,
    };
    view! {
        <Segments
            label=context.word(Word::WhoDecides)
            segments=vec![
                segment(Authority::Automatic, "authority-automatic"),
                segment(Authority::Manual, "authority-manual"),
            ]
            disabled=Signal::derive(move || blocked.get().is_some())
        />
    }
}
