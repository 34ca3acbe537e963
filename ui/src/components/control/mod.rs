//! The control plate: who decides, the mode, the relays.

mod lease;
mod modes;
mod relays;
mod who_decides;

use leptos::prelude::*;
use releve_protocol::control::Authority;

use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::text::Word;

/// The control plate of a site. `blocked` says why no command can be sent now.
#[component]
pub fn ControlPlate(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_asked = RwSignal::new(false);
    let note = move || context.say(blocked.get().unwrap_or(Word::OperatesRelays));
    view! {
        <section class="plate order-second" aria-labelledby="control-title">
            <header>
                <h2 id="control-title">{context.word(Word::Control)}</h2>
                <div class="push">
                    <who_decides::AuthoritySwitch site is_asked blocked/>
                </div>
            </header>
            <who_decides::HoldQuestion site is_asked blocked/>
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
