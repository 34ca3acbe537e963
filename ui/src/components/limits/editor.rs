//! The form that sets a limit anew.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use releve_protocol::control::LimitName;
use releve_protocol::info::LimitInfo;

use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::effect::effect;
use crate::format;
use crate::text::{self, Word};

/// The form of a limit.
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
    let is_wrong = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    effect(Box::new(move || {
        if let Some(input) = input.get() {
            // Fails only for an element that cannot have the focus.
            let _ = input.focus();
            input.select();
        }
    }));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let number = typed.with_untracked(|typed| format::parse_number(typed));
        match number.filter(|number| (info.min..=info.max).contains(number)) {
            Some(number) => {
                let id = site.id();
                context.send(&id, Request::Limit(limit, number));
                is_edited.set(false);
            }
            None => is_wrong.set(true),
        }
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
                    aria-invalid=move || is_wrong.get().to_string()
                    prop:value=typed
                    on:input=move |event| {
                        typed.set(event_target_value(&event));
                        is_wrong.set(false);
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
                {move || if is_wrong.get() {
                    text::limits::out_of_bounds(&info, context.language.get())
                } else {
                    String::new()
                }}
            </p>
        </form>
    }
}
