//! The weekly plan: a picture of it, and a form to change it.

mod editor;
mod period_row;
mod week;

use leptos::prelude::*;
use releve_protocol::control::Schedule;

use super::ask::AskButton;
use super::when::When;
use crate::clock;
use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::text::{self, Word};
use crate::weekly_plan::Draft;

/// The plate of the weekly plan. Nothing is sent before its button is pressed.
#[component]
pub fn SchedulePlate(site: LiveSite, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let schedule = Memo::new(move |_| site.with(|site| site.state.as_ref()?.schedule.clone()));
    let draft = RwSignal::new(None::<Draft>);
    let is_edited = Signal::derive(move || draft.with(Option::is_some));
    let edit = move |_| {
        let now =
            schedule.with_untracked(|schedule| Draft::of(schedule.as_ref(), &clock::zone_here()));
        draft.set(Some(now));
    };
    view! {
        <section class="plate schedule" aria-labelledby="schedule-title" data-testid="schedule">
            <header>
                <h2 id="schedule-title">{context.word(Word::Schedule)}</h2>
                <small data-testid="schedule-summary">{move || summary(context, schedule)}</small>
            </header>
            <week::Week site schedule draft/>
            <When is=is_edited otherwise=move || view! {
                <div class="row">
                    <button
                        type="button"
                        class="btn"
                        data-testid="schedule-edit"
                        disabled=move || blocked.get().is_some()
                        on:click=edit
                    >
                        {context.word(Word::EditSchedule)}
                    </button>
                    <When is=Signal::derive(move || schedule.with(Option::is_some))>
                        <AskButton
                            site
                            request=Request::Schedule(None)
                            consequence=Signal::derive(move || {
                                context.say(Word::RemoveScheduleMeans).to_owned()
                            })
                            disabled=false
                            blocked
                            test_id="schedule-remove"
                        />
                    </When>
                </div>
            }>
                <editor::Editor site draft blocked/>
            </When>
        </section>
    }
}

fn summary(context: Context, schedule: Memo<Option<Schedule>>) -> String {
    let language = context.language.get();
    schedule.with(|schedule| match schedule {
        Some(schedule) => {
            text::schedule::summary(schedule.cycle_every_days, &schedule.time_zone, language)
        }
        None => context.say(Word::NoScheduleYet).to_owned(),
    })
}
