//! The limits: value, bounds, default, who set it, and a way to set it anew.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use releve_protocol::Timestamp;
use releve_protocol::control::{LimitName, LimitSetting};
use releve_protocol::info::LimitInfo;

use super::when::if_any;
use crate::clock;
use crate::commands::Request;
use crate::context::{Context, LiveSite};
use crate::effect::effect;
use crate::format;
use crate::text::{self, Word};

/// The plate with every limit of a site.
#[component]
pub fn LimitsPlate(site: LiveSite, #[prop(into)] blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    view! {
        <section class="plate order-last" aria-labelledby="limits-title">
            <header>
                <h2 id="limits-title">{context.word(Word::Limits)}</h2>
            </header>
            <ul class="limits">
                {LimitName::ALL
                    .iter()
                    .map(|limit| view! { <LimitRow site limit=*limit blocked/> })
                    .collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn LimitRow(site: LiveSite, limit: LimitName, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_edited = RwSignal::new(false);
    let setting =
        Memo::new(move |_| site.with(|site| site.state.as_ref()?.limits.get(&limit).copied()));
    let info =
        Memo::new(move |_| site.with(|site| site.info.as_ref()?.limits.get(&limit).copied()));
    let value = move || {
        let language = context.language.get();
        setting.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |setting| format::quantity(setting.value, limit.unit(), language),
        )
    };
    let set_by = move || {
        setting
            .get()
            .map_or_else(String::new, |setting| source(context, setting, info.get()))
    };
    view! {
        <li data-testid=format!("limit-{limit}")>
            <b>{move || context.language.get().limit(limit)}</b>
            <button
                type="button"
                class="btn"
                aria-expanded=move || is_edited.get().to_string()
                aria-label=move || format!("{} {}", context.language.get().limit(limit), value())
                disabled=move || blocked.get().is_some() || info.get().is_none()
                on:click=move |_| is_edited.update(|edited| *edited = !*edited)
            >
                {value}
            </button>
            {move || if_any(info.get().zip(setting.get()).map(|(info, setting)| {
                view! { <Bounds info setting/> }
            }))}
            <small>{set_by}</small>
            {move || if_any(info.get().filter(|_| is_edited.get()).map(|info| {
                view! { <Editor site limit info is_edited blocked/> }
            }))}
        </li>
    }
}

fn source(context: Context, setting: LimitSetting<Timestamp>, info: Option<LimitInfo>) -> String {
    let language = context.language.get();
    let name_day = |at: Timestamp| clock::name_day(at.as_unix_millis() as f64, language);
    text::limits::source(
        setting.set_by,
        setting.set_at,
        info.as_ref(),
        name_day,
        language,
    )
}

/// The rule between the bounds; the dotted mark is the default.
#[component]
fn Bounds(info: LimitInfo, setting: LimitSetting<Timestamp>) -> impl IntoView {
    let context = expect_context::<Context>();
    let percent = |value: f64| {
        let fraction = (value - info.min) / (info.max - info.min);
        format::percent(fraction.clamp(0.0, 1.0))
    };
    let bound = move |value: f64| {
        format::number(value, format::decimals(info.unit), context.language.get())
    };
    view! {
        <span class="range" aria-hidden="true">
            <i class="default" style:--at=percent(info.default)></i>
            <i class="value" style:--at=percent(setting.value)></i>
        </span>
        <span class="ends">
            <span>{move || bound(info.min)}</span>
            <span>{move || bound(info.max)}</span>
        </span>
    }
}

#[component]
fn Editor(
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
