//! The battery's charge: what is known of it by counting, and honestly what is not.

use leptos::prelude::*;
use releve_protocol::control::ChargeState;
use releve_protocol::{State, Timestamp};

use super::facts::{Fact, Facts};
use crate::context::{Context, LiveSite};
use crate::fleet::Freshness;
use crate::format;
use crate::text::{self, Speaker, Word};

/// The plate of the charge. What a site said before it fell silent carries its moment.
#[component]
pub fn ChargePlate(site: LiveSite, freshness: Memo<Freshness>) -> impl IntoView {
    let context = expect_context::<Context>();
    let percent = Memo::new(move |_| {
        site.with(|site| state_of(site.state.as_ref()).and_then(|charge| charge.state_of_charge))
    });
    let number = move || {
        percent.get().map_or_else(
            || context.say(Word::Unknown).to_owned(),
            |percent| format::number(percent, 0, context.language.get()),
        )
    };
    let unit = move || percent.get().map(|_| "%");
    let missing = move || {
        site.with(|site| {
            let charge = state_of(site.state.as_ref());
            let language = context.language.get();
            charge.map_or_else(String::new, |charge| {
                text::charge::missing(charge, language)
            })
        })
    };
    let as_of = move || {
        site.with(|site| {
            let at = site.state.as_ref()?.at;
            let is_past = freshness.get() == Freshness::Silent;
            is_past.then(|| text::charge::as_of(at, context.speaker(site)))
        })
    };
    view! {
        <section class="plate charge" aria-labelledby="charge-title" data-testid="charge">
            <header>
                <h2 id="charge-title">{context.word(Word::Charge)}</h2>
                <small class="push">{move || as_of()}</small>
            </header>
            <p class="q big" data-testid="state-of-charge">{move || number()}<small>{move || unit()}</small></p>
            <div
                class="gauge"
                class:unknown=move || percent.get().is_none()
                style:--p=move || format::fixed(percent.get().unwrap_or_default() / 100.0, 3)
            ></div>
            <p><small>{move || missing()}</small></p>
            <Facts facts=facts(context, site)/>
        </section>
    }
}

fn state_of(state: Option<&State>) -> Option<&ChargeState<Timestamp>> {
    state.map(|state| &state.charge)
}

fn facts(context: Context, site: LiveSite) -> Vec<Fact> {
    type Of = fn(&ChargeState<Timestamp>, Speaker) -> Option<String>;
    let fact = |label, test_id, of: Of| {
        let lines = Signal::derive(move || {
            site.with(|site| {
                let speaker = context.speaker(site);
                let known = state_of(site.state.as_ref()).and_then(|charge| of(charge, speaker));
                vec![known.unwrap_or_else(|| context.say(Word::Unknown).to_owned())]
            })
        });
        Fact {
            label,
            lines,
            test_id,
        }
    };
    vec![
        fact(Word::Runtime, "charge-runtime", |charge, speaker| {
            Some(format::duration(charge.runtime_s?, speaker.language))
        }),
        fact(Word::LastFull, "charge-full", text::charge::last_full),
        fact(Word::NextFull, "charge-due", |charge, speaker| {
            Some(text::charge::due(charge.full_charge_due, speaker))
        }),
    ]
}
