//! Who decides about relays 1 and 2: the mode, or a person for a while.

use leptos::prelude::*;
use releve_protocol::control::{Authority, LEASE_DEFAULT};

use super::authority;
use crate::commands::Request;
use crate::components::confirm::Confirm;
use crate::components::segments::{Segment, Segments};
use crate::components::when::When;
use crate::context::{Context, LiveSite, SiteSnapshot};
use crate::effect::effect;
use crate::text::{self, Word};

const HOLD: Request = Request::Hold {
    lease_s: LEASE_DEFAULT.as_secs() as u32,
};

/// Whether taking manual authority would end a running cycle.
fn ends_cycle(site: &SiteSnapshot) -> bool {
    let state = site.state.as_ref();
    state.is_some_and(|state| {
        state.authority == Authority::Automatic && state.cycle.started_at.is_some()
    })
}

/// Automatic or manual; where manual ends a running cycle, it is asked about first.
#[component]
pub fn AuthoritySwitch(
    site: LiveSite,
    is_asked: RwSignal<bool>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let choose = move |chosen: Authority| {
        if site.with_untracked(authority) == Some(chosen) {
            is_asked.set(false);
            return;
        }
        let request = match chosen {
            Authority::Manual if site.with_untracked(ends_cycle) => {
                is_asked.update(|asked| *asked = !*asked);
                return;
            }
            Authority::Manual => HOLD,
            Authority::Automatic => Request::HandBack,
        };
        context.send(&site.id(), request);
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

/// The question before manual authority ends a running cycle.
#[component]
pub fn HoldQuestion(
    site: LiveSite,
    is_asked: RwSignal<bool>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let title = Signal::derive(move || text::commands::title(&HOLD, context.language.get()));
    let question =
        Signal::derive(move || text::commands::question(&title.get(), context.language.get()));
    let consequence = Signal::derive(move || {
        let language = context.language.get();
        site.with(|site| text::cycle::ended_by_hand(site.state.as_ref(), language))
    });
    // A question about a cycle that has ended meanwhile disappears.
    effect(Box::new(move || {
        if is_asked.get() && !site.with(ends_cycle) {
            is_asked.set(false);
        }
    }));
    let send = move |()| {
        is_asked.set(false);
        context.send(&site.id(), HOLD);
    };
    view! {
        <When is=is_asked>
            <Confirm
                question
                consequence
                yes=title
                blocked
                on_yes=send
                on_no=move |()| is_asked.set(false)
            />
        </When>
    }
}
