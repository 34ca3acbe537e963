//! One limit: its value, its bounds, where its value came from.

use leptos::prelude::*;
use releve_protocol::Timestamp;
use releve_protocol::control::{LimitName, LimitSetting};
use releve_protocol::info::LimitInfo;

use super::editor::Editor;
use crate::clock;
use crate::components::when::if_any;
use crate::context::{Context, LiveSite};
use crate::format;
use crate::text::{self, Word};

/// A limit.
#[component]
pub fn LimitRow(site: LiveSite, limit: LimitName, blocked: Signal<Option<Word>>) -> impl IntoView {
    let context = expect_context::<Context>();
    let is_edited = RwSignal::new(false);
    let setting =
        Memo::new(move |_| site.with(|site| site.state.as_ref()?.limits.get(&limit).copied()));
    let info = Memo::new(move |_| {
        let info = site.with(|site| site.info.as_ref()?.limits.get(&limit).copied());
        info.map(bounds)
    });
    let value = move || {
        let language = context.language.get();
        setting.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |setting| format::measure(setting.value, limit.unit(), language),
        )
    };
    let set_by = move || {
        let zone = site.with(|site| site.time_zone().map(str::to_owned));
        setting.get().map_or_else(String::new, |setting| {
            source(context, setting, info.get(), zone.as_deref())
        })
    };
    view! {
        <li data-testid=format!("limit-{limit}")>
            <b>{move || context.language.get().limit(limit)}</b>
            <button
                type="button"
                class="btn"
                data-testid=format!("edit-{limit}")
                aria-expanded=move || is_edited.get().to_string()
                aria-label=move || format!("{} {}", context.language.get().limit(limit), value())
                disabled=move || blocked.get().is_some() || info.get().is_none()
                on:click=move |_| is_edited.update(|edited| *edited = !*edited)
            >
                {move || value()}
            </button>
            {move || if_any(info.get().zip(setting.get()).map(|(info, setting)| {
                view! { <Bounds info setting/> }
            }))}
            <small>{move || set_by()}</small>
            {move || if_any(info.get().filter(|_| is_edited.get()).map(|info| {
                view! { <Editor site limit info is_edited blocked/> }
            }))}
        </li>
    }
}

/// What does not change when the limit is set: a form that is open must not be made anew then.
fn bounds(info: LimitInfo) -> LimitInfo {
    LimitInfo {
        configured: None,
        set_by: None,
        ..info
    }
}

fn source(
    context: Context,
    setting: LimitSetting<Timestamp>,
    info: Option<LimitInfo>,
    zone: Option<&str>,
) -> String {
    let language = context.language.get();
    let name_day = |at: Timestamp| clock::name_day(at.as_unix_millis() as f64, zone, language);
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
    let bound = move |value: f64| format::measure(value, info.unit, context.language.get());
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
