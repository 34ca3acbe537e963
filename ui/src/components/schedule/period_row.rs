//! One period of the form: its days, from, to.

use leptos::prelude::*;
use releve_protocol::control::Weekday;

use super::editor::{Problem, Wrong};
use crate::context::Context;
use crate::text::{self, Word};
use crate::weekly_plan::{Draft, Field, Part, Window};

/// The fields of a period, which begin with what it is and change it in the draft.
#[component]
pub fn PeriodRow(
    draft: RwSignal<Option<Draft>>,
    window: Window,
    problem: Problem,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let key = window.key;
    let change = Callback::new(move |change: Change| {
        draft.update(|draft| {
            let windows = draft.iter_mut().flat_map(|draft| &mut draft.windows);
            for window in windows.filter(|window| window.key == key) {
                change.apply(window);
            }
        });
        problem.set(None);
    });
    let remove = move |_| {
        draft.update(|draft| {
            if let Some(draft) = draft {
                draft.remove(key);
            }
        });
        problem.set(None);
    };
    let ends_next_day = move || {
        draft.with(|draft| {
            let mut windows = draft.iter().flat_map(|draft| &draft.windows);
            windows.any(|window| window.key == key && window.ends_next_day())
        })
    };
    let is_wrong = move |field: Field| {
        let place = draft.with(|draft| draft.as_ref()?.place(key));
        match (field, place) {
            (Field::Period(kind, index, _), Some(place)) => place == (kind, index),
            _ => false,
        }
    };
    let time = move |part: Part, word: Word, value: String, test_id: &'static str| {
        let is_invalid = move || {
            problem.get().is_some_and(|field| {
                is_wrong(field) && matches!(field, Field::Period(_, _, wrong) if wrong == part)
            })
        };
        view! {
            <label>
                <span>{context.word(word)}</span>
                <input
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    placeholder="00:00"
                    data-testid=test_id
                    aria-invalid=move || is_invalid().to_string()
                    value=value
                    on:input=move |event| {
                        change.run(Change::Time(part, event_target_value(&event)));
                    }
                />
            </label>
        }
    };
    let day = move |day: Weekday, is_on: bool| {
        let toggle = move |event| change.run(Change::Day(day, event_target_checked(&event)));
        view! {
            <label>
                <input
                    type="checkbox"
                    class="sr"
                    data-testid=format!("day-{day}")
                    checked=is_on
                    on:change=toggle
                />
                <span>{move || text::schedule::day(day, context.language.get())}</span>
            </label>
        }
    };
    view! {
        <div class="period" data-testid=format!("period-{}", window.kind.name())>
            <div class="days" role="group" aria-label=context.word(Word::Days)>
                {Weekday::ALL
                    .iter()
                    .zip(window.days)
                    .map(|(name, is_on)| day(*name, is_on))
                    .collect_view()}
            </div>
            <div class="times">
                {time(Part::From, Word::From, window.from, "period-from")}
                {time(Part::To, Word::To, window.to, "period-to")}
                <small>{move || ends_next_day().then(|| context.say(Word::NextDay))}</small>
                <button
                    type="button"
                    class="close"
                    data-testid="period-remove"
                    aria-label=context.word(Word::RemovePeriod)
                    title=context.word(Word::RemovePeriod)
                    on:click=remove
                >
                    "×"
                </button>
            </div>
            <Wrong problem at=is_wrong/>
        </div>
    }
}

/// A change of one field.
enum Change {
    Day(Weekday, bool),
    Time(Part, String),
}

impl Change {
    fn apply(&self, window: &mut Window) {
        match self {
            Self::Day(day, is_on) => window.days[*day as usize] = *is_on,
            Self::Time(Part::From, time) => window.from.clone_from(time),
            Self::Time(_, time) => window.to.clone_from(time),
        }
    }
}
