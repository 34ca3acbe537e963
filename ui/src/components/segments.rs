//! A choice among a few, all of them in sight.

use leptos::prelude::*;

/// One choice.
pub struct Segment {
    /// Its text.
    pub label: Signal<&'static str>,
    /// Whether it is the chosen one.
    pub is_chosen: Signal<bool>,
    /// Chooses it.
    pub choose: Callback<()>,
    /// Its `data-testid`.
    pub test_id: &'static str,
    /// The language of its text, where that is not the page's.
    pub lang: Option<&'static str>,
}

/// A row of buttons of which one is pressed.
#[component]
pub fn Segments(
    label: Signal<&'static str>,
    segments: Vec<Segment>,
    #[prop(optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let button = |segment: Segment| {
        let Segment {
            label,
            is_chosen,
            choose,
            test_id,
            lang,
        } = segment;
        view! {
            <button
                type="button"
                data-testid=test_id
                lang=lang
                disabled=move || disabled.get()
                aria-pressed=move || if is_chosen.get() { "true" } else { "false" }
                on:click=move |_| choose.run(())
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="seg" role="group" aria-label=label>
            {segments.into_iter().map(button).collect_view()}
        </div>
    }
}
