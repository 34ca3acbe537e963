//! The consumption cycle: where it stands, when the next one is and why not now, the last one, and
//! what the schedule costs.

mod track;

use leptos::prelude::*;
use releve_protocol::State;
use releve_protocol::control::{Blocker, CycleRequest, Mode};

use super::ask::AskButton;
use super::facts::{Fact, Facts};
use super::when::When;
use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::text::{self, Speaker, Word};

/// The plate of the cycle.
#[component]
pub fn CyclePlate(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_running = has(site, |state| state.cycle.started_at.is_some());
    let is_chosen = has(site, |state| state.mode == Mode::ConsumptionCycle);
    // A circuit that was switched just before delays the discharge, not the start.
    let is_blocked = has(site, |state| {
        let mut blockers = state.cycle.next.blockers_by_hand.iter();
        blockers.any(|blocker| *blocker != Blocker::LeastTime)
    });
    let consequence = move |request| {
        Signal::derive(move || {
            let language = context.language.get();
            site.with(|site| text::cycle::consequence(request, site.state.as_ref(), language))
        })
    };
    let present = lines(context, site, |state, speaker| {
        vec![text::cycle::present(state, speaker)]
    });
    view! {
        <section class="plate cycle" aria-labelledby="cycle-title" data-testid="cycle">
            <header>
                <h2 id="cycle-title">{context.word(Word::ConsumptionCycle)}</h2>
            </header>
            <When is=is_chosen>
                <track::Track site/>
            </When>
            <p class="present" data-testid="cycle-present">{move || present.get()}</p>
            <When is=is_running>
                <AskButton
                    site
                    request=Request::Cycle(CycleRequest::Abort)
                    consequence=consequence(CycleRequest::Abort)
                    disabled=false
                    blocked
                    test_id="cycle-abort"
                />
            </When>
            <When is=Signal::derive(move || is_chosen.get() && !is_running.get())>
                <AskButton
                    site
                    request=Request::Cycle(CycleRequest::Start)
                    consequence=consequence(CycleRequest::Start)
                    disabled=is_blocked
                    blocked
                    test_id="cycle-start"
                />
            </When>
            <Facts facts=facts(context, site)/>
        </section>
    }
}

fn has(site: LiveSite, condition: fn(&State) -> bool) -> Signal<bool> {
    Signal::derive(move || site.with(|site| site.state.as_ref().is_some_and(condition)))
}

/// Lines made from the state, shown anew whenever it, the language or the time changes.
fn lines(
    context: Context,
    site: LiveSite,
    of: fn(&State, Speaker) -> Vec<String>,
) -> Signal<Vec<String>> {
    Signal::derive(move || {
        site.with(|site| {
            let state = site.state.as_ref();
            state.map_or_else(Vec::new, |state| of(state, context.speaker(site)))
        })
    })
}

fn facts(context: Context, site: LiveSite) -> Vec<Fact> {
    let fact = |label, test_id, of: fn(&State, Speaker) -> Vec<String>| Fact {
        label,
        lines: lines(context, site, of),
        test_id,
    };
    vec![
        fact(Word::NextCycle, "cycle-next", |state, speaker| {
            vec![text::cycle::next(state, speaker)]
        }),
        fact(Word::AgainstNow, "cycle-blockers", against_now),
        fact(
            Word::AgainstScheduleOnly,
            "cycle-not-scheduled",
            |state, speaker| {
                if state.cycle.started_at.is_some() {
                    return Vec::new();
                }
                text::cycle::blockers(state, speaker.language).1
            },
        ),
        fact(Word::LastCycle, "cycle-last", |state, speaker| {
            state.cycle.last.as_ref().map_or_else(
                || vec![Word::NoCycleYet.text(speaker.language).to_owned()],
                |last| text::cycle::report(last, speaker),
            )
        }),
        fact(Word::ScheduleCost, "cycle-cost", |state, speaker| {
            let cost = state.cycle.cost.as_ref();
            cost.map_or_else(Vec::new, |cost| {
                text::cycle::cost(cost, speaker.language).into()
            })
        }),
    ]
}

/// What stands against a cycle by hand, too, or against the discharge of one that fills the battery.
fn against_now(state: &State, speaker: Speaker) -> Vec<String> {
    let by_hand = &state.cycle.next.blockers_by_hand;
    if by_hand.contains(&Blocker::CycleRunning) {
        return Vec::new();
    }
    let (both, _) = text::cycle::blockers(state, speaker.language);
    if both.is_empty() && state.cycle.started_at.is_none() {
        return vec![Word::NothingAgainst.text(speaker.language).to_owned()];
    }
    both
}
