//! The form that changes the weekly plan. What is wrong is said at its field, whether this page or
//! the site finds it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::period_row::PeriodRow;
use crate::clock;
use crate::commands::{Outcome, Request};
use crate::components::list::{List, Row, Rows};
use crate::components::when::When;
use crate::context::{Context, LiveSite};
use crate::effect::effect;
use crate::text::{self, Word};
use crate::weekly_plan::{Draft, Field, Kind};

/// What is wrong, if anything, and where.
pub type Problem = RwSignal<Option<Field>>;

/// The form. It closes when the site has taken the schedule.
#[component]
pub fn Editor(
    site: LiveSite,
    draft: RwSignal<Option<Draft>>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let problem: Problem = RwSignal::new(None);
    let sent = RwSignal::new(None::<String>);
    effect(Box::new(move || {
        take_answer(context, sent, draft, problem);
    }));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match draft.with_untracked(|draft| draft.as_ref().map(Draft::schedule)) {
            Some(Ok(schedule)) => {
                problem.set(None);
                let request = Request::Schedule(Some(schedule));
                sent.set(Some(context.send(&site.id(), request)));
            }
            Some(Err(field)) => problem.set(Some(field)),
            None => {}
        }
    };
    view! {
        <form class="editor" novalidate on:submit=submit data-testid="schedule-form">
            {Kind::ALL.map(|kind| view! { <Periods draft kind problem/> }).into_iter().collect_view()}
            <div class="fields">
                <Zone draft problem/>
                <EveryDays draft problem/>
            </div>
            <Wrong problem at=|field| field == Field::Together/>
            <div class="row">
                <button
                    type="submit"
                    class="btn main"
                    data-testid="schedule-send"
                    disabled=move || blocked.get().is_some()
                >
                    {context.word(Word::SendSchedule)}
                </button>
                <button
                    type="button"
                    class="btn"
                    data-testid="schedule-cancel"
                    on:click=move |_| draft.set(None)
                >
                    {context.word(Word::Cancel)}
                </button>
            </div>
        </form>
    }
}

/// The site's answer: taken, the form closes; refused, the field that the refusal names is marked.
fn take_answer(
    context: Context,
    sent: RwSignal<Option<String>>,
    draft: RwSignal<Option<Draft>>,
    problem: Problem,
) {
    let Some(id) = sent.get() else {
        return;
    };
    match context.outcome(&id) {
        Some(Outcome::Accepted) => {
            sent.set(None);
            draft.set(None);
        }
        Some(Outcome::Rejected { code, reason }) => {
            sent.set(None);
            problem.set(Field::refused(code, &reason.unwrap_or_default()));
        }
        _ => {}
    }
}

/// What is wrong with the field that is meant, at its place.
#[component]
pub fn Wrong(
    problem: Problem,
    at: impl Fn(Field) -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let said = move || {
        let field = problem.get().filter(|field| at(*field));
        field.map(|field| text::schedule::problem(field, context.language.get()))
    };
    view! { <p role="alert" class="wrong" data-testid="schedule-wrong">{move || said()}</p> }
}

#[component]
fn Periods(draft: RwSignal<Option<Draft>>, kind: Kind, problem: Problem) -> impl IntoView {
    let context = expect_context::<Context>();
    let rows: Rows = Box::new(move || {
        draft.with(|edited| {
            let windows = edited.iter().flat_map(|draft| &draft.windows);
            windows
                .filter(|window| window.kind == kind)
                .map(|window| {
                    let window = window.clone();
                    Row::new(window.key.to_string(), move || {
                        view! { <PeriodRow draft window problem/> }.into_any()
                    })
                })
                .collect()
        })
    });
    let add = move |_| {
        draft.update(|draft| {
            if let Some(draft) = draft {
                draft.add(kind);
            }
        });
        problem.set(None);
    };
    view! {
        <fieldset data-kind=kind.name()>
            <legend>{move || text::schedule::kind(kind).text(context.language.get())}</legend>
            <p><small>{move || text::schedule::meaning(kind).text(context.language.get())}</small></p>
            <List rows/>
            <Wrong problem at=move |field| field == Field::Count(kind)/>
            <button
                type="button"
                class="btn"
                data-testid=format!("add-{}", kind.name())
                on:click=add
            >
                "+ "{context.word(Word::AddPeriod)}
            </button>
        </fieldset>
    }
}

#[component]
fn Zone(draft: RwSignal<Option<Draft>>, problem: Problem) -> impl IntoView {
    let context = expect_context::<Context>();
    let zone = move || draft.with(|draft| draft.as_ref().map(|draft| draft.time_zone.clone()));
    let set = move |zone: String| {
        draft.update(|draft| {
            if let Some(draft) = draft {
                draft.time_zone = zone;
            }
        });
        problem.set(None);
    };
    let here = StoredValue::new(clock::zone_here());
    let is_elsewhere = move || {
        let here = here.get_value();
        !here.is_empty() && zone().is_some_and(|zone| zone != here)
    };
    view! {
        <label>
            <span>{context.word(Word::TimeZone)}</span>
            <input
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                data-testid="schedule-zone"
                aria-invalid=move || (problem.get() == Some(Field::TimeZone)).to_string()
                prop:value=move || zone().unwrap_or_default()
                on:input=move |event| set(event_target_value(&event))
            />
            <When is=Signal::derive(is_elsewhere)>
                <button type="button" class="plain" on:click=move |_| set(here.get_value())>
                    {context.word(Word::UseZoneHere)}" "{here.get_value()}
                </button>
            </When>
            <Wrong problem at=|field| field == Field::TimeZone/>
        </label>
    }
}

#[component]
fn EveryDays(draft: RwSignal<Option<Draft>>, problem: Problem) -> impl IntoView {
    let context = expect_context::<Context>();
    let days = move || draft.with(|draft| draft.as_ref().map(|draft| draft.every_days.clone()));
    let set = move |days: String| {
        draft.update(|draft| {
            if let Some(draft) = draft {
                draft.every_days = days;
            }
        });
        problem.set(None);
    };
    view! {
        <label>
            <span>{context.word(Word::EveryDays)}</span>
            <input
                type="text"
                inputmode="numeric"
                autocomplete="off"
                data-testid="schedule-every"
                aria-invalid=move || (problem.get() == Some(Field::EveryDays)).to_string()
                prop:value=move || days().unwrap_or_default()
                on:input=move |event| set(event_target_value(&event))
            />
            <Wrong problem at=|field| field == Field::EveryDays/>
        </label>
    }
}
