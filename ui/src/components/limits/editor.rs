//! The form that sets a limit anew. What is wrong is said below it, whether this page or the site finds
//! it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use releve_protocol::control::{LimitName, RejectCode};
use releve_protocol::info::LimitInfo;

use crate::commands::{Outcome, Request};
use crate::context::{Context, LiveSite};
use crate::effect::effect;
use crate::format;
use crate::text::{self, Word};

/// What is wrong with what was typed.
#[derive(Clone, PartialEq)]
enum Problem {
    /// It is no number within the bounds.
    OutOfBounds,
    /// The site did not take that number.
    Refused(f64, Option<RejectCode>, Option<String>),
}

/// The form of a limit. It closes when the site has taken it.
#[component]
pub fn Editor(
    site: LiveSite,
    limit: LimitName,
    info: LimitInfo,
    is_edited: RwSignal<bool>,
    blocked: Signal<Option<Word>>,
) -> impl IntoView {
    let context = expect_context::<Context>();
    let current = site.with_untracked(|site| {
        let setting = site.state.as_ref()?.limits.get(&limit)?;
        let language = context.language.get_untracked();
        Some(format::number(
            setting.value,
            format::decimals(info.unit),
            language,
        ))
    });
    let typed = RwSignal::new(current.unwrap_or_default());
    let problem = RwSignal::new(None::<Problem>);
    let sent = RwSignal::new(None::<(String, f64)>);
    let input = NodeRef::<leptos::html::Input>::new();
    effect(Box::new(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that cannot have the focus.
            let _ = input.focus();
            input.select();
        }
    }));
    effect(Box::new(move || {
        take_answer(context, sent, is_edited, problem)
    }));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let number = typed.with_untracked(|typed| format::parse_number(typed));
        match number.filter(|number| (info.min..=info.max).contains(number)) {
            Some(number) => {
                problem.set(None);
                let id = context.send(&site.id(), Request::Limit(limit, number));
                sent.set(Some((id, number)));
            }
            None => problem.set(Some(Problem::OutOfBounds)),
        }
    };
    let wrong = move || {
        let language = context.language.get();
        problem.get().map(|problem| match problem {
            Problem::OutOfBounds => text::limits::out_of_bounds(&info, language),
            Problem::Refused(value, code, reason) => {
                let request = Request::Limit(limit, value);
                // As the others are set now: who changes one of them sees what that does to this one.
                site.with(|site| {
                    text::answers::refusal(&request, code, reason.as_deref(), Some(site), language)
                })
            }
        })
    };
    view! {
        <form class="confirm" on:submit=submit>
            <div class="row">
                <input
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    data-testid="limit-input"
                    node_ref=input
                    aria-label=move || {
                        let language = context.language.get();
                        text::limits::input_label(language.limit(limit), info.unit, language)
                    }
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    prop:value=typed
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        problem.set(None);
                    }
                />
                <span>{info.unit.name()}</span>
                <button
                    type="submit"
                    class="btn main"
                    data-testid="limit-save"
                    disabled=move || blocked.get().is_some()
                >
                    {context.word(Word::Change)}
                </button>
                <button type="button" class="btn" on:click=move |_| is_edited.set(false)>
                    {context.word(Word::Cancel)}
                </button>
            </div>
            <p role="alert" class="wrong" data-testid="limit-error">
                {move || wrong()}
            </p>
        </form>
    }
}

/// The site's answer: taken, the form closes; refused, it says why and keeps what was typed.
fn take_answer(
    context: Context,
    sent: RwSignal<Option<(String, f64)>>,
    is_edited: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
) {
    let Some((id, value)) = sent.get() else {
        return;
    };
    match context.outcome(&id) {
        Some(Outcome::Accepted) => is_edited.set(false),
        Some(Outcome::Rejected { code, reason }) => {
            sent.set(None);
            problem.set(Some(Problem::Refused(value, code, reason)));
        }
        _ => {}
    }
}
